import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.dates import date_tokens, take_dates
from index.text import fold

NUMERALS = "〇一二三四五六七八九"
DAYS = st.dates(datetime.date(1900, 1, 1), datetime.date(2099, 12, 31))
MONTHS = (
    ("January", "enero"), ("February", "febrero"), ("March", "marzo"), ("April", "abril"),
    ("May", "mayo"), ("June", "junio"), ("July", "julio"), ("August", "agosto"),
    ("September", "septiembre"), ("October", "octubre"), ("November", "noviembre"),
    ("December", "diciembre"),
)  # fmt: skip


def numeral(number: int) -> str:
    """A Chinese numeral from 1 to 31."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else NUMERALS[tens] + "十"
    return head + (NUMERALS[ones] if ones else "")


def found(text: str, date: str | None = None) -> set[str]:
    return set(date_tokens(fold(text), date))


@settings(deadline=None)  # the first example loads the text view
@given(DAYS)
def test_a_day_written_in_many_ways_is_one(day: datetime.date) -> None:
    year = "".join(NUMERALS[int(c)] for c in str(day.year))
    english, spanish = MONTHS[day.month - 1]
    ways = (
        f"于{day.year}年{day.month}月{day.day}日开",
        f"于{year}年{numeral(day.month)}月{numeral(day.day)}日开",
        day.isoformat(),
        f"on {english} {day.day}, {day.year}",
        f"el {day.day} de {spanish} de {day.year}",
    )
    iso = day.isoformat()
    for way in ways:
        assert found(way) == {iso, iso[:7], iso[5:]}, way


@settings(deadline=None)  # the first example loads the text view
@given(DAYS, st.integers(-150, 150))
def test_a_day_without_year_is_the_one_near_the_article(day: datetime.date, away: int) -> None:
    article = day + datetime.timedelta(days=away)
    text = f"{day.month}月{day.day}日"
    assert found(text) == {day.isoformat()[5:]}
    assert day.isoformat() in found(text, article.isoformat())


@pytest.mark.parametrize(
    ("text", "date", "expected"),
    [
        ("12月30日", "2022-01-03", {"12-30", "2021-12", "2021-12-30"}),
        ("4月14日", "XXXX-04-15", {"04-14"}),
        ("4月14日", "2022", {"04-14"}),
        ("2022年4月", None, {"2022-04"}),
        ("四月", "2022-04-15", {"2022-04"}),
        ("2022年", "2022-04-15", set()),
        ("13月45日，三个月，几月几日", "2022-04-15", set()),
    ],
)
def test_parts_of_dates(text: str, date: str | None, expected: set[str]) -> None:
    assert found(text, date) == expected


def test_digits_of_dates_are_blanked_and_others_stay() -> None:
    dates, rest = take_dates("4月12日24时，22处，三月")
    assert [str(date) for date in dates] == ["?-04-12", "?-03-?"]
    assert rest == "·24时，22处，·"


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("12022年", []),  # the end of a longer number is no year
        ("2022年", ["2022-?-?"]),
        ("第122月", []),
        ("32月", []),
        ("112月", []),
        ("8月9日和12 月", ["?-08-09", "?-12-?"]),
        ("on 3 may", ["?-05-03"]),
    ],
)
def test_a_number_of_a_date_stands_behind_no_digit(text: str, dates: list[str]) -> None:
    assert [str(date) for date in take_dates(text)[0]] == dates
