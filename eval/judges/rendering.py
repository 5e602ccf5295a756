"""A judge's summary for readers: nobody sees its score before its agreement with the labels."""

from collections.abc import Iterator, Mapping
from typing import Any

from eval.judges.agreement import POOR, VERDICTS

_MARGIN = "  "


def render(summary: Mapping[str, Any]) -> str:
    """The summary as text for a terminal."""
    return "\n".join(_lines(summary)) + "\n"


def _lines(summary: Mapping[str, Any]) -> Iterator[str]:
    labelled, tiers = summary["agreement"]["labels"], summary["agreement"]["tiers"]
    labels = summary["labels"]
    yield f"Judge: {summary['judge']['name']}"
    yield ""
    asked = labelled["n"]
    of = "" if asked == labels["sentences"] else f" of {labels['sentences']}"
    yield f"1. Agreement with the labels ({labels['file']}, {asked}{of} sentences)"
    yield from _agreement(labelled, "label")
    yield from _groups(labelled["kinds"], "by what was done to the sentence")
    yield from _groups(labelled["languages"], "by the sentence's language")
    if tiers is not None:
        yield ""
        yield from _with_tiers(tiers)
    if summary["faithfulness"] is not None:
        yield ""
        yield from _score(summary)
    yield ""
    yield _cost(summary["cost"])


def _with_tiers(found: Mapping[str, Any]) -> Iterator[str]:
    where = "the run's sentences" if found["over"] == "run" else "the labelled sentences"
    yield f"2. Agreement with the deterministic check, on {where} ({found['n']})"
    if found["undecided"]:
        yield f"{_MARGIN}the check has no verdict on {found['undecided']} more"
    yield from _agreement(found, "check")


def _agreement(found: Mapping[str, Any], other: str) -> Iterator[str]:
    if not found["n"]:
        yield f"{_MARGIN}nothing to compare"
        return
    kappa = _figure(found["kappa"])
    if found["low"] is not None and found["kappa"] is not None:
        kappa += f"  [{_figure(found['low'])}, {_figure(found['high'])}]"
    rows = {
        "Cohen's kappa": kappa,
        "accuracy": _figure(found["accuracy"]),
        "balanced accuracy": _figure(found["balanced_accuracy"]),
        "could not say": _figure(found["unknown"]),
        "where it could": f"accuracy {_figure(found['decided_accuracy'])}, "
        f"kappa {_figure(found['decided_kappa'])} ({found['decided']} sentences)",
    }
    for name, value in rows.items():
        yield f"{_MARGIN}{name:<18}{value}"
    yield f"{_MARGIN}{other + ' ↓  judge →':<18}" + "".join(f"{v:>13}" for v in VERDICTS)
    for verdict, counts in found["confusion"].items():
        yield f"{_MARGIN}{verdict:<18}" + "".join(f"{counts[v]:>13}" for v in VERDICTS)


def _groups(groups: Mapping[str, Mapping[str, int]], about: str) -> Iterator[str]:
    told = [f"{name} {found['right']}/{found['n']}" for name, found in groups.items() if name]
    if told:
        yield f"{_MARGIN}right {about}: {', '.join(told)}"


def _score(summary: Mapping[str, Any]) -> Iterator[str]:
    found, run = summary["faithfulness"], summary["run"]
    of = "" if run["judged"] == run["sentences"] else f" of {run['sentences']}, drawn by hash"
    number = 2 if summary["agreement"]["tiers"] is None else 3
    yield f"{number}. Judged faithfulness of the run ({run['judged']} sentences{of})"
    if summary["poor"]:
        yield (
            f"{_MARGIN}warning: this judge agrees poorly with the labels "
            f"(kappa {_figure(summary['agreement']['labels']['kappa'])}, below {POOR}); "
            "its score says little"
        )
    for name, about in (("supported", "supported"), ("upper", "not unsupported")):
        share = found[name]
        interval = f"[{_figure(share['low'])}, {_figure(share['high'])}]" if share["n"] else ""
        yield f"{_MARGIN}{about:<18}{_figure(share['mean'])}  {interval}".rstrip()
    counts = ", ".join(f"{verdict} {n}" for verdict, n in found["verdicts"].items())
    yield f"{_MARGIN}{counts}; {found['cite_nothing']} cite nothing"


def _cost(cost: Mapping[str, Any]) -> str:
    tokens = "tokens unknown"
    if cost["prompt_tokens"] is not None:
        tokens = f"{cost['prompt_tokens']:,} tokens read, {cost['reply_tokens'] or 0:,} written"
    failed = f", {cost['failed']} sentences failed" if cost["failed"] else ""
    return f"Cost: {cost['calls']:,} calls{failed}, {tokens}, {cost['seconds']:,.1f} s"


def _figure(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}"
