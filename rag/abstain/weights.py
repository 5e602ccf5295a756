"""Evidence as a probability: logistic regression over the signals.

`weights.json` has two sets of weights: for a best hit in the question's language, learnt from
training questions of CMRC 2018 and JaQuAD, their twins and questions put to the wrong subject, some
reworded, among 100 to 20,000 other paragraphs; and for a hit in another language, set by hand, for
there are no such questions across languages. By hand, too: the weight of `offers` is twice what was
learnt (twins, which lack all of an answer, do not show how often an article has but its subject),
and those of `small` and `lacks` were chosen on our own questions, which are worded more freely,
over small stores.

Where the bundled reader reads, its highest score has a say, too: logistic regression over it and
the logit of the evidence without it, learnt from 250 questions of CMRC 2018 and JaQuAD that the
reader was not trained on, and their twins, among 300 and 20,000 other paragraphs. The bias is moved
so that at the same threshold as many of our own answerable questions are declined as without it.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from rag.abstain.signals import SIGNALS, Signals, Values

FILE = Path(__file__).with_name("weights.json")
SIDES = ("home", "abroad")
_LEAST = 1e-5  # and as much below 1: of evidence that is told apart
_FARTHEST = 10.0  # from 0, of a reader's score


@dataclass(frozen=True)
class Weights:
    """Of one side: a weight for each of `SIGNALS`, and the bias."""

    signals: Values
    bias: float

    def probability(self, values: Values) -> float:
        """Of an answer, from the values of `SIGNALS`."""
        logit = self.bias + float(values @ self.signals)
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))

    @classmethod
    def read(cls, fields: Mapping[str, float]) -> "Weights":
        """From what `to_json` makes; signals without a weight count nothing."""
        return cls(np.array([fields.get(name, 0.0) for name in SIGNALS]), fields["bias"])

    def to_json(self) -> dict[str, float]:
        """The weights that are not 0, by name."""
        named = dict(zip(SIGNALS, self.signals.tolist(), strict=True))
        return {"bias": self.bias} | {name: weight for name, weight in named.items() if weight}


def probability(signals: Signals, weights: Mapping[str, Weights]) -> float:
    """How likely the hits answer, by the weights of the side on which the best hit is."""
    return weights[SIDES[signals.foreign]].probability(signals.values)


def beside_reader(chance: float, best: float) -> float:
    """How likely the hits answer, from how likely they do without the reader and its highest score.

    Only for a best hit in the question's language: across languages nothing was learnt.
    """
    weights = _stored()["reader"]
    chance = min(max(chance, _LEAST), 1 - _LEAST)
    logit = weights["bias"] + weights["evidence"] * math.log(chance / (1 - chance))
    logit += weights["best"] * max(-_FARTHEST, min(_FARTHEST, best))
    return 1 / (1 + math.exp(-logit))


@cache
def learnt() -> dict[str, Weights]:
    """The weights that are checked in."""
    return {side: Weights.read(_stored()[side]) for side in SIDES}


@cache
def _stored() -> dict[str, dict[str, float]]:
    content: dict[str, dict[str, float]] = json.loads(FILE.read_text("utf-8"))
    return content
