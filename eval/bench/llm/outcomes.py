"""What a worker's errors must be like, and figures of how long things took."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from eval.statistics import percentile

LONGEST = 400  # characters of a message

Row = dict[str, object]


def spread(seconds: Sequence[float], name: str = "s") -> Row:
    """The median, the 95th percentile and the worst of some seconds; nothing of none."""
    if not seconds:
        return {}
    figures = {"p50": 0.5, "p95": 0.95, "worst": 1.0}
    return {f"{key} {name}": percentile(seconds, share) for key, share in figures.items()}


def fault_of(message: str) -> str:
    """Why a message is not one clear line; "" if it is."""
    if not message.strip():
        return "an empty message"
    if not message.isprintable():
        return f"a message of several lines, or with control characters: {message[:80]!r}"
    if len(message) > LONGEST:
        return f"a message of {len(message)} characters: {message[:80]}"
    return ""


@contextmanager
def quiet() -> Iterator[None]:
    """Without the warnings and errors that `rag` logs of processes that are lost on purpose."""
    log = logging.getLogger("rag")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)
