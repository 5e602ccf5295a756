"""The figures of a run, from its rows alone: what `report.json` holds."""

from collections.abc import Callable, Mapping, Sequence
from math import fsum
from typing import Any

from eval.metrics import METRICS, unknown_shares
from eval.report.costs import latency, tokens
from eval.report.digest import digest, rounded
from eval.report.judged import judges
from eval.report.outcomes import OUTCOMES, Asked, asked_of
from eval.report.reliability import calibration, risk, verdicts
from eval.report.worst import worst
from eval.runner import Run
from eval.runner.header import code_hash
from eval.sets import Question
from eval.statistics import estimate, share

SCHEMA = 2
BASELINES = ("random", "bm25")
# What to look at first; groups have these alone.
HEADLINE = (
    "recall@8", "answer_correct", "gold_citation_precision", "faithfulness", "false_answer",
    "over_refusal",
)  # fmt: skip

Values = Mapping[str, Mapping[str, float | None]]


def report(run: Run) -> dict[str, Any]:
    """The figures of a run, rounded to six places; `measured_by` is a hash of what measured.

    All but `latency`, `judges` and where it ran (`run.machine` and its like) are the same on every
    rerun, and `digest` is a hash of them.

    Raises:
        InputError: a row, or what a judge left in the folder, cannot be understood.
    """
    asked = asked_of(run)
    made = rounded(
        {
            "schema": SCHEMA,
            "run": {key: each for key, each in run.header.items() if key != "evidence_missing"},
            "measured_by": code_hash("eval/metrics/*", "eval/statistics.py", "eval/report/*"),
            "questions": _questions(run, asked),
            "metrics": _metrics(run, asked),
            "groups": {name: _by(key, asked) for name, key in _groups(run).items()},
            "risk_coverage": risk(asked),
            "verdicts": verdicts(asked),
            "calibration": calibration(asked),
            "worst": worst(asked),
            "judges": judges(run.folder),
            "latency": latency(run),
            "tokens": tokens(asked),
        }
    )
    return {**made, "digest": digest(made)}


def _questions(run: Run, asked: Sequence[Asked]) -> dict[str, Any]:
    return {
        "in_set": len(run.questions),
        "asked": len(asked),
        "articles": len({each.cluster for each in asked}),
        "failed": [each.id for each in asked if each.outcome == "failed"],
        "outcomes": _outcomes(asked),
        "evidence_missing": run.header["evidence_missing"],
    }


def _outcomes(asked: Sequence[Asked]) -> dict[str, int]:
    found = [each.outcome for each in asked]
    return {name: found.count(name) for name in OUTCOMES}


def _metrics(run: Run, asked: Sequence[Asked]) -> dict[str, Any]:
    undecided = [unknown_shares(each.question, each.row) for each in asked]
    floors = {name: _floor(run, name, asked) for name in BASELINES}
    return {
        metric: {
            **_estimate(metric, asked),
            "unknown": _mean([shares.get(metric) for shares in undecided]),
            "baselines": {
                name: _mean([values.get(metric) for values in floor])
                for name, floor in floors.items()
            },
        }
        for metric in METRICS
    }


def _floor(run: Run, baseline: str, asked: Sequence[Asked]) -> Sequence[Mapping[str, float | None]]:
    """The metrics of a baseline's rows, for the questions asked."""
    values: Values = run.measured_baseline(baseline) if baseline in run.baselines else {}
    return [values[each.id] for each in asked if each.id in values]


def _estimate(metric: str, asked: Sequence[Asked]) -> dict[str, Any]:
    values = [each.values[metric] for each in asked]
    made = estimate if METRICS[metric].least < 0 else share
    return made(values, [each.cluster for each in asked]).to_json()


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fsum(known) / len(known) if known else None


def _groups(run: Run) -> dict[str, Callable[[Question], str | None]]:
    files = _files(run)
    return {
        "type": lambda question: question.type,
        "language": lambda question: question.language,
        "evidence": _crossing,
        "split": lambda question: question.split,
        "set": lambda question: files.get(question.id),
    }


def _by(key: Callable[[Question], str | None], asked: Sequence[Asked]) -> dict[str, Any]:
    """The headline metrics of each group, the largest group first."""
    groups: dict[str, list[Asked]] = {}
    for each in asked:
        name = key(each.question)
        if name is not None:
            groups.setdefault(name, []).append(each)
    return {
        name: {
            "n": len(members),
            "outcomes": _outcomes(members),
            "metrics": {metric: _estimate(metric, members) for metric in HEADLINE},
        }
        for name, members in sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    }


def _crossing(question: Question) -> str | None:
    names = {True: "in another language", False: "in the question's language", None: None}
    return names[question.cross_lingual]


def _files(run: Run) -> dict[str, str]:
    """The file of each question, where several were asked and none of their questions left out."""
    sets = run.header["sets"]
    names = [part["name"] for part in sets for _ in range(part["questions"])]
    if len(sets) < 2 or len(names) != len(run.questions):
        return {}
    return {question.id: name for question, name in zip(run.questions, names, strict=True)}
