"""The unit behind a number."""

import re
from decimal import Decimal

from rag.facts.units import NO_UNIT, Unit, cjk_unit, word_unit
from rag.facts.view import WORD

_BEFORE = {  # what raises the unit of length behind it to a power
    word: power
    for power, words in {
        2: "square sq кв квадратных квадратный квадратного квадратном",
        3: "cubic cu куб кубических кубический кубического кубическом",
    }.items()
    for word in words.split()
}
_BEHIND = {  # and the one before it
    word: power
    for power, words in {
        2: "cuadrados cuadrado carrés carré quadrati quadrato quadrados quadrado squared",
        3: "cúbicos cúbico cubes cube cubi cubo cubed",
    }.items()
    for word in words.split()
}
_LITRES = 1000  # in a cubic metre
_HOURS = re.compile(  # that make energy of power: kilowatt-hours, кВт·ч
    r"[ .·⋅∙*-](?:h|hrs?|hours?|horas?|heures?|ч|час|часа|часов|stunden?)(?!\w)"
)
_JIAO = Unit("CNY", Decimal("0.1"))
_OF_TRAINS = (  # what a metro has, in English: 12 metro stations are no length
    "car cars driver drivers line lines network networks passenger passengers ride rides station "
    "stations stop stops system systems ticket tickets train trains trip trips"
)
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
        if word == "metro" and following and following[0] in _OF_TRAINS.split():
            return NO_UNIT, at
        power = _BEHIND.get(following[0]) if following and unit.kind == "length" else None
        if following and power:
            return _raised(unit, power), following.end()
        hours = _HOURS.match(text, stop) if unit.kind == "power" else None
        return (Unit("energy", unit.factor), hours.end()) if hours else (unit, stop)
    if word == "d" and text.startswith("'", stop) and not text.startswith("d'", stop + 1):
        unit, end = unit_at(text, stop + 1)  # d'hectares
        return (unit, end) if unit.kind else (NO_UNIT, at)
    return _two_words(word, following[0], following.end()) if following else (NO_UNIT, at)


def _two_words(word: str, second: str, stop: int) -> tuple[Unit, int]:
    """Per cent, square metres, Chinese yuan; the end is 0 where they are no unit."""
    unit = word_unit(second)
    if word in ("per", "por", "pour") and second in ("cent", "ciento"):
        return word_unit("percent"), stop
    if word.startswith("процентн") and second.startswith("пункт"):
        return word_unit("percent"), stop
    if word in _BEFORE and unit.kind == "length":
        return _raised(unit, _BEFORE[word]), stop
    if unit.kind.isupper() and word not in _SMALL:  # Chinese yuan, U.S. dollars
        return unit, stop
    return Unit("", Decimal(1)), 0


def _raised(unit: Unit, power: int) -> Unit:
    """The unit of area or volume that a unit of length makes, squared or cubed."""
    if power == 2:
        return Unit("area", unit.factor**2)
    return Unit("volume", unit.factor**3 * _LITRES)
