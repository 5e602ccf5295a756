"""Whether a text reads like the beginning of an article, by its first characters.

The first sentence of a report says when, where and who; a later paragraph goes on with what is
known. Two dozen characters are looked at, by weights of hashed pairs and single characters. The
numbers lie in leads.npz; `index/training/leads.py` makes them, MODEL_CARD.md says how well they do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.newspaper.contiguity import classes_of
from index.newspaper.scorer import NOTHING, Classes, Floats, finished

LENGTH = 24  # characters looked at
BITS = 14  # 2**BITS weights
_PLACED_PAIRS, _PLACED = 6, 4  # the first pairs and characters count by their place too


@dataclass(frozen=True)
class Model:
    """One byte a bucket, worth `scale` each."""

    weights: NDArray[np.int8]
    scale: float
    bias: float

    def score(self, rows: Classes) -> Floats:
        """Log-odds of each row of character classes (rows, LENGTH)."""
        buckets, present = hashed(rows)
        sums = (self.weights[buckets] * present).sum(axis=1, dtype=np.int32)
        return np.asarray(sums * self.scale + self.bias, dtype=np.float32)


def begins_article(texts: Sequence[str]) -> Floats:
    """Log-odds (natural) that each text begins an article.

    Against it stands a later paragraph or sentence of an article, at even odds. 0 where a text
    shows no Chinese (or Japanese) character.
    """
    rows, cjk = classes_of(texts, LENGTH)
    return np.where(cjk, _model().score(rows), np.float32(0))


def hashed(rows: Classes) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """The buckets of every row (rows, features), and whether their characters are there."""
    codes = rows.astype(np.uint32)
    there = rows != NOTHING
    pairs = codes[:, :-1] * np.uint32(0x9E3779B1) + codes[:, 1:] * np.uint32(0x85EBCA77)
    both = there[:, :-1] & there[:, 1:]
    places = np.arange(LENGTH, dtype=np.uint32)
    kinds = (
        pairs + np.uint32(1),
        codes * np.uint32(0xC2B2AE3D) + np.uint32(2),
        pairs[:, :_PLACED_PAIRS] + (places[:_PLACED_PAIRS] + np.uint32(1)) * np.uint32(0x27D4EB2F),
        codes[:, :_PLACED] * np.uint32(0xD3A2646D)
        + (places[:_PLACED] + np.uint32(1)) * np.uint32(0x165667B1),
    )
    mixed = np.concatenate(kinds, axis=1)
    present = np.concatenate([both, there, both[:, :_PLACED_PAIRS], there[:, :_PLACED]], axis=1)
    return finished(mixed, BITS).astype(np.intp), present


@cache
def _model() -> Model:
    return load(Path(__file__).with_suffix(".npz"))


def load(path: Path) -> Model:
    """The model of a file that `index/training/leads.py` wrote."""
    with np.load(path, allow_pickle=False) as file:
        return Model(file["weights"], float(file["scale"]), float(file["bias"]))
