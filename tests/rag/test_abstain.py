import math

import numpy as np
import pytest

from rag.abstain import INTERCEPT, MISSING_KIND, SIGNALS, WEIGHTS, evidence, signals
from rag.features import FEATURES


def row(**values: float) -> list[float]:
    return [values.get(name, 0.0) for name in FEATURES]


def test_signals_take_the_best_of_each_and_the_language_of_the_best_sentence() -> None:
    values = np.array(
        [
            row(coverage=0.2, cosine_home=0.5),
            row(coverage=0.6, cosine_abroad=0.4, foreign=1.0),
        ]
    )
    at_home = dict(zip(SIGNALS, signals(values, 0), strict=True))
    assert at_home == {
        "coverage": 0.6, "coverage_before": 0.0, "cosine_home": 0.5, "cosine_abroad": 0.4,
        "foreign": 0.0,
    }  # fmt: skip
    assert signals(values, 1)[SIGNALS.index("foreign")] == 1.0


def test_evidence_is_logistic_and_falls_when_what_is_asked_for_is_missing() -> None:
    values = np.array([row(coverage=0.5, coverage_before=0.7, offers_kind=1.0)])
    logit = INTERCEPT + 0.5 * WEIGHTS["coverage"] + 0.7 * WEIGHTS["coverage_before"]
    assert evidence(values, 0) == pytest.approx(1 / (1 + math.exp(-logit)))
    values[0, FEATURES.index("offers_kind")] = 0.0
    assert evidence(values, 0) == pytest.approx(1 / (1 + math.exp(-logit - MISSING_KIND)))
