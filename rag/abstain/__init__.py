"""Knowing when the articles do not say.

`evidence` is the probability that the hits answer a question, from the `signals` there are of it.
"""

from rag.abstain.signals import SIGNALS, Signals, Usual, cosines, signals, usual
from rag.abstain.weights import beside_reader, learnt, probability

__all__ = [
    "MODEL_THRESHOLD", "QUOTE_THRESHOLD", "SIGNALS", "Signals", "Usual", "beside_reader",
    "cosines", "evidence", "signals", "usual",
]  # fmt: skip

# Chosen on halves of development sets and on our own questions; see eval/README.md.
QUOTE_THRESHOLD = 0.22
MODEL_THRESHOLD = 0.12  # lower: a model may still decline by itself


def evidence(seen: Signals) -> float:
    """Estimated probability that the hits answer the question, 0 to 1."""
    return probability(seen, learnt())
