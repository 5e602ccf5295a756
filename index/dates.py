"""Dates in a normal form, in the languages read, and the search tokens that stand for them.

4月14日 = 四月十四日 = April 14 = 14 de abril = 14 апреля; 2022年4月14日 = 2022-04-14.
"""

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.numbers import HAN_DIGITS, han_value


@dataclass(frozen=True)
class Date:
    """A date, possibly without year, month or day."""

    year: int | None
    month: int | None
    day: int | None

    def __str__(self) -> str:
        parts = (self.year, self.month, self.day)
        return "-".join("?" if part is None else f"{part:02d}" for part in parts)

    def agrees(self, other: "Date", *, year: int | None) -> bool:
        """Whether `other` says at least what this date says; `year` is its article's."""
        known = other.year if other.year is not None else year
        return (
            self.year in (None, known)
            and self.month in (None, other.month)
            and self.day in (None, other.day)
        )


def take_dates(folded: str) -> tuple[list[Date], str]:
    """The dates of a folded text, and the text with them blanked: their digits are no figures."""
    text = _with_digits(folded)
    found = []
    for sign, patterns in _DATES:
        if not sign.search(text):
            continue
        for pattern in patterns:
            matches = [(match, _date(match.groupdict())) for match in pattern.finditer(text)]
            found += [date for _, date in matches if date is not None]
            for match, date in reversed(matches):
                if date is not None:
                    text = f"{text[: match.start()]}·{text[match.end() :]}"
    return found, text


def date_tokens(folded: str, article_date: str | None) -> Iterator[str]:
    """Search tokens of the dates in a folded text: 2022-04-14, 2022-04 and 04-14, what is known.

    A day without a year is taken for the one nearest to the article's own date (YYYY-MM-DD). A
    question for 4月14日 then finds it in any year, and one for 2022年4月14日 in 2022 first.
    """
    for date in take_dates(folded)[0]:
        if date.month is None:
            continue  # 2022 is a token as it stands
        year = date.year or _nearest_year(date, article_date)
        if date.day is not None:
            yield f"{date.month:02d}-{date.day:02d}"
        if year is not None:
            yield f"{year}-{date.month:02d}"
            if date.day is not None:
                yield f"{year}-{date.month:02d}-{date.day:02d}"


def _nearest_year(date: Date, article_date: str | None) -> int | None:
    """The year that brings a month and day nearest to the article's; None if that is not known."""
    try:
        told = datetime.date.fromisoformat(article_date or "")
    except ValueError:
        return None
    months = 12 * told.year + told.month
    return min(
        (told.year, told.year - 1, told.year + 1),
        key=lambda year: abs(12 * year + (date.month or 0) - months),
    )


_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan enero января январь janvier januar",
            "february feb febrero февраля февраль février februar",
            "march mar marzo марта март mars märz",
            "april apr abril апреля апрель avril",
            "may mayo мая май mai",
            "june jun junio июня июнь juin juni",
            "july jul julio июля июль juillet juli",
            "august aug agosto августа август août",
            "september sep sept septiembre сентября сентябрь septembre",
            "october oct octubre октября октябрь octobre oktober",
            "november nov noviembre ноября ноябрь novembre",
            "december dec diciembre декабря декабрь décembre dezember",
        ),
        1,
    )
    for name in names.split()
}
_MONTH = "(?P<month>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_YEAR, _DAY = r"(?P<year>1[0-9]{3}|20[0-9]{2})", r"(?P<day>[0-3]?[0-9])"
_OF_YEAR = rf"(?:(?: de| of|,)? {_YEAR}\b)"
# [01]?\d behind no digit: begun by what it looks for, since a search that looks behind every
# character takes several times as long.
_FREE_NUMBER = r"(?P<number>\d(?<!\d\d)(?:(?<=[01])\d)?)"
_NUMERALS = "[一二三四五六七八九十]{1,3}"
_HAN_DATE = re.compile(
    f"(?P<year>[一二][〇零一二三四五六七八九]{{3}})(?=年)"
    f"|(?<![一二三四五六七八九十百千万几数])(?P<month>{_NUMERALS})月(?:(?P<day>{_NUMERALS})(?=[日号]))?"
)
# What a text must have, cheap to look for, before the patterns behind it are tried.
_DATES = [
    (re.compile(sign), [re.compile(pattern) for pattern in patterns])
    for sign, *patterns in (
        (r"\d[-/.]\d", rf"(?<!\d){_YEAR}[-/.](?P<number>[01]?\d)[-/.]{_DAY}(?!\d)"),
        (
            r"\d ?年",
            rf"{_YEAR}(?<!\d.{{4}}) ?年(?: ?(?P<number>[01]?\d) ?月(?: ?{_DAY} ?[日号])?)?",
        ),
        (
            r"\d ?月",
            rf"{_FREE_NUMBER} ?月 ?{_DAY} ?[日号]",
            rf"{_FREE_NUMBER} ?月(?!\d)",
        ),
        (
            "|".join(sorted({name[:3] for name in _MONTHS})),
            rf"\b{_MONTH} {_DAY}(?:st|nd|rd|th)?(?!\d)(?:,? {_YEAR}\b)?",
            rf"(?<!\d){_DAY}(?:st|nd|rd|th|º|er|\.)? (?:de |of )?{_MONTH}{_OF_YEAR}?",
            rf"\b{_MONTH}{_OF_YEAR}",
        ),
    )
]


def _with_digits(text: str) -> str:
    """Dates in Chinese numerals as digits: 二〇二二年四月十四日 → 2022年4月14日."""
    if "年" not in text and "月" not in text:
        return text
    return _HAN_DATE.sub(_digits, text)


def _digits(match: re.Match[str]) -> str:
    if match["year"]:
        return "".join(str(HAN_DIGITS[c]) for c in match["year"])
    month, day = han_value(match["month"]), match["day"] and han_value(match["day"])
    if month is None or not 1 <= month <= 12 or (match["day"] and day is None):
        return match.group()
    return f"{int(month)}月" + (str(int(day)) if day else "")


def _date(parts: dict[str, str | None]) -> Date | None:
    number, name = parts.get("number"), parts.get("month")
    month = int(number) if number else _MONTHS[name] if name else None
    year, day = parts.get("year"), parts.get("day")
    if month is not None and not 1 <= month <= 12 or day and not 1 <= int(day) <= 31:
        return None
    return Date(int(year) if year else None, month, int(day) if day else None)
