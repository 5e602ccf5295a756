"""Days as readers write them."""

import calendar

from ui.texts import EN, Texts


def day(date: str | None, texts: Texts) -> str:
    """A date; of one without a year (XXXX-04-14) the month and the day; "" without any."""
    if not date or not date.startswith("XXXX-"):
        return date or ""
    month, of_month = (int(part) for part in date.split("-")[1:])
    name = calendar.month_name[month] if texts is EN else month
    return texts.day.format(month=name, day=of_month)
