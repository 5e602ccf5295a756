"""What is added to a figure behind it: two and a half years, 两年半, 一个半小时, 两成五."""

import re
from decimal import Decimal

from rag.facts.measured import unit_at
from rag.facts.numerals import Value, han_values
from rag.facts.units import Unit

_HALF = re.compile("半(?![小天年个岁决])| and a half\\b| y medi[oa]\\b| с половиной\\b")
_HALF_OF = re.compile("个半(小时|钟头|月)")
_TENTH = re.compile("(?<=[成割])[一二三四五六七八九]")
_SPANS = frozenset({"second", "month", "length", "weight", "area"})
_POINT_FIVE = Value(Decimal("0.5"), Decimal("0.5"))
_NOTHING = Value(Decimal(0), Decimal(1))


def part_behind(text: str, end: int, unit: Unit) -> tuple[Value, Unit, int]:
    """What is added at the end of a figure, zero if nothing, and its unit and end with that."""
    whole = _HALF_OF.match(text, end - 1) if unit.kind == "item" else None
    if whole:
        return _POINT_FIVE, unit_at(f"个{whole[1]}", 0)[0], whole.end()
    tenth = _TENTH.match(text, end) if unit.kind == "percent" else None
    if tenth:
        return Value(han_values(tenth[0])[0].value / 10, Decimal("0.1")), unit, tenth.end()
    match = _HALF.match(text, end)
    if not match or (unit.kind not in _SPANS and match[0] == "半"):
        return _NOTHING, unit, end
    if match[0] == "半":
        return _POINT_FIVE, unit, match.end()
    following, stop = unit_at(text, match.end() + 1)
    return (_POINT_FIVE, following, stop) if following.kind else (_POINT_FIVE, unit, match.end())
