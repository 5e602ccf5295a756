"""Dates in the languages that have spaces between words, and dates in digits alone."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from index.dates import Date
from rag.facts.fact import Figure, Form
from rag.facts.han_dates import decade
from rag.facts.months import month_named, stands_alone
from rag.facts.reading import Reading
from rag.facts.units import word_unit
from rag.facts.view import WORD, View
from rag.facts.words import SCALES, SMALL

_FREE = r"(?<!\d)(?<!\d[.,])"  # no digits before
_DECADE = re.compile(
    rf"(?<![$€£]){_FREE}(?P<years>(?:1\d|20)?\d0)(?:'?s\b|er\b(?: jahre)?|-?(?:х|ые|е|ых)\b)"
    r"|\b(?:(?:los|años|década de los) (?P<word>veinte|treinta|cuarenta|cincuenta|sesenta|setenta|"
    r"ochenta|noventa)\b(?! [a-zñ]+[oa]s\b)|the (?:early |late |mid-)?(?P<ties>twenties|thirties|"
    r"forties|fifties|sixties|seventies|eighties|nineties)\b|(?P<lat>двадцат|тридцат|сороков|пятидесят|"
    r"шестидесят|семидесят|восьмидесят|девяност)(?:ых|ые) год[аыо]\w*)"
    r"|\b(?:años|années|década de(?: los| 1os)?|década del?(?: año)?) "
    r"(?P<named>(?:1\d|20)?\d0)\b(?![.,]\d)"
)
_TENS = {
    word: 10 * place
    for words in (
        "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
        "twenties thirties forties fifties sixties seventies eighties nineties",
        "двадцат тридцат сороков пятидесят шестидесят семидесят восьмидесят девяност",
    )
    for place, word in enumerate(words.split(), 2)
}
_YMD = re.compile(rf"{_FREE}(1\d{{3}}|20\d\d)([-/.])(0?[1-9]|1[0-2])\2(0?[1-9]|[12]\d|3[01])(?!\d)")
_DMY = re.compile(rf"{_FREE}(\d{{1,2}})([-/.])(\d{{1,2}})\2(1\d{{3}}|20\d\d)(?!\d)")
_YEARS = re.compile(
    rf"(?<![$€£-]){_FREE}(1[5-9]\d\d|20\d\d) ?([-/]) ?(\d\d|1[5-9]\d\d|20\d\d)(?![\d-]|[.,]\d)"
)
_YEAR = re.compile(r"(?:1\d|20)\d\d(?![\d%]|[.,:]\d)")
_NOT_BEFORE = re.compile(r"[\d$€£¥/-]$|\d[.,]$")  # a year
_LEAD = re.compile(r"\b(?:in|since|until|till|en|desde|hasta|в|с|im|seit|depuis) $")
_OF_YEAR = frozenset({"год", "году", "года", "годом", "г"})
_BACK = re.compile(
    rf"(?:{_FREE}(?P<other>\d{{1,2}})(?:st|nd|rd|th|º|er|\.)? ?"
    r"(?:-|to|and|&|al?|y|bis|und|et|au|,|по|и|or|до|o) ?)?"
    rf"(?<![:$€£]){_FREE}(?P<day>\d{{1,2}})(?:st|nd|rd|th|º|er|\.|-?го|-?е)? ?-?"
    r"(?:de |of |день )?(?:the month of )?$"
)
_FORTH = re.compile(
    r"\.?,?(?: (?:the )?(?P<day>\d{1,2})(?:st|nd|rd|th)?"
    r"(?![\d.,:]?\d|%| (?:percent|per|million|people))"
    r"(?: ?(?:-|to|and|&) ?(?P<other>\d{1,2})(?:st|nd|rd|th)?(?!\d))?)?"
    r"(?:,? (?:de |del |of |in )?(?P<year>1\d{3}|20\d\d)(?!\d|[.,]\d| (?:mil|милл|млн|тыс)))?"
    r"(?: ?(?:г\.|года|году|год)(?![а-я]))?"
)
_PAIR = re.compile(r"\d ?[-/.] ?\d")
_YEAR_FORTH = re.compile(_FORTH.pattern.replace("(?P<day>", "(?P<day>(?!)"))  # a day stands before
_WINDOW = 34  # characters before the name of a month that may belong to its date


class _Named(NamedTuple):
    """What stands around the name of a month: days, a year, and how far it reaches."""

    start: int
    end: int
    day: int | None
    other: int | None
    year: int | None


def calendar(view: View) -> Iterator[Reading]:
    """The dates of a text; a reading with an empty span goes with the one before it."""
    text = view.text
    yield from _numeric(text)
    if view.words:
        for match in _DECADE.finditer(text):
            word = match["word"] or match["ties"] or match["lat"]
            years = _TENS[word] if word else int(match["years"] or match["named"])
            yield Reading("date", *match.span(), decade(years), True)
        yield from _named(view)
    yield from _bare_years(text)


def _numeric(text: str) -> Iterator[Reading]:
    if not _PAIR.search(text):
        return
    for m in _YMD.finditer(text):
        yield Reading("date", *m.span(), (Date(int(m[1]), int(m[3]), int(m[4])),), True)
    for m in _DMY.finditer(text):
        one, two, year = int(m[1]), int(m[3]), int(m[4])
        orders = ((one, two), (two, one))
        dates = tuple(Date(year, m, d) for d, m in orders if 1 <= m <= 12 and 1 <= d <= 31)
        if dates:
            yield Reading("date", *m.span(), dates, True)
    for m in _YEARS.finditer(text):
        first = int(m[1])
        last = int(m[3]) if len(m[3]) == 4 else first // 100 * 100 + int(m[3])
        season = len(m[3]) == 4 or m[2] == "-" or last == first + 1
        if first < last <= first + 120 and season:
            yield Reading("date", *m.span(), _year_forms(first), True)
            yield Reading("date", m.end(), m.end(), _year_forms(last), True)


def _year_forms(year: int) -> tuple[Form, ...]:
    return Date(year, None, None), Figure(Decimal(year))


def _named(view: View) -> Iterator[Reading]:
    before = ""
    for place, (start, end, word) in enumerate(view.words):
        month = month_named(view, start, word)
        if month is not None:
            around = _around(view, place, start, end)
            if around.day is None and around.year is None:
                sure = stands_alone(view, start, word, before)
                yield from _month_alone(view, start, end, month, sure)
            else:
                stop = end + len(view.text[end : around.end].rstrip(" .,"))
                date = Date(around.year, month, around.day)
                yield Reading("date", around.start, stop, (date,), True)
                if around.other:
                    other = (Date(around.year, month, around.other),)
                    yield Reading("date", stop, stop, other, True)
        before = word


def _month_alone(view: View, start: int, end: int, month: int, sure: bool) -> Iterator[Reading]:
    form = (Date(None, month, None),)
    if sure:
        yield Reading("date", start, end, form, True)
    elif (view.capital(start) or view.language != "en") and view.text[start:end] != "may":
        yield Reading("date", end, end, form, False)


def _around(view: View, place: int, start: int, end: int) -> _Named:
    text = view.text
    begin = max(0, start - _WINDOW)
    before = text[begin:start]
    back = _BACK.search(before) if any(c.isdigit() for c in before[-16:]) else None
    forth = (_FORTH if view.language == "en" else _YEAR_FORTH).match(text, end)
    if back and _day(back["day"]):
        other = _day(back["other"])
        first = begin + (back.start("other") if other else back.start("day"))
        follows = forth and not forth["day"]  # "3 May 20 people" has one day
        year = int(forth["year"]) if forth and follows and forth["year"] else None
        return _Named(
            first, forth.end() if forth and follows else end, _day(back["day"]), other, year
        )
    if not forth:
        return _Named(start, end, None, None, None)
    year = int(forth["year"]) if forth["year"] else None
    day, other = _day(forth["day"]), _day(forth["other"])
    if forth["day"] and not day:
        return _Named(start, end, None, None, None)
    if not day and (told := _spoken_day(view, place)):
        return _Named(start, max(forth.end(), end), told, None, year)
    stop = forth.end("day") if forth["other"] and not other else forth.end()
    return _Named(start, stop, day, other, year)


def _day(text: str | None) -> int | None:
    day = int(text or 0)
    return day if 1 <= day <= 31 else None


def _spoken_day(view: View, place: int) -> int | None:
    """The day in "uno de octubre"."""
    if place < 2 or view.words[place - 1][2] != "de":
        return None
    word = view.words[place - 2][2]
    day = 1 if word == "primero" else SMALL["es"].get(word, 0)
    return day if 1 <= day <= 31 else None


def _bare_years(text: str) -> Iterator[Reading]:
    """2018 by itself: a year or a number, whichever the source has; not 2000 people, 1500 km."""
    for match in _YEAR.finditer(text):
        start, end = match.span()
        if _NOT_BEFORE.search(text[max(0, start - 2) : start]):
            continue
        space = text[end : end + 1] in (" ", "-")
        following = WORD.match(text, end + space)
        if following:
            word = following[0]
            counts = word in SCALES or (word_unit(word).kind and word not in _OF_YEAR)
            if counts or not space:
                continue
        after = text[end : end + 2].lstrip()[:1]
        if "\u3040" <= after < "\uff00" or text[start - 1 : start].isalpha() and start:
            continue  # 2000人, A2000
        unit = "year" if _LEAD.search(text, max(0, start - 7), start) else ""
        year = int(match[0])
        yield Reading(
            "date", start, end, (Date(year, None, None), Figure(Decimal(year), unit)), True
        )
