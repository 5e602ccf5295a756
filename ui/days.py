"""Days as readers write them."""

import calendar
from typing import Protocol


class Dated(Protocol):
    """Texts of a language that say how a day of a month is written."""

    @property
    def day(self) -> str:
        """With places for `{month}` and `{day}`; it begins with the day if months are named."""
        ...


def day(date: str | None, texts: Dated) -> str:
    """A date; of one without a year (XXXX-04-14) the month and the day; "" without any."""
    if not date or not date.startswith("XXXX-"):
        return date or ""
    month, of_month = (int(part) for part in date.split("-")[1:])
    name = calendar.month_name[month] if texts.day.startswith("{day}") else month
    return texts.day.format(month=name, day=of_month)
