"""Which tokens stand in which paragraphs, and how often: counted for many texts at once.

Characters and pairs are counted over arrays of code points, thousands of texts at a time, because
a list of strings for every text takes most of the time of indexing. The result is the same as
that of counting the lists of `tokens`.
"""

import hashlib
import re
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from index.text import fold
from index.tokens import CJK, CJK_RANGES, KANA_RANGE, WORD, normal_forms, plain_word

Keys = NDArray[np.uint64]
_CHUNK = 2**21  # characters, or tokens, counted together
_CHARACTERS = re.compile(f"[{CJK}]{{1,2}}")
_BITS = 21  # of a code point
_DOCUMENT_BITS = 22  # 64 less those of two code points: more than a chunk has texts
_NAMED = np.uint64(1 << 63)  # set in keys of words, so that they never meet those of characters
_SEPARATOR = ord("\n")  # no folded text has one


@dataclass(frozen=True)
class Postings:
    """Tokens by key, and for each the paragraphs that have it, ascending, and how often.

    Those of token i are `documents[starts[i]:starts[i + 1]]`; `lengths` are tokens a paragraph.
    """

    keys: Keys
    starts: NDArray[np.int64]
    documents: NDArray[np.int32]
    counts: NDArray[np.uint16]
    lengths: NDArray[np.int64]


@dataclass(frozen=True)
class _Chunk:
    """Postings of some texts in the order of keys; `sizes` are how many each key has."""

    keys: Keys
    sizes: NDArray[np.int64]
    documents: NDArray[np.int32]
    counts: NDArray[np.uint16]
    lengths: NDArray[np.int64]


def key(token: str) -> int:
    """The number that stands for a token in an index, below 2⁶⁴.

    One or two CJK characters are their code points, anything else a hash of 63 bits: among ten
    million words, one in a hundred thousand stores has two of one hash, which then count as one.
    """
    if len(token) <= 2 and _CHARACTERS.fullmatch(token):
        return ord(token[0]) << _BITS | (ord(token[1]) if len(token) == 2 else 0)
    digest = hashlib.blake2b(token.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int(_NAMED) | int.from_bytes(digest, "big")


def count_texts(texts: Iterable[tuple[str, str | None]]) -> Postings:
    """Postings of raw texts, each with the date of its article (see `tokens`)."""
    chunks, waiting, characters = [], list[tuple[str, str | None]](), 0
    for text, date in texts:
        waiting.append((fold(text), date))
        characters += len(text) + 1  # so that a chunk has no more texts than characters
        if characters >= _CHUNK:
            chunks.append(_count_folded(waiting))
            waiting, characters = [], 0
    return _join([*chunks, _count_folded(waiting)])


def count_tokens(texts: Iterable[Sequence[str]]) -> Postings:
    """Postings of texts that are tokens already; of these no more than a chunk is held."""
    chunks, waiting, count = [], list[Sequence[str]](), 0
    for text in texts:
        waiting.append(text)
        count += len(text) + 1  # so that a chunk has no more texts than tokens
        if count >= _CHUNK:
            chunks.append(_count_lists(waiting))
            waiting, count = [], 0
    return _join([*chunks, _count_lists(waiting)])


def _count_folded(texts: Sequence[tuple[str, str | None]]) -> _Chunk:
    characters = _count_characters([text for text, _ in texts])
    words = _count_lists(
        [[*map(plain_word, WORD.findall(text)), *normal_forms(text, date)] for text, date in texts]
    )
    return _Chunk(
        np.concatenate([characters.keys, words.keys]),  # in order: see `_NAMED`
        np.concatenate([characters.sizes, words.sizes]),
        np.concatenate([characters.documents, words.documents]),
        np.concatenate([characters.counts, words.counts]),
        characters.lengths + words.lengths,
    )


def _count_characters(folded: Sequence[str]) -> _Chunk:
    """Single characters (kana only where they stand alone) and pairs of neighbours."""
    joined = "".join(f"{text}\n" for text in folded)
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    ends = np.flatnonzero(codes == _SEPARATOR)
    cjk = _cjk()[codes]
    pair = np.append(cjk[:-1] & cjk[1:], False)  # none reaches over a separator
    alone = cjk & ~pair & ~np.append(False, pair[:-1])
    single = cjk & (alone | (codes < KANA_RANGE[0]) | (codes > KANA_RANGE[1]))
    singles, pairs = np.flatnonzero(single), np.flatnonzero(pair)
    first = codes.astype(np.uint64) << np.uint64(_BITS)
    found = np.concatenate([first[singles], first[pairs] | codes[pairs + 1]])
    place = np.repeat(np.arange(len(ends), dtype=np.uint64), np.diff(ends, prepend=-1))
    places = np.concatenate([place[singles], place[pairs]])
    tokens_before = np.cumsum(single.astype(np.int8) + pair)[ends]
    return _sorted_chunk(
        found << np.uint64(_DOCUMENT_BITS) | places, np.diff(tokens_before, prepend=0)
    )


def _count_lists(texts: Sequence[Sequence[str]]) -> _Chunk:
    numbers: dict[str, int] = {}
    flat = array("q")
    for text in texts:
        flat.extend(numbers.setdefault(word, len(numbers)) for word in text)
    keys = np.array([key(word) for word in numbers], dtype=np.uint64)
    distinct, ranks = np.unique(keys, return_inverse=True)
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    places = np.repeat(np.arange(len(texts), dtype=np.uint64), lengths)
    words = ranks[np.frombuffer(flat, np.int64)].astype(np.uint64)
    chunk = _sorted_chunk(words << np.uint64(_DOCUMENT_BITS) | places, lengths)
    return replace(chunk, keys=distinct)


def _sorted_chunk(packed: Keys, lengths: NDArray[np.int64]) -> _Chunk:
    """Count `packed` keys, each with the number of its text in the last bits."""
    packed.sort()
    firsts = _firsts(packed)
    counts = np.diff(firsts, append=len(packed))
    distinct = packed[firsts]
    found = distinct >> np.uint64(_DOCUMENT_BITS)
    starts = _firsts(found)
    return _Chunk(
        found[starts],
        np.diff(starts, append=len(found)),
        (distinct & np.uint64((1 << _DOCUMENT_BITS) - 1)).astype(np.int32),
        np.minimum(counts, np.iinfo(np.uint16).max).astype(np.uint16),
        lengths,
    )


def _firsts(ordered: Keys) -> NDArray[np.int64]:
    """Where each value of an ordered array stands first."""
    return np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)])


def _join(chunks: Sequence[_Chunk]) -> Postings:
    """One after the other: the texts of each chunk follow those of the one before."""
    keys = np.sort(np.concatenate([chunk.keys for chunk in chunks]))
    keys = keys[_firsts(keys)]  # np.unique hashes, which takes several times as long
    sizes = np.zeros(len(keys), np.int64)
    for chunk in chunks:
        sizes[np.searchsorted(keys, chunk.keys)] += chunk.sizes
    starts = np.append(0, np.cumsum(sizes))
    documents = np.empty(starts[-1], np.int32)
    counts = np.empty(starts[-1], np.uint16)
    free, before = starts[:-1].copy(), 0
    for chunk in chunks:
        columns = np.searchsorted(keys, chunk.keys)
        within = np.append(0, np.cumsum(chunk.sizes))[:-1]
        places = np.arange(len(chunk.documents)) + np.repeat(free[columns] - within, chunk.sizes)
        documents[places] = chunk.documents + before
        counts[places] = chunk.counts
        free[columns] += chunk.sizes
        before += len(chunk.lengths)
    lengths = np.concatenate([chunk.lengths for chunk in chunks])
    return Postings(keys, starts, documents, counts, lengths)


@cache
def _cjk() -> NDArray[np.bool_]:
    """Whether a code point is a CJK character, shape (0x110000,)."""
    table = np.zeros(0x110000, np.bool_)
    for first, last in CJK_RANGES:
        table[first : last + 1] = True
    return table
