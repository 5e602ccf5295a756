"""What filters need, by article: its date and the positions of its paragraphs, as arrays.

The paragraphs of an article stand together, so that a row for each article is enough: of a
million paragraphs a filter touches some hundred thousand rows, in milliseconds.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Positions = NDArray[np.int64]

NO_DATE = 0


class Columns:
    """Articles by number, in index order: `counts` of paragraphs, and `dates` as `day_number`."""

    def __init__(self, counts: NDArray[np.int32], dates: NDArray[np.int32]) -> None:
        self._counts = counts
        self._dates = dates

    @classmethod
    def joined(cls, parts: Sequence["Columns"]) -> "Columns":
        """The articles of several, one after the other."""
        counts = np.concatenate([part._counts for part in parts])
        return cls(counts, np.concatenate([part._dates for part in parts]))

    @property
    def articles(self) -> int:
        """Number of articles."""
        return len(self._counts)

    @property
    def paragraphs(self) -> int:
        """Number of paragraphs."""
        return int(self._counts.sum())

    def named(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        """A mask over the articles: those with these numbers."""
        mask = np.zeros(len(self._counts), np.bool_)
        mask[numbers] = True
        return mask

    def dated(self, since: str | None, until: str | None) -> NDArray[np.bool_]:
        """A mask over the articles: those of a date, and not before `since` nor after `until`.

        Limits are YYYY, YYYY-MM or YYYY-MM-DD, both inclusive: until 2022 includes all of 2022.
        """
        first, last = day_range(since, until)
        return (first <= self._dates) & (self._dates <= last)

    def positions(self, articles: NDArray[np.bool_]) -> Positions:
        """The positions of all paragraphs of the articles of a mask, ascending."""
        return np.flatnonzero(np.repeat(articles, self._counts))

    def save(self, path: Path) -> None:
        """Write the arrays into a new file."""
        with path.open("xb") as file:
            np.save(file, np.stack([self._counts, self._dates]), allow_pickle=False)

    @classmethod
    def load(cls, path: Path) -> "Columns":
        """Read a file that was verified before."""
        counts, dates = np.load(path, allow_pickle=False)
        return cls(counts, dates)


def day_number(date: str | None) -> int:
    """YYYY-MM-DD as the number YYYYMMDD; parts that are not given count 0.

    No date is `NO_DATE`, and so is one without a year (XXXX-MM-DD): a limit can neither admit
    nor exclude it.
    """
    return NO_DATE if not date or date.startswith("XXXX") else _filled(date, "0")


def day_range(since: str | None, until: str | None) -> tuple[int, int]:
    """The first and the last day number within limits that include their ends; `NO_DATE` is not."""
    first = _filled(since, "0") if since else NO_DATE + 1
    return first, _filled(until, "9") if until else int(np.iinfo(np.int32).max)


def _filled(date: str, digit: str) -> int:
    return int(date.replace("-", "").ljust(8, digit))
