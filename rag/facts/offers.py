"""What a source offers: every reading of its text that could support a sentence."""

import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TypeVar
from unicodedata import numeric

from index.dates import Date
from index.text import fold
from rag.facts.fact import Clock, Figure, Relative, Weekday, Years
from rag.facts.reading import Reading
from rag.facts.view import View, blank
from rag.facts.worded import worded
from rag.facts.words import loose

_T = TypeVar("_T")
# What is printed with marks is one number: 1,280 does not say 280.
_DIGITS = re.compile(r"\d{1,24}(?:[.,]\d{1,24})+|\d{1,3}(?: \d{3})+(?!\d)|(\d{1,24})")
_HAN_LOOSE = {
    word: Decimal(value)
    for value, words in {
        "0": "零 无 没有 ゼロ",
        "0.5": "半 ハーフ",
        "1": "一 单 首 冠 金牌 唯一 第一 每 任何 该 元 初 当 ひとり",
        "2": "双 俩 亚军 银牌 准优胜 对 两 二 次 翻番 翻倍 倍 倍増 ふたり ふたつ ダブル",
        "3": "三 季军 铜牌 トリプル",
        "4": "四 季度",
        "5": "五", "6": "六", "7": "七", "8": "八", "9": "九", "10": "十", "100": "百",
        "1000": "千", "10000": "万", "100000000": "亿",
    }.items()
    for word in words.split()
}  # fmt: skip
_FAR = 14  # days
_SIGNS = frozenset("ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩⅰⅱⅲⅳⅴ①②③④⑤⑥⑦⑧⑨⑩")
_ROMAN = re.compile(r"\b(?=[ivxlхi])(x{0,3})(ix|iv|v?i{0,3})\b")
_ROMAN_ONES = {
    "": 0,
    "i": 1,
    "ii": 2,
    "iii": 3,
    "iv": 4,
    "v": 5,
    "vi": 6,
    "vii": 7,
    "viii": 8,
    "ix": 9,
}


@dataclass(frozen=True)
class Offers:
    """All that a text says, by kind; `date` is its article's."""

    view: View
    readings: tuple[Reading, ...]
    date: str | None

    @cached_property
    def figures(self) -> dict[Decimal, list[Figure]]:
        """Figures by their plain value."""
        found: dict[Decimal, list[Figure]] = {}
        for figure in (*self._forms(Figure), *worded(self.view)):
            found.setdefault(figure.value, []).append(figure)
        return found

    @cached_property
    def all_figures(self) -> list[Figure]:
        """The same as a list."""
        return [figure for figures in self.figures.values() for figure in figures]

    @cached_property
    def digits(self) -> frozenset[Decimal]:
        """Numbers printed in dates and names too, for figures of an unknown kind."""
        text = blank(self.view.text, [(r.start, r.end) for r in self.readings if _of_its_own(r)])
        found = {Decimal(run) for run in _DIGITS.findall(text) if run}
        if not text.isascii():
            found.update(Decimal(int(numeric(c))) for c in text if c in _SIGNS)
        for match in _ROMAN.finditer(text) if self.view.words else ():
            found.add(Decimal(10 * len(match[1]) + _ROMAN_ONES[match[2]]))
        for date in self._forms(Date):
            found.update(Decimal(part) for part in (date.year, date.month, date.day) if part)
        return frozenset(found)

    @cached_property
    def spoken(self) -> frozenset[Decimal]:
        """Numbers that single words in Latin and Cyrillic letters suggest: both, first."""
        return frozenset(loose(self.view.words))

    @cached_property
    def suggested(self) -> frozenset[Decimal]:
        """The same with what Chinese and Japanese characters suggest to a translator."""
        text = self.view.text
        han = (value for word, value in _HAN_LOOSE.items() if word in text)
        return self.spoken.union(() if text.isascii() else han)

    @cached_property
    def told(self) -> tuple[int | None, datetime.date | None]:
        """The article's year, and its day, as far as they are known."""
        year = (self.date or "")[:4]
        try:
            day = datetime.date.fromisoformat(self.date or "")
        except ValueError:
            day = None
        return (int(year) if year.isdecimal() else None), day

    @property
    def month(self) -> int | None:
        """The article's month, if it is known."""
        month = (self.date or "")[5:7]
        return int(month) if month.isdecimal() and 1 <= int(month) <= 12 else None

    @cached_property
    def dates(self) -> tuple[Date, ...]:
        """Dates as printed, and as resolved: days after a month, words like yesterday."""
        found: list[Date] = []
        month: int | None = None
        year: int | None = None
        printed = list(self._forms(Date))
        following = next((d.year for d in printed if d.year is not None), None)
        for date in printed:
            found.append(date)
            if date.year is None and date.month is not None and year is None:
                found.append(Date(following, date.month, date.day))
            if date.month is not None:
                month = date.month
            elif date.day is not None and date.year is None:
                found.append(Date(None, month, date.day))
                found += self._near(date.day)
            if date.year is not None:
                year = date.year
            elif date.month is not None and year is not None:
                found.append(Date(year, date.month, date.day))
        return (*found, *self._resolved(found))

    def _near(self, day: int) -> Iterator[Date]:
        """A day without a month is of the article's month, or of the one nearest to its day."""
        year, month = self.told[0], self.month
        yield Date(year, month, day)
        told = self.told[1]
        if year is None or month is None or told is None:
            return
        if day - told.day > _FAR:
            yield Date(year - (month == 1), (month - 2) % 12 + 1, day)
        elif told.day - day > _FAR:
            yield Date(year + (month == 12), month % 12 + 1, day)

    @cached_property
    def relatives(self) -> frozenset[Relative]:
        """Words like yesterday."""
        return frozenset(self._forms(Relative))

    @cached_property
    def weekdays(self) -> frozenset[int]:
        """Days of the week that are named, or are the day of a full date."""
        found = {weekday.number for weekday in self._forms(Weekday)}
        for date in self.dates:
            if date.year and date.month and date.day:
                try:
                    found.add(datetime.date(date.year, date.month, date.day).weekday())
                except ValueError:
                    continue
        if self.told[1] and (not found or Relative("day", 0) in self.relatives):
            found.add(self.told[1].weekday())
        return frozenset(found)

    @cached_property
    def years(self) -> tuple[Years, ...]:
        """Decades."""
        return tuple(self._forms(Years))

    @cached_property
    def minutes(self) -> frozenset[int]:
        """Times of day, as minutes after midnight."""
        return frozenset(minute for clock in self._forms(Clock) for minute in clock.minutes)

    @cached_property
    def folded(self) -> str:
        """The text in the text view, with apostrophes of one kind."""
        return plain_quotes(fold(self.view.raw))

    @property
    def names_other_year(self) -> bool:
        """Whether a year is named that is not the article's."""
        return any(d.year not in (None, self.told[0]) for d in self._forms(Date)) and not any(
            d.year is None and d.month is not None for d in self._forms(Date)
        )

    def _forms(self, kind: type[_T]) -> Iterator[_T]:
        for reading in self.readings:
            for form in reading.forms:
                if isinstance(form, kind):
                    yield form

    def _resolved(self, printed: Iterable[Date]) -> Iterator[Date]:
        """Dates that words like yesterday and Friday name in an article of a known day."""
        year, day = self.told
        relatives = self.relatives
        for relative in relatives:
            if relative.unit == "year" and year:
                yield Date(year + relative.offset, None, None)
                for date in printed:
                    if date.year is None and date.month is not None:
                        yield Date(year + relative.offset, date.month, date.day)
            elif relative.unit == "month" and year and self.month:
                months = 12 * year + self.month - 1 + relative.offset
                yield Date(months // 12, months % 12 + 1, None)
                for date in printed:
                    if date.month is None and date.day is not None:
                        yield Date(months // 12, months % 12 + 1, date.day)
            elif relative.unit == "day" and day:
                that = day + datetime.timedelta(days=relative.offset)
                yield Date(that.year, that.month, that.day)
        if day:
            for weekday in self._forms(Weekday):
                for offset in range(-7, 8):
                    that = day + datetime.timedelta(days=offset)
                    if that.weekday() == weekday.number:
                        yield Date(that.year, that.month, that.day)


def plain_quotes(folded: str) -> str:
    """A folded text with apostrophes of one kind."""
    return folded.replace("’", "'").replace("‘", "'")


def _of_its_own(reading: Reading) -> bool:
    """Whether a number is never meant without its sign: 94%, -5℃."""
    form = reading.forms[0] if reading.forms else None
    return isinstance(form, Figure) and (form.unit == "percent" or form.value < 0)
