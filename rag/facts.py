"""Numbers, dates and quotations in a normal form, in any of the languages read.

23,095 = 23095 = ２３０９５; 2.3万 = 23000 = 23 thousand; 94% = 94 percent = 百分之九十四;
4月14日 = April 14 = 14 de abril = 14 апреля. Chinese numerals count when they hold a unit
(十 百 千 万 亿): single ones are mostly words.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from index.text import fold


@dataclass(frozen=True)
class Number:
    """A figure; percentages are figures of their own kind."""

    value: Decimal
    percent: bool = False

    def __str__(self) -> str:
        return f"{self.value:f}" + ("%" if self.percent else "")


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


@dataclass(frozen=True)
class Facts:
    """What must be found in a source word for word."""

    numbers: frozenset[Number]
    dates: frozenset[Date]
    quotations: tuple[str, ...]


def facts(text: str) -> Facts:
    """The numbers, dates and quotations (6 characters or more) of a text."""
    folded = _HAN_YEAR.sub(lambda m: "".join(str(_HAN[c]) for c in m[1]) + "年", fold(text))
    dates, rest = _take_dates(folded)
    return Facts(frozenset(_numbers(rest)), frozenset(dates), tuple(_quotations(text)))


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
_DATES = [
    re.compile(pattern)
    for pattern in (
        rf"(?<!\d){_YEAR}[-/.](?P<number>[01]?\d)[-/.]{_DAY}(?!\d)",
        rf"(?<!\d){_YEAR} ?年(?: ?(?P<number>[01]?\d) ?月(?: ?{_DAY} ?[日号])?)?",
        rf"(?<!\d)(?P<number>[01]?\d) ?月 ?{_DAY} ?[日号]",
        r"(?<!\d)(?P<number>[01]?\d) ?月(?!\d)",
        rf"\b{_MONTH} {_DAY}(?:st|nd|rd|th)?(?!\d)(?:,? {_YEAR}\b)?",
        rf"(?<!\d){_DAY}(?:st|nd|rd|th|º|er|\.)? (?:de |of )?{_MONTH}(?:(?: de| of|,)? {_YEAR}\b)?",
        rf"\b{_MONTH}(?:(?: de| of|,)? {_YEAR}\b)",
    )
]


def _take_dates(text: str) -> tuple[list[Date], str]:
    """The dates, and the text with them blanked out so that their digits are not figures."""
    found = []
    for pattern in _DATES:
        for match in pattern.finditer(text):
            date = _date(match.groupdict())
            if date is not None:
                found.append(date)
        text = pattern.sub(lambda m: "·" if _date(m.groupdict()) else m.group(), text)
    return found, text


def _date(parts: dict[str, str | None]) -> Date | None:
    number, name = parts.get("number"), parts.get("month")
    month = int(number) if number else _MONTHS[name] if name else None
    year, day = parts.get("year"), parts.get("day")
    if month is not None and not 1 <= month <= 12 or day and not 1 <= int(day) <= 31:
        return None
    return Date(int(year) if year else None, month, int(day) if day else None)


_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_SCALES = {
    "十": 1, "百": 2, "千": 3, "万": 4, "十万": 5, "百万": 6, "千万": 7, "亿": 8, "十亿": 9,
    "百亿": 10, "千亿": 11, "万亿": 12, "兆": 12, "thousand": 3, "mil": 3, "тысяч": 3, "тыс": 3,
    "million": 6, "millions": 6, "millón": 6, "millones": 6, "млн": 6, "миллионов": 6,
    "billion": 9, "billions": 9, "млрд": 9, "trillion": 12,
}  # fmt: skip
_SCALE = "|".join(sorted(_SCALES, key=len, reverse=True))
_PERCENT = r"%|per ?cent\b|por ciento\b|процент\w*|pour ?cent\b|prozent\b|パーセント"
_NUMBER = re.compile(
    rf"(?P<of>百分之)?(?:(?P<digits>{_DIGITS})|(?P<han>[零〇一二两三四五六七八九十百千万亿点]{{2,}}))"
    rf" ?(?P<scale>(?:{_SCALE})(?![a-zа-я]))?余?多? ?(?P<percent>{_PERCENT})?"
)
_HAN = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_HAN_YEAR = re.compile("([一二][〇零一二三四五六七八九]{3})年")
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000}
_HAN_SCALES = {"万": 10**4, "亿": 10**8}


def _numbers(text: str) -> Iterator[Number]:
    for match in _NUMBER.finditer(text):
        if match["digits"]:
            value = Decimal(match["digits"].replace(",", ""))
        else:
            han = _han_value(match["han"])
            if han is None or not (match["of"] or re.search("[十百千万亿]", match["han"])):
                continue
            value = han
        scaled = (value.scaleb(_SCALES[match["scale"]]) if match["scale"] else value).normalize()
        yield Number(scaled, percent=bool(match["of"] or match["percent"]))


def _han_value(text: str) -> Decimal | None:
    """Value of a Chinese numeral (三万五千 → 35000, 九十四点五 → 94.5); None if it is not one."""
    whole, point, fraction = text.partition("点")
    if point and not (fraction and all(c in _HAN for c in fraction)):
        return None
    total = section = digit = 0
    for character in whole:
        if character in _HAN:
            digit = digit * 10 + _HAN[character] if digit and not section else _HAN[character]
        elif character in _HAN_UNITS:
            section += (digit or 1) * _HAN_UNITS[character]
            digit = 0
        else:
            scale = _HAN_SCALES.get(character)
            if scale is None:
                return None
            total = (total + section + digit) * scale
            section = digit = 0
    decimals = "".join(str(_HAN[c]) for c in fraction)
    return Decimal(f"{total + section + digit}.{decimals or 0}")


_QUOTED = re.compile(
    '“([^“”]{6,})”|「([^「」]{6,})」|『([^『』]{6,})』|"([^"]{12,})"|«([^«»]{12,})»'
)


def _quotations(text: str) -> Iterator[str]:
    for match in _QUOTED.finditer(text):
        yield next(group for group in match.groups() if group)
