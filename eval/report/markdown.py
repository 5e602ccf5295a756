"""The report as Markdown that also reads well in a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from eval.metrics import METRICS
from eval.report.figures import BASELINES, HEADLINE
from eval.report.headline import ARROWS, TITLES
from eval.report.rerun import command
from eval.report.table import table
from eval.report.words import NONE, count, figure, interval, milliseconds, plain, plural

_WORST = 10  # shown; the page has thrice as many
_LONGEST = 40  # characters of a group's name
_BY = ("type", "language", "evidence", "split", "set")
_NUMBERS = ("mean", "95 %", "n", "unknown", *BASELINES)

Made = Mapping[str, Any]


def render(made: Made) -> str:
    """The report; `made` are its figures."""
    run = made["run"]
    parts = [
        f"# {plain(run['set'])}, answered by {plain(run['llm'])}",
        _summary(made),
        *_missing(made),
        table(("headline", *_NUMBERS), _headline(made["metrics"])),
        "## Metrics",
        table(("metric", *_NUMBERS), _metrics(made["metrics"])),
        *_groups(made["groups"]),
        *_reliability(made),
        *_judges(made["judges"]),
        *_latency(made["latency"]),
        *_tokens(made["tokens"]),
        *_worst(made["worst"]),
        "## To run it again",
        f"    {command(run)}",
        f"figures digest {made['digest']}",
    ]
    return "\n\n".join(parts) + "\n"


def _summary(made: Made) -> str:
    run, questions = made["run"], made["questions"]
    outcomes = ", ".join(f"{n} {name}" for name, n in questions["outcomes"].items())
    return (
        f"{questions['asked']} of {plural(questions['in_set'], 'question')} asked: {outcomes}. "
        f"{plural(run['paragraphs'], 'paragraph')} in the store, k = {run['k']}. Intervals: 95 %, "
        f"bootstrap over {plural(questions['articles'], 'article')}. Unknown: the share that no "
        "rule could decide. ↑ higher is better, ↓ lower is."
    )


def _missing(made: Made) -> list[str]:
    missing = made["questions"]["evidence_missing"]
    names = ", ".join(dict.fromkeys(plain(item["id"]) for item in missing))
    return [f"Evidence missing in this store (counted as not found): {names}."] if names else []


def _headline(metrics: Made) -> list[tuple[str, ...]]:
    return [(f"{TITLES[name]} {ARROWS[name]}", *_numbers(metrics[name])) for name in HEADLINE]


def _metrics(metrics: Made) -> list[tuple[str, ...]]:
    return [(f"{name} {ARROWS[name]}", *_numbers(metrics[name])) for name in METRICS]


def _numbers(of: Made) -> tuple[str, ...]:
    return (
        figure(of["mean"]),
        interval(of["low"], of["high"]),
        str(of["n"]),
        figure(of["unknown"]),
        *(figure(of["baselines"][name]) for name in BASELINES),
    )


def _groups(groups: Made) -> list[str]:
    parts = []
    for title in _BY:
        if groups[title]:
            rows = [
                (
                    _short(name),
                    str(group["n"]),
                    *(figure(group["metrics"][m]["mean"]) for m in HEADLINE),
                )
                for name, group in groups[title].items()
            ]
            parts += [f"## By {title}", table((title, "n", *HEADLINE), rows)]
    return parts


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…"


def _reliability(made: Made) -> list[str]:
    rows = [
        (name, str(of["sentences"]), figure(of["cites_gold"]["mean"]), figure(of["right"]["mean"]))
        for name, of in made["verdicts"].items()
    ]
    header = ("verdict", "sentences", "cite gold evidence", "answered right")
    curve, sure = made["risk_coverage"], made["calibration"]
    sentence = (
        f"Area under the risk-coverage curve {figure(curve['aurc'])} (n {curve['n']}); calibration "
        f"error {figure(sure['ece'])}, Brier score {figure(sure['brier'])} (n {sure['n']})."
    )
    return ["## Reliability", table(header, rows), sentence]


def _judges(judges: Made) -> list[str]:
    """Agreement with the labels first, then what the judge says."""
    rows = []
    for summary in judges.values():
        labelled, score = summary["agreement"]["labels"], summary["faithfulness"]
        said = (score["supported"], score["upper"]) if score else ({"mean": None}, {"mean": None})
        poor = " (agrees poorly with the labels)" if summary["poor"] else ""
        rows.append(
            (
                f"{summary['judge']['name']}{poor}",
                str(labelled["n"]),
                figure(labelled["kappa"]),
                interval(labelled["low"], labelled["high"]),
                *(figure(of["mean"]) for of in said),
            )
        )
    header = ("judge", "n", "kappa with labels", "95 %", "faithfulness", "at most")
    return ["## Judges", table(header, rows)] if rows else []


def _latency(latency: Made) -> list[str]:
    rows = [
        (name, str(of["n"]), *(milliseconds(of[key]) for key in ("p50", "p95", "max")))
        for name, of in latency.items()
    ]
    return ["## Latency", table(("what", "n", "p50", "p95", "max"), rows)]


def _tokens(tokens: Made) -> list[str]:
    rows = [
        (name, str(of["n"]), *(count(of[key]) for key in ("p50", "p95", "sum")))
        for name, of in tokens.items()
        if of["n"]
    ]
    return ["## Tokens", table(("what", "n", "p50", "p95", "sum"), rows)] if rows else []


def _worst(worst: Sequence[Made]) -> list[str]:
    rows = [(item["id"], "; ".join(item["why"])) for item in worst[:_WORST]]
    lines = [f"- {plain(name)}: {why}" for name, why in rows]
    return ["## To look at first", "\n".join(lines) or NONE]
