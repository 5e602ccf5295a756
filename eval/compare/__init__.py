"""Two runs of one set, question by question."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eval.metrics import METRICS
from eval.report import figure, interval, table
from eval.runner import Run
from eval.statistics import Estimate, paired_difference
from rag.errors import InputError

_GATE = re.compile(r"([\w@]+)\s*(>=|<=)\s*([+-]?\d*\.?\d+)")
_ROUNDING = 1e-9  # 0.49 - 0.50 is no less than -0.01


@dataclass(frozen=True)
class Difference:
    """How a metric moved from the old run to the new one, over the questions that both define.

    `rose` and `fell` are the ids of the questions whose value did.
    """

    metric: str
    old: float | None
    new: float | None
    difference: Estimate
    rose: tuple[str, ...]
    fell: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The difference as `--json` prints it."""
        return {
            "metric": self.metric,
            "old": self.old,
            "new": self.new,
            "difference": self.difference.to_json(),
            "rose": list(self.rose),
            "fell": list(self.fell),
        }


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


def compare(old: Run, new: Run) -> list[Difference]:
    """The difference of every metric.

    Raises:
        InputError: the runs are of different sets, or one is not finished.
    """
    if old.header["set_sha256"] != new.header["set_sha256"]:
        raise InputError(
            f"{old.folder} and {new.folder} ran different sets; compare runs of the same file"
        )
    for run in (old, new):
        if len(run.asked) < len(run.questions):
            raise InputError(
                f"{run.folder} has {len(run.asked)} of {len(run.questions)} questions; finish it: "
                f"python -m eval run SET --out {run.folder}"
            )
    before, after = old.measured(), new.measured()
    return [
        _difference(
            metric, list(before), *([v[metric] for v in x.values()] for x in (before, after))
        )
        for metric in METRICS
    ]


def render(old: Run, new: Run, differences: Sequence[Difference]) -> str:
    """The comparison as Markdown that also reads well in a terminal."""
    rows = [
        (
            d.metric, figure(d.old), figure(d.new), _signed(d.difference.mean),
            interval(d.difference.low, d.difference.high), str(d.difference.n),
            str(len(d.rose)), str(len(d.fell)),
        )
        for d in differences
    ]  # fmt: skip
    header = ("metric", "old", "new", "difference", "95 %", "n", "rose", "fell")
    moved = [
        f"- {d.metric} {verb}: {', '.join(ids)}"
        for d in differences
        for verb, ids in (("rose", d.rose), ("fell", d.fell))
        if ids
    ]
    parts = [f"old: {_named(old)}\nnew: {_named(new)}", table(header, rows)]
    return "\n\n".join([*parts, *(["\n".join(moved)] if moved else [])]) + "\n"


def _difference(
    metric: str, ids: Sequence[str], old: Sequence[float | None], new: Sequence[float | None]
) -> Difference:
    pairs = [
        (name, a, b)
        for name, a, b in zip(ids, old, new, strict=True)
        if a is not None and b is not None
    ]
    return Difference(
        metric,
        sum(a for _, a, _ in pairs) / len(pairs) if pairs else None,
        sum(b for _, _, b in pairs) / len(pairs) if pairs else None,
        paired_difference(old, new),
        tuple(name for name, a, b in pairs if b > a),
        tuple(name for name, a, b in pairs if b < a),
    )


def _signed(value: float | None) -> str:
    return "—" if value is None else f"{value:+.3f}"


def _named(run: Run) -> str:
    return f"{run.folder} ({run.header['llm']})"
