"""The metrics that a reader should look at first, in words."""

from eval.metrics import METRICS

TITLES = {
    "recall@8": "Evidence found",
    "answer_correct": "Answered right",
    "gold_citation_precision": "Cites the right place",
    "faithfulness": "Proved by what it cites",
    "false_answer": "Answered without evidence",
    "over_refusal": "Refused needlessly",
}
ARROWS = {name: {"higher": "↑", "lower": "↓"}[metric.better] for name, metric in METRICS.items()}
