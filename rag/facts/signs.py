"""Figures below zero: 零下5度, -5°C, 5 degrees below zero."""

import re

_WORDS = (
    "零下",
    "点下",
    "マイナス",
    "负",
    "minus",
    "menos",
    "минус",
    "below",
    "bajo cero",
    "нуля",
    "мороза",
)
_UNITS = ("°", "℃", "度", "degree", "grado", "град")
_SURE = ("零下", "冰点下", "氷点下")
_SIGN = re.compile(r"(?:マイナス|负|minus|menos|минус) ?$|(?<![a-z0-9)%°℃-])(?<![0-9)%°℃-] )-$")
_DEGREES = re.compile(r" ?(?:℃|°|度|摄氏|degree|grado|градус|celsius|fahrenheit)")
_BELOW = re.compile(
    r"(?: ?(?:degrees?|grados?|градус\w*|°c?))?(?: ?(?:celsius|fahrenheit|c|f)\b)? "
    r"(?:below (?:zero|freezing)|bajo cero|ниже нуля|мороза)"
)
_TEMPERATURES = frozenset({"celsius", "fahrenheit"})


def has_cold(text: str) -> bool:
    """Whether anything in a text may be a sign of minus."""
    return any(word in text for word in _WORDS) or (
        "-" in text and any(unit in text for unit in _UNITS)
    )


def below_zero(text: str, start: int, end: int, kind: str) -> bool:
    """Whether the figure with a unit of `kind` between `start` and `end` is a degree below zero.

    A hyphen is a sign of minus before temperatures only: elsewhere it is mostly a dash.
    """
    before = text[max(0, start - 8) : start]
    if before.rstrip().endswith(_SURE) or _BELOW.match(text, end):
        return True
    if not _SIGN.search(before):
        return False
    return kind in _TEMPERATURES or bool(_DEGREES.match(text, end))
