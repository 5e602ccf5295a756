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

from index.postings import Keys, Postings, count_texts, count_tokens, key
from index.tokens import TOKENS, asked_tokens, tokens
from index.translations import Translations, bundled, translated_tokens

__all__ = ["TOKENS", "Asked", "Lexical", "Scores", "asked_tokens", "tokens"]

Scores = NDArray[np.float32]
Values = NDArray[np.float64]
Columns = tuple[NDArray[np.int64], NDArray[np.int64]]  # where some columns begin and end

_K1, _B = 0.8, 0.5
_STEPS = 65_535  # of a weight; whole numbers become fractions several times as fast as float16
_SCALE = 64
_FILES = ("keys", "starts", "documents", "weights", "lengths")
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


NO_POSITIONS: NDArray[np.int64] = np.zeros(0, np.int64)


@dataclass(frozen=True)
class Part:
    """The words of some paragraphs: arrays of `Postings`.

    `weights` are saturated counts in steps, one for each of `documents`.
    """

    keys: Keys
    starts: NDArray[np.int64]
    documents: NDArray[np.int32]
    weights: NDArray[np.uint16]
    lengths: NDArray[np.int32]

    @classmethod
    def of(cls, found: Postings, usual: float) -> "Part":
        """Weigh counts; `usual` is the length that a paragraph has on the average."""
        norms = (_K1 * (1 - _B + _B * found.lengths / usual)).astype(np.float32)
        saturated = found.counts / (found.counts + norms[found.documents])
        # At least one step: a word of a book counts little, but it is there.
        weights = np.maximum(np.rint(saturated * _STEPS), 1).astype(np.uint16)
        lengths = found.lengths.astype(np.int32)
        return cls(found.keys, found.starts, found.documents, weights, lengths)

    @property
    def size(self) -> int:
        """Number of paragraphs."""
        return len(self.lengths)

    def holders(self, documents: NDArray[np.int64]) -> "Held":
        """The tokens that stand in some of the paragraphs, and in how many of them."""
        chosen = np.zeros(self.size, np.bool_)
        chosen[documents] = True
        places = np.flatnonzero(chosen[self.documents]) if len(documents) else NO_POSITIONS
        columns = np.searchsorted(self.starts, places, side="right") - 1
        there, counts = np.unique(columns, return_counts=True)
        return Held(self.keys[there], counts.astype(np.int64))

    def save(self, folder: Path) -> None:
        """Write the arrays into an existing empty folder."""
        save_arrays(folder, {name: getattr(self, name) for name in _FILES})

    @classmethod
    def load(cls, folder: Path) -> "Part":
        """Map files that were verified before."""
        return cls(**{name: load_array(folder, name) for name in _FILES})

    def columns(self, wanted: Keys) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where the postings of each key begin and end; both 0 for one that is not there."""
        places, known = found_at(self.keys, wanted)
        ends = self.starts[np.minimum(places + known, len(self.keys))]
        return self.starts[places] * known, ends * known


@dataclass(frozen=True)
class Held:
    """Tokens by key, ascending, and how many paragraphs have each."""

    keys: Keys
    counts: NDArray[np.int64]

    def of(self, wanted: Keys) -> NDArray[np.int64]:
        """How many paragraphs have each of some keys."""
        places, known = found_at(self.keys, wanted)
        return np.where(known, self.counts[places], 0) if len(self.keys) else known.astype(np.int64)

    def save(self, folder: Path) -> None:
        """Write the arrays into an existing folder."""
        save_arrays(folder, {"gone_keys": self.keys, "gone_counts": self.counts})

    @classmethod
    def load(cls, folder: Path) -> "Held":
        """Map files that were verified before."""
        return cls(load_array(folder, "gone_keys"), load_array(folder, "gone_counts"))


_NONE_HELD = Held(np.zeros(0, np.uint64), NO_POSITIONS)


class Lexical:
    """A BM25 index over paragraphs in the order given, in one part or several.

    Some of them may be gone: they are never found, and count as if they had never been.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        gone: NDArray[np.int64] = NO_POSITIONS,
        held: Held = _NONE_HELD,
    ) -> None:
        """Paragraphs are numbered through all parts; `held` are the tokens of those `gone`."""
        self._parts, self._gone, self._held = parts, gone, held
        self._firsts = np.cumsum([0, *(part.size for part in parts)])
        self.size = int(self._firsts[-1])
        self.translations: Callable[[], Translations] = bundled  # loaded when they are needed

    @classmethod
    def build(cls, texts: Iterable[Sequence[str]]) -> "Lexical":
        """Index the tokens of each paragraph; paragraphs without tokens are never found."""
        found = count_tokens(texts)
        return cls([Part.of(found, usual_length(found.lengths))])

    @classmethod
    def of_texts(cls, texts: Iterable[tuple[str, str | None]]) -> "Lexical":
        """The same from raw texts, each with the date of its article; much faster."""
        return cls([part_of_texts(texts)])

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
        wanted = _keys(times)
        columns = [part.columns(wanted) for part in self._parts]
        idf = self._idf(self._having(wanted, columns))
        weights = idf * np.fromiter(times.values(), np.float64, len(times))
        return idf, weights, self._sum(columns, weights)

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
        wanted = _keys(named)
        having = self._having(wanted, [part.columns(wanted) for part in self._parts])
        return dict(zip(named, self._idf(having).tolist(), strict=True))

    def _idf(self, having: NDArray[np.int64]) -> Values:
        size = self.size - len(self._gone)
        return np.log1p((size - having + 0.5) / (having + 0.5))

    def coverage(self, question: str, text: str, *, date: str | None = None) -> float:
        """Share of a question's words, weighted by idf, that a text of this day has; 0 to 1."""
        asked = set(asked_tokens(question))
        weights = self.idf(asked)
        shared = math.fsum(weights[word] for word in asked & set(tokens(text, date=date)))
        return shared / max(math.fsum(weights.values()), 1e-9)

    def _having(self, wanted: Keys, columns: Sequence[Columns]) -> NDArray[np.int64]:
        """In how many paragraphs each key stands."""
        having = sum((ends - starts for starts, ends in columns), np.zeros(len(wanted), np.int64))
        return having - self._held.of(wanted)

    def _sum(self, columns: Sequence[Columns], weights: Values) -> Scores:
        """Sum of columns, each times its weight; those of each part one after the other."""
        rows: list[NDArray[np.int32]] = []
        values: list[NDArray[np.uint16]] = []
        for part, first, (starts, ends) in zip(self._parts, self._firsts, columns, strict=False):
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
                documents = part.documents[start:end]
                rows.append(documents + np.int32(first) if first else documents)
                values.append(part.weights[start:end])
        bounds = np.cumsum([0, *map(len, rows)])
        if not bounds[-1]:
            return np.zeros(self.size, np.float32)
        if bounds[-1] <= np.iinfo(np.int32).max:
            bounds = bounds.astype(np.int32)  # as `rows` are, which are else copied as int64
        data = (np.concatenate(values).astype(np.float32), np.concatenate(rows), bounds)
        matrix = csc_array(data, shape=(self.size, len(rows)))
        steps = np.tile((weights / _STEPS).astype(np.float32), len(self._parts))
        scores = np.asarray(matrix @ steps)
        scores[self._gone] = 0
        return scores


def part_of_texts(texts: Iterable[tuple[str, str | None]], usual: float | None = None) -> Part:
    """The words of raw texts, each with the date of its article.

    `usual` is the usual length of a paragraph, that of these unless given.
    """
    found = count_texts(texts)
    return Part.of(found, usual or usual_length(found.lengths))


def usual_length(lengths: NDArray[Any]) -> float:
    """The mean length, at least 1, on a scale of 64 steps from each number to its double.

    A few paragraphs more or less change it seldom, and then everything has to be weighed anew.
    """
    mean = max(float(lengths.mean()), 1.0) if len(lengths) else 1.0
    return float(2 ** (round(math.log2(mean) * _SCALE) / _SCALE))


def found_at(keys: Keys, wanted: Keys) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Where each wanted key stands among ascending ones (else 0), and whether it does."""
    places = np.searchsorted(keys, wanted)
    known = places < len(keys)
    known[known] = keys[places[known]] == wanted[known]
    return np.where(known, places, 0), known


def save_arrays(folder: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays into files of an existing folder, named after them."""
    for name, values in arrays.items():
        np.save(folder / f"{name}.npy", values, allow_pickle=False)


def load_array(folder: Path, name: str) -> NDArray[Any]:
    """Map an array whose file was verified before."""
    mapped = np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    # As a plain array, still mapped: every slice of a `memmap` costs microseconds more.
    return np.asarray(mapped)


def _keys(words: Iterable[str]) -> Keys:
    return np.array([key(word) for word in words], dtype=np.uint64)


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
