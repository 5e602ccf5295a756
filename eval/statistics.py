"""Means with their uncertainty, and whether two runs differ: bootstrap over articles, fixed seed.

Efron & Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13. Questions about one
article share its difficulty and are no independent draws, so whole clusters are drawn (Davison &
Hinkley 1997, "Bootstrap Methods and their Application", section 3.8). The interval says how much
another draw of articles and questions of this kind could move the mean, and nothing about other
kinds; from fewer than about ten clusters it comes out too narrow. The generator is numpy's PCG64
with a fixed seed: the same figures on every machine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from math import comb, fsum

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 10_000
SEED = 1
_AT_ONCE = 2_000_000  # numbers drawn at a time, to bound the memory
_DIGITS = 12  # of a bound: the order in which a processor adds moves the sixteenth

Values = Sequence[float | None]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A mean over `n` questions and its 95 % interval; without any question there is none."""

    n: int
    mean: float | None = None
    low: float | None = None
    high: float | None = None

    def to_json(self) -> dict[str, float | int | None]:
        """The estimate as reports keep it."""
        return asdict(self)


@dataclass(frozen=True)
class McNemar:
    """How many questions rose and fell, and the two-sided p of so uneven a split by chance.

    Without any question that both runs define there is no p.
    """

    rose: int
    fell: int
    p: float | None = None

    def to_json(self) -> dict[str, float | int | None]:
        """The test as reports keep it."""
        return asdict(self)


def estimate(values: Values, clusters: Sequence[str] | None = None) -> Estimate:
    """The mean of the defined values (None is left out and not counted) and its interval.

    `clusters` names the cluster of each value; without it each value is one of its own, as it is
    where all are of the same cluster. Clusters are drawn whole, as many as there are, and what is
    resampled is the ratio of the sum of their values to the number of them.

    Raises:
        ValueError: there are not as many clusters as values.
    """
    drawn = _Drawn.of(values, clusters)
    if not drawn.n:
        return Estimate(0)
    low, high = np.quantile(drawn.resampled(), (0.025, 0.975))
    return Estimate(drawn.n, drawn.mean, round(float(low), _DIGITS), round(float(high), _DIGITS))


def share(values: Values, clusters: Sequence[str] | None = None) -> Estimate:
    """`estimate` for values from 0 to 1, honest at the ends.

    Where all values are 0, or all 1, every resample is the same, and the bootstrap's interval a
    point. After m draws without a fault there may still be one now and then: the other bound is
    that of Clopper & Pearson (1934), 0.025^(1/m) from the end, with clusters for draws.

    Raises:
        ValueError: there are not as many clusters as values.
    """
    drawn = _Drawn.of(values, clusters)
    made = estimate(values, clusters)
    if not drawn.n or drawn.mean not in (0.0, 1.0) or not drawn.alike:
        return made
    bound = round(0.025 ** (1 / len(drawn.sums)), _DIGITS)
    low, high = (bound, 1.0) if drawn.mean else (0.0, 1.0 - bound)
    return replace(made, low=low, high=high)


def paired_difference(old: Values, new: Values, clusters: Sequence[str] | None = None) -> Estimate:
    """The mean of `new - old` over the questions where both are defined, and its interval.

    The lists hold the same questions in the same order, so that what makes a question hard falls
    out of the difference.

    Raises:
        ValueError: the lists are not of one length.
    """
    return estimate(_differences(old, new), clusters)


def bootstrap_p(old: Values, new: Values, clusters: Sequence[str] | None = None) -> float | None:
    """Two-sided p of the mean difference, from the same resamples as its interval.

    Twice the share of resamples on the rarer side of zero, zero itself counting to both, with one
    added to each count (Davison & Hinkley 1997, section 4.2). Where all differences are alike the
    bootstrap cannot tell three questions from three hundred: p is never less than that of a sign
    test over the clusters that moved, 2 / 2^m for m of them. None without pairs.

    Raises:
        ValueError: the lists are not of one length.
    """
    drawn = _Drawn.of(_differences(old, new), clusters)
    if not drawn.n:
        return None
    means = drawn.resampled()
    rarer = RESAMPLES * min(float(np.mean(means <= 0)), float(np.mean(means >= 0)))
    moved = int(np.count_nonzero(drawn.sums))
    return min(1.0, max(2 * (rarer + 1) / (RESAMPLES + 1), 2.0 ** (1 - moved)))


def mcnemar(old: Values, new: Values) -> McNemar:
    """The exact test of McNemar (1947) for a metric of 0 and 1, over the questions of both runs.

    Of the questions that moved, half would rise by chance: p is the two-sided binomial
    probability of so few on the rarer side, 1 when none moved.

    Raises:
        ValueError: the lists are not of one length.
    """
    pairs = [difference for difference in _differences(old, new) if difference is not None]
    if not pairs:
        return McNemar(0, 0)
    moves = [difference for difference in pairs if difference]
    rose = sum(move > 0 for move in moves)
    fell = len(moves) - rose
    tail = sum(comb(len(moves), count) for count in range(min(rose, fell) + 1))
    return McNemar(rose, fell, float(min(Fraction(1), Fraction(2 * tail, 2 ** len(moves)))))


def holm(ps: Mapping[str, float]) -> dict[str, float]:
    """The p values adjusted for their number, in the order given (Holm 1979).

    The smallest is multiplied by their number, the next by one less, and so on; no adjusted value
    is below that of a smaller p, or above 1.
    """
    adjusted: dict[str, float] = {}
    highest = 0.0
    for rank, name in enumerate(sorted(ps, key=lambda name: ps[name])):
        highest = max(highest, min(1.0, (len(ps) - rank) * ps[name]))
        adjusted[name] = highest
    return {name: adjusted[name] for name in ps}


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value below which this share of the values lies, interpolated; None without values."""
    return float(np.quantile(np.array(values), share)) if values else None


@dataclass(frozen=True)
class _Drawn:
    """The sums and counts of clusters that are drawn, and the mean over all `n` values."""

    n: int
    mean: float
    alike: bool
    sums: Floats
    counts: Floats

    @classmethod
    def of(cls, values: Values, clusters: Sequence[str] | None) -> "_Drawn":
        """The defined values by cluster, in the order in which clusters come."""
        names = range(len(values)) if clusters is None else clusters
        pairs = [(v, c) for v, c in zip(values, names, strict=True) if v is not None]
        places = {name: place for place, name in enumerate(dict.fromkeys(c for _, c in pairs))}
        defined = np.array([value for value, _ in pairs], dtype=np.float64)
        if not len(defined):
            return cls(0, 0.0, True, defined, defined)
        alike = bool(defined.min() == defined.max())
        mean = float(defined[0]) if alike else fsum(defined) / len(defined)
        if len(places) == 1:
            return cls(len(defined), mean, alike, defined, np.ones(len(defined)))
        where = [places[cluster] for _, cluster in pairs]
        sums = np.bincount(where, defined).astype(np.float64)
        counts = np.bincount(where).astype(np.float64)
        return cls(len(defined), mean, alike, sums, counts)

    def resampled(self) -> Floats:
        """The means of the resamples; a single one where all values are alike."""
        if self.alike:
            return np.array([self.mean])
        random = np.random.Generator(np.random.PCG64(SEED))
        size = len(self.sums)
        rows = max(1, _AT_ONCE // size)
        means = []
        for start in range(0, RESAMPLES, rows):
            drawn = random.integers(size, size=(min(rows, RESAMPLES - start), size))
            means.append(self.sums[drawn].sum(axis=1) / self.counts[drawn].sum(axis=1))
        return np.concatenate(means)


def _differences(old: Values, new: Values) -> list[float | None]:
    pairs = zip(old, new, strict=True)
    return [b - a if a is not None and b is not None else None for a, b in pairs]
