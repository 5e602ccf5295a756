"""Fractions and percentages in words: 百分之九十, 三分の二, two thirds, one in five."""

import re
from collections.abc import Iterator
from decimal import Decimal

from index.dates import Date
from rag.facts.fact import Figure
from rag.facts.numerals import HAN, Value, digit_values, han_values
from rag.facts.reading import Reading
from rag.facts.view import View
from rag.facts.words import ORDINALS, spoken

_NUMBER = rf"\d{{1,9}}(?:\.\d{{1,6}})?|[{HAN}]{{1,12}}"
_HUNDREDTHS = re.compile(rf"(百|千)分(?:之 ?({_NUMBER})|百(?!分))")
_PARTS = re.compile(rf"({_NUMBER}) ?分(?:之|の) ?({_NUMBER})")
_SLASH = re.compile(r"(?<![\d/.])(\d{1,3})/(\d{1,3})(?![\d/]|\.\d)")
_OUT_OF = re.compile(r" (?:in|out of|de cada|из|sur|von) (?:every )?([\wа-яё]{1,9})")
_AMONG = re.compile(rf"({_NUMBER}) ?[个名]?人?(?:中|に|当中|里)就?有? ?({_NUMBER}) ?[个名]?人")
_EVERY = re.compile(
    "кажд(?:ый|ая|ое|ого|ой|ую|ом) (втор|трет|четв|пят|шест|седьм|восьм|девят|десят)"
)
_EVERY_IS = ("втор", "трет", "четв", "пят", "шест", "седьм", "восьм", "девят", "десят")
_PART_WORDS = {
    word: Decimal(below)
    for below, words in {
        3: "third thirds tercio tercios треть трети tiers drittel",
        4: "quarter quarters fourth fourths cuarto cuartos четверть четверти quart quarts viertel",
        5: "fifth fifths quinto quintos пятая пятых cinquième cinquièmes fünftel",
        6: "sixth sixths",
        8: "eighth eighths octavos",
        10: "tenth tenths décimo décimos десятая десятых dixième dixièmes zehntel",
    }.items()
    for word in words.split()
}


def shares(view: View, text: str) -> Iterator[Reading]:
    """Parts of a whole in `text`; empty spans are readings beside others."""
    if "分" in text:
        yield from _han(text)
    if "人" in text or "кажд" in text:
        yield from _among(text)
    if "/" in text:
        yield from _slashes(text)
    if view.words:
        yield from _in_words(view, text)


def _han(text: str) -> Iterator[Reading]:
    end = 0
    for match in _HUNDREDTHS.finditer(text):
        for value in _values(match[2] or "百")[:1]:
            scale = 0 if match[1] == "百" else -1
            percent = Figure(value.value.scaleb(scale), "percent", step=value.step.scaleb(scale))
            yield Reading("figure", *match.span(), (percent,), True)
    for match in _PARTS.finditer(text):
        if match[1][-1:] in ("百", "千") and len(match[1]) == 1 or match.start() < end:
            continue
        below, above = _values(match[1])[:1], _values(match[2])[:1]
        if below and above and below[0].value:
            final = text.startswith("决赛", match.end())
            yield Reading(
                "figure", *match.span(), (_part(above[0].value, below[0].value),), not final
            )


def _among(text: str) -> Iterator[Reading]:
    """5人に1人, каждый пятый: one in five."""
    for match in _AMONG.finditer(text):
        total, above = _values(match[1])[:1], _values(match[2])[:1]
        if total and above and 0 < above[0].value < total[0].value:
            form = _part(above[0].value, total[0].value)
            yield Reading("figure", match.start(), match.start(), (form,), False)
    for match in _EVERY.finditer(text):
        below = Decimal(_EVERY_IS.index(match[1]) + 2)
        yield Reading("figure", match.start(), match.start(), (_part(Decimal(1), below),), False)


def _slashes(text: str) -> Iterator[Reading]:
    for match in _SLASH.finditer(text):
        above, below = Decimal(match[1]), Decimal(match[2])
        if match[0] == "24/7":  # always
            yield Reading("figure", *match.span(), (Figure(above), Figure(below)), False)
        elif 0 < above < below <= 100:
            day = (Date(None, int(above), int(below)),) if above <= 12 and below <= 31 else ()
            yield Reading("figure", *match.span(), (_part(above, below), *day), True)


def _in_words(view: View, text: str) -> Iterator[Reading]:
    for place, (_, end, word) in enumerate(view.words):
        below = _PART_WORDS.get(word)
        if below is None or not place:
            continue
        start, stop, before = view.words[place - 1]
        above = None if before in ORDINALS else _plain(view, before)  # the third quarter
        if above is not None and text[stop : end - len(word)] in (" ", "-"):
            forms: tuple[Figure, ...] = (_part(above, below),)
            if text[:start].endswith(("first ", "last ", "past ", "three ")):
                forms += (Figure(above),)  # quarters of a year
            yield Reading("figure", start, end, forms, True)
    for match in _OUT_OF.finditer(text):
        above_word = text[max(0, match.start() - 12) : match.start()].rpartition(" ")[2]
        above, total = _plain(view, above_word), _plain(view, match[1])
        if above and total and above < total:
            # "two in seven days" is no share.
            whole = "out of" in match[0] or (above == 1 and total <= 100)
            start = match.start() - len(above_word) if whole else match.start()
            stop = match.end() if whole else start
            yield Reading("figure", start, stop, (_part(above, total),), whole)
            plain_forms = (Figure(above), Figure(total))  # for a source: 5人に1人
            yield Reading("figure", stop, stop, plain_forms, False)


def _plain(view: View, word: str) -> Decimal | None:
    """The number that one word or a run of digits is."""
    if word.isdecimal():
        return Decimal(word[:9])
    return next((s.value for s in spoken([(0, len(word), word)], word, view.language)), None)


def _part(above: Decimal, below: Decimal) -> Figure:
    return Figure(above / below, "fraction", step=Decimal(0))


def _values(text: str) -> tuple[Value, ...]:
    return digit_values(text, False) if text[0].isdigit() else han_values(text)
