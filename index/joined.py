"""Vectors of a generation: those of its base, those that changed since, without what is gone."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.embedder import Vectors
from index.vectors import Positions, VectorIndex


class JoinedVectors:
    """Vector indexes one after the other, searched as one. Safe to use from threads."""

    def __init__(self, parts: Sequence[VectorIndex], gone: Positions) -> None:
        """Positions are counted through all parts; those `gone`, ascending, are never found."""
        self._parts = parts
        self._firsts = np.cumsum([0, *(part.size for part in parts)])
        self._gone = gone

    @property
    def size(self) -> int:
        """Number of positions, those that are gone included."""
        return int(self._firsts[-1])

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        return self._parts[0].dimension

    def search(
        self, vector: Vectors, k: int, *, among: Sequence[int] | Positions | None = None
    ) -> tuple[Positions, Vectors]:
        """The `k` nearest positions (best first) and their cosines, `among` some if given.

        See `index.vectors.VectorIndex.search`. Equal ones stand by position.
        """
        chosen = None if among is None else self._there(np.asarray(among, np.int64))
        found = [
            self._search(part, first, vector, k, chosen)
            for part, first in zip(self._parts, self._firsts.tolist(), strict=False)
        ]
        if len(found) == 1:
            return found[0]
        positions = np.concatenate([positions for positions, _ in found])
        scores = np.concatenate([scores for _, scores in found])
        best = np.lexsort((positions, -scores))[:k]
        return positions[best], scores[best]

    def vectors(self, positions: Sequence[int] | Positions) -> Vectors:
        """The stored vectors at some positions, shape (n, dimension)."""
        wanted = np.asarray(positions, np.int64)
        if len(self._parts) == 1:
            return self._parts[0].vectors(wanted)
        found = np.empty((len(wanted), self.dimension), np.float32)
        part = np.searchsorted(self._firsts, wanted, side="right") - 1
        for number, index in enumerate(self._parts):
            here = part == number
            found[here] = index.vectors(wanted[here] - self._firsts[number])
        return found

    def _search(
        self, part: VectorIndex, first: int, vector: Vectors, k: int, among: Positions | None
    ) -> tuple[Positions, Vectors]:
        if among is not None:
            here = among[(among >= first) & (among < first + part.size)] - first
            positions, scores = part.search(vector, k, among=here)
            return positions + first, scores
        wanted = k
        while True:
            positions, scores = part.search(vector, wanted)
            kept = ~_among(positions + first, self._gone)
            if kept.sum() >= k or wanted >= part.size:
                return (positions[kept] + first)[:k], scores[kept][:k]
            wanted *= 2  # some of the best are gone: look deeper

    def _there(self, among: Positions) -> Positions:
        return among[~_among(among, self._gone)] if len(self._gone) else among


def _among(values: Positions, ordered: Positions) -> NDArray[np.bool_]:
    """Which of the values are among ascending ones."""
    if not len(ordered):
        return np.zeros(len(values), np.bool_)
    places = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    return np.asarray(ordered[places] == values)
