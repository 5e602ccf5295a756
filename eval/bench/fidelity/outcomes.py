"""Asking the checker, and how its verdicts are counted."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from time import perf_counter, thread_time

from eval.bench.fidelity.cases import Case
from rag.support import Source, Support

Checker = Callable[[str, Sequence[Source]], Support]

_Z = 1.959964  # of the normal distribution, for 95 %


@dataclass(frozen=True)
class Outcome:
    """What the checker said of a case, and the milliseconds that took.

    `cpu_ms` is without the time in which other programs had the core.
    """

    case: Case
    verdict: str
    reasons: tuple[str, ...]
    ms: float
    cpu_ms: float

    @property
    def noticed(self) -> bool:
        """Whether the verdict says that something is wrong: unsupported or partial."""
        return self.verdict in ("unsupported", "partial")

    @property
    def failed(self) -> bool:
        """A corruption that was not noticed, or a true sentence said to be unsupported."""
        if self.case.true is None:
            return False
        return self.verdict == "unsupported" if self.case.true else not self.noticed

    @property
    def doubted(self) -> bool:
        """Whether a true sentence in the language of its paragraph is partial or unknown."""
        one_language = self.case.table == "true" and "→" not in self.case.label
        return one_language and self.verdict in ("partial", "unknown")


def ask(checker: Checker, case: Case) -> Outcome:
    """The verdict on a case."""
    begin, begin_cpu = perf_counter(), thread_time()
    found = checker(case.sentence, [case.source])
    cpu, wall = thread_time() - begin_cpu, perf_counter() - begin
    return Outcome(case, found.verdict, found.reasons, wall * 1000, cpu * 1000)


@dataclass(frozen=True)
class Share:
    """How many of `n`, with the 95 % interval."""

    n: int
    mean: float | None = None
    low: float | None = None
    high: float | None = None


def share(values: Iterable[bool]) -> Share:
    """The share of true values with the interval of Wilson 1927 (JASA 22, 209–212)."""
    found = list(values)
    n = len(found)
    if not n:
        return Share(0)
    p = sum(found) / n
    scale = 1 + _Z**2 / n
    middle = (p + _Z**2 / (2 * n)) / scale
    reach = _Z * math.sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2)) / scale
    return Share(n, p, max(0.0, middle - reach), min(1.0, middle + reach))
