"""Sources of training batches: each draws rows of (query, document) token lists.

Within a batch every other row's document serves as a negative, so a source also says which rows
must not be negatives of one another (equal keys, see ``Batch.clashes``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from index.training.ragged import Ids, Ragged, concatenate, ranges

QUERY_TOKENS = 96
DOCUMENT_TOKENS = 256
DROP_SENTENCE = 0.6  # how often the query sentence is taken out of its own passage
MIXED_PARTS = 8  # files in a batch of mixed languages
ONE_FILE = 0.7  # share of translation batches that hold one language pair only
LONGEST_WINDOW = 5  # sentences

Rng = np.random.Generator


@dataclass(frozen=True)
class Batch:
    """Row i of ``query`` belongs to row i of ``document``; ``symmetric`` trains both directions.

    ``same`` holds a number for every row: rows with equal numbers have the same document.
    """

    query: Ragged
    document: Ragged
    symmetric: bool
    same: Ids

    def clashes(self) -> npt.NDArray[np.bool_]:
        """(rows, rows): true where row i's document would answer row j, i different from j."""
        query = self.query.keys()
        same = (query[:, None] == query[None]) | (self.same[:, None] == self.same[None])
        np.fill_diagonal(same, False)
        return np.asarray(same, dtype=np.bool_)


class Source(Protocol):
    """Anything that draws batches of about ``size`` rows."""

    def draw(self, rng: Rng, size: int) -> Batch:
        """Draw rows without repeating one."""
        ...


def _nonempty(query: Ragged, document: Ragged, symmetric: bool, same: Ids) -> Batch:
    """A batch without the rows in which a side has no tokens."""
    rows = np.flatnonzero((query.lengths > 0) & (document.lengths > 0))
    if len(rows) < len(query):
        query, document = query.take(rows, QUERY_TOKENS), document.take(rows, DOCUMENT_TOKENS)
    return Batch(query, document, symmetric, same[rows])


def _thin(rng: Rng, query: Ragged, least: float) -> Ragged:
    """Keep a random share between ``least`` and 1 of every query's tokens."""
    share = rng.uniform(least, 1.0, size=len(query))
    return query.keep(rng.random(len(query.tokens)) < np.repeat(share, query.lengths))


@dataclass(frozen=True)
class Pairs:
    """Fixed pairs: row i of ``first`` and row i of ``second``.

    Of a pair that is not symmetric a random share of tokens is dropped on both sides, at most
    1 - ``least`` of them, for small sets are seen often and would be learnt by heart.
    """

    first: Ragged
    second: Ragged
    symmetric: bool
    least: float = 0.5

    def __len__(self) -> int:
        return len(self.first)

    def draw(self, rng: Rng, size: int) -> Batch:
        """Two distinct columns, row by row."""
        rows = rng.choice(len(self), size=min(size, len(self)), replace=False)
        query = self.first.take(rows, QUERY_TOKENS)
        document = self.second.take(rows, DOCUMENT_TOKENS)
        same = document.keys()
        if not self.symmetric:
            query, document = _thin(rng, query, self.least), _thin(rng, document, self.least)
        return _nonempty(query, document, self.symmetric, same)


@dataclass(frozen=True)
class Translations:
    """Files of translated sentences: mostly one file a batch (hard negatives), else a mixture."""

    files: list[Pairs]
    weights: npt.NDArray[np.float64]

    def draw(self, rng: Rng, size: int) -> Batch:
        """Rows of one file, or of several."""
        parts = 1 if rng.random() < ONE_FILE else min(MIXED_PARTS, len(self.files))
        share = self.weights * np.array([len(f) >= size // parts // 2 for f in self.files])
        share = share if np.count_nonzero(share) >= parts else self.weights
        chosen = rng.choice(len(self.files), size=parts, replace=False, p=share / share.sum())
        drawn = [self.files[i].draw(rng, size // parts) for i in chosen]
        query = concatenate([batch.query for batch in drawn])
        same = np.concatenate([batch.same for batch in drawn])
        return Batch(query, concatenate([batch.document for batch in drawn]), True, same)


@dataclass(frozen=True)
class Passages:
    """Sentence -> the passage it stands in; passage i is sentences bounds[i] to bounds[i + 1]."""

    sentences: Ragged
    bounds: Ids
    least: float = 1.0  # least share of a query's tokens that is kept

    def draw(self, rng: Rng, size: int) -> Batch:
        """Sentences and the passages that hold them."""
        count = len(self.bounds) - 1
        chosen = rng.choice(count, size=min(size, count), replace=False)
        first, past = self.bounds[chosen], self.bounds[chosen + 1]
        picked = first + (rng.random(len(chosen)) * (past - first)).astype(np.int64)
        query = _thin(rng, self.sentences.take(picked, QUERY_TOKENS), self.least)
        dropped = (rng.random(len(chosen)) < DROP_SENTENCE) & (past - first > 1)
        document = join(self.sentences, first, past, np.where(dropped, picked, -1))
        return _nonempty(query, document, False, chosen)


@dataclass(frozen=True)
class Windows:
    """A sentence in one language -> a window of lines around it in the same or another language.

    ``texts[language]`` holds the same lines in the same order for every language.
    """

    texts: dict[str, Ragged]
    weights: npt.NDArray[np.float64]
    longest: int = LONGEST_WINDOW  # 1: the lines have no order, so a window is the line itself

    def draw(self, rng: Rng, size: int) -> Batch:
        """Lines of one language and windows of another."""
        names = list(self.texts)
        pair = rng.choice(len(names), size=2, replace=self.longest > 1, p=self.weights)
        query_side, document_side = (self.texts[names[int(i)]] for i in pair)
        length = int(rng.integers(1 if pair[0] != pair[1] else 2, self.longest + 1))
        starts = np.arange(rng.integers(length), len(query_side) - length + 1, length)
        starts = rng.permutation(starts)[:size]
        picked = starts + rng.integers(length, size=len(starts))
        dropped = picked if pair[0] == pair[1] else np.full(len(starts), -1)
        query = query_side.take(picked, QUERY_TOKENS)
        document = join(document_side, starts, starts + length, dropped)
        return _nonempty(query, document, length == 1, document.keys())


def join(lists: Ragged, first: Ids, past: Ids, dropped: Ids) -> Ragged:
    """Row i: lists first[i] up to past[i] as one list, without list dropped[i] (-1: none)."""
    members = ranges(first, past - first)
    owner = np.repeat(np.arange(len(first)), past - first)
    kept = members != dropped[owner]
    flat = lists.take(members[kept], DOCUMENT_TOKENS)
    sizes = np.bincount(owner[kept], weights=flat.lengths, minlength=len(first)).astype(np.int64)
    joined = Ragged(flat.tokens, np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))
    return joined.take(np.arange(len(first)), DOCUMENT_TOKENS)
