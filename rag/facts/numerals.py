"""Digits and Chinese numerals as numbers: every value that they may have."""

from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from index.numbers import han_value

# How thousands and decimals are told apart: 2,345.5 in one group of languages, 2.345,5 in another.
COMMA_LANGUAGES = frozenset({"es", "fr", "de", "ru", "uk", "it", "pt"})
LONGEST = 24  # characters; longer runs of digits are no amounts


class Value(NamedTuple):
    """A number, and what its last printed digit stands for."""

    value: Decimal
    step: Decimal


DIGITS = r"(?<![\w.,])\.\d+|\d{1,3}(?: \d{3})+(?!\d)(?:[.,]\d{1,2}(?!\d))?|\d+(?:[.,']\d+)*"


@lru_cache(maxsize=1 << 14)
def digit_values(run: str, comma: bool) -> tuple[Value, ...]:
    """Values of a run that `DIGITS` matches, the likeliest first; none if it is no number.

    comma: the language writes decimals with a comma. Such texts often do it the English way all
    the same, so both readings count where three digits follow.
    """
    if len(run) > LONGEST:
        return ()
    if run[0] == ".":
        return (_decimal("0", run[1:]),)
    run = run.replace(" ", "'")
    marks = [c for c in run if not c.isdigit()]
    if not marks:
        return (Value(Decimal(run), Decimal(1)),)
    if len(set(marks)) > 1:
        return _two_marks(run, marks)
    parts = run.split(marks[0])
    thousands = len(parts[0]) <= 3 and parts[0] != "0" and all(len(p) == 3 for p in parts[1:])
    whole = Value(Decimal("".join(parts)), Decimal(1))
    if len(parts) > 2 or marks[0] == "'":
        return (whole,) if thousands else ()
    decimal = _decimal(*parts)
    if not thousands:
        return (decimal,)
    return (decimal, whole) if comma == (marks[0] == ",") else (whole, decimal)


def _two_marks(run: str, marks: list[str]) -> tuple[Value, ...]:
    """1,234.5 and 1.234,5: the last mark is the decimal one, and stands there once."""
    last = marks[-1]
    whole, _, fraction = run.rpartition(last)
    groups = whole.replace(".", "'").replace(",", "'").split("'")
    if marks.count(last) > 1 or len(groups[0]) > 3 or any(len(g) != 3 for g in groups[1:]):
        return ()
    return (_decimal("".join(groups), fraction),)


def _decimal(whole: str, fraction: str) -> Value:
    return Value(Decimal(f"{whole}.{fraction}"), Decimal(1).scaleb(-len(fraction)))


HAN = "零〇○一二两三四五六七八九十百千万亿兆廿卅点"
HAN_SINGLE = "一二两三四五六七八九"
HAN_POWERS = {"十": 1, "百": 2, "千": 3, "万": 4, "亿": 8, "兆": 12}


@lru_cache(maxsize=1 << 14)
def han_values(text: str) -> tuple[Value, ...]:
    """Values of a Chinese numeral, none if it is not one; 两万五 is 25,000 and may be 20,005."""
    text = text.replace("廿", "二十").replace("卅", "三十").replace("○", "〇")
    if "点" in text and text[-1] in "万亿兆":  # 五点二亿
        scaled = text.rstrip("十百千万亿兆")
        power = sum(HAN_POWERS[c] for c in text[len(scaled) :])
        return tuple(Value(v.scaleb(power), s.scaleb(power)) for v, s in han_values(scaled))
    high, trillion, low = text.rpartition("兆")
    if len(text) > LONGEST or "兆" in high:
        return ()
    value = han_value(low) if low or not trillion else Decimal(0)
    trillions = han_value(high) if trillion else Decimal(0)
    if value is None or trillions is None:
        return ()
    step = Decimal(1).scaleb(HAN_POWERS.get(text[-1], 0) - len(text.partition("点")[2]))
    exact = Value(value + trillions.scaleb(12), step)
    if len(text) > 2 and text[-1] in HAN_SINGLE and text[-2] in "百千万亿":
        unit = Decimal(1).scaleb(HAN_POWERS[text[-2]] - 1)
        digit = exact.value % 10
        return (Value(exact.value + digit * (unit - 1), unit), exact)
    return (exact,)
