"""Knowing when the articles do not say: how much evidence the retrieved sentences are."""

import numpy as np

from rag.features import FEATURES, Values

# The best value among the sentences of: coverage of the question in a sentence, and in it with
# the one before; cosine in the question's language, and in another. `foreign` says whether the
# best sentence is in another language: there, words tell nothing.
SIGNALS = ("coverage", "coverage_before", "cosine_home", "cosine_abroad", "foreign")

# Logistic weights, learnt by `python -m eval bench abstain` on half of the questions of
# development sets; those of the last two are set by hand: the learnt ones (3.6 and 3.1) let any
# question in another language pass, even one about nothing.
INTERCEPT = -4.65
WEIGHTS = {
    "coverage": 1.14,
    "coverage_before": 5.15,
    "cosine_home": 4.59,
    "cosine_abroad": 8.0,
    "foreign": 1.95,
}

# Of an answer whose best sentence has nothing of the kind asked for (no sum of money where one
# is asked). Set by hand: questions made unanswerable by taking their paragraph away do not show
# it, those that ask one thing too many of an article do.
MISSING_KIND = -3.5

QUOTE_THRESHOLD = 0.25
MODEL_THRESHOLD = 0.1  # lower: a model may still decline by itself


def signals(values: Values, best: int) -> Values:
    """What abstention looks at, in the order of SIGNALS.

    `values` are the features of all sentences found, as rag.features.features makes them, and
    `best` the place of the one that answers best.
    """
    highest = dict(zip(FEATURES, values.max(axis=0), strict=True))
    highest["foreign"] = values[best, FEATURES.index("foreign")]
    return np.array([highest[name] for name in SIGNALS])


def evidence(values: Values, best: int) -> float:
    """Estimated probability that the sentences answer the question, 0 to 1; see `signals`."""
    weights = np.array([WEIGHTS[name] for name in SIGNALS])
    logit = INTERCEPT + signals(values, best) @ weights
    if values[best, FEATURES.index("offers_kind")] == 0:
        logit += MISSING_KIND
    return float(1 / (1 + np.exp(-logit)))
