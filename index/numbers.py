"""Figures in a normal form, in the languages read, and the search tokens that stand for them.

23,095 = 23095 = ２３０９５; 2.3万 = 23000 = 23 thousand = 二万三千; 94% = 百分之九十四. Chinese
numerals count when they hold a unit (十 百 千 万 亿): single ones are mostly words.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache


@dataclass(frozen=True)
class Number:
    """A figure; percentages are figures of their own kind."""

    value: Decimal
    percent: bool = False

    def __str__(self) -> str:
        return f"{self.value:f}" + ("%" if self.percent else "")


def numbers(folded: str) -> Iterator[Number]:
    """The figures of a folded text; a text whose dates count for themselves comes without them."""
    return (number for number, _, _ in _read(folded))


def number_tokens(folded: str) -> Iterator[str]:
    """Search tokens of figures whose normal form is not what stands in the folded text."""
    for _, token, printed in _read(folded):
        if token != printed:
            yield token


_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_SCALES = {
    "十": 1, "百": 2, "千": 3, "万": 4, "十万": 5, "百万": 6, "千万": 7, "亿": 8, "十亿": 9,
    "百亿": 10, "千亿": 11, "万亿": 12, "兆": 12, "thousand": 3, "mil": 3, "тысяч": 3, "тыс": 3,
    "million": 6, "millions": 6, "millón": 6, "millones": 6, "млн": 6, "миллионов": 6,
    "billion": 9, "billions": 9, "млрд": 9, "trillion": 12,
}  # fmt: skip
_SCALE = "|".join(sorted(_SCALES, key=len, reverse=True))
_PERCENT = r"%|per ?cent\b|por ciento\b|процент\w*|pour ?cent\b|prozent\b|パーセント"
_UNITS = "[十百千万亿]"
_NUMBER = re.compile(
    rf"(?P<of>百分之)?(?:(?P<digits>{_DIGITS})|(?P<han>[零〇一二两三四五六七八九十百千万亿点]{{2,}}))"
    rf" ?(?P<scale>(?:{_SCALE})(?![a-zа-я]))?余?多? ?(?P<percent>{_PERCENT})?"
)
_START = re.compile(r"[\d零〇一二两三四五六七八九十百千万亿点]")  # of every number
HAN_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000}


def _read(text: str) -> Iterator[tuple[Number, str, str]]:
    """Figures, the token of each, and how it is printed, without thousands separators."""
    for match in _found(text):
        number, token = _number(*match.group("of", "digits", "han", "scale", "percent"))
        if number is not None:
            yield number, token, match.group().strip().replace(",", "")


@lru_cache(maxsize=1 << 14)  # most figures of a newspaper stand there again and again
def _number(
    of: str | None, digits: str | None, han: str | None, scale: str | None, percent: str | None
) -> tuple[Number | None, str]:
    """The figure that the groups of `_NUMBER` make, and its token; None if they make none."""
    if digits:
        value = Decimal(digits.replace(",", ""))
    else:
        found = han_value(han or "")
        if found is None or not (of or re.search(_UNITS, han or "")):
            return None, ""
        value = found
    scaled = (value.scaleb(_SCALES[scale]) if scale else value).normalize()
    number = Number(scaled, percent=bool(of or percent))
    return number, str(number)


def _found(text: str) -> Iterator[re.Match[str]]:
    """What `_NUMBER.finditer` finds; to look for possible starts first is four times as fast."""
    start = _START.search(text)
    while start:
        match = _NUMBER.match(text, start.start())
        if match:
            yield match
        start = _START.search(text, (match or start).end())


def han_value(text: str) -> Decimal | None:
    """Value of a Chinese numeral (三万五千 → 35000, 九十四点五 → 94.5); None if it is not one."""
    whole, point, fraction = text.partition("点")
    if point and not (fraction and all(c in HAN_DIGITS for c in fraction)):
        return None
    high = total = section = digit = 0  # 亿, 万 and what is below, each closed by its unit
    for character in whole:
        if character in HAN_DIGITS:
            after_digit = bool(digit) and not section  # 三五: digits one by one
            digit = digit * 10 * after_digit + HAN_DIGITS[character]
        elif character in _HAN_UNITS:
            section += (digit or 1) * _HAN_UNITS[character]
            digit = 0
        elif character == "万":
            total, section, digit = total + (section + digit) * 10**4, 0, 0
        elif character == "亿":
            high, total, section, digit = high + (total + section + digit) * 10**8, 0, 0, 0
        else:
            return None
    decimals = "".join(str(HAN_DIGITS[c]) for c in fraction)
    return Decimal(f"{high + total + section + digit}.{decimals or 0}")
