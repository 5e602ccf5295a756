"""What the reader sees of a question and a paragraph: one row of numbers for each place.

The places are the question's mark and pieces, then for each sentence its mark and pieces. A piece
is a word or part of one, as the bundled embedder's tokeniser cuts it; its row has its vector, the
vectors of what is most like it on the other side, and signs that are counted alike in every
language: whether it stands on the other side, how rare it is, what its characters are, how much
of the question its sentence covers. The reader's first weights turn a row into what llama.cpp
takes as the embedding of a token.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.ranker_pieces import Floats, Integers, PieceTable, mean_around

MOST_ASKED = 48  # pieces of a question that are read
LONGEST = 448  # places of a window; a longer paragraph is read in several
SHARPNESS = 12.0  # how much what is most like a piece outweighs the rest
WINDOWS = (5, 15)  # pieces around each in which matches are counted
NO_SENTENCE = -1
KINDS = ("question", "asked piece", "sentence", "piece")
QUESTION, ASKED, SENTENCE, PIECE = range(len(KINDS))
SIGNS, COVERED = 14, 11  # columns; see `_signs` and `_covered`

Flags = NDArray[np.bool_]


def width(dimensions: int) -> int:
    """Numbers in a row, for vectors of so many."""
    return 2 * dimensions + SIGNS + COVERED + len(KINDS)


@dataclass(frozen=True)
class Window:
    """A question and sentences that follow each other, as rows.

    `rows` is (places, width); `kinds` tells what is in each place, `sentence_of` the number of its
    sentence, from 0, or NO_SENTENCE.
    """

    rows: Floats
    kinds: Integers
    sentence_of: Integers

    @property
    def marks(self) -> Integers:
        """The places of the sentences' marks, in order."""
        return np.flatnonzero(self.kinds == SENTENCE)


def window(asked: Integers, sentences: Sequence[Integers], table: PieceTable) -> Window:
    """The rows of a question and of sentences, all as pieces.

    The sentences fit into LONGEST places, as those that `windows` gives do; none need have pieces.
    """
    asked = asked[:MOST_ASKED] if len(asked) else np.zeros(1, np.int64)
    lengths = np.array([len(ids) for ids in sentences], np.int64)
    owners = np.repeat(np.arange(len(lengths)), lengths)
    pieces = np.concatenate([np.zeros(0, np.int64), *sentences])
    asked_vectors, asked_weights = table.vectors(asked)
    vectors, weights = table.vectors(pieces)
    near = vectors @ asked_vectors.T
    equal = pieces[:, None] == asked
    places = _places(len(asked), lengths)
    kinds, sentence_of = places
    size = table.dimensions
    rows = np.zeros((len(kinds), width(size)), np.float32)
    for kind, own, other, likeness in (
        (ASKED, asked_vectors, vectors, near.T),
        (PIECE, vectors, asked_vectors, near),
    ):
        at = kinds == kind
        rows[at, :size] = own
        rows[at, size : 2 * size] = _alike(likeness, other)
    first = 2 * size
    signs = slice(first, first + SIGNS)
    rows[kinds == ASKED, signs] = _signs(asked, pieces, near.T, equal.T, asked_weights, table, None)
    rows[kinds == PIECE, signs] = _signs(pieces, asked, near, equal, weights, table, lengths)
    covered = _covered(near, equal, owners, lengths, table.rarity[asked])
    at = sentence_of != NO_SENTENCE
    rows[at, first + SIGNS : first + SIGNS + COVERED] = covered[sentence_of[at]]
    rows[0, first + SIGNS : first + SIGNS + COVERED] = _overall(near, equal, lengths, asked, table)
    rows[np.arange(len(kinds)), first + SIGNS + COVERED + kinds] = 1
    return Window(rows, kinds, sentence_of)


def windows(asked: Integers, sentences: Sequence[Integers]) -> list[tuple[int, int]]:
    """Which sentences are read together: ranges that cover all, each within LONGEST places.

    The pieces of one sentence that is too long by itself are the caller's to cut; see `clipped`.
    """
    room = LONGEST - 1 - min(max(len(asked), 1), MOST_ASKED)
    ranges: list[tuple[int, int]] = []
    start = used = 0
    for i, ids in enumerate(sentences):
        if used and used + len(ids) + 1 > room:
            ranges.append((start, i))
            start, used = i, 0
        used += len(ids) + 1
    if len(sentences):
        ranges.append((start, len(sentences)))
    return ranges


def clipped(asked: Integers, sentence: Integers) -> Integers:
    """As much of a sentence as fits into a window."""
    return sentence[: LONGEST - 2 - min(max(len(asked), 1), MOST_ASKED)]


def _places(asked: int, lengths: Integers) -> tuple[Integers, Integers]:
    """Kinds and sentence numbers of all places."""
    total = 1 + asked + int(lengths.sum()) + len(lengths)
    kinds = np.full(total, PIECE, np.int64)
    sentence_of = np.full(total, NO_SENTENCE, np.int64)
    kinds[0], kinds[1 : 1 + asked] = QUESTION, ASKED
    kinds[1 + asked + np.cumsum(lengths + 1) - (lengths + 1)] = SENTENCE
    sentence_of[1 + asked :] = np.repeat(np.arange(len(lengths)), lengths + 1)
    return kinds, sentence_of


def _alike(near: Floats, other: Floats) -> Floats:
    """For each piece the vectors of the other side, those like it far before the rest."""
    if not near.size:
        return np.zeros((len(near), other.shape[1]), np.float32)
    closest = near.max(axis=1, keepdims=True)
    powers = np.exp(SHARPNESS * (near - closest))
    powers *= np.maximum(closest, 0) / powers.sum(axis=1, keepdims=True)
    result: Floats = powers @ other
    return result


def _signs(
    ids: Integers,
    other: Integers,
    near: Floats,
    equal: Flags,
    weights: Floats,
    table: PieceTable,
    lengths: Integers | None,
) -> Floats:
    """Signs of pieces, shape (pieces, SIGNS); `lengths` of sentences for those that stand in some.

    Whether the other side has it, shares of its characters that it has, the closest cosine there,
    rarity, weight, telling matches around it, how often it stands there; its characters.
    """
    known = equal.any(axis=1)
    rarity = table.rarity[ids]
    around = [np.zeros(len(ids), np.float32)] * len(WINDOWS)
    counts = equal.sum(axis=1)
    if lengths is not None and len(ids):
        around = [mean_around((known * rarity).astype(np.float32), w) for w in WINDOWS]
        _, place, number = np.unique(ids, return_inverse=True, return_counts=True)
        counts = number[place] - 1
    closest = near.max(axis=1) if near.size else np.zeros(len(ids), np.float32)
    columns = [known, table.overlaps(ids, other), closest, rarity, weights, *around]
    shapes = table.shapes(ids)
    return np.concatenate(
        [np.stack([*columns, np.log1p(counts) / 2], axis=1), shapes], axis=1
    ).astype(np.float32)


def _covered(
    near: Floats, equal: Flags, owners: Integers, lengths: Integers, rarity: Floats
) -> Floats:
    """How much of the question each sentence covers, shape (sentences, COVERED).

    By pieces that are the same, then by pieces that are alike: alone, with the sentence before,
    with the one after, and less than the best one; then length, whether it is first, and its place.
    """
    shares = rarity / max(float(rarity.sum()), 1e-6)
    columns: list[NDArray[np.floating[Any]]] = []
    for values in (equal.astype(np.float32), np.maximum(near, 0)):
        having = np.zeros((len(lengths), len(shares)), np.float32)
        np.maximum.at(having, owners, values)
        before, after = np.zeros_like(having), np.zeros_like(having)
        before[1:], after[:-1] = having[:-1], having[1:]
        alone = having @ shares
        columns += [alone, np.maximum(having, before) @ shares, np.maximum(having, after) @ shares]
        columns.append(alone - alone.max(initial=0))
    place = np.arange(len(lengths), dtype=np.float32)
    columns += [
        np.log1p(lengths) / 4,
        (place == 0).astype(np.float32),
        place / max(len(lengths), 1),
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def _overall(
    near: Floats, equal: Flags, lengths: Integers, asked: Integers, table: PieceTable
) -> Floats:
    """The same columns for the question's mark: what all the sentences cover together."""
    found = np.zeros(COVERED, np.float32)
    rarity = table.rarity[asked]
    shares = rarity / max(float(rarity.sum()), 1e-6)
    if len(near):
        found[0] = equal.any(axis=0) @ shares
        found[4] = np.maximum(near, 0).max(axis=0) @ shares
    found[8], found[9] = np.log1p(len(asked)) / 4, np.log1p(len(lengths)) / 4
    return found
