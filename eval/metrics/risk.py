"""How many errors a reader meets who believes only the answers that the assistant is sure of.

The risk-coverage curve (El-Yaniv & Wiener 2010; Geifman & El-Yaniv 2017, "Selective
Classification for Deep Neural Networks"): at every threshold of confidence, coverage is the share
of all questions that are answered with at least this confidence, and risk the share of those
answers that are wrong.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from rag.errors import InputError


@dataclass(frozen=True)
class Point:
    """Coverage and risk when answers of at least this `confidence` are given."""

    confidence: float
    coverage: float
    risk: float


@dataclass(frozen=True)
class Curve:
    """The curve from the surest answer to all; `n` counts questions, abstentions with them.

    `aurc` is the area under it divided by the coverage that is reached: the mean, over the answers
    in the order of their confidence, of the risk so far (lower is better). None without answers.
    """

    points: tuple[Point, ...]
    aurc: float | None
    n: int

    def to_json(self) -> dict[str, Any]:
        """The curve as reports keep it."""
        return asdict(self)


def risk_coverage(pairs: Sequence[tuple[float | None, bool]]) -> Curve:
    """The curve of (confidence, right) of every question; confidence None: it was not answered.

    An answer to an unanswerable question is wrong. Answers of equal confidence come in together,
    and the area takes their errors as evenly spread among them, the mean over all orders, so that
    the order of the pairs makes no difference.

    Raises:
        InputError: a confidence is no finite number.
    """
    answered = [(sure, right) for sure, right in pairs if sure is not None]
    if not all(math.isfinite(sure) for sure, _ in answered):
        raise InputError("a confidence is not a finite number; run the set anew")
    answered.sort(key=lambda pair: -pair[0])
    points: list[Point] = []
    risks: list[float] = []
    wrong = taken = 0
    for sure, group in groupby(answered, key=lambda pair: pair[0]):
        rights = [right for _, right in group]
        errors, size = rights.count(False), len(rights)
        risks += [(wrong + errors * i / size) / (taken + i) for i in range(1, size + 1)]
        wrong, taken = wrong + errors, taken + size
        points.append(Point(sure, taken / len(pairs), wrong / taken))
    aurc = math.fsum(risks) / len(risks) if risks else None
    return Curve(tuple(points), aurc, len(pairs))
