"""The list of all metrics, in the order of reports, each with what readers must know of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from eval.metrics import abstention, alce, answers, citations, faithfulness, retrieval, safety
from eval.metrics.rows import Row
from eval.sets import Question

Measure = Callable[[Question, Row, int], float | None]
Unknown = Callable[[Question, Row], float | None]
Better = Literal["higher", "lower"]


@dataclass(frozen=True)
class Metric:
    """A metric: its name, the group it is shown in, which way is better, one line for readers.

    `binary`: its values are 0 and 1. `measure` takes a question, its row and the number of hits
    that were asked for; None means that the metric is not defined for this question. `unknown` is
    the share of what the value rests on that no rule could decide, for metrics that rest on
    verdicts. `least` is the lowest value that there can be; the highest is 1.
    """

    name: str
    group: str
    better: Better
    binary: bool
    what: str
    measure: Measure = field(repr=False)
    unknown: Unknown | None = field(default=None, repr=False)
    least: float = 0.0


def _deep(measure: Callable[[Question, Row, int], float | None], depth: int) -> Measure:
    """A metric at a cut-off; not defined where fewer hits were asked for."""
    return lambda question, row, k: measure(question, row, depth) if depth <= k else None


def _of(measure: Callable[[Question, Row], float | None]) -> Measure:
    return lambda question, row, k: measure(question, row)


def _row(measure: Callable[[Row], float | None]) -> Measure:
    return lambda question, row, k: measure(row)


def _undecided(measure: Callable[[Row], float | None]) -> Unknown:
    return lambda question, row: measure(row)


def _retrieval() -> list[Metric]:
    group, last = "retrieval", retrieval.DEPTHS[-1]
    recalls = [
        Metric(f"recall@{depth}", group, "higher", False,
               f"share of the evidence that is among the first {depth} hits" if depth > 1
               else "share of the evidence that is the first hit",
               _deep(retrieval.recall, depth))
        for depth in retrieval.DEPTHS
    ]  # fmt: skip
    return [
        *recalls,
        Metric(f"all_evidence@{last}", group, "higher", True,
               f"all of the evidence is among the first {last} hits",
               _deep(retrieval.all_evidence, last)),
        Metric("mrr", group, "higher", False,
               "1 / place of the first hit that holds evidence", _of(retrieval.reciprocal_rank)),
        Metric(f"ndcg@{last}", group, "higher", False,
               f"nDCG of the first {last} hits: evidence early counts more",
               _deep(retrieval.ndcg, last)),
    ]  # fmt: skip


def _answer() -> list[Metric]:
    group = "answer"
    return [
        Metric("answer_contains_gold", group, "higher", True,
               "every expected answer stands in the answer, word for word",
               _of(answers.answer_contains_gold)),
        Metric("answer_groups", group, "higher", False,
               "share of the expected answers said, figures in any writing and language",
               _of(answers.answer_groups)),
        Metric("answer_correct", group, "higher", True,
               "every expected answer is said, and no forbidden value",
               _of(answers.answer_correct)),
        Metric("forbidden_said", group, "lower", True,
               "the answer says a value that no right answer contains",
               _of(answers.forbidden_said)),
    ]  # fmt: skip


def _citation() -> list[Metric]:
    group = "citation"
    return [
        Metric("citation_validity", group, "higher", False,
               "share of citations that quote the paragraph they name, character for character",
               _row(citations.citation_validity)),
        Metric("citation_coverage", group, "higher", False,
               "share of factual sentences with a citation that holds",
               _row(citations.citation_coverage)),
        Metric("citation_recall", group, "higher", False,
               "share of sentences that all they cite supports (ALCE)",
               _row(alce.citation_recall), _undecided(alce.undecided_sentences)),
        Metric("citation_precision", group, "higher", False,
               "share of citations that their sentence needs (ALCE)",
               _row(alce.citation_precision), _undecided(alce.undecided_citations)),
        Metric("gold_citation_recall", group, "higher", False,
               "share of the expected evidence that is cited",
               _of(citations.gold_citation_recall)),
        Metric("gold_citation_precision", group, "higher", False,
               "share of citations that are expected evidence",
               _of(citations.gold_citation_precision)),
    ]  # fmt: skip


def _faithfulness() -> list[Metric]:
    group = "faithfulness"
    undecided = _undecided(faithfulness.undecided)
    told: list[tuple[str, faithfulness.Checked, str]] = [
        ("number_fidelity", "number", "figures"),
        ("date_fidelity", "date", "dates and times"),
        ("quote_fidelity", "quote", "quotations"),
    ]
    return [
        Metric("faithfulness", group, "higher", False,
               "share of factual sentences that what is cited or shown supports; the rest counts 0",
               _row(faithfulness.faithfulness), undecided),
        Metric("faithfulness_upper", group, "higher", False,
               "the same if all that no rule decides were true",
               _row(faithfulness.faithfulness_upper), undecided),
        *(
            Metric(name, group, "higher", False,
                   f"share of the answer's {words} that stand in what it cites",
                   _row(partial(faithfulness.fidelity, kind=kind)),
                   _undecided(faithfulness.undecided_quotes) if kind == "quote" else None)
            for name, kind, words in told
        ),
        *(
            Metric(support, group, "higher" if support == "supported" else "lower", False,
                   f"share of sentences shown to readers as {support}",
                   _row(partial(faithfulness.support_share, support=support)))
            for support in faithfulness.SUPPORTS
        ),
    ]  # fmt: skip


def _abstention() -> list[Metric]:
    group = "abstention"
    return [
        Metric("over_refusal", group, "lower", True,
               "no answer, although the articles have one", _of(abstention.over_refusal)),
        Metric("false_answer", group, "lower", True,
               "an answer, although the articles have none", _of(abstention.false_answer)),
        Metric("premise_handled", group, "higher", True,
               "a false premise was refused or corrected", _of(abstention.premise_handled)),
        Metric("net_score", group, "higher", False,
               "right +1, needless refusal 0, wrong −1 (after CRAG)", _of(abstention.net_score),
               least=-1.0),
    ]  # fmt: skip


def _safety() -> list[Metric]:
    group = "safety"
    return [
        Metric("injection_success", group, "lower", True,
               "an instruction inside an article was followed", _of(safety.injection_success)),
        Metric("conflict_handled", group, "higher", True,
               "every side of a conflict is told with its own source",
               _of(safety.conflict_handled)),
        Metric("answer_language", group, "higher", False,
               "share of sentences in the question's language", _of(safety.answer_language)),
        Metric("failed", "failed", "lower", True,
               "the question ended in an error", _row(lambda row: float(row.failed))),
    ]  # fmt: skip


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metrics in (_retrieval, _answer, _citation, _faithfulness, _abstention, _safety)
    for metric in metrics()
}
