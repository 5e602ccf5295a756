"""A comparison as Markdown that also reads well in a terminal."""

from collections.abc import Sequence

from eval.compare import Difference, changed
from eval.compare.gates import Gate
from eval.metrics import METRICS
from eval.report import figure, interval, table
from eval.runner import Run

_HEADER = ("metric", "old", "new", "difference", "95 %", "n", "rose", "fell", "p", "p (Holm)")
_FLIPS = 20  # shown; --json has them all
_LONGEST = 60  # characters of a question or value


def render(
    old: Run, new: Run, differences: Sequence[Difference], gates: Sequence[Gate] = ()
) -> str:
    """The comparison: what made the runs differ, all metrics, who flipped, which gates held."""
    parts = [
        f"old: {_named(old)}\nnew: {_named(new)}",
        *_changes(old, new),
        table(_HEADER, [_row(d) for d in differences]),
        *_flips(old, new, differences),
        *_moved(differences),
        *_gates(gates, differences),
    ]
    return "\n\n".join(parts) + "\n"


def _row(d: Difference) -> tuple[str, ...]:
    better = {"higher": "↑", "lower": "↓"}[METRICS[d.metric].better]
    return (
        f"{d.metric} {better}", figure(d.old), figure(d.new), _signed(d.difference.mean),
        interval(d.difference.low, d.difference.high), str(d.difference.n),
        str(len(d.rose)), str(len(d.fell)), _p(d.p), _p(d.adjusted),
    )  # fmt: skip


def _changes(old: Run, new: Run) -> list[str]:
    lines = [
        f"- {key}: {_short(before)} → {_short(after)}" for key, before, after in changed(old, new)
    ]
    return ["What the headers say differently:\n" + "\n".join(lines)] if lines else []


def _flips(old: Run, new: Run, differences: Sequence[Difference]) -> list[str]:
    """The questions whose answers became right or wrong, with their words."""
    (correct,) = [d for d in differences if d.metric == "answer_correct"]
    texts = {question.id: question.text for question in old.questions}
    flipped = [(name, "right") for name in correct.rose] + [(n, "wrong") for n in correct.fell]
    if not flipped:
        return []
    lines = [f"- {name} became {how}: {_short(texts[name])}" for name, how in flipped[:_FLIPS]]
    more = [f"- … and {len(flipped) - _FLIPS} more (--json)"] if len(flipped) > _FLIPS else []
    return ["Answers that flipped:\n" + "\n".join([*lines, *more])]


def _moved(differences: Sequence[Difference]) -> list[str]:
    moved = [
        f"- {d.metric} {verb}: {', '.join(ids)}"
        for d in differences
        for verb, ids in (("rose", d.rose), ("fell", d.fell))
        if ids
    ]
    return ["\n".join(moved)] if moved else []


def _gates(gates: Sequence[Gate], differences: Sequence[Difference]) -> list[str]:
    lines = [f"- {gate}: {'holds' if gate.passes(differences) else 'BROKEN'}" for gate in gates]
    return ["Gates:\n" + "\n".join(lines)] if lines else []


def _signed(value: float | None) -> str:
    return "—" if value is None else f"{value:+.3f}"


def _p(value: float | None) -> str:
    if value is None:
        return "—"
    return "<.001" if value < 0.001 else f"{value:.3f}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _named(run: Run) -> str:
    return f"{run.folder} ({run.header['llm']})"
