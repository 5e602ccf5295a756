"""Two runs of one set, question by question."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from eval.metrics import METRICS
from eval.runner import Run
from eval.statistics import Estimate, bootstrap_p, holm, mcnemar, paired_difference
from rag.errors import InputError

# What a run is judged by where no gate names other metrics: few, for each further one makes the
# corrected p of all larger.
HEADLINE = (
    "recall@8", "answer_correct", "gold_citation_recall", "citation_recall", "faithfulness",
    "over_refusal", "false_answer", "net_score",
)  # fmt: skip
_SAME = ("machine",)  # keys of the header that do not make answers

Values = Sequence[float | None]


@dataclass(frozen=True)
class Difference:
    """How a metric moved from the old run to the new one, over the questions that both define.

    `rose` and `fell` are the ids of the questions whose value did. `p` (two-sided) is that of
    McNemar's exact test where the metric is 0 or 1, else of the bootstrap; `adjusted` is p after
    Holm's correction, for the metrics of the family that was asked about.
    """

    metric: str
    old: float | None
    new: float | None
    difference: Estimate
    rose: tuple[str, ...]
    fell: tuple[str, ...]
    p: float | None = None
    adjusted: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The difference as `--json` prints it."""
        return {
            **asdict(self),
            "difference": self.difference.to_json(),
            "rose": list(self.rose),
            "fell": list(self.fell),
        }


def compare(old: Run, new: Run, family: Sequence[str] = HEADLINE) -> list[Difference]:
    """The difference of every metric, in the order of `eval.metrics.METRICS`.

    Intervals draw whole articles: questions about one article rise and fall together. Holm's
    correction is made over the metrics in `family`, one claim being tested by each.

    Raises:
        InputError: the runs are of different questions, or one is not finished.
    """
    _check(old, new)
    before, after = old.measured(), new.measured()
    clusters = [old.set.clusters[name] for name in before]
    pairs = {
        metric: ([v[metric] for v in before.values()], [v[metric] for v in after.values()])
        for metric in METRICS
    }
    p = {metric: _p(metric, *pairs[metric], clusters) for metric in METRICS}
    tested = {metric: value for metric in family if (value := p[metric]) is not None}
    adjusted = holm(tested)
    return [
        _difference(metric, list(before), *pairs[metric], clusters, p[metric], adjusted.get(metric))
        for metric in METRICS
    ]


def changed(old: Run, new: Run) -> list[tuple[str, str, str]]:
    """What the headers of two runs say differently: key, old value, new value."""
    keys = [*old.header, *(key for key in new.header if key not in old.header)]
    return [
        (key, str(old.header.get(key)), str(new.header.get(key)))
        for key in keys
        if key not in _SAME and old.header.get(key) != new.header.get(key)
    ]


def _check(old: Run, new: Run) -> None:
    if old.header["set_sha256"] != new.header["set_sha256"]:
        raise InputError(
            f"{old.folder} and {new.folder} ran different sets; compare runs of the same questions "
            "(the same files, --filter and --limit)"
        )
    for run in (old, new):
        if len(run.asked) < len(run.questions):
            raise InputError(
                f"{run.folder} has {len(run.asked)} of {len(run.questions)} questions; finish it: "
                f"python -m eval run SET --out {run.folder}"
            )


def _p(metric: str, old: Values, new: Values, clusters: Sequence[str]) -> float | None:
    if METRICS[metric].binary:
        return mcnemar(old, new).p
    return bootstrap_p(old, new, clusters)


def _difference(
    metric: str,
    ids: Sequence[str],
    old: Values,
    new: Values,
    clusters: Sequence[str],
    p: float | None,
    adjusted: float | None,
) -> Difference:
    pairs = [
        (name, a, b)
        for name, a, b in zip(ids, old, new, strict=True)
        if a is not None and b is not None
    ]
    return Difference(
        metric,
        sum(a for _, a, _ in pairs) / len(pairs) if pairs else None,
        sum(b for _, _, b in pairs) / len(pairs) if pairs else None,
        paired_difference(old, new, clusters),
        tuple(name for name, a, b in pairs if b > a),
        tuple(name for name, a, b in pairs if b < a),
        p,
        adjusted,
    )
