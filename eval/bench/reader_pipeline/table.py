"""Outcomes as rows of tables, and the tables as files."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eval.bench.abstain import auroc
from eval.bench.fidelity.report import markdown
from eval.bench.reader_pipeline.modes import Mode
from eval.bench.reader_pipeline.outcomes import Outcome
from eval.bench.speed_report import machine
from eval.statistics import estimate, paired_difference, percentile

Row = dict[str, Any]

METRICS: dict[str, Callable[[Outcome], float | None]] = {
    "found": lambda o: o.found,
    "answered": lambda o: o.answered,
    "contains gold": lambda o: o.contains_gold,
    "first contains it": lambda o: o.first_contains_gold,
    "citation precision": lambda o: o.citation_precision,
    "gold cited": lambda o: o.gold_cited,
    "false answers": lambda o: o.false_answer,
}


def mode_row(mode: Mode, outcomes: Sequence[Outcome]) -> Row:
    """The figures of a mode over the questions of a set, of which there are some.

    Every mean is over the questions for which the metric is defined.
    """
    means = {name: estimate([*map(of, outcomes)]).mean for name, of in METRICS.items()}
    seconds = [o.seconds for o in outcomes]
    return {
        "llm": mode.name,
        "questions": len(outcomes),
        **means,
        "AUROC": _auroc(outcomes),
        "p50 s": percentile(seconds, 0.5),
        "p95 s": percentile(seconds, 0.95),
        "load s": mode.load_seconds,
    }


def difference_rows(old: Sequence[Outcome], new: Sequence[Outcome]) -> list[Row]:
    """For each metric the mean of new − old over the same questions, with its 95 % interval."""
    clusters = [str(o.text) for o in old]
    metrics = METRICS | {"seconds": lambda o: o.seconds}
    rows = []
    for name, of in metrics.items():
        change = paired_difference([*map(of, old)], [*map(of, new)], clusters)
        rows.append(
            {
                "metric": name,
                "questions": change.n,
                "difference": change.mean,
                "low": change.low,
                "high": change.high,
            }
        )
    return rows


def _auroc(outcomes: Sequence[Outcome]) -> float:
    scores = [o.confidence for o in outcomes] + [o.twin_confidence for o in outcomes]
    labels = [1.0] * len(outcomes) + [0.0] * len(outcomes)
    return auroc(np.array(scores), np.array(labels))


def write(tables: Mapping[str, Sequence[Row]], folder: Path) -> None:
    """`reader.md` and `reader.json` in a folder, made if needed."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {"machine": machine(), "tables": tables}
    text = json.dumps(made, ensure_ascii=False, indent=1, allow_nan=False)
    (folder / "reader.json").write_text(text + "\n", "utf-8")
    about = "; ".join(f"{name} {value}" for name, value in machine().items())
    parts = ["# The reader, from search to answer", f"{about}."]
    parts += [f"## {name}\n\n{markdown(rows)}" for name, rows in tables.items() if rows]
    (folder / "reader.md").write_text("\n\n".join(parts) + "\n", "utf-8")
