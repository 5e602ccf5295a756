"""Bounds on how far a metric may move: what makes a comparison fail."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from eval.compare import Difference
from eval.metrics import METRICS
from rag.errors import InputError

_GATE = re.compile(r"([\w@]+)\s*(>=|<=)\s*([+-]?\d*\.?\d+)")
_ROUNDING = 1e-9  # 0.49 - 0.50 is no less than -0.01


@dataclass(frozen=True)
class Gate:
    """A bound on the point difference of a metric, as `recall@5>=-0.01`."""

    metric: str
    at_least: bool
    bound: float

    def __str__(self) -> str:
        return f"{self.metric}{'>=' if self.at_least else '<='}{self.bound:g}"

    def passes(self, differences: Sequence[Difference]) -> bool:
        """Whether the difference keeps the bound; one that is undefined does not."""
        (value,) = [d.difference.mean for d in differences if d.metric == self.metric]
        if value is None:
            return False
        if self.at_least:
            return value >= self.bound - _ROUNDING
        return value <= self.bound + _ROUNDING


def parse_gate(text: str) -> Gate:
    """A gate from `METRIC>=BOUND` or `METRIC<=BOUND`.

    Raises:
        InputError: another form, or no such metric.
    """
    match = _GATE.fullmatch(text.strip())
    if match is None or match[1] not in METRICS:
        raise InputError(
            f"{text!r} is no gate; write METRIC>=BOUND or METRIC<=BOUND with one of "
            f"{', '.join(METRICS)}"
        )
    return Gate(match[1], match[2] == ">=", float(match[3]))
