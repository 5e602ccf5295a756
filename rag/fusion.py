"""Which of the candidates answers: what both searches say of them, and how their words lie.

The first look has only the two scores of each candidate; the best of it are looked at again with
their words (rag/matching.py). A look scores twice, once as for a question whose words occur in
the store and once as for one in another language, and mixes the two by what it knows of the
question. All weights are in fusion.json, which `python -m eval bench fit-fusion` learns from
questions whose paragraph is known.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.matching import MATCHES

Values = NDArray[np.float64]

FILE = Path(__file__).parent / "fusion.json"
SECOND_LOOK = 30  # candidates whose words are read

SCORES = (
    "lexical",  # BM25 ÷ that of the best candidate
    "lexical_share",  # BM25 ÷ the sum of the question's idf, which a perfect paragraph would reach
    "lexical_place",  # 1 ÷ its place by BM25
    "translated",  # BM25 with the question's translations ÷ that of the best candidate
    "translated_place",  # 1 ÷ its place by that
    "dense",  # cosine below that of the best, in standard deviations of the store's cosines
    "dense_place",  # 1 ÷ its place by cosine
)
# What is known of the question as a whole, to tell whether its words can be trusted.
SIGNS = (
    "share",  # lexical_share of the best candidate: do the words of the question occur here?
    "nearness",  # cosine of the best, in standard deviations above the store's mean
    "gained",  # share of the best translated score that the words themselves do not give
)
SECOND_SIGNS = (
    *SIGNS,
    "covered",  # the best of the candidates looked at, see `MATCHES`
    "telling_sentence",  # likewise
    "script",  # mean of the five nearest by cosine: are they written like the question?
)
_NEAREST = 5


@dataclass(frozen=True)
class Sides:
    """What both searches say of the candidates of one question.

    `cosines`, `bm25` and `translated` (see `index.lexical.Asked`) have a value for each candidate.
    `ideal` is the sum of the idf of the question's words; `mean` and `spread` describe its cosines
    to a sample of all paragraphs, so that embedders whose cosines all lie between .7 and .9 are
    read like others.
    """

    cosines: Values
    bm25: Values
    translated: Values
    ideal: float
    mean: float
    spread: float


@dataclass(frozen=True)
class Look:
    """A row of features for each candidate, and the signs of the question."""

    rows: Values
    signs: Values


def first_look(sides: Sides) -> Look:
    """`SCORES` of each candidate, and `SIGNS`."""
    bm25, translated = np.maximum(sides.bm25, 0), np.maximum(sides.translated, 0)
    ideal, spread = max(sides.ideal, 1e-9), max(sides.spread, 1e-6)
    highest, nearest = float(bm25.max(initial=0)), float(sides.cosines.max(initial=-1))
    most = max(float(translated.max(initial=0)), 1e-9)
    columns = (
        bm25 / max(highest, 1e-9),
        bm25 / ideal,
        np.where(bm25 > 0, 1 / places(bm25), 0),
        translated / most,
        np.where(translated > 0, 1 / places(translated), 0),
        (sides.cosines - nearest) / spread,
        1 / places(sides.cosines),
    )
    signs = np.array(
        [highest / ideal, (nearest - sides.mean) / spread, 1 - min(1.0, highest / most)]
    )
    return Look(np.stack(columns, axis=1), signs)


def second_look(first: Look, looked: NDArray[np.int64], words: Values) -> Look:
    """The candidates `looked` at, with their `MATCHES`, and `SECOND_SIGNS`."""
    rows = np.concatenate([first.rows[looked], words], axis=1)
    match = dict(zip(MATCHES, words.T, strict=True))
    near = np.argsort(-rows[:, SCORES.index("dense")], kind="stable")[:_NEAREST]
    signs = (match["covered"].max(), match["telling_sentence"].max(), match["script"][near].mean())
    return Look(rows, np.concatenate([first.signs, signs]))


def places(values: Values) -> NDArray[np.int64]:
    """The place of each value from 1, the greatest first; equal ones in the order given."""
    found = np.empty(len(values), dtype=np.int64)
    found[np.argsort(-values, kind="stable")] = np.arange(1, len(values) + 1)
    return found


@dataclass(frozen=True)
class Weights:
    """Of one look: for words that can be trusted, for others, and which of the two to believe."""

    home: Values
    abroad: Values
    gate: Values
    bias: float

    def scores(self, look: Look) -> Values:
        """How well each candidate answers; comparable within one question."""
        trust = 1 / (1 + np.exp(-(self.bias + look.signs @ self.gate)))
        mixed = trust * self.home + (1 - trust) * self.abroad
        return np.asarray(look.rows @ mixed)

    @classmethod
    def read(
        cls, fields: Mapping[str, Any], rows: tuple[str, ...], signs: tuple[str, ...]
    ) -> "Weights":
        """From what `to_json` makes; every name has to be there."""
        home, abroad = (np.array([fields[side][name] for name in rows]) for side in _SIDES)
        gate = np.array([fields["gate"][name] for name in signs])
        return cls(home, abroad, gate, float(fields["gate"]["bias"]))

    def to_json(self, rows: tuple[str, ...], signs: tuple[str, ...]) -> dict[str, dict[str, float]]:
        """The weights by their names."""
        named = [dict(zip(rows, side.tolist(), strict=True)) for side in (self.home, self.abroad)]
        gate = {"bias": self.bias, **dict(zip(signs, self.gate.tolist(), strict=True))}
        return {**dict(zip(_SIDES, named, strict=True)), "gate": gate}


_SIDES = ("home", "abroad")


@dataclass(frozen=True)
class Fusion:
    """The weights of both looks."""

    first: Weights
    second: Weights

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> "Fusion":
        """From what `to_json` makes."""
        return cls(
            Weights.read(content["first"], SCORES, SIGNS),
            Weights.read(content["second"], (*SCORES, *MATCHES), SECOND_SIGNS),
        )

    def to_json(self) -> dict[str, dict[str, dict[str, float]]]:
        """The weights by their names."""
        return {
            "first": self.first.to_json(SCORES, SIGNS),
            "second": self.second.to_json((*SCORES, *MATCHES), SECOND_SIGNS),
        }


@cache
def learnt() -> Fusion:
    """The weights that are checked in."""
    return Fusion.read(json.loads(FILE.read_text("utf-8")))


def probabilities(logits: Values) -> Values:
    """How likely each candidate is the one asked for, if one of them is (softmax)."""
    powers = np.exp(logits - logits.max(initial=-np.inf))
    return np.asarray(powers / powers.sum())
