"""Second verdicts on the sentences of a run's answers, by a judge that is itself judged first.

A judge is asked labelled sentences (`eval/labels`, or those of readers) before the run's. How
far it agrees with these, and with the deterministic check of `rag.support`, stands in front of
every score that it gives. Judging is apart from running: a run is scored without any judge.
"""

from eval.judges.agreement import Agreement, agreement, kappa
from eval.judges.claims import Claim, claims_of_labels, claims_of_rows
from eval.judges.judging import judge_claims
from eval.judges.labels import LABELS, Labelled, read_labels
from eval.judges.named import judge_called
from eval.judges.opinion import Judge, Opinion
from eval.judges.summary import summarise

__all__ = [
    "LABELS",
    "Agreement",
    "Claim",
    "Judge",
    "Labelled",
    "Opinion",
    "agreement",
    "claims_of_labels",
    "claims_of_rows",
    "judge_called",
    "judge_claims",
    "kappa",
    "read_labels",
    "summarise",
]
