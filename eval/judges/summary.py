"""What came of judging: agreement first, then the judge's score, then its cost."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from eval.judges.agreement import agreement
from eval.judges.claims import Claim
from eval.judges.labels import LabelFile
from eval.judges.ledger import Entry
from eval.judges.opinion import Judge
from eval.statistics import share

SCHEMA = 1


def summarise(
    judge: Judge,
    labels: LabelFile,
    asked: Sequence[tuple[Claim, Entry]],
    *,
    of_labels: int,
    of_run: int,
) -> dict[str, Any]:
    """The figures of a judge; all but `cost` are the same whenever it says the same.

    Args:
        judge: was asked.
        labels: where the labelled sentences come from.
        asked: what it was asked, and what it said.
        of_labels: how many labelled sentences there are.
        of_run: how many sentences the run's answers have; 0 without a run.
    """
    labelled = [pair for pair in asked if pair[0].label is not None]
    answers = [pair for pair in asked if pair[0].origin == "run"]
    with_labels = agreement(
        [claim.label or "unknown" for claim, _ in labelled],
        [entry.opinion.verdict for _, entry in labelled],
        [claim.cluster for claim, _ in labelled],
    )
    return {
        "schema": SCHEMA,
        "judge": {"name": judge.name, **judge.identity},
        "labels": {"file": labels.name, "sha256": labels.sha256, "sentences": of_labels},
        "agreement": {
            "labels": {
                **with_labels.to_json(),
                "kinds": _right(labelled, lambda claim: claim.kind),
                "languages": _right(labelled, lambda claim: claim.language),
            },
            "tiers": _with_tiers(judge, answers or labelled, "run" if answers else "labels"),
        },
        "poor": with_labels.poor,
        "faithfulness": _faithfulness(answers) if of_run else None,
        "run": {"sentences": of_run, "judged": len(answers)} if of_run else None,
        "cost": _cost([entry for _, entry in asked]),
    }


def _with_tiers(
    judge: Judge, pairs: Sequence[tuple[Claim, Entry]], over: str
) -> dict[str, Any] | None:
    """Agreement with the deterministic check; None for that check itself."""
    if judge.identity["kind"] == "tiers":
        return None
    citing = [(claim, entry) for claim, entry in pairs if claim.sources]
    found = agreement(
        [claim.tiers for claim, _ in citing],
        [entry.opinion.verdict for _, entry in citing],
        [claim.cluster for claim, _ in citing],
    )
    return {"over": over, **found.to_json()}


def _right(
    pairs: Sequence[tuple[Claim, Entry]], by: Callable[[Claim], str]
) -> dict[str, dict[str, int]]:
    """For each group of labelled sentences: how many, and how many the judge saw so too."""
    n: Counter[str] = Counter(by(claim) for claim, _ in pairs)
    right = Counter(by(claim) for claim, entry in pairs if _agrees(claim, entry))
    return {group: {"n": n[group], "right": right[group]} for group in n}


def _agrees(claim: Claim, entry: Entry) -> bool:
    verdict = entry.opinion.verdict
    return verdict != "unknown" and (verdict == "supported") == (claim.label == "supported")


def _faithfulness(pairs: Sequence[tuple[Claim, Entry]]) -> dict[str, Any]:
    """The share of a run's sentences that the judge finds supported, and its bounds.

    Over sentences, not over questions. `supported` counts partial and unknown as 0, `upper` as 1;
    a sentence that cites nothing is 0 in both. Intervals are over articles.
    """
    verdicts = [entry.opinion.verdict for _, entry in pairs]
    clusters = [claim.cluster for claim, _ in pairs]
    lower = share([float(v == "supported") for v in verdicts], clusters)
    upper = share([float(v != "unsupported") for v in verdicts], clusters)
    counts = Counter(verdicts)
    return {
        "supported": lower.to_json(),
        "upper": upper.to_json(),
        "verdicts": {
            verdict: counts[verdict]
            for verdict in ("supported", "partial", "unsupported", "unknown")
        },
        "cite_nothing": sum(not claim.sources for claim, _ in pairs),
        "failed": sum(entry.opinion.failed for _, entry in pairs),
    }


def _cost(entries: Sequence[Entry]) -> dict[str, Any]:
    """What was spent on these verdicts, earlier sessions counted; tokens only where known."""
    paid = [entry for entry in entries if not entry.repeated]
    opinions = [entry.opinion for entry in paid]
    read = [o.prompt_tokens for o in opinions if o.prompt_tokens is not None]
    written = [o.reply_tokens for o in opinions if o.reply_tokens is not None]
    return {
        "calls": sum(opinion.calls for opinion in opinions),
        "failed": sum(opinion.failed for opinion in opinions),
        "prompt_tokens": sum(read) if read else None,
        "reply_tokens": sum(written) if written else None,
        "seconds": round(sum(entry.ms for entry in paid) / 1000, 1),
    }
