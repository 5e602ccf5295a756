"""Whether one printed line of Chinese continues another, judged by the characters at the seam.

A line that breaks off in the middle of a sentence may be followed by any of several lines of the
page. Only the last four characters of the one and the first four of the other are looked at, by a
small network over character vectors plus weights of hashed character n-grams. The numbers lie in
contiguity.npz; `index/training/contiguity.py` makes them, MODEL_CARD.md says how well they do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

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
Floats = NDArray[np.float32]

_CHUNK = 8192  # rows scored at once, so that what is summed stays in the processor's cache
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
            out[at : at + _CHUNK] = self._score(rows[at : at + _CHUNK])
        return out

    def _score(self, rows: Classes) -> Floats:
        hidden = self.first[0][rows[:, 0]]
        for position in range(1, rows.shape[1]):
            hidden += self.first[position][rows[:, position]]
        network = np.maximum(hidden, 0) @ self.last
        bits = self.weights.size.bit_length() - 1
        ngrams = np.zeros(len(rows), np.int32)
        for bucket, present in hashed(rows, self.patterns, bits):
            ngrams += self.weights[bucket] * present
        return np.asarray(network + ngrams * self.scale + self.bias, dtype=np.float32)


@dataclass(frozen=True)
class Model:
    """What the file holds."""

    characters: Classes  # class of every code point of the Basic Multilingual Plane
    seam: Scorer
    opening: Scorer


def continues(befores: Sequence[str], afters: Sequence[str]) -> Floats:
    """Log-odds (natural) that each of `afters` continues the line of `befores` at its place.

    Against it stands another printed line of the same kind of text, one in seven of which begins
    a paragraph; the odds are even before the characters are looked at. 0 where a line is empty
    or where neither line shows a Chinese (or Japanese) character at the seam.
    """
    if len(befores) != len(afters):
        raise ValueError(f"{len(befores)} lines before, but {len(afters)} lines after")
    before, cjk_before = _read([line.rstrip()[::-1] for line in befores])
    after, cjk_after = _read([line.lstrip() for line in afters])
    known = (cjk_before | cjk_after) & (before[:, 0] != NOTHING) & (after[:, 0] != NOTHING)
    scores = _model().seam.score(np.concatenate([before, after], axis=1))
    return np.where(known, scores, np.float32(0))


def opens_paragraph(lines: Sequence[str]) -> Floats:
    """Log-odds (natural) that each line begins a paragraph, by its first four characters.

    Against it stands a line from the middle of a paragraph, at even odds. 0 where a line is
    empty or shows no Chinese (or Japanese) character there.
    """
    rows, cjk = _read([line.lstrip() for line in lines])
    return np.where(cjk, _model().opening.score(rows), np.float32(0))


def hashed(
    rows: Classes, patterns: Sequence[Sequence[int]], bits: int
) -> list[tuple[NDArray[np.intp], NDArray[np.bool_]]]:
    """For each pattern: every row's bucket (below 2**bits), and whether its characters are there.

    A bucket depends on the characters, their positions and the place of the pattern in
    `patterns` alone: it is the same on every machine.
    """
    parts = [rows[:, p].astype(np.uint32) * _FACTORS[p] for p in range(rows.shape[1])]
    found = []
    for number, pattern in enumerate(patterns):
        mixed = np.full(len(rows), (number + 1) * 0x61C88647 & 0xFFFFFFFF, np.uint32)
        for position in pattern:
            mixed += parts[position]
        # The finishing steps of the "lowbias32" integer hash.
        mixed ^= mixed >> np.uint32(16)
        mixed *= np.uint32(0x7FEB352D)
        mixed ^= mixed >> np.uint32(15)
        mixed *= np.uint32(0x846CA68B)
        # Classes fill a window from the seam outwards, so the farthest on each side decides.
        ends = [max(side) for side in _sides(pattern) if side]
        present = np.logical_and.reduce([rows[:, end] != NOTHING for end in ends])
        found.append(((mixed >> np.uint32(32 - bits)).astype(np.intp), present))
    return found


def _sides(pattern: Sequence[int]) -> tuple[list[int], list[int]]:
    return [p for p in pattern if p < WINDOW], [p for p in pattern if p >= WINDOW]


def _read(lines: list[str]) -> tuple[Classes, NDArray[np.bool_]]:
    """Classes of the first characters that are not white space, and whether one is CJK."""
    table = _model().characters
    codes = _codes(lines)
    classes = _classes(table, codes)
    gaps = np.flatnonzero(((classes == NOTHING) & (codes != 0)).any(axis=1))
    if gaps.size:
        closed = [_without_gaps(table, lines[row]) for row in gaps]
        codes[gaps] = _codes(closed)
        classes[gaps] = _classes(table, codes[gaps])
    return classes, np.asarray(_is_cjk(codes).any(axis=1), dtype=np.bool_)


def _is_cjk(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Kana and Han; punctuation is none."""
    low, compatibility = (codes >= 0x3041) & (codes < 0xA000), (codes >= 0xF900) & (codes < 0xFB00)
    return np.asarray(low | compatibility | (codes >= 0x20000), dtype=np.bool_)


def _codes(lines: list[str]) -> NDArray[np.uint32]:
    cut = np.array([line[:WINDOW] for line in lines], dtype=f"<U{WINDOW}")
    return cut.view(np.uint32).reshape(len(lines), WINDOW)


def _classes(table: Classes, codes: NDArray[np.uint32]) -> Classes:
    return np.where(
        codes < table.size, table[np.minimum(codes, table.size - 1)], np.uint16(UNKNOWN)
    )


def _without_gaps(table: Classes, line: str) -> str:
    kept = (c for c in line if ord(c) >= table.size or table[ord(c)] != NOTHING)
    return "".join(islice(kept, WINDOW))


@cache
def _model() -> Model:
    return load(Path(__file__).with_suffix(".npz"))


def load(path: Path) -> Model:
    """The model of a file that `index/training/contiguity.py` wrote."""
    with np.load(path, allow_pickle=False) as file:
        vectors = file["vectors"] * file["vector_scale"]
        scorers = [
            Scorer(
                patterns=patterns,
                first=_multiplied_out(
                    vectors, file[f"{name}_first"].astype(np.float32), file[f"{name}_first_bias"]
                ),
                last=file[f"{name}_last"],
                bias=float(file[f"{name}_bias"]),
                weights=file[f"{name}_weights"],
                scale=float(file[f"{name}_scale"]),
            )
            for name, patterns in (("seam", SEAM_PATTERNS), ("opening", OPENING_PATTERNS))
        ]
        return Model(file["characters"], *scorers)


def _multiplied_out(vectors: Floats, layer: Floats, bias: Floats) -> Floats:
    """The first layer's share of every character at every position (positions, classes, hidden)."""
    first: Floats = np.matmul(vectors, layer)
    first[0] += bias
    return first
