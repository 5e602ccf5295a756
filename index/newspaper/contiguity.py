"""Whether one printed line of Chinese continues another, judged by the characters at the seam.

A line that breaks off in the middle of a sentence may be followed by any of several lines of the
page. Only the last four characters of the one and the first four of the other are looked at
(scorer.py). The numbers lie in contiguity.npz; `index/training/contiguity.py` makes them,
MODEL_CARD.md says how well they do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.newspaper.scorer import (
    NOTHING,
    OPENING_PATTERNS,
    SEAM_PATTERNS,
    UNKNOWN,
    WINDOW,
    Classes,
    Codes,
    Floats,
    Places,
    Scorer,
    Side,
)


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
