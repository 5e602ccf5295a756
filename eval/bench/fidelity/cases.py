"""What is asked of the checker: sentences with sources, and what is known of each."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Literal

from eval.bench.fidelity.corruptions import corrupted, rewordings
from eval.bench.fidelity.pairs import Pair
from rag.support import Source

Form = Literal["verbatim", "reworded"]


@dataclass(frozen=True)
class Case:
    """One call of the checker.

    `table` is where it is told, `row` what was done to the sentence, `label` the languages;
    `true` says whether the source proves the sentence, None that this is not known. `before` is
    what was corrupted, or "".
    """

    table: str
    row: str
    label: str
    form: str
    sentence: str
    source: Source
    true: bool | None
    before: str = ""


@dataclass(frozen=True)
class Skip:
    """A corruption that was left out: what it gave may be right by chance."""

    row: str
    label: str


def cases(pairs: Iterable[Pair], seed: int) -> Iterator[Case | Skip]:
    """True sentences as they stand, in other words, and corrupted in both forms.

    A reworded sentence is corrupted in one of its rewordings, drawn.
    """
    places: dict[tuple[str, str], int] = {}
    for pair in pairs:
        place = places[pair.key, pair.label] = places.get((pair.key, pair.label), -1) + 1
        yield _true(pair, "as it stands" if not pair.crosses else _figures_or_none(pair))
        yield from _corrupted(pair, "verbatim", seed, place)
        others = list(rewordings(pair, seed, place))
        yield from (_true(other, name) for name, other in others)
        if others:
            random = Random(f"{seed}/{pair.key}/{pair.label}/{place}")
            yield from _corrupted(random.choice(others)[1], "reworded", seed, place)


def _figures_or_none(pair: Pair) -> str:
    return "translated, with digits" if re.search(r"\d", pair.sentence) else "translated"


def _true(pair: Pair, row: str) -> Case:
    form = "verbatim" if row == "as it stands" else "reworded"
    return Case("true", row, pair.label, form, pair.sentence, _source(pair), True)


def _corrupted(pair: Pair, form: Form, seed: int, place: int) -> Iterator[Case | Skip]:
    for found in corrupted(pair, seed, place):
        if found.pair is None:
            yield Skip(found.name, pair.label)
        else:
            text = found.pair.sentence
            source = _source(pair)
            yield Case(
                "corrupted", found.name, pair.label, form, text, source, False, pair.sentence
            )


def _source(pair: Pair) -> Source:
    return Source(pair.paragraph, pair.date)
