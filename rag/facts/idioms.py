"""Numbers that are a part of an expression, and assert nothing."""

import re
from decimal import Decimal

_FIRST = re.compile(r"(?:\bno\.?|number|#|nr\.?|núm\.?|número|№) ?$")
_HAN_IDIOMS = re.compile(
    "四分之一决赛|六本木|三条石|两[人组]|十分(?!钟)|十足|十字|十全|十月|千万|百分|三八|五一|"
    "五四|一二|"
    "十一(?![个人名月天岁万年])"
)


def is_idiom(text: str, start: int, end: int, script: str, value: Decimal) -> bool:
    """Whether the number from `start` to `end`, in digits, words or Han, is only a way to say."""
    if script == "digits":
        return value == 1 and bool(_FIRST.search(text[max(0, start - 8) : start]))
    if script == "words":
        return text.startswith("-dimensional", end)
    return bool(_HAN_IDIOMS.match(text, start))
