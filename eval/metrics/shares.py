"""Means of what is counted; the mean of nothing is None, never NaN."""

from collections.abc import Iterable


def mean(values: Iterable[float]) -> float | None:
    """The arithmetic mean, None without values."""
    counted = list(values)
    return sum(counted) / len(counted) if counted else None
