"""What a run amounts to: headline metrics, the same by group, floors, and latency."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from eval.metrics import DEPTHS, METRICS, first_sentence_contains_gold
from eval.runner import Run
from eval.sets import Question
from eval.statistics import Estimate, estimate, percentile
from rag.errors import InputError

GROUPED = ("recall@1", "recall@5", "answer_contains_gold", "citation_recall", "over_refusal",
           "false_answer")  # fmt: skip
_TIMINGS = ("first_token_ms", "total_ms")

Values = Mapping[str, Mapping[str, float | None]]


def report(run: Run) -> dict[str, Any]:
    """The figures of a run, from its rows alone; all but `latency` are the same on every rerun."""
    values = run.measured()
    return {
        "run": {key: value for key, value in run.header.items() if key != "evidence_missing"},
        "questions": {
            "in_set": len(run.questions),
            "asked": len(run.asked),
            "failed": run.failed,
            "evidence_missing": run.header["evidence_missing"],
        },
        "metrics": _estimates(METRICS, values, run.asked),
        "groups": {
            "type": _by(lambda q: q.type, run.asked, values),
            "language": _by(lambda q: q.language, run.asked, values),
            "evidence": _by(_crossing, run.asked, values),
        },
        "floor": _floor(run),
        "latency": _latency(run),
    }


def write(run: Run) -> dict[str, Any]:
    """Make the report and keep it in the run's folder as `report.json` and `report.md`.

    Raises:
        InputError: the folder cannot be written.
    """
    made = report(run)
    try:
        text = json.dumps(made, ensure_ascii=False, indent=2, allow_nan=False)
        (run.folder / "report.json").write_text(text + "\n", "utf-8")
        (run.folder / "report.md").write_text(render(made), "utf-8")
    except OSError as error:
        raise InputError(
            f"{run.folder} cannot be written ({error.strerror}); check its permissions"
        ) from error
    return made


def render(made: Mapping[str, Any]) -> str:
    """The report as Markdown that also reads well in a terminal."""
    run, questions = made["run"], made["questions"]
    missing = questions["evidence_missing"]
    summary = (
        f"{questions['asked']} of {questions['in_set']} questions asked, "
        f"{len(questions['failed'])} failed; {run['paragraphs']} paragraphs in the store, "
        f"k = {run['k']}. Intervals: 95 %, bootstrap over questions."
    )
    parts = [f"# {run['set']}, answered by {run['llm']}", summary]
    if missing:
        names = ", ".join(dict.fromkeys(item["id"] for item in missing))
        parts.append(f"Evidence missing in this store (counted as not found): {names}.")
    parts += ["## Metrics", table(("metric", "mean", "95 %", "n"), _metric_rows(made["metrics"]))]
    for title, groups in made["groups"].items():
        parts += [f"## By {title}", _group_table(title, groups)]
    parts += ["## Floor", table(("what", "mean", "95 %", "n"), _metric_rows(made["floor"]))]
    rows = [
        (name, str(facts["n"]), *(_milliseconds(facts[p]) for p in ("p50", "p95")))
        for name, facts in made["latency"].items()
    ]
    parts += ["## Latency", table(("what", "n", "p50", "p95"), rows)]
    return "\n\n".join(parts) + "\n"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """An aligned Markdown table, the first column to the left."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join(_line(cells, widths) for cells in (header, rule, *rows))


def figure(value: float | None) -> str:
    """A metric's value to three places, or a dash where it is undefined."""
    return "—" if value is None else f"{value:.3f}"


def interval(low: float | None, high: float | None) -> str:
    """An interval to three places."""
    return "—" if low is None else f"{figure(low)} … {figure(high)}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    shown = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
    return f"| {' | '.join(shown)} |"


def _metric_rows(estimates: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, ...]]:
    return [
        (name, figure(e["mean"]), interval(e["low"], e["high"]), str(e["n"]))
        for name, e in estimates.items()
    ]


def _group_table(title: str, groups: Mapping[str, Any]) -> str:
    rows = [
        (name, str(group["n"]), *(figure(group["metrics"][metric]["mean"]) for metric in GROUPED))
        for name, group in groups.items()
    ]
    return table((title, "n", *GROUPED), rows)


def _milliseconds(value: float | None) -> str:
    return "—" if value is None else f"{value:.0f} ms"


def _estimates(
    metrics: Sequence[str], values: Values, questions: Sequence[Question]
) -> dict[str, Any]:
    return {
        metric: estimate([values[question.id][metric] for question in questions]).to_json()
        for metric in metrics
    }


def _by(
    key: Callable[[Question], str | None], questions: Sequence[Question], values: Values
) -> dict[str, Any]:
    groups: dict[str, list[Question]] = {}
    for question in questions:
        name = key(question)
        if name is not None:
            groups.setdefault(name, []).append(question)
    return {
        name: {"n": len(members), "metrics": _estimates(GROUPED, values, members)}
        for name, members in sorted(groups.items())
    }


def _crossing(question: Question) -> str | None:
    names = {True: "in another language", False: "in the question's language", None: None}
    return names[question.cross_lingual]


def _floor(run: Run) -> dict[str, Any]:
    """What costs nothing to reach: chance for retrieval, position for answering."""
    first = [first_sentence_contains_gold(q, run.rows[q.id]) for q in run.asked]
    size, k = run.header["paragraphs"], run.header["k"]
    n = sum(question.answerable for question in run.asked)
    chance = {
        f"recall@{depth}, random paragraphs": Estimate(n, min(1.0, depth / size)).to_json()
        for depth in DEPTHS
        if depth <= k and size
    }
    return {
        **chance,
        "answer_contains_gold, first sentence of the first hit": estimate(first).to_json(),
    }


def _latency(run: Run) -> dict[str, Any]:
    timings = [row["timings"] for row in run.rows.values() if "error" not in row]
    facts = {}
    for name in _TIMINGS:
        values = [timing[name] for timing in timings]
        facts[name] = {
            "n": len(values),
            "p50": percentile(values, 0.5),
            "p95": percentile(values, 0.95),
        }
    return facts
