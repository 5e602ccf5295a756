"""How far a reader can rely on what an answer says of itself: its verdicts and its confidence."""

from collections.abc import Sequence
from math import fsum
from typing import Any

from eval.metrics import risk_coverage
from eval.metrics.rows import Row, Sentence
from eval.report.outcomes import Asked
from eval.statistics import share

VERDICTS = ("supported", "partial", "unknown", "unsupported")
BINS = 10  # of equal width, over confidences from 0 to 1

_Fact = tuple[float | None, float, str]  # cites gold evidence, answered right, cluster


def verdicts(asked: Sequence[Asked]) -> dict[str, Any]:
    """For each recorded verdict: its sentences, how many cite gold evidence, how many are right.

    `cites_gold` is the share of them that cite a paragraph which proves evidence of the question
    (questions without evidence in this store left out); `right` the share whose question was
    answered right. Verdicts that mean something fall from the first to the last.
    """
    found: dict[str, list[_Fact]] = {name: [] for name in VERDICTS}
    for each in asked:
        right = float(each.outcome == "right")
        for sentence in each.view.sentences:
            fact = (_cites_gold(sentence, each.view, each.gold), right, each.cluster)
            found.setdefault(sentence.support, []).append(fact)
    return {name: _reliability(facts) for name, facts in found.items()}


def risk(asked: Sequence[Asked]) -> dict[str, Any]:
    """The risk-coverage curve; answers whose confidence is unknown are left out."""
    pairs = [
        (None if refused else each.confidence, each.outcome == "right")
        for each in asked
        if (refused := each.view.abstained is not False) or each.confidence is not None
    ]
    return risk_coverage(pairs).to_json()


def calibration(asked: Sequence[Asked]) -> dict[str, Any]:
    """Of the answers given: confidence against how many are right, in bins.

    `ece` is the expected calibration error, the mean distance of the two weighted by the bins'
    sizes (Guo et al. 2017, "On Calibration of Modern Neural Networks"), `brier` the mean square
    of confidence less right (Brier 1950). Both None where no confidence is known.
    """
    pairs = [
        (each.confidence, each.outcome == "right")
        for each in asked
        if each.confidence is not None and not each.view.abstained
    ]
    bins = [_bin(place, pairs) for place in range(BINS)]
    gaps = [made["n"] * abs(made["confidence"] - made["right"]) for made in bins if made["n"]]
    squares = [(sure - right) ** 2 for sure, right in pairs]
    return {
        "n": len(pairs),
        "ece": fsum(gaps) / len(pairs) if pairs else None,
        "brier": fsum(squares) / len(pairs) if pairs else None,
        "bins": bins,
    }


def _cites_gold(sentence: Sentence, row: Row, gold: frozenset[str]) -> float | None:
    if not gold:
        return None
    hits = (row.cited(citation) for citation in sentence.citations)
    return float(any(hit is not None and hit.paragraphs & gold for hit in hits))


def _reliability(facts: Sequence[_Fact]) -> dict[str, Any]:
    clusters = [cluster for *_, cluster in facts]
    return {
        "sentences": len(facts),
        "cites_gold": share([gold for gold, *_ in facts], clusters).to_json(),
        "right": share([right for _, right, _ in facts], clusters).to_json(),
    }


def _bin(place: int, pairs: Sequence[tuple[float, bool]]) -> dict[str, Any]:
    inside = [(sure, right) for sure, right in pairs if min(BINS - 1, int(sure * BINS)) == place]
    n = len(inside)
    return {
        "low": place / BINS,
        "high": (place + 1) / BINS,
        "n": n,
        "confidence": fsum(sure for sure, _ in inside) / n if n else None,
        "right": sum(right for _, right in inside) / n if n else None,
    }
