"""The unit behind a number."""

from decimal import Decimal

from rag.facts.units import NO_UNIT, Unit, cjk_unit, word_unit
from rag.facts.view import WORD

_SQUARE = frozenset({"square", "sq", "кв", "квадратных", "квадратный"})
_JIAO = Unit("CNY", Decimal("0.1"))
_SMALL = frozenset({"and", "y", "и", "to", "of", "in", "a", "or"})


def unit_at(text: str, at: int) -> tuple[Unit, int]:
    """The unit that stands at `at`, and where it ends; NO_UNIT and `at` where there is none."""
    unit, stop = cjk_unit(text, at)
    if text[at : at + 1] == "角" and text[at - 1].isdigit():  # 三角 is a triangle
        return _JIAO, at + 1
    if unit.kind:
        return unit, stop
    match = WORD.match(text, at)
    if not match:
        return NO_UNIT, at
    word, stop = match[0], match.end()
    following = WORD.match(text, stop + 1 + (text[stop : stop + 2] == ". "))
    unit = word_unit(word)
    if unit.kind:
        if word == "year" and text[stop + 1 : stop + 4] in ("on ", "on-", "ove"):
            return NO_UNIT, at  # year on year
        if unit.kind == "length" and following and following[0] == "cuadrados":
            return Unit("area", unit.factor * unit.factor), following.end()
        return unit, stop
    return _two_words(word, following[0], following.end()) if following else (NO_UNIT, at)


def _two_words(word: str, second: str, stop: int) -> tuple[Unit, int]:
    """Per cent, square metres, Chinese yuan; the end is 0 where they are no unit."""
    unit = word_unit(second)
    if word in ("per", "por", "pour") and second in ("cent", "ciento"):
        return word_unit("percent"), stop
    if word.startswith("процентн") and second.startswith("пункт"):
        return word_unit("percent"), stop
    if word in _SQUARE and unit.kind == "length":
        return Unit("area", unit.factor * unit.factor), stop
    if unit.kind.isupper() and word not in _SMALL:  # Chinese yuan, U.S. dollars
        return unit, stop
    return Unit("", Decimal(1)), 0
