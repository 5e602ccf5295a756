"""BM25 over the tokens of `tokens.py` (Robertson and Zaragoza 2009, as Lucene computes it).

What a token adds to a paragraph's score is computed when the index is made and kept by token, so
that a question only adds up the columns of its tokens. The files are arrays that are mapped into
memory: opening costs nothing, and processes share them.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from index.postings import Keys, Postings, count_texts, count_tokens, key
from index.tokens import TOKENS, asked_tokens, tokens

__all__ = ["TOKENS", "Lexical", "Scores", "asked_tokens", "tokens"]

Scores = NDArray[np.float32]

_K1, _B = 0.8, 0.5
_FILES = ("keys", "starts", "documents", "weights")
_BLOCK = 64  # paragraphs; see `best_of`


class Lexical:
    """A BM25 index over paragraphs in the order given."""

    def __init__(
        self,
        keys: Keys,
        starts: NDArray[np.int64],
        documents: NDArray[np.int32],
        weights: NDArray[np.float16],
        size: int,
    ) -> None:
        """Arrays of `Postings`; `weights` are saturated counts, below 1, one a document."""
        self._keys, self._starts, self._documents, self._weights = keys, starts, documents, weights
        self.size = size

    @classmethod
    def build(cls, texts: Iterable[Sequence[str]]) -> "Lexical":
        """Index the tokens of each paragraph; paragraphs without tokens are never found."""
        return cls._of(count_tokens(texts))

    @classmethod
    def of_texts(cls, texts: Iterable[tuple[str, str | None]]) -> "Lexical":
        """The same from raw texts, each with the date of its article; much faster."""
        return cls._of(count_texts(texts))

    @classmethod
    def _of(cls, found: Postings) -> "Lexical":
        mean = max(float(found.lengths.mean()), 1.0) if len(found.lengths) else 1.0
        norms = (_K1 * (1 - _B + _B * found.lengths / mean)).astype(np.float32)
        weights = (found.counts / (found.counts + norms[found.documents])).astype(np.float16)
        return cls(found.keys, found.starts, found.documents, weights, len(found.lengths))

    def scores(self, query: str) -> Scores:
        """BM25 score of every paragraph for a raw question, shape (size,)."""
        asked = Counter(asked_tokens(query))
        idf = self.idf(asked)
        return self._sum({word: times * idf[word] for word, times in asked.items()})

    def best(
        self, query: str, k: int, among: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], Scores]:
        """Positions and scores of the `k` best paragraphs with a score above 0, best first.

        Paragraphs that score alike stand in their order. `among` are the positions allowed,
        ascending; None allows all.
        """
        scores = self.scores(query)
        if among is None:
            return best_of(scores, k)
        chosen, values = best_of(scores[among], k)
        return among[chosen], values

    def idf(self, words: Iterable[str]) -> dict[str, float]:
        """Inverse document frequency of tokens, that of a token never seen included.

        ln(1 + (N - n + 0.5) / (n + 0.5)), Robertson and Zaragoza 2009, as Lucene computes it.
        """
        weights = {}
        for word in words:
            start, end = self._column(word)
            weights[word] = math.log1p((self.size - (end - start) + 0.5) / (end - start + 0.5))
        return weights

    def coverage(self, question: str, text: str, *, date: str | None = None) -> float:
        """Share of a question's words, weighted by idf, that a text of this day has; 0 to 1."""
        asked = set(asked_tokens(question))
        weights = self.idf(asked)
        shared = math.fsum(weights[word] for word in asked & set(tokens(text, date=date)))
        return shared / max(math.fsum(weights.values()), 1e-9)

    def save(self, folder: Path) -> None:
        """Write the index into an existing empty folder."""
        arrays: list[NDArray[Any]] = [self._keys, self._starts, self._documents, self._weights]
        for name, values in zip(_FILES, arrays, strict=True):
            np.save(folder / f"{name}.npy", values, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path, size: int) -> "Lexical":
        """Map an index of `size` paragraphs whose files were verified before."""
        keys, starts, documents, weights = (
            # As plain arrays, still mapped: every slice of a `memmap` costs microseconds more.
            np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False))
            for name in _FILES
        )
        return cls(keys, starts, documents, weights, size)

    def _column(self, word: str) -> tuple[int, int]:
        wanted = np.uint64(key(word))
        column = int(np.searchsorted(self._keys, wanted))
        if column == len(self._keys) or self._keys[column] != wanted:
            return 0, 0
        return int(self._starts[column]), int(self._starts[column + 1])

    def _sum(self, weights: Mapping[str, float]) -> Scores:
        """Sum of the words' columns, each times its weight."""
        columns = [slice(*self._column(word)) for word in weights]
        ends = np.cumsum([0, *(column.stop - column.start for column in columns)])
        if not ends[-1]:
            return np.zeros(self.size, np.float32)
        rows = np.concatenate([self._documents[column] for column in columns])
        values = np.concatenate([self._weights[column] for column in columns]).astype(np.float32)
        matrix = csc_array((values, rows, ends), shape=(self.size, len(columns)))
        return np.asarray(matrix @ np.array(list(weights.values()), np.float32))


def best_of(scores: Scores, k: int) -> tuple[NDArray[np.int64], Scores]:
    """Positions and scores of the `k` best that are above 0, best first, ties by position.

    The k-th best of the bests of blocks is no better than the k-th best of all, so whatever is
    worse need not be sorted; with many scores nearly all are.
    """
    whole = len(scores) // _BLOCK * _BLOCK
    if whole // _BLOCK > k:
        tops = scores[:whole].reshape(-1, _BLOCK).max(axis=1)
        least = np.partition(tops, -k)[-k]
        near = np.flatnonzero(scores >= least) if least > 0 else np.flatnonzero(scores > 0)
    else:
        near = np.flatnonzero(scores > 0)
    order = near[np.argsort(-scores[near], kind="stable")[:k]]
    return order, scores[order]
