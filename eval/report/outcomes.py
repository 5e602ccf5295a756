"""What became of each question: right, wrong, refused, or failed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from eval.metrics import Row, checked
from eval.runner import Run
from eval.sets import Question
from rag.errors import InputError

Outcome = Literal["right", "wrong", "refused", "failed"]
OUTCOMES: tuple[Outcome, ...] = ("right", "wrong", "refused", "failed")

_BY_SCORE: dict[float, Outcome] = {1.0: "right", 0.0: "refused", -1.0: "wrong"}


@dataclass(frozen=True)
class Asked:
    """A question that was asked: its row as kept, the checked view of it, and its metrics."""

    question: Question
    row: Mapping[str, Any]
    view: Row
    values: Mapping[str, float | None]
    cluster: str

    @property
    def id(self) -> str:
        """The question's id."""
        return self.question.id

    @property
    def outcome(self) -> Outcome:
        """`net_score` in words.

        An answerable question is right when it was answered so, refused when it was not answered,
        else wrong. An unanswerable one is right when it was refused or its premise corrected, else
        wrong.
        """
        if self.view.failed:
            return "failed"
        score = self.values["net_score"]
        return "wrong" if score is None else _BY_SCORE[score]

    @property
    def gold(self) -> frozenset[str]:
        """Ids of the paragraphs that prove some evidence of the question."""
        return frozenset(name for names in self.view.gold or () for name in names)

    @property
    def confidence(self) -> float | None:
        """How sure the assistant was that the articles answer, where the row tells."""
        sure = self.row.get("confidence")
        return None if sure is None or self.view.failed else float(sure)

    @property
    def tokens(self) -> Mapping[str, int]:
        """What a language model read (`prompt`) and wrote (`reply`), where one was asked."""
        return self.row.get("tokens") or {}


def asked_of(run: Run) -> list[Asked]:
    """The questions of a run that have been asked, in the set's order.

    Raises:
        InputError: a row has not the shape of one.
    """
    values, clusters = run.measured(), run.set.clusters
    for name, row in run.rows.items():
        _check(name, row)
    return [
        Asked(q, run.rows[q.id], checked(run.rows[q.id]), values[q.id], clusters[q.id])
        for q in run.asked
    ]


def _check(name: str, row: Mapping[str, Any]) -> None:
    """Make sure of what the runner adds to an answer; the rest is checked with the metrics."""
    sure, tokens = row.get("confidence"), row.get("tokens")
    if sure is not None and not (_is_number(sure) and 0 <= sure <= 1):
        raise InputError(f"row {name!r}, confidence: not a number from 0 to 1; run the set anew")
    known = tokens is None or (
        isinstance(tokens, Mapping)
        and all(_is_number(tokens.get(kind)) and tokens[kind] >= 0 for kind in ("prompt", "reply"))
    )
    if not known:
        raise InputError(f"row {name!r}, tokens: no counts of prompt and reply; run the set anew")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
