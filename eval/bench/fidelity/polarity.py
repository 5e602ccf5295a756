"""Sentences that say the opposite: negated, or with a quantity word turned round."""

import re
from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Literal

from opencc import OpenCC

from eval.bench.fidelity.changes import Change, put, shuffled
from eval.bench.fidelity.negations import ADDED, REMOVED
from eval.bench.fidelity.opposites import DIRECTIONS, QUANTIFIERS
from eval.bench.fidelity.pairs import Pair
from index.article import Span

Rules = tuple[tuple[re.Pattern[str], str], ...]  # what is found, and what stands there instead
_Kind = Literal["added", "removed", "quantifiers", "directions"]
_TABLES = {"added": ADDED, "removed": REMOVED, "quantifiers": QUANTIFIERS, "directions": DIRECTIONS}


def negated(pair: Pair, random: Random) -> Iterator[Change]:
    """A negation is added."""
    yield from _changed(pair, "added", random)


def affirmed(pair: Pair, random: Random) -> Iterator[Change]:
    """A negation is taken out."""
    yield from _changed(pair, "removed", random)


def quantifier(pair: Pair, random: Random) -> Iterator[Change]:
    """All becomes some, at least becomes at most, over becomes under."""
    yield from _changed(pair, "quantifiers", random)


def direction(pair: Pair, random: Random) -> Iterator[Change]:
    """A rise becomes a fall, the highest the lowest, before becomes after."""
    yield from _changed(pair, "directions", random)


def _changed(pair: Pair, kind: _Kind, random: Random) -> Iterator[Change]:
    rules = _rules(kind, pair.language, _traditional(pair.sentence, pair.language))
    found = [(match, new) for rule, new in rules for match in rule.finditer(pair.sentence)]
    for match, new in shuffled(found, random):
        text = put(pair.sentence, Span(*match.span()), _like(match.group(), match.expand(new)))
        if not match.start():
            text = text[:1].upper() + text[1:]
        yield Change(text, true=text in pair.paragraph)


@cache
def _rules(kind: _Kind, language: str, traditional: bool) -> Rules:
    rules = _TABLES[kind][language]
    flags = re.NOFLAG if kind in ("added", "removed") else re.IGNORECASE
    convert = _converter("s2t").convert if traditional else str
    return tuple((re.compile(convert(old), flags), convert(new)) for old, new in rules)


def _traditional(sentence: str, language: str) -> bool:
    return language == "zh" and _converter("t2s").convert(sentence) != sentence


@cache
def _converter(name: str) -> OpenCC:
    return OpenCC(name)


def _like(old: str, new: str) -> str:
    """The new words, with a capital where the old ones had one."""
    return new[:1].upper() + new[1:] if old[:1].isupper() else new
