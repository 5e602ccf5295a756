"""Scores of rows of characters: a small network plus weights of hashed character n-grams.

A row's characters stand for a seam between two printed lines, or for the beginning of one
(contiguity.py). Each side of a seam is worked out once, however many it is compared with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

WINDOW = 4  # characters looked at on either side of the seam
NOTHING, UNKNOWN = 0, 1  # classes of white space (and of no character), and of rare characters
# Positions of a row: 0 to 3 are the last characters of the line before, the last one first; 4 to
# 7 are the first characters of the line after.
SEAM_PATTERNS = (
    (0, 4), (1, 0, 4), (0, 4, 5), (1, 0, 4, 5), (2, 1, 0, 4), (0, 4, 5, 6),
    (0,), (1, 0), (4,), (4, 5),
)  # fmt: skip
# In a row of a line's first characters alone.
OPENING_PATTERNS = ((0,), (0, 1), (0, 1, 2), (0, 1, 2, 3))

Classes = NDArray[np.uint16]
Codes = NDArray[np.uint32]
Floats = NDArray[np.float32]
Places = NDArray[np.intp]
Patterns = tuple[tuple[int, ...], ...]

_CHUNK = 2048  # rows scored at once, so that what is summed stays in the processor's cache
_FACTORS = np.array(
    [
        0x9E3779B1,
        0x85EBCA77,
        0xC2B2AE3D,
        0x27D4EB2F,
        0x165667B1,
        0xD3A2646D,
        0xFD7046C5,
        0xB55A4F09,
    ],
    dtype=np.uint32,
)


@dataclass(frozen=True)
class Side:
    """What one side of many seams adds to their scores, before the other side is known.

    `hidden` (lines, hidden) is its share of the hidden layer, `ngrams` (lines,) the weight of
    the n-grams that lie wholly on it; of those that span the seam, `mixed` (patterns, lines) is
    its share of the hash, and `present` says whether its characters are there. `seen` tells
    whether there is a character at all, `cjk` whether one is Chinese (or Japanese).
    """

    hidden: Floats
    ngrams: NDArray[np.int32]
    mixed: NDArray[np.uint32]
    present: NDArray[np.bool_]
    seen: NDArray[np.bool_]
    cjk: NDArray[np.bool_]


@dataclass(frozen=True)
class Scorer:
    """Score of a row: network over its characters, plus one weight for each of its n-grams.

    `first` (positions, classes, hidden) is the first layer, multiplied out for every character;
    `last` (hidden,) is the second. `weights` holds one byte a bucket, worth `scale` each; the
    number of buckets is a power of two.
    """

    patterns: tuple[tuple[int, ...], ...]
    first: Floats
    last: Floats
    bias: float
    weights: NDArray[np.int8]
    scale: float

    def score(self, rows: Classes) -> Floats:
        """One number for each row of character classes (rows, positions)."""
        out = np.empty(len(rows), np.float32)
        for at in range(0, len(rows), _CHUNK):
            part = rows[at : at + _CHUNK]
            mixed, present = _shares(part, self.patterns)
            ngrams = self._ngrams(mixed + _starts(self.patterns), present)
            out[at : at + _CHUNK] = self._sum(self._hidden(part, 0), ngrams)
        return out

    def side(self, rows: Classes, cjk: NDArray[np.bool_], at: int) -> Side:
        """One side of seams: `rows` of its characters alone, whose first position is `at`."""
        mixed, present = _shares(rows, self.patterns, at)
        whole, spans = _parted(self.patterns, at)
        starts = _starts(self.patterns)
        ngrams = self._ngrams(mixed[whole] + starts[whole], present[whole])
        # The hash's first number goes with one of the sides.
        share = mixed[spans] if at else mixed[spans] + starts[spans]
        return Side(
            self._hidden(rows, at), ngrams, share, present[spans], rows[:, 0] != NOTHING, cjk
        )

    def seams(self, before: Side, after: Side, i: Places, j: Places) -> Floats:
        """The scores of the seams between the lines i of one side and the lines j of the other.

        0 where a line is empty or where neither shows a Chinese character at the seam.
        """
        out = np.empty(len(i), np.float32)
        for at in range(0, len(i), _CHUNK):
            one, other = i[at : at + _CHUNK], j[at : at + _CHUNK]
            hidden = before.hidden.take(one, axis=0)
            hidden += after.hidden.take(other, axis=0)
            mixed = before.mixed.take(one, axis=1)
            mixed += after.mixed.take(other, axis=1)
            present = before.present.take(one, axis=1) & after.present.take(other, axis=1)
            ngrams = self._ngrams(mixed, present) + before.ngrams[one] + after.ngrams[other]
            scores = self._sum(hidden, ngrams)
            known = (before.cjk[one] | after.cjk[other]) & before.seen[one] & after.seen[other]
            out[at : at + _CHUNK] = np.where(known, scores, np.float32(0))
        return out

    def _hidden(self, rows: Classes, at: int) -> Floats:
        hidden: Floats = self.first[at].take(rows[:, 0], axis=0)
        for position in range(1, rows.shape[1]):
            hidden += self.first[at + position].take(rows[:, position], axis=0)
        return hidden

    def _ngrams(self, mixed: NDArray[np.uint32], present: NDArray[np.bool_]) -> NDArray[np.int32]:
        buckets = finished(mixed, self.weights.size.bit_length() - 1)
        found: NDArray[np.int32] = (self.weights.take(buckets) * present).sum(0, dtype=np.int32)
        return found

    def _sum(self, hidden: Floats, ngrams: NDArray[np.int32]) -> Floats:
        network: Floats = np.maximum(hidden, 0, out=hidden) @ self.last
        return np.asarray(network + ngrams * self.scale + self.bias, dtype=np.float32)


def hashed(
    rows: Classes, patterns: Sequence[Sequence[int]], bits: int
) -> list[tuple[NDArray[np.intp], NDArray[np.bool_]]]:
    """For each pattern: every row's bucket (below 2**bits), and whether its characters are there.

    A bucket depends on the characters, their positions and the place of the pattern in
    `patterns` alone: it is the same on every machine.
    """
    mixed, present = _shares(rows, tuple(map(tuple, patterns)))
    buckets = finished(mixed + _starts(tuple(map(tuple, patterns))), bits)
    return list(zip(buckets.astype(np.intp), present, strict=True))


def _shares(
    rows: Classes, patterns: Patterns, at: int = 0
) -> tuple[NDArray[np.uint32], NDArray[np.bool_]]:
    """Of each pattern (first axis) the sum over the positions from `at` on, and presence there."""
    used, ends = _masks(patterns)
    here = slice(at, at + rows.shape[1])
    parts = rows.T.astype(np.uint32) * _FACTORS[here, None]
    return used[:, here] @ parts, ~(ends[:, here] @ (rows.T == NOTHING))


def finished(mixed: NDArray[np.uint32], bits: int) -> NDArray[np.uint32]:
    """The finishing steps of the "lowbias32" integer hash, in place."""
    mixed ^= mixed >> np.uint32(16)
    mixed *= np.uint32(0x7FEB352D)
    mixed ^= mixed >> np.uint32(15)
    mixed *= np.uint32(0x846CA68B)
    return mixed >> np.uint32(32 - bits)


@cache
def _masks(patterns: Patterns) -> tuple[NDArray[np.uint32], NDArray[np.bool_]]:
    """Shape (patterns, positions): those that a pattern uses, and the farthest on each side.

    Classes fill a window from the seam outwards, so the farthest on each side decide whether a
    pattern's characters are there.
    """
    positions = range(2 * WINDOW)
    used = [[p in pattern for p in positions] for pattern in patterns]
    ends = [[p in [max(side) for side in _sides(q) if side] for p in positions] for q in patterns]
    return np.array(used, np.uint32), np.array(ends, np.bool_)


@cache
def _starts(patterns: Patterns) -> NDArray[np.uint32]:
    """Shape (patterns, 1): what each pattern's sum begins with."""
    starts = [(number + 1) * 0x61C88647 & 0xFFFFFFFF for number in range(len(patterns))]
    return np.array(starts, np.uint32)[:, None]


@cache
def _parted(patterns: Patterns, at: int) -> tuple[Places, Places]:
    """The patterns that lie wholly on the side that begins at `at`, and those on both."""
    sides = [_sides(pattern) for pattern in patterns]
    whole = [k for k, (before, after) in enumerate(sides) if not (before if at else after)]
    spans = [k for k, (before, after) in enumerate(sides) if before and after]
    return np.array(whole, np.intp), np.array(spans, np.intp)


def _sides(pattern: Sequence[int]) -> tuple[list[int], list[int]]:
    return [p for p in pattern if p < WINDOW], [p for p in pattern if p >= WINDOW]
