"""Amounts that words have in them: a decade, half an hour, 两年半. A source offers them."""

import re
from collections.abc import Iterator
from decimal import Decimal

from rag.facts.fact import Figure
from rag.facts.units import cjk_unit, word_unit
from rag.facts.view import View
from rag.facts.words import SMALL

_YEAR = Decimal(12)
_HALF = Decimal("0.5")
_WORDS = {
    word: Figure(Decimal(value), kind, Decimal(factor))
    for (value, kind, factor), words in {
        (10, "month", 12): "decade decade's década десятилетие десятилетия décennie jahrzehnt",
        (100, "month", 12): "century siglo век века siècle jahrhundert",
        (2, "month", 12): "biennial biennially bienal двухлетие",
        (1, "month", 12): "annual annually yearly anual ежегодно ежегодный jährlich",
        (3, "month", 1): "quarter quarterly trimestre квартал квартале quartal",
        (1, "second", 86400): "daily overnight сутки diario diaria täglich",
        (1, "second", 604800): "weekly semanal еженедельно",
        (14, "second", 86400): "fortnight fortnightly",
        (1, "month", 1): "monthly mensual ежемесячно",
    }.items()
    for word in words.split()
}
_SPANS = frozenset({"second", "month", "length", "area", "weight", "volume"})
_HALVES = frozenset({"half", "halves", "media", "medio", "пол", "demi", "halbe", "halben"})
_SHARES = {
    word: Decimal(1) / below
    for below, words in {
        2: "half halves mitad половина половины половину половиной наполовину moitié hälfte",
        3: "third tercio треть трети tiers drittel",
        4: "quarter cuarto cuarta четверть quart viertel",
    }.items()
    for word in words.split()
}
_HAN_HALF = re.compile("半个?")


def worded(view: View) -> Iterator[Figure]:
    """Units that stand for one of them (per hour), their halves, and words like decade."""
    previous = before = ""
    for start, end, word in view.words:
        figure = _WORDS.get(word)
        if figure:
            yield figure
        if word in _SHARES:
            yield Figure(_SHARES[word], "fraction", step=Decimal(0))
        unit = word_unit(word)
        if unit.kind in _SPANS and not word.endswith("s") and not _counted(view, start, previous):
            yield Figure(Decimal(1), unit.kind, unit.factor)
            if view.text.startswith((" and a half", " y medi"), end):
                yield Figure(1 + _HALF, unit.kind, unit.factor)
            if previous in _HALVES or before in _HALVES:
                yield Figure(_HALF, unit.kind, unit.factor)
        before, previous = previous, word
    if "半" in view.text:
        yield Figure(_HALF, "fraction", step=Decimal(0))
        yield from _han_halves(view.text)


def _counted(view: View, start: int, previous: str) -> bool:
    """Whether a number stands before the unit: 6 hour, six-month."""
    before = view.text[max(0, start - 2) : start].rstrip(" -")
    return before[-1:].isdigit() or previous in SMALL.get(view.language, SMALL["en"])


def _han_halves(text: str) -> Iterator[Figure]:
    for match in _HAN_HALF.finditer(text):
        unit, _ = cjk_unit(text, match.end())
        if match[0] == "半个" and unit.kind != "second":
            unit, _ = cjk_unit(text, match.end() - 1)  # 个月 is a unit
        if unit.kind:
            yield Figure(_HALF, unit.kind, unit.factor)
