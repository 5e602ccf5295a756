"""The comparison as figures, as a table to read, and as files to keep."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eval.bench.pipelines.bench import OURS, Comparison
from eval.statistics import Estimate, estimate, paired_difference, share

ANSWERED = (
    "answer_correct",
    "gold_citation_recall",
    "citation_recall",
    "citation_precision",
    "faithfulness",
    "faithfulness_upper",
    "false_answer",
    "over_refusal",
    "recall@8",
    "answer_language",
    "failed",
    "seconds",
)
SEARCHED = ("recall@1", "recall@5", "recall@8", "all_evidence@8", "mrr", "ndcg@8", "seconds")

Row = dict[str, object]

_NOTE = (
    "Every library gets the same paragraphs as documents (cutting articles up is not compared), "
    "the same embedder, the same number of paragraphs a question and, where one answers, the "
    "same language model file at temperature 0 with the same context and longest answer. Prompts "
    "and citation recipes are each library's own. All texts are read, and all verdicts given, by "
    "the same rules. In brackets: 95 % intervals, clustered by article. Differences are paired: "
    "the library minus ours, over the questions where both have a value."
)


def figures(comparison: Comparison) -> list[Row]:
    """One row a metric and library: the mean, its interval, the paired difference to ours."""
    measured = comparison.measured
    ids = list(measured[OURS])
    clusters = [comparison.clusters[name] for name in ids]
    rows: list[Row] = []
    for metric in ANSWERED if comparison.about["llm"] else SEARCHED:
        ours = [measured[OURS][name].get(metric) for name in ids]
        for library, values in measured.items():
            theirs = [values[name].get(metric) for name in ids]
            row = _flat("", (estimate if metric == "seconds" else share)(theirs, clusters))
            if library != OURS:
                row |= _flat("difference_", paired_difference(ours, theirs, clusters))
            rows.append({"metric": metric, "library": library, **row})
    return rows


def compact(rows: Sequence[Row]) -> list[Row]:
    """One row a metric: a column for each library, and one for its difference to ours."""
    lines: dict[object, Row] = {}
    for row in rows:
        line = lines.setdefault(row["metric"], {"metric": row["metric"]})
        line[str(row["library"])] = _cell(row, "")
    for row in rows:
        if row["library"] != OURS:
            lines[row["metric"]][f"{row['library']} − {OURS}"] = _cell(row, "difference_")
    return [line for line in lines.values() if any(v for k, v in line.items() if k != "metric")]


def write(comparison: Comparison, rows: Sequence[Row], folder: Path) -> None:
    """`pipelines.json`, `pipelines.md`, and the rows of each library, `rows-NAME.jsonl`."""
    folder.mkdir(parents=True, exist_ok=True)
    facts = {**comparison.about, "figures": rows}
    text = json.dumps(facts, ensure_ascii=False, indent=1, allow_nan=False)
    (folder / "pipelines.json").write_text(text + "\n", "utf-8")
    (folder / "pipelines.md").write_text(markdown(comparison.about, rows), "utf-8")
    for name, answered in comparison.rows.items():
        lines = (
            json.dumps(row | {"metrics": comparison.measured[name][row["id"]]}, ensure_ascii=False)
            for row in answered
        )
        (folder / f"rows-{name}.jsonl").write_text("".join(f"{x}\n" for x in lines), "utf-8")


def markdown(about: dict[str, Any], rows: Sequence[Row]) -> str:
    """The comparison to read."""
    lines = compact(rows)
    columns = list(dict.fromkeys(column for line in lines for column in line))
    facts = [f"- {name.replace('_', ' ')}: {_told(value)}" for name, value in about.items()]
    table = [columns, ["---"] * len(columns)]
    table += [[str(line.get(column, "")) for column in columns] for line in lines]
    return "\n".join(
        ["# Pipelines of other libraries", "", _NOTE, "", *facts, ""]
        + [f"| {' | '.join(cells)} |" for cells in table]
        + [""]
    )


def _flat(prefix: str, found: Estimate) -> Row:
    values = {"n": found.n, "mean": found.mean, "low": found.low, "high": found.high}
    return {f"{prefix}{name}": value for name, value in values.items()}


def _cell(row: Row, prefix: str) -> str:
    mean, low, high = (row[f"{prefix}{name}"] for name in ("mean", "low", "high"))
    if mean is None:
        return ""
    sign = "+" if prefix else ""
    return f"{mean:{sign}.3f} [{low:{sign}.3f}, {high:{sign}.3f}]"


def _told(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name} ({', '.join(pinned)})" for name, pinned in value.items())
    return "–" if value is None else str(value)
