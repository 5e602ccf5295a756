"""Metrics of a question and its answer: small pure functions, no model, no judge.

A row is the JSON object that `python -m rag --json` prints, so that what is measured is what
users get. A value is None where the metric is not defined for the question; a mean is taken over
the others, and its n says how many they are. No value is ever NaN. A question that failed has the
worst value of every metric that the question defines by itself; those that are shares of an
answer's sentences or citations are not defined without any.

`METRICS` lists all of them with what they mean; their formulas and sources stand with the
functions, in the modules of this package.
"""

from collections.abc import Mapping
from typing import Any

from eval.metrics.catalogue import METRICS, Metric
from eval.metrics.matching import proves, says
from eval.metrics.retrieval import DEPTHS
from eval.metrics.risk import Curve, Point, risk_coverage
from eval.metrics.rows import Row, checked
from eval.metrics.words import contains, folded
from eval.sets import Question

__all__ = [
    "DEPTHS",
    "METRICS",
    "Curve",
    "Metric",
    "Point",
    "Row",
    "checked",
    "contains",
    "folded",
    "measure",
    "proves",
    "risk_coverage",
    "says",
    "unknown_shares",
]


def measure(question: Question, row: Mapping[str, Any], *, k: int) -> dict[str, float | None]:
    """All metrics of a question; `row` is its answer (or has `error`), `k` the hits asked for.

    Raises:
        InputError: the row has not the shape of one; the message names the row and the field.
    """
    view = checked(row)
    return {name: metric.measure(question, view, k) for name, metric in METRICS.items()}


def unknown_shares(question: Question, row: Mapping[str, Any]) -> dict[str, float | None]:
    """For each metric that rests on verdicts, the share of them that no rule could decide.

    Raises:
        InputError: as `measure`.
    """
    view = checked(row)
    return {
        name: metric.unknown(question, view)
        for name, metric in METRICS.items()
        if metric.unknown is not None
    }
