"""What answers cost: time, and the tokens that a language model reads and writes."""

from collections.abc import Sequence
from typing import Any

from eval.report.outcomes import Asked
from eval.runner import Run
from eval.statistics import percentile

STAGES = ("retrieve", "first_token", "total")


def durations(run: Run, stage: str) -> list[float]:
    """Milliseconds until a stage of answering was over, of all questions that were timed."""
    found = (timing.get(f"{stage}_ms") for timing in run.timings.values())
    return [float(value) for value in found if value is not None]


def latency(run: Run) -> dict[str, Any]:
    """For each stage n, median, 95th percentile and maximum, in milliseconds since the question."""
    return {
        stage: {**_spread(values), "max": max(values, default=None)}
        for stage in STAGES
        for values in [durations(run, stage)]
    }


def tokens(asked: Sequence[Asked]) -> dict[str, Any]:
    """For prompt and reply n, median, 95th percentile and sum; n is 0 where no model was asked."""
    used = [each.tokens for each in asked if each.tokens]
    return {
        kind: {**_spread(values), "sum": sum(values)}
        for kind in ("prompt", "reply")
        for values in [[usage[kind] for usage in used]]
    }


def _spread(values: Sequence[float]) -> dict[str, Any]:
    return {"n": len(values), "p50": percentile(values, 0.5), "p95": percentile(values, 0.95)}
