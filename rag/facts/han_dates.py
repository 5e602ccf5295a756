"""Dates in Chinese and Japanese: 2022年4月14日, 令和4年, 1日至15日, 上世纪三十年代, 90后."""

import re
from collections.abc import Iterator
from decimal import Decimal

from index.dates import Date
from index.numbers import HAN_DIGITS
from rag.facts.fact import Figure, Form, Years
from rag.facts.numerals import han_values
from rag.facts.reading import Reading

_N = r"(?:\d{1,2}|[一二三四五六七八九十廿卅]{1,3})"
_Y = "(?:[12]\\d{3}|[一二][〇零○一二三四五六七八九]{3})"
_TO = " ?(?:-|~|至|到|から|、|和|及|与|/|或) ?"
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867, "民国": 1911}
_YEAR = (
    rf"(?:(?P<y0>{_Y}) ?年? ?{_TO})?(?:(?P<y>{_Y})"
    rf"|(?P<era>{'|'.join(_ERAS)}) ?(?P<ey>\d{{3}}|{_N}|元)|'?(?P<y2>\d\d)) ?年度?"
    "(?![代间前后来内以的级龄半多余龙])"
)


def _month(mark: str) -> str:
    return (
        rf"(?:(?P<m0{mark}>{_N}) ?月?{_TO})?(?P<m{mark}>{_N}) ?月份?"
        rf"(?: ?(?:(?P<d0{mark}>{_N}) ?[日号]?{_TO})?(?P<d{mark}>{_N}) ?[日号](?![楼线店]))?"
    )


_DATE = re.compile(
    rf"(?<!\d)(?<!\d[.,])(?<!\d[-~])(?:{_YEAR}(?: ?{_month('')})?|{_month('b')}"
    rf"|(?:(?P<d0c>{_N}) ?[日号]?{_TO})?(?P<dc>{_N}) ?[日号](?![元本间圆円楼线店机院馆站])"
    rf"|(?P<yc>{_Y}) ?年)"
)
_START = re.compile("[\\d'一二三四五六七八九十廿卅令平昭大明民]")
_COUNTED = frozenset("前近后头逾达")  # 前4月: four months
_LASTING = tuple("续期时共近约每去过达满需第这了前后数超逾用丸计隔")
_KANA = re.compile("[\u3040-\u30ff]")  # Japanese has one word for both
_LASTS = tuple("间内后前以之里来游连续分目多余左半")
_YEARS_LAST = ("零", "整", "里", "有余", "如一日", "时光", "光阴", "历史")  # behind 63年
_DATING = frozenset("于在自从到至是为即由元、-~和与及或('\"“「/はがもらのに")  # before 93年
_BREAK = re.compile("[，。,.;:!?)…”」』]|$")
_SENTENCE_END = re.compile("[。.!?…”」』]|$")
_DECADE = re.compile(
    r"(?:(?P<century>\d{1,2}|二十一?|十[八九]) ?世纪|(?P<last>上个?世纪)|(?P<this>本世纪))? ?"
    r"(?:(?P<also>\d0) ?[、和与至~-] ?)?"
    r"(?P<years>\d{1,4}|(?P<and>[二三四五六七八九])?[二三四五六七八九]十|十) ?年代"
    r"|(?P<early>(?:本世纪|21 ?世纪|二十一世纪)之?初)"
)
_BORN = re.compile(r"(?<!\d)[05-9]0(?=['\"”]?(?:、[05-9]0)*后)")


def han_dates(text: str) -> Iterator[Reading]:
    """The dates of a view, decades first; a reading with an empty span goes with the one before."""
    if "年代" in text or "世纪" in text:
        for match in _DECADE.finditer(text):
            yield from _decade(match)
    if "后" in text:
        for match in _BORN.finditer(text):
            yield Reading("date", *match.span(), decade(int(match[0]) or 2000), False)
    if "年" in text or "月" in text or "日" in text or "号" in text:
        yield from _dates(text)


def decade(years: int) -> tuple[Form, ...]:
    """The decade that begins with a year, given in two digits or four."""
    if years < 100:
        return (Years(1900 + years, 1909 + years, short=True), Figure(Decimal(years)))
    if years % 100:
        return (Years(years, years + 9),)
    last = years + (9 if years == 2000 else 99)  # the 1700s are a century, the 2000s ten years yet
    return (Years(years, last), Figure(Decimal(years // 100 + 1)))


def _decade(match: re.Match[str]) -> Iterator[Reading]:
    if match["early"]:  # the early years of a century are more than ten
        yield Reading("date", *match.span(), (Years(2000, 2009),), False)
        return
    years = _number(match["years"][-2:] if match["and"] else match["years"])
    if years % 10:
        return
    century = 20 if match["last"] else 21 if match["this"] else _number(match["century"] or "0")
    forms = decade((century - 1) * 100 + years if century and years < 100 else years)
    yield Reading("date", *match.span(), forms, True)
    first = forms[0]
    before = 10 * HAN_DIGITS[match["and"]] if match["and"] else int(match["also"] or 0)
    if before and isinstance(first, Years):  # 六七十年代, 70、80年代
        begin = first.first // 100 * 100 + before
        both = (Years(begin, begin + 9, first.short),)
        yield Reading("date", match.end(), match.end(), both, True)


def _dates(text: str) -> Iterator[Reading]:
    """To look for possible starts first is much faster than finditer."""
    start = _START.search(text)
    while start:
        match = _DATE.match(text, start.start())
        if match:
            yield from _readings(match, text)
        start = _START.search(text, match.end() if match else start.end())


def _readings(match: re.Match[str], text: str) -> Iterator[Reading]:
    part = match.groupdict()
    month = _within(part["m"] or part["mb"], 12)
    day = _within(part["d"] or part["db"] or part["dc"], 31)
    if month == 0 or day == 0:
        return
    year = _year(part)
    if part["y2"]:
        forms = _short_year(int(part["y2"]), month, day)
        if month is None and not part["y0"] and _lasts(match, text):
            yield Reading("figure", *match.span(), (forms[-1], *forms[:-1]), True)
            return
    elif year is None and month is None:
        forms = (Date(None, None, day), *_days(match, text, Decimal(day or 0)))
    else:
        forms = (Date(year, month, day), *_amounts(match, text, year, month, day))
    certain = part["dc"] is None or match[0][-1] == "日" or match[0][0].isdigit()
    yield Reading("date", *match.span(), forms, certain)
    yield from _begun(part, match.end(), year, month)


def _year(part: dict[str, str | None]) -> int | None:
    era, printed = part["era"], part["y"] or part["yc"]
    if era:
        return _ERAS[era] + (1 if part["ey"] == "元" else _number(part["ey"] or "0"))
    return _spelled(printed) if printed else None


def _short_year(short: int, month: int | None, day: int | None) -> tuple[Form, ...]:
    """98年 is 1998 or a time of 98 years."""
    dates = (Date(1900 + short, month, day), Date(2000 + short, month, day))
    return dates if month else (*dates, Figure(Decimal(short), "month", Decimal(12)))


def _lasts(match: re.Match[str], text: str) -> bool:
    """Whether 63年 is rather a time of 63 years than the year 1963.

    It is where something lasts (演了63年, 历时63年), at the end of a clause (唱戏63年，) unless it
    tells when (生于93年。), and where it is all that a sentence says, an answer to how long.
    """
    start, end = match.span()
    if match[0][0] in "'0":
        return False
    before = text[max(0, start - 2) : start].strip()[-1:]
    if before in _LASTING or text.startswith(_YEARS_LAST, end):
        return True
    alone = not before or bool(_BREAK.match(before))
    ends = _SENTENCE_END if alone else _BREAK
    return before not in _DATING and bool(ends.match(text, end))


def _days(match: re.Match[str], text: str, number: Decimal) -> tuple[Figure, ...]:
    """What a day alone may be as well: a place (the 15th), a time of days (连续3日, 3日内)."""
    place = Figure(number, "ordinal")
    start, end = match.span()
    lasts = text[max(0, start - 2) : start].endswith(_LASTING) or text.startswith(_LASTS, end)
    if match[0][-1] == "日" and (lasts or _KANA.search(text, max(0, start - 20), end + 20)):
        return (Figure(number, "second", Decimal(86400)), place)
    return (place,)


def _amounts(
    match: re.Match[str], text: str, year: int | None, month: int | None, day: int | None
) -> tuple[Figure, ...]:
    """The time that a year or month may be as well: 1500年, 前4月."""
    if year and month is None:
        return (Figure(Decimal(year), "month", Decimal(12)),)
    before = text[match.start() - 1 : match.start()]
    if month and year is None and day is None and before in _COUNTED:
        return (Figure(Decimal(month), "month"),)
    return ()


def _begun(
    part: dict[str, str | None], at: int, year: int | None, month: int | None
) -> Iterator[Reading]:
    """The date that a range begins with."""
    months, days = part["m0"] or part["m0b"], part["d0"] or part["d0b"] or part["d0c"]
    forms: tuple[Form, ...] = ()
    if part["y0"]:
        forms = (Date(_spelled(part["y0"]), None, None),)
    elif months and (begin := _within(months, 12)):
        forms = (Date(year, begin, None),)
        if month and begin < month:  # 1至4月 are four months
            count = (Figure(Decimal(month - begin + 1), "month"),)
            yield Reading("date", at, at, count, False)
    elif days and (first := _within(days, 31)):
        forms = (Date(year, month, first),)
        if month is None:
            forms += (Figure(Decimal(first), "ordinal"),)
    if forms:
        yield Reading("date", at, at, forms, True)


def _spelled(year: str) -> int:
    return int("".join(str(HAN_DIGITS.get(c.replace("○", "〇"), c)) for c in year))


def _number(text: str) -> int:
    """The number, 0 if it is none."""
    if text.isdecimal():
        return int(text)
    values = han_values(text)
    return int(values[0].value) if values else 0


def _within(text: str | None, most: int) -> int | None:
    """The number, 0 if it is none or too large; None for None."""
    if text is None:
        return None
    number = _number(text)
    return number if number <= most else 0
