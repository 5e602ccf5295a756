"""Where figures and dates stand in a text, by plain patterns of the bench's own.

They are written from how newspapers print figures, not from the code under test, and may miss
some: what is not found is not corrupted.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache

from eval.bench.fidelity.numerals import WORDS, read_chinese
from index.article import Span

EASTERN = ("zh", "ja")
MONTHS = {
    "en": "January February March April May June July August September October November December",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
    "diciembre",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
}
_SCALES: tuple[tuple[str, int], ...] = (
    (r"miles\s+de\s+millones|mil\s+millones|billion|миллиард\w*|млрд\.?", 10**9),
    (r"trillion|billones|万亿|萬億|兆", 10**12),
    (r"million|millones|millón|миллион\w*|млн\.?|百万|百萬", 10**6),
    (r"亿|億", 10**8),
    (r"千万|千萬", 10**7),
    (r"万|萬", 10**4),
    (r"thousand|mil(?!\w)|тысяч\w*|тыс\.?|千(?![米克瓦])", 10**3),
)
_PERCENT = r"%|％|percent\b|per\s+cent\b|por\s+ciento|процент\w*|パーセント"
_TAIL = re.compile(
    "|".join([*(f"(?P<s{size}>{words})" for words, size in _SCALES), f"(?P<percent>{_PERCENT})"])
)
_GAP = re.compile(r"[ \u00a0\u202f]?")
_CHINESE = re.compile(r"[〇○零一二三四五六七八九十百千万萬亿億两兩]{2,}")


@dataclass(frozen=True)
class Figure:
    """A number as printed: `span` is its digits, `tail` the scale word or percent sign behind."""

    span: Span
    token: str
    value: Decimal
    tail: str = ""
    tail_span: Span = Span(0, 0)
    percent: bool = False
    ordinal: bool = False

    @property
    def whole(self) -> Span:
        """The digits with what stands behind them."""
        return Span(self.span.start, max(self.span.end, self.tail_span.end))


@dataclass(frozen=True)
class DateSpot:
    """A date as printed; parts that it does not say are None, as are their places."""

    span: Span
    year: int | None
    month: int | None
    day: int | None
    year_at: Span | None
    month_at: Span | None
    day_at: Span | None

    def says(self) -> tuple[int | None, int | None, int | None]:
        """Year, month and day."""
        return self.year, self.month, self.day

    def like(self, other: "DateSpot") -> bool:
        """Whether both say the same parts."""
        mine, theirs = self.says(), other.says()
        return [part is None for part in mine] == [part is None for part in theirs]


def figures_in(text: str, language: str) -> list[Figure]:
    """The figures in digits that are no part of a date, nor of a name such as B12."""
    taken = [spot.span for spot in dates_in(text, language)]
    found = (_figure(text, match, language) for match in _numbers(language).finditer(text))
    return [f for f in found if not any(_overlap(f.span, other) for other in taken)]


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


@cache
def _numbers(language: str) -> re.Pattern[str]:
    grouped = r"\d{1,3}(?:[,，]\d{3})+(?!\d)(?:[.．]\d+)?"
    if language in ("es", "ru"):
        grouped = r"\d{1,3}(?:[.,]\d{3}|[ \u00a0\u202f]\d{3})+(?!\d)(?:[.,]\d+)?"
    decimal = r"[.,]" if language in ("es", "ru") else r"[.．]"
    name = r"(?<![^\W\d_一-龥ぁ-ヿ])(?<![A-Za-z]-)(?<!\d)(?<!\d[.,．，])"
    return re.compile(rf"{name}(?:{grouped}|\d+(?:{decimal}\d+)?)")


def _figure(text: str, match: re.Match[str], language: str) -> Figure:
    span, token = Span(*match.span()), match.group()
    gap = _GAP.match(text, span.end)
    tail = _TAIL.match(text, gap.end() if gap else span.end)
    value, percent = _value(token, language), False
    ordinal = bool(re.match(r"(?:st|nd|rd|th)\b", text[span.end : span.end + 3]))
    if not tail:
        return Figure(span, token, value, ordinal=ordinal)
    if tail.lastgroup == "percent":
        percent = True
    elif tail.lastgroup:
        value *= int(tail.lastgroup[1:])
    return Figure(span, token, value, tail.group(), Span(*tail.span()), percent, ordinal)


def _value(token: str, language: str) -> Decimal:
    plain = re.sub(r"[ \u00a0\u202f]", "", token).replace("，", ",").replace("．", ".")
    if language in ("es", "ru"):
        if re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", plain) or "," in plain:
            thousands = re.fullmatch(r"\d{1,3}(?:,\d{3})+", plain)
            plain = plain.replace(".", "").replace(",", "" if thousands else ".")
        return Decimal(plain)
    return Decimal(plain.replace(",", ""))


@lru_cache(maxsize=1024)
def values_in(text: str, language: str, *, percent: bool | None = None) -> frozenset[Decimal]:
    """What figures a text has, also as words, with and without their scale, years included.

    With `percent` only those that are percentages, or only those that are none.
    """
    values = set()
    for match in _numbers(language).finditer(text):
        figure = _figure(text, match, language)
        if percent is None or percent == figure.percent:
            values |= {figure.value, _value(figure.token, language)}
    if percent:
        return frozenset(values)
    words = WORDS.get(language, {})
    values |= {Decimal(words[w]) for w in re.findall(r"\w+", text.lower()) if w in words}
    if language in EASTERN:
        read = (read_chinese(match.group()) for match in _CHINESE.finditer(text))
        values |= {value for value in read if value is not None}
        values |= {
            Decimal("〇一二三四五六七八九十".index(c)) for c in text if c in "一二三四五六七八九十"
        }
    return frozenset(values)


@lru_cache(maxsize=1024)
def dates_in(text: str, language: str) -> tuple[DateSpot, ...]:
    """Dates and years, the longest at each place."""
    found: list[DateSpot] = []
    for pattern in _date_patterns(language):
        for match in pattern.finditer(text):
            spot = _date(match, language)
            if spot and not any(_overlap(spot.span, other.span) for other in found):
                found.append(spot)
    return tuple(sorted(found, key=lambda spot: spot.span.start))


def _date(match: re.Match[str], language: str) -> DateSpot | None:
    parts = match.groupdict()
    at = {key: Span(*match.span(key)) for key, value in parts.items() if value}
    month = parts.get("m")
    named = MONTHS.get(language, "").split()
    number = None if not month else int(month) if month.isdecimal() else named.index(month) + 1
    year, day = (int(parts[key]) if parts.get(key) else None for key in ("y", "d"))
    if not at or not 1 <= (number or 1) <= 12 or not 1 <= (day or 1) <= 31:
        return None
    return DateSpot(Span(*match.span()), year, number, day, at.get("y"), at.get("m"), at.get("d"))


@cache
def _date_patterns(language: str) -> tuple[re.Pattern[str], ...]:
    if language in EASTERN:
        return tuple(re.compile(pattern) for pattern in _eastern_dates())
    month = "(?P<m>" + "|".join(MONTHS[language].split()) + ")"
    return tuple(re.compile(p.replace("MONTH", month)) for p in _WESTERN_DATES[language])


def _eastern_dates() -> Iterator[str]:
    year = r"(?<!\d)(?P<y>[12]\d{3}) ?年(?!代|[间間])"
    month = r"(?P<m>\d{1,2}) ?月"
    day = r"(?P<d>\d{1,2}) ?[日號号](?![间間])"
    yield rf"{year} ?{month} ?{day}"
    yield rf"{year} ?{month}"
    yield rf"(?<!\d){month} ?{day}"
    yield year
    yield rf"(?<!\d){month}"
    yield r"(?<![\dA-Za-z第])(?P<d>\d{1,2}) ?日(?!间|間|本)"


_YEAR = r"(?P<y>1[1-9]\d\d|20[0-2]\d)(?![\d%]|[.,]\d|s\b)"


def _behind(*words: str) -> list[str]:
    """Patterns of a year behind one of these words."""
    return [rf"(?<=\b{word} ){_YEAR}" for word in words]


_WESTERN_DATES: dict[str, tuple[str, ...]] = {
    "en": (
        rf"MONTH (?P<d>\d{{1,2}})(?:st|nd|rd|th)?,? {_YEAR}",
        rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?MONTH,? {_YEAR}",
        r"MONTH (?P<d>\d{1,2})(?:st|nd|rd|th)?\b(?![.,]?\d)",
        r"(?<!\d)(?P<d>\d{1,2})(?:st|nd|rd|th)? (?:of )?MONTH\b",
        rf"MONTH,? {_YEAR}",
        *_behind("in", "In", "since", "Since", "by", "By", "from", "From", "until"),
    ),
    "es": (
        rf"(?<!\d)(?P<d>\d{{1,2}}) de MONTH del? {_YEAR}",
        r"(?<!\d)(?P<d>\d{1,2}) de MONTH",
        rf"MONTH del? {_YEAR}",
        *_behind("en", "En", "desde", "Desde", "hasta", "año"),
    ),
    "ru": (
        rf"(?<!\d)(?P<d>\d{{1,2}}) MONTH {_YEAR}",
        r"(?<!\d)(?P<d>\d{1,2}) MONTH",
        rf"{_YEAR}(?= ?(?:год|г\.|гг))",
    ),
}
