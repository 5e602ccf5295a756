"""Quotations: where they stand, and the corruption that makes them inexact."""

import re
from collections.abc import Iterator
from random import Random

from eval.bench.fidelity.changes import Change, put, shuffled
from eval.bench.fidelity.pairs import Pair
from eval.bench.fidelity.spots import EASTERN
from index.article import Span
from index.text import fold

_QUOTED = re.compile(r"“([^“”]+)”|「([^「」]+)」|『([^『』]+)』|«([^«»]+)»|\"([^\"]+)\"")
_MARKS = "“”「」『』«»"


def quotations_in(text: str) -> list[Span]:
    """What stands between quotation marks, without them."""
    return [Span(*match.span(match.lastindex or 0)) for match in _QUOTED.finditer(text)]


def is_closed(text: str) -> bool:
    """Whether every quotation that begins in the text ends there."""
    opened = all(text.count(a) == text.count(b) for a, b in zip(*[iter(_MARKS)] * 2, strict=True))
    return opened and text.count('"') % 2 == 0


def quotation(pair: Pair, random: Random) -> Iterator[Change]:
    """One character or one word of a quotation is another, taken from the paragraph."""
    for quoted in shuffled(quotations_in(pair.sentence), random):
        inside = quoted.cut(pair.sentence)
        change = _other_character if pair.language in EASTERN else _other_long_word
        for span, new in change(inside, pair.paragraph, random):
            place = Span(quoted.start + span.start, quoted.start + span.end)
            text = put(pair.sentence, place, new)
            yield Change(text, true=fold(put(inside, span, new)) in fold(pair.paragraph))


def _other_character(text: str, paragraph: str, random: Random) -> Iterator[tuple[Span, str]]:
    places = [i for i, c in enumerate(text) if "一" <= c <= "龥"]
    known = sorted({c for c in paragraph if "一" <= c <= "龥"} - set(text))
    if len(text) >= 8 and places and known:
        at = random.choice(places)
        yield Span(at, at + 1), random.choice(known)


def _other_long_word(text: str, paragraph: str, random: Random) -> Iterator[tuple[Span, str]]:
    places = [Span(*match.span()) for match in re.finditer(r"\b[^\W\d_]{4,}\b", text)]
    own = set(re.findall(r"\w+", text.lower()))
    known = sorted(set(re.findall(r"\b[^\W\d_]{4,}\b", paragraph.lower())) - own)
    if len(text.split()) >= 3 and places and known:
        yield random.choice(places), random.choice(known)
