"""The bare numbers of a text: digits, Chinese numerals, words; no scale, no unit yet."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from rag.facts.numerals import (
    COMMA_LANGUAGES,
    DIGITS,
    HAN,
    HAN_POWERS,
    HAN_SINGLE,
    LONGEST,
    Value,
    digit_values,
    han_values,
)
from rag.facts.view import BLANK, View
from rag.facts.words import NUMERALS, compounds, spoken


class Atom(NamedTuple):
    """A number where it stands.

    values: any of them may be meant. also: what only a source may mean by it, 2.345 for 2,345.
    certain: a sentence asserts it, as far as the number itself goes. script: digits, han or words.
    """

    start: int
    end: int
    values: tuple[Value, ...]
    certain: bool
    script: str
    also: tuple[Value, ...] = ()


_DIGITS = re.compile(DIGITS)
_NUMERAL = re.compile(f"[{HAN}]+")
_CJK = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
_PIECE = re.compile(rf"\d{{1,{LONGEST}}}")
# A power of ten that belongs to the unit: 五兆瓦, 六十万千瓦; 五千克 is the same either way.
_OF_UNIT = re.compile("兆(?=[瓦帕赫焦比字])|(?<=[十百千万亿])千(?=[克米瓦赫卡帕])")
# Elsewhere 一人 may be "alone".
_ONE = re.compile("一[人名](?:が)?(?:死|负|重伤|轻伤|受伤|遇难|亡|けが|行方|被)")
_IDIOM = re.compile("一五一十|三三两两|七七八八|七上八下|三三四四|一十|五五|三七|四六")


def atoms(view: View, text: str) -> list[Atom]:
    """The numbers of `text`, which is the view's with parts filled with dots, in order."""
    found = [*_digit_atoms(view, text)]
    if not text.isascii() and _CJK.search(text):
        for match in _NUMERAL.finditer(text):
            found += _han_atoms(match, text)
    if not NUMERALS.isdisjoint(view.vocabulary):
        words = [word for word in view.words if text[word[0]] != BLANK]
        language = "" if view.language_unsure else view.language
        for number in spoken(words, text, language):
            value = (Value(number.value, number.step),)
            found.append(Atom(number.start, number.end, value, number.certain, "words"))
    for number in compounds(view.words):
        value = (Value(number.value, number.step),)
        found.append(Atom(number.start, number.end, value, number.certain, "words"))
    found.sort(key=lambda atom: (atom.start, -atom.end))
    return found


def _digit_atoms(view: View, text: str) -> Iterator[Atom]:
    for match in _DIGITS.finditer(text):
        run, comma = match[0], False
        if not run.isdigit():
            comma = view.language in COMMA_LANGUAGES
        values = digit_values(run, comma)
        if not values:
            yield from _pieces(match)
            continue
        told = len(values) if comma or view.language_unsure else 1
        yield Atom(*match.span(), values[:told], True, "digits", values[told:])


def _pieces(match: re.Match[str]) -> Iterator[Atom]:
    """The numbers between marks that make no one number: 3,4,5; a version like 1.2.0 has none."""
    if len(match[0]) > 2 * LONGEST or ("." in match[0] and "," not in match[0]):
        return
    for piece in _PIECE.finditer(match[0]):
        start = match.start() + piece.start()
        yield Atom(start, start + len(piece[0]), digit_values(piece[0], False), True, "digits")


def _han_atoms(match: re.Match[str], text: str) -> list[Atom]:
    numeral, start = match[0].rstrip("点"), match.start()
    if numeral[-1:] in ("千", "兆") and _OF_UNIT.match(text, match.end() - 1):
        numeral = numeral[:-1]
    if len(numeral) > LONGEST:
        return []
    bare = numeral.lstrip("点百千万亿兆")
    if not bare:
        return _unit_alone(numeral, start)
    lead = len(numeral) - len(bare)
    start += lead
    near = _neighbours(bare)
    if near:  # 三五个, 七八十人: about
        return [Atom(start, start + len(bare), near, False, "han")]
    values = han_values(bare)
    if not values:
        return []
    odd = lead > 0 or text[start - 1 : start] in ("几", "数") or bool(_IDIOM.fullmatch(bare))
    lone = len(bare) == 1 and bare not in HAN_SINGLE[1:] + "十" and not _ONE.match(text, start)
    return [Atom(start, start + len(bare), values, not odd and not lone, "han")]


def _unit_alone(numeral: str, start: int) -> list[Atom]:
    """逾百人, 千万美元: one of that unit, at least."""
    if not numeral:
        return []
    one = Decimal(1).scaleb(sum(HAN_POWERS.get(c, 0) for c in numeral))
    return [Atom(start, start + len(numeral), (Value(one, one),), False, "han")]


def _neighbours(numeral: str) -> tuple[Value, ...]:
    """两三百 → 200 and 300; digits one by one are none: 二〇二二, decimals."""
    if len(numeral) > 2 and all(c in HAN_SINGLE + "零〇○" for c in numeral):
        return ()
    for place in range(len(numeral.partition("点")[0]) - 1):
        one, two = numeral[place], numeral[place + 1]
        if one in HAN_SINGLE and two in HAN_SINGLE:
            both = (numeral[:place] + digit + numeral[place + 2 :] for digit in (one, two))
            return tuple(value for text in both for value in han_values(text)[:1])
    return ()
