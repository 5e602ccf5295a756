"""Centuries and years before Christ: 19世紀, siglo XIX, XIX век, 公元前221年, 221 BC."""

import re
from collections.abc import Iterator
from decimal import Decimal

from index.dates import Date
from rag.facts.fact import Figure, Form, Years
from rag.facts.numerals import han_values
from rag.facts.reading import Reading
from rag.facts.view import View
from rag.facts.words import ORDINALS

_HAN = r"(?:\d{1,2}|[一二三四五六七八九十廿]{1,3})"
_ROMAN = "[ivxх]{1,6}"
_ORDINAL_WORDS = {"first": 1, "second": 2, **ORDINALS}
_ORDINAL = rf"(?:\d{{1,2}}(?:st|nd|rd|th)|twenty[- ]first|{'|'.join(_ORDINAL_WORDS)})"
_BC = (
    r"(?P<bc> ?(?:b\.? ?c\.?(?: ?e\.?)?(?![a-z])|a\. ?(?:de )?c\.|до (?:н\. ?э\.|нашей эры)"
    r"|av\. j|v\. ?chr))?"
)
_BEFORE_HAN = r"(?<!\d)(?P<bc>(?:公元|纪元|西元)前 ?|기원전 ?)?"
_HAN_CENTURIES = (
    rf"{_BEFORE_HAN}(?:(?P<other>{_HAN}) ?(?:世纪)?[、和至到~-] ?)?"
    rf"(?P<one>{_HAN}) ?(?:世纪(?!间)|세기)"
)
_ENGLISH = (
    rf"\b(?:(?P<other>{_ORDINAL})(?:,? and|,? or| to| through|-|,) ?(?:the )?"
    r"(?:early |late |mid-?)?)?"
    rf"(?P<one>{_ORDINAL})[ -]centur(?:y|ies)\b{_BC}"
)
_ROMANCE = (
    rf"\b(?:siglos?|séculos?|secol[oi]) (?:(?P<other>{_ROMAN})(?: y| al?| e| o|,|-) ?"
    rf"(?:el |del |o )?)?(?P<one>{_ROMAN})\b{_BC}"
)
_FRENCH = (
    rf"\b(?:(?P<other>{_ROMAN})e?(?: et| au|-) ?(?:le |du )?)?(?P<one>{_ROMAN})e? siècles?\b{_BC}"
)
_GERMAN = (
    r"\b(?:(?P<other>\d\d?)\.(?: und| bis|-) ?(?:zum )?)?(?P<one>\d\d?)\. jahrhundert\w*"
    rf"{_BC}"
)
_NTH = rf"(?:{_ROMAN}|\d\d?)"
_RUSSIAN = (
    rf"\b(?:(?P<other>{_NTH})(?:-?м|-?го)?(?: и| по|,|-| -) ?)?(?P<one>{_NTH})(?:-?м|-?го|-?й)? "
    rf"(?:век(?:а|е|ов|ах|у|ом)?\b|вв?\.|столети\w+){_BC}"
)
_CENTURIES = tuple(
    (signs.split(), re.compile(pattern))
    for signs, pattern in (
        ("世纪 세기", _HAN_CENTURIES),
        ("centur", _ENGLISH),
        ("siglo século secol", _ROMANCE),
        ("siècle", _FRENCH),
        ("jahrhundert", _GERMAN),
        ("век столети в.", _RUSSIAN),
    )
)
_BEFORE_CHRIST = re.compile(
    r"(?:公元|纪元|西元)前 ?约? ?(?P<han>\d{1,4}|[一二三四五六七八九十百千〇]{1,7}) ?年"
    rf"|(?<![\d.,])(?P<one>\d{{1,4}})(?: ?(?:год\w*|гг?\.))?(?=.){_BC.removesuffix('?')}"
)
_BEFORE_SIGNS = (
    "元前",
    "bc",
    "b.c",
    "b. c",
    "a.c",
    "a. c",
    "a. de c",
    "до н",
    "av. j",
    "v. chr",
    "v.chr",
)
_DIGITS = {"i": 1, "v": 5, "x": 10, "х": 10}
_LATEST = 21


def before_christ(view: View) -> Iterator[Reading]:
    """Years before Christ, as negative ones."""
    if not any(sign in view.text for sign in _BEFORE_SIGNS):
        return
    for match in _BEFORE_CHRIST.finditer(view.text):
        year = _number(match["han"] or match["one"])
        if year:
            yield Reading("date", *match.span(), (Date(-year, None, None),), True)


def centuries(view: View) -> Iterator[Reading]:
    """Centuries; the first of two has an empty span beside the last."""
    text = view.text
    for signs, pattern in _CENTURIES:
        if not any(sign in text for sign in signs):
            continue
        for match in pattern.finditer(text):
            numbers = [_number(match["one"]), _number(match["other"] or "")]
            if not 0 < numbers[0] <= _LATEST:
                continue
            # "His second century" is one of cricket, 一世纪 a hundred years.
            sure = numbers[0] > (2 if match[0][-1] == "纪" else 5) or bool(match["bc"])
            yield Reading("date", *match.span(), _forms(numbers[0], match["bc"]), sure)
            if 0 < numbers[1] < numbers[0] or (match["bc"] and numbers[1]):
                end = match.end()
                yield Reading("date", end, end, _forms(numbers[1], match["bc"]), True)


def _forms(number: int, before: str | None) -> tuple[Form, ...]:
    first = -100 * number if before else 100 * (number - 1)
    years = Years(first, first + 99)
    return (years,) if before else (years, Figure(Decimal(number), "month", Decimal(1200)))


def _number(printed: str) -> int:
    """The number of digits, a Chinese or Roman numeral or an English word; 0 if it is none."""
    digits = printed.rstrip("stndrh") if printed[:1].isdigit() else printed
    if digits.isdecimal():
        return int(digits)
    if printed in _ORDINAL_WORDS:
        return _ORDINAL_WORDS[printed]
    if printed.startswith("twenty"):
        return 21
    if not printed:
        return 0
    if set(printed) <= _DIGITS.keys():
        return _roman(printed)
    values = han_values(printed)
    return int(values[0].value) if values else 0


def _roman(printed: str) -> int:
    values = [_DIGITS[c] for c in printed]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < following else value for value, following in pairs)
