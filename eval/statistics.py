"""Means with their uncertainty: percentile bootstrap over questions, with a fixed seed.

Efron & Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13. The interval says how
much another draw of questions of this kind could move the mean, and nothing about other kinds.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 10_000
SEED = 1
_AT_ONCE = 2_000_000  # numbers drawn at a time, to bound the memory


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


def estimate(values: Sequence[float | None]) -> Estimate:
    """The mean of the defined values (None is left out and not counted)."""
    defined = np.array([value for value in values if value is not None], dtype=np.float64)
    if not len(defined):
        return Estimate(0)
    low, high = np.quantile(_resampled_means(defined), (0.025, 0.975))
    return Estimate(len(defined), float(defined.mean()), float(low), float(high))


def paired_difference(old: Sequence[float | None], new: Sequence[float | None]) -> Estimate:
    """The mean of `new - old` over the questions where both are defined.

    The two lists hold the same questions in the same order, so that what makes a question hard
    falls out of the difference.
    """
    pairs = zip(old, new, strict=True)
    return estimate([b - a if a is not None and b is not None else None for a, b in pairs])


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value below which this share of the values lies, interpolated; None without values."""
    return float(np.quantile(np.array(values), share)) if values else None


def _resampled_means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    if values.min() == values.max():  # every resample is the same
        return values[:1]
    random = np.random.default_rng(SEED)
    rows = max(1, _AT_ONCE // len(values))
    means = []
    for start in range(0, RESAMPLES, rows):
        size = (min(rows, RESAMPLES - start), len(values))
        means.append(values[random.integers(len(values), size=size)].mean(axis=1))
    return np.concatenate(means)
