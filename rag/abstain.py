"""Knowing when the articles do not say: how much evidence the retrieved sentences are."""

import numpy as np
from numpy.typing import NDArray

from rag.features import FEATURES, scores

# The best value of each among the sentences; "score" is the quotation score itself.
SIGNALS = ("score", "coverage", "coverage_before", "trigrams", "cosine", "cosine_abroad")

# Logistic weights: `python -m eval bench fit-quote --help` learns them anew.
INTERCEPT = -5.26
WEIGHTS = {
    "score": 0.1,
    "coverage": 2.4,
    "coverage_before": 3.3,
    "trigrams": 1.2,
    "cosine": 3.6,
    "cosine_abroad": 4.0,
}

QUOTE_THRESHOLD = 0.5
MODEL_THRESHOLD = 0.25  # lower: a model may still decline by itself


def signals(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """What abstention looks at, in the order of SIGNALS, from features of shape (sentences, f)."""
    columns = [features[:, FEATURES.index(name)] for name in SIGNALS[1:]]
    return np.array([column.max() for column in (scores(features), *columns)])


def evidence(features: NDArray[np.float64]) -> float:
    """Estimated probability that the sentences answer the question, 0 to 1.

    `features` has shape (sentences, features) as rag.quote.features makes it.
    """
    if not len(features):
        return 0.0
    weights = np.array([WEIGHTS[name] for name in SIGNALS])
    return float(1 / (1 + np.exp(-(INTERCEPT + signals(features) @ weights))))
