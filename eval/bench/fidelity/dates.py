"""Dates that are no longer those of the paragraph."""

from collections.abc import Iterator
from random import Random

from eval.bench.fidelity.changes import Change, put, shuffled
from eval.bench.fidelity.pairs import Pair
from eval.bench.fidelity.spots import MONTHS, DateSpot, dates_in, values_in
from index.article import Span


def year(pair: Pair, random: Random) -> Iterator[Change]:
    """Another year."""
    for spot in shuffled(dates_in(pair.sentence, pair.language), random):
        if spot.year and spot.year_at:
            later = [spot.year + n for n in range(-9, 11) if n and spot.year + n <= 2025]
            new = random.choice(later)
            says = (new, spot.month, spot.day)
            yield _change(pair, spot.year_at, _like(spot.year_at.cut(pair.sentence), new), says)


def month(pair: Pair, random: Random) -> Iterator[Change]:
    """Another month."""
    for spot in shuffled(dates_in(pair.sentence, pair.language), random):
        if spot.month and spot.month_at:
            new = random.choice([n for n in range(1, 13) if n != spot.month])
            old = spot.month_at.cut(pair.sentence)
            text = _like(old, new) if old.isdecimal() else MONTHS[pair.language].split()[new - 1]
            yield _change(pair, spot.month_at, text, (spot.year, new, spot.day))


def day(pair: Pair, random: Random) -> Iterator[Change]:
    """Another day of the month."""
    for spot in shuffled(dates_in(pair.sentence, pair.language), random):
        if spot.day and spot.day_at:
            new = random.choice([n for n in range(1, 29) if n != spot.day])
            text = _like(spot.day_at.cut(pair.sentence), new)
            yield _change(pair, spot.day_at, text, (spot.year, spot.month, new))


def _like(old: str, number: int) -> str:
    """The number in digits as wide as the old ones."""
    wide = old[0] >= "０"
    return "".join(chr(ord("０") + int(c)) for c in str(number)) if wide else str(number)


def _change(
    pair: Pair, span: Span, new: str, says: tuple[int | None, int | None, int | None]
) -> Change:
    return Change(put(pair.sentence, span, new), true=_told(pair, says))


def _told(pair: Pair, says: tuple[int | None, int | None, int | None]) -> bool:
    """Whether the paragraph has a date that agrees with all parts of this one."""
    if any(_agrees(says, spot) for spot in dates_in(pair.paragraph, pair.told)):
        return True
    alone = says[0] if says[1:] == (None, None) else None
    return alone is not None and alone in values_in(pair.paragraph, pair.told)


def _agrees(says: tuple[int | None, int | None, int | None], spot: DateSpot) -> bool:
    return all(a is None or a == b for a, b in zip(says, spot.says(), strict=True))
