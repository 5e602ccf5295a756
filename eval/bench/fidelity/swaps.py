"""Names that are exchanged, and facts that change places."""

import re
from collections.abc import Iterator
from itertools import combinations
from random import Random

from eval.bench.fidelity.changes import Change, exchanged, put, shuffled
from eval.bench.fidelity.names import Name, find_name, may_replace
from eval.bench.fidelity.pairs import Pair
from eval.bench.fidelity.spots import dates_in, figures_in
from index.article import Span
from index.text import fold

# Between two things that stand side by side: exchanged, they say the same.
_LIST = re.compile(
    r"s?[\s,，、;；/&·–—~～\-]*(?:和|與|与|及|以及|或|到|至|al|と|や|および|から|and|or|to|y|e|o|a|и|или|до|по)?"
    r"[\s,，、;；/&·–—~～\-]*"
)
# Other members of a list, and units.
_LISTED = re.compile(r"\d[\d.,\s]*|\b(?:[kcm]?m|k?g|ft|mi|yd|к?м|км|кг|г)\b|[%°]")


def name_here(pair: Pair, random: Random) -> Iterator[Change]:
    """A name is replaced by another of its kind from the same paragraph."""
    yield from _renamed(pair, pair.here, random)


def name_elsewhere(pair: Pair, random: Random) -> Iterator[Change]:
    """A name is replaced by another of its kind that the paragraph does not have."""
    text = fold(pair.paragraph)
    names = tuple(name for name in pair.elsewhere if fold(name.text) not in text)
    yield from _renamed(pair, names, random)


def _renamed(pair: Pair, names: tuple[Name, ...], random: Random) -> Iterator[Change]:
    for old, span in shuffled(_named(pair), random):
        for new in shuffled([n for n in names if n.kind == old.kind and n != old], random):
            if may_replace(old.text, new.text, pair.sentence, pair.paragraph):
                yield Change(put(pair.sentence, span, new.text))


def _named(pair: Pair) -> list[tuple[Name, Span]]:
    """The names of the paragraph that stand in the sentence, and where."""
    places = [(name, find_name(name.text, pair.sentence, pair.language)) for name in pair.here]
    return [(name, Span(at, at + len(name.text))) for name, at in places if at >= 0]


def swapped_figures(pair: Pair, random: Random) -> Iterator[Change]:
    """Two figures of the sentence in each other's place."""
    figures = [f for f in figures_in(pair.sentence, pair.language) if not f.ordinal]
    differ = [(a.span, b.span) for a, b in combinations(figures, 2) if a.token != b.token]
    yield from _swaps(pair, differ, random)


def swapped_dates(pair: Pair, random: Random) -> Iterator[Change]:
    """Two dates of the sentence in each other's place."""
    dates = dates_in(pair.sentence, pair.language)
    differ = [
        (a.span, b.span) for a, b in combinations(dates, 2) if a.says() != b.says() and a.like(b)
    ]
    yield from _swaps(pair, differ, random)


def swapped_names(pair: Pair, random: Random) -> Iterator[Change]:
    """Two names of one kind in each other's place."""
    found = combinations(_named(pair), 2)
    apart = [
        (a, b)
        for (one, a), (other, b) in found
        if one.kind == other.kind
        and (a.end < b.start or b.end < a.start)
        and may_replace(one.text, other.text, "", pair.paragraph)
    ]
    yield from _swaps(pair, apart, random)


def _swaps(pair: Pair, spans: list[tuple[Span, Span]], random: Random) -> Iterator[Change]:
    for one, other in shuffled(spans, random):
        first, second = sorted((one, other), key=lambda span: span.start)
        between = pair.sentence[first.end : second.start]
        yield Change(exchanged(pair.sentence, one, other), true=_in_a_list(between))


def _in_a_list(between: str) -> bool:
    """Whether two things stand side by side, or with others of a list between: 800 m, 1500 m."""
    return bool(_LIST.fullmatch(_LISTED.sub("", between)))
