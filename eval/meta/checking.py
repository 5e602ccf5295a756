"""Do the metrics say what is known of the made answers, and of those written by hand?"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Any

from eval.meta.catalogue import DEFECTS, HARMLESS
from eval.meta.defects import Defect, Pair
from eval.meta.made import HITS, Papers
from eval.meta.written import Written
from eval.metrics import METRICS, measure
from eval.sets import Question

EACH = 8  # answers of each kind, if as many questions suit
KINDS = (*DEFECTS, *HARMLESS)
_SAME = 1e-9

Values = Mapping[str, float | None]


@dataclass(frozen=True)
class Fault:
    """A metric that did not say what is known; `wanted` and `found` are in words."""

    kind: str
    question: str
    metric: str
    wanted: str
    found: str

    def __str__(self) -> str:
        return f"{self.kind} ({self.question}): {self.metric} {self.wanted}, but {self.found}"


@dataclass(frozen=True)
class Outcome:
    """What became of one kind of answers: how many, which metrics moved, and what was wrong.

    Of answers written by hand those metrics moved for which two values were expected.
    """

    kind: str
    answers: int
    moved: tuple[str, ...]
    faults: tuple[Fault, ...]

    def to_json(self) -> dict[str, Any]:
        """The outcome as `--json` prints it."""
        return {
            "kind": self.kind,
            "answers": self.answers,
            "moved": list(self.moved),
            "faults": [str(fault) for fault in self.faults],
        }


def pairs(defect: Defect, questions: Sequence[Question], papers: Papers) -> list[Pair]:
    """Up to `EACH` good answers and the same ones with a defect, always the same of a set.

    They are taken from all over the set, so that its languages and kinds of questions occur.
    """
    order = sorted(questions, key=lambda q: sha256(f"{defect.name}/{q.id}".encode()).digest())
    made = (defect.spoil(question, papers) for question in order)
    return list(islice((pair for pair in made if pair), EACH))


def check(defect: Defect, made: Iterable[Pair]) -> Outcome:
    """Measure both answers of every pair: what must move has to, and nothing else may."""
    made = list(made)
    faults: list[Fault] = []
    moved: set[str] = set()
    for pair in made:
        good = measure(pair.question, pair.good, k=HITS)
        bad = measure(pair.asked, pair.bad, k=HITS)
        moved |= {name for name in METRICS if not _equal(good[name], bad[name])}
        faults += _faults(defect, pair.question.id, good, bad)
    return Outcome(defect.name, len(made), _ordered(moved), tuple(faults))


def check_written(written: Sequence[Written]) -> Outcome:
    """Measure answers written by hand, against the values that stand beside them."""
    faults: list[Fault] = []
    expected: dict[str, set[float | None]] = {}
    for one in written:
        values = measure(one.question, one.row, k=HITS)
        for name, value in one.expect.items():
            expected.setdefault(name, set()).add(value)
            if not _equal(values[name], value):
                place = f"{one.question.id}, line {one.line}"
                faults.append(
                    Fault("by hand", place, name, f"must be {value}", f"is {values[name]}")
                )
    moved = {name for name, values in expected.items() if len(values) > 1}
    return Outcome("written by hand", len(written), _ordered(moved), tuple(faults))


def _faults(defect: Defect, question: str, good: Values, bad: Values) -> Iterator[Fault]:
    for name in METRICS:
        before, after = good[name], bad[name]
        if name in defect.falls:
            right, wanted = before is not None and (after or 0.0) < before, "must fall"
        elif name in defect.rises:
            right, wanted = after is not None and after > (before or 0.0), "must rise"
        else:
            right, wanted = name in defect.may or _equal(before, after), "must not move"
        if not right:
            found = f"is {before} before and {after} after"
            yield Fault(defect.name, question, name, wanted, found)


def _equal(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=0, abs_tol=_SAME)


def _ordered(names: set[str]) -> tuple[str, ...]:
    return tuple(name for name in METRICS if name in names)
