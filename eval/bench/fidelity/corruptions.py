"""All corruptions by name, and what share of each must be noticed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from eval.bench.fidelity import dates, figures, polarity, quotations, swaps
from eval.bench.fidelity.changes import Corruption
from eval.bench.fidelity.pairs import Pair
from eval.bench.fidelity.rewordings import REWORDINGS, reworded


@dataclass(frozen=True)
class Kind:
    """A corruption; `target` is the least share to be noticed, or None without a target.

    `crosses`: it is also made where sentence and paragraph are in two languages.
    """

    corrupt: Corruption
    target: float | None
    crosses: bool = False


CORRUPTIONS: dict[str, Kind] = {
    "digit changed": Kind(figures.digit, 0.97, crosses=True),
    "figure ×10 or ÷10": Kind(figures.tenfold, 0.97, crosses=True),
    "万↔亿, million↔billion": Kind(figures.scale_word, 0.97, crosses=True),
    "percent → plain number": Kind(figures.percent, 0.97, crosses=True),
    "numeral or number word changed": Kind(figures.numeral, 0.97, crosses=True),
    "year shifted": Kind(dates.year, 0.97, crosses=True),
    "month shifted": Kind(dates.month, 0.97, crosses=True),
    "day shifted": Kind(dates.day, 0.97, crosses=True),
    "name from elsewhere": Kind(swaps.name_elsewhere, 0.80),
    "name of the paragraph": Kind(swaps.name_here, 0.80),
    "negation added": Kind(polarity.negated, 0.80),
    "negation removed": Kind(polarity.affirmed, 0.80),
    "quantifier flipped": Kind(polarity.quantifier, 0.80),
    "direction flipped": Kind(polarity.direction, 0.80),
    "figures swapped": Kind(swaps.swapped_figures, None),
    "dates swapped": Kind(swaps.swapped_dates, None),
    "names swapped": Kind(swaps.swapped_names, None),
    "quotation altered": Kind(quotations.quotation, None),
}


@dataclass(frozen=True)
class Corrupted:
    """A pair that is no longer true; None: only changes that may be right by chance were found."""

    name: str
    pair: Pair | None


def corrupted(pair: Pair, seed: int, place: int) -> Iterator[Corrupted]:
    """The pair with its sentence corrupted in each way that applies, once a way.

    `place` tells sentences of one paragraph apart.
    """
    for name, kind in CORRUPTIONS.items():
        if pair.crosses and not kind.crosses:
            continue
        random = Random(f"{seed}/{pair.key}/{pair.label}/{place}/{name}")
        found = None
        for change in kind.corrupt(pair, random):
            found = Corrupted(name, None)
            if not change.true and change.sentence != pair.sentence:
                found = Corrupted(name, replace(pair, sentence=change.sentence))
                break
        if found:
            yield found


def rewordings(pair: Pair, seed: int, place: int) -> Iterator[tuple[str, Pair]]:
    """The pair in all other words that there are, with the name of the rewording."""
    if pair.crosses:
        return
    for name in REWORDINGS:
        found = reworded(pair, name, Random(f"{seed}/{pair.key}/{pair.label}/{place}/{name}"))
        if found:
            yield name, found
