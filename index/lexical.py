"""BM25 over the tokens of `tokens.py` (Robertson and Zaragoza 2009, as Lucene computes it).

What a token adds to a paragraph's score is computed when the index is made and kept by token, so
that a question only adds up the columns of its tokens. The files are arrays that are mapped into
memory: opening costs nothing, and processes share them.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from index.errors import StoreDamaged
from index.postings import Keys, Postings, count_texts, count_tokens, key
from index.tokens import TOKENS, asked_tokens, tokens
from index.translations import Translations, bundled, translated_tokens

__all__ = ["TOKENS", "Asked", "Lexical", "Scores", "asked_tokens", "tokens"]

Scores = NDArray[np.float32]
Values = NDArray[np.float64]

_K1, _B = 0.8, 0.5
_STEPS = 65_535  # of a weight; whole numbers become fractions several times as fast as float16
_FILES = ("keys", "starts", "documents", "weights")
# Of what a question's words could reach, the share that the best paragraph has where they are at
# home: words that all stand there once give a little more than half.
_AT_HOME = 0.5
_BLOCK = 64  # paragraphs; see `best_of`


@dataclass(frozen=True)
class Asked:
    """A question, as an index sees it.

    `idf` has its tokens and how much each tells; `ideal` is the sum over all of them, repeated
    ones too, which a perfect paragraph would reach; `scores` are BM25, shape (size,). `translated`
    are the same with the scores of its translations added, which are `abroad` (see
    `index.translations.Translations.words`): none where its own words are at home.
    """

    idf: dict[str, float]
    ideal: float
    scores: Scores
    translated: Scores
    abroad: Sequence[Mapping[str, float]]


class Lexical:
    """A BM25 index over paragraphs in the order given."""

    def __init__(
        self,
        keys: Keys,
        starts: NDArray[np.int64],
        documents: NDArray[np.int32],
        weights: NDArray[np.uint16],
        size: int,
    ) -> None:
        """Arrays of `Postings`; `weights` are saturated counts in steps, one a document."""
        self._keys, self._starts, self._documents, self._weights = keys, starts, documents, weights
        self.size = size
        self.translations: Callable[[], Translations] = bundled  # loaded when they are needed

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
        saturated = found.counts / (found.counts + norms[found.documents])
        # At least one step: a word of a book counts little, but it is there.
        weights = np.maximum(np.rint(saturated * _STEPS), 1).astype(np.uint16)
        return cls(found.keys, found.starts, found.documents, weights, len(found.lengths))

    def asked(self, question: str, among: NDArray[np.int64] | None = None) -> Asked:
        """What there is to know of a raw question, computed together.

        `among` are the positions that may answer: whether its words are at home is told by them.
        """
        times = Counter(asked_tokens(question))
        idf, weights, scores = self._weighed(times)
        ideal = float(weights.sum())
        highest = (scores if among is None else scores[among]).max(initial=0)
        at_home = float(highest) >= _AT_HOME * ideal
        abroad = [] if at_home else self.translations().words(question)
        added = self._weighed(translated_tokens(abroad))[2] if abroad else 0
        named = dict(zip(times, idf.tolist(), strict=True))
        return Asked(named, ideal, scores, scores + added, abroad)

    def scores(self, question: str) -> Scores:
        """BM25 score of every paragraph for a raw question, shape (size,)."""
        return self._weighed(Counter(asked_tokens(question)))[2]

    def _weighed(self, times: Mapping[str, float]) -> tuple[Values, Values, Scores]:
        """Of tokens that count so many times: idf, and times that; the scores of paragraphs."""
        starts, ends = self._columns(list(times))
        idf = self._idf(ends - starts)
        weights = idf * np.fromiter(times.values(), np.float64, len(times))
        return idf, weights, self._sum(starts, ends, weights)

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
        named = list(words)
        starts, ends = self._columns(named)
        return dict(zip(named, self._idf(ends - starts).tolist(), strict=True))

    def _idf(self, having: NDArray[np.int64]) -> Values:
        return np.log1p((self.size - having + 0.5) / (having + 0.5))

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
        """Map an index of `size` paragraphs whose files were verified before.

        Raises:
            StoreDamaged: an earlier version wrote them, with weights of another kind.
        """
        keys, starts, documents, weights = (
            # As plain arrays, still mapped: every slice of a `memmap` costs microseconds more.
            np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False))
            for name in _FILES
        )
        if weights.dtype != np.uint16:
            raise StoreDamaged(f"{folder} was written by an earlier version")
        return cls(keys, starts, documents, weights, size)

    def _columns(self, words: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where the postings of each word begin and end; both 0 for a word never seen."""
        wanted = np.array([key(word) for word in words], dtype=np.uint64)
        columns = np.searchsorted(self._keys, wanted)
        known = columns < len(self._keys)
        known[known] = self._keys[columns[known]] == wanted[known]
        columns = np.where(known, columns, 0)
        starts, ends = (
            self._starts[columns],
            self._starts[np.minimum(columns + known, len(self._keys))],
        )
        return starts * known, ends * known

    def _sum(self, starts: NDArray[np.int64], ends: NDArray[np.int64], weights: Values) -> Scores:
        """Sum of columns, each times its weight."""
        bounds = np.cumsum([0, *(ends - starts)])
        if not bounds[-1]:
            return np.zeros(self.size, np.float32)
        places = zip(starts.tolist(), ends.tolist(), strict=True)
        columns = [slice(start, end) for start, end in places]
        rows = np.concatenate([self._documents[column] for column in columns])
        values = np.concatenate([self._weights[column] for column in columns]).astype(np.float32)
        if bounds[-1] <= np.iinfo(np.int32).max:
            bounds = bounds.astype(np.int32)  # as `rows` are, which are else copied as int64
        matrix = csc_array((values, rows, bounds), shape=(self.size, len(columns)))
        return np.asarray(matrix @ (weights / _STEPS).astype(np.float32))


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
