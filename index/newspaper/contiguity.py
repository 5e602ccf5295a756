"""Whether one printed line of Chinese continues another, judged by the characters at the seam.

A line that breaks off in the middle of a sentence may be followed by any of several lines of the
page. Only the last four characters of the one and the first four of the other are looked at, by a
small network over character vectors plus weights of hashed character n-grams. The numbers lie in
contiguity.npz; `index/training/contiguity.py` makes them, MODEL_CARD.md says how well they do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
        buckets = _finished(mixed, self.weights.size.bit_length() - 1)
        found: NDArray[np.int32] = (self.weights.take(buckets) * present).sum(0, dtype=np.int32)
        return found

    def _sum(self, hidden: Floats, ngrams: NDArray[np.int32]) -> Floats:
        network: Floats = np.maximum(hidden, 0, out=hidden) @ self.last
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
    befores, afters = [line.strip() for line in befores], [line.strip() for line in afters]
    before, _ = sides_of(befores, edges(befores))
    _, after = sides_of(afters, edges(afters))
    places = np.arange(len(befores))
    return seams(before, after, places, places)


def sides_of(lines: Sequence[str], read: tuple[Codes, Codes]) -> tuple[Side, Side]:
    """The ends and the beginnings of lines, to be compared with one another by `seams`.

    `read` is what `edges` gives; white space is closed up in it.
    """
    ends, cjk_ends = _read(read[0], lambda row: lines[row][::-1])
    beginnings, cjk_beginnings = _read(read[1], lines.__getitem__)
    seam = _model().seam
    return seam.side(ends, cjk_ends, 0), seam.side(beginnings, cjk_beginnings, WINDOW)


def edges(lines: Sequence[str]) -> tuple[Codes, Codes]:
    """The code points of the last characters, the last one first, and of the first characters.

    Shape (lines, WINDOW); 0 where a line has no more.
    """
    codes = np.frombuffer(
        "".join([*lines, " " * WINDOW]).encode("utf-32-le", "surrogatepass"), dtype=np.uint32
    )
    lengths = np.array([len(line) for line in lines], dtype=np.intp)
    ends = np.cumsum(lengths)
    places = np.arange(WINDOW)
    there = places < lengths[:, None]
    # Places before the first line count from the end; what stands there is not taken.
    last = codes[ends[:, None] - 1 - places]
    first = codes[(ends - lengths)[:, None] + places]
    return last * there, first * there


def seams(before: Side, after: Side, i: Places, j: Places) -> Floats:
    """What `continues` says of the ends i and the beginnings j, pair by pair."""
    return _model().seam.seams(before, after, i, j)


def opens_paragraph(lines: Sequence[str]) -> Floats:
    """Log-odds (natural) that each line begins a paragraph, by its first four characters.

    Against it stands a line from the middle of a paragraph, at even odds. 0 where a line is
    empty or shows no Chinese (or Japanese) character there.
    """
    words = [line.strip() for line in lines]
    rows, cjk = _read(edges(words)[1], words.__getitem__)
    return np.where(cjk, _model().opening.score(rows), np.float32(0))


def hashed(
    rows: Classes, patterns: Sequence[Sequence[int]], bits: int
) -> list[tuple[NDArray[np.intp], NDArray[np.bool_]]]:
    """For each pattern: every row's bucket (below 2**bits), and whether its characters are there.

    A bucket depends on the characters, their positions and the place of the pattern in
    `patterns` alone: it is the same on every machine.
    """
    mixed, present = _shares(rows, tuple(map(tuple, patterns)))
    buckets = _finished(mixed + _starts(tuple(map(tuple, patterns))), bits)
    return list(zip(buckets.astype(np.intp), present, strict=True))


def _shares(
    rows: Classes, patterns: Patterns, at: int = 0
) -> tuple[NDArray[np.uint32], NDArray[np.bool_]]:
    """Of each pattern (first axis) the sum over the positions from `at` on, and presence there."""
    used, ends = _masks(patterns)
    here = slice(at, at + rows.shape[1])
    parts = rows.T.astype(np.uint32) * _FACTORS[here, None]
    return used[:, here] @ parts, ~(ends[:, here] @ (rows.T == NOTHING))


def _finished(mixed: NDArray[np.uint32], bits: int) -> NDArray[np.uint32]:
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


def character_table() -> Classes:
    """The class of every code point of the Basic Multilingual Plane."""
    return _model().characters


def classes_of(lines: Sequence[str], length: int) -> tuple[Classes, NDArray[np.bool_]]:
    """Classes of the first characters that are not white space, and whether one is CJK.

    Shape (lines, length); NOTHING where a line has no more.
    """
    table = character_table()
    codes = np.array(lines, dtype=f"<U{length}").view(np.uint32).reshape(len(lines), length)
    classes = _classes(table, codes)
    lengths = np.array([min(len(line), length) for line in lines], dtype=np.intp)
    gaps = np.flatnonzero((classes != NOTHING).sum(axis=1) < lengths)
    if gaps.size:
        closed = [_without_gaps(table, lines[row], length) for row in gaps.tolist()]
        codes[gaps] = np.array(closed, dtype=f"<U{length}").view(np.uint32).reshape(-1, length)
        classes[gaps] = _classes(table, codes[gaps])
    return classes, np.asarray(_is_cjk(codes).any(axis=1), dtype=np.bool_)


def _read(codes: Codes, line: Callable[[int], str]) -> tuple[Classes, NDArray[np.bool_]]:
    """Classes of the first characters that are not white space, and whether one is CJK.

    `line` gives the whole of a row.
    """
    table = _model().characters
    classes = _classes(table, codes)
    gaps = np.flatnonzero(((classes == NOTHING) & (codes != 0)).any(axis=1))
    if gaps.size:
        _, codes[gaps] = edges([_without_gaps(table, line(row)) for row in gaps.tolist()])
        classes[gaps] = _classes(table, codes[gaps])
    return classes, np.asarray(_is_cjk(codes).any(axis=1), dtype=np.bool_)


def _is_cjk(codes: Codes) -> NDArray[np.bool_]:
    """Kana and Han; punctuation is none."""
    low, compatibility = (codes >= 0x3041) & (codes < 0xA000), (codes >= 0xF900) & (codes < 0xFB00)
    return np.asarray(low | compatibility | (codes >= 0x20000), dtype=np.bool_)


def _classes(table: Classes, codes: Codes) -> Classes:
    return np.where(
        codes < table.size, table[np.minimum(codes, table.size - 1)], np.uint16(UNKNOWN)
    )


def _without_gaps(table: Classes, line: str, length: int = WINDOW) -> str:
    kept = (c for c in line if ord(c) >= table.size or table[ord(c)] != NOTHING)
    return "".join(islice(kept, length))


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
