"""Many token lists in two flat arrays, and bags of them as sparse matrices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

Ids = npt.NDArray[np.int64]
Tokens = npt.NDArray[np.int32]

ENCODE_BATCH = 20_000  # texts handed to the tokeniser at once


def ranges(starts: Ids, lengths: Ids) -> Ids:
    """The numbers start, start+1, ... of every range, one range after the other."""
    ends = np.cumsum(lengths)
    inside = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - lengths, lengths)
    return np.repeat(starts, lengths) + inside


@dataclass(frozen=True)
class Ragged:
    """Token lists: list i is ``tokens[offsets[i]:offsets[i + 1]]`` (offsets has one more entry)."""

    tokens: Tokens
    offsets: Ids

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> Ids:
        """Tokens of every list."""
        return np.diff(self.offsets)

    def take(self, rows: Ids, limit: int) -> Ragged:
        """The lists of ``rows``, each cut after ``limit`` tokens."""
        lengths = np.minimum(self.lengths[rows], limit)
        return Ragged(self.tokens[ranges(self.offsets[rows], lengths)], _offsets(lengths))

    def keep(self, mask: npt.NDArray[np.bool_]) -> Ragged:
        """The same lists without the tokens where ``mask`` (one entry a token) is false."""
        kept = np.concatenate([[0], np.cumsum(mask)])
        return Ragged(self.tokens[mask], kept[self.offsets].astype(np.int64))

    def keys(self) -> Ids:
        """A number for every list, equal for equal lists (a sum of mixed token numbers)."""
        mixed = (self.tokens.astype(np.uint64) + 1) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
        sums = np.concatenate([[np.uint64(0)], np.cumsum(mixed ^ (mixed >> np.uint64(32)))])
        totals: Ids = (sums[self.offsets[1:]] - sums[self.offsets[:-1]]).astype(np.int64)
        return totals


def _offsets(lengths: Ids) -> Ids:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def concatenate(parts: list[Ragged]) -> Ragged:
    """All lists of all parts, in order."""
    lengths = np.concatenate([part.lengths for part in parts])
    return Ragged(np.concatenate([part.tokens for part in parts]), _offsets(lengths))


def encode(tokenizer: Tokenizer, texts: Iterable[str]) -> Ragged:
    """Token numbers of every text, in order."""
    return concatenate([_encode_some(tokenizer, some) for some in _batches(texts)])


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    stream = iter(texts)
    first = list(islice(stream, ENCODE_BATCH))
    yield first
    while first and (some := list(islice(stream, ENCODE_BATCH))):
        yield some


def _encode_some(tokenizer: Tokenizer, texts: list[str]) -> Ragged:
    lists = [e.ids for e in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
    lengths = np.array([len(ids) for ids in lists], dtype=np.int64)
    flat = np.fromiter((i for ids in lists for i in ids), dtype=np.int32, count=int(lengths.sum()))
    return Ragged(flat, _offsets(lengths))
