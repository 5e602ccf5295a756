"""An answer as a run keeps it."""

from collections.abc import Sequence
from typing import Any

from eval.metrics import measure
from eval.sets import Question
from rag import Answer

Json = dict[str, Any]


def answered_row(
    question: Question, answer: Answer, gold: Sequence[Sequence[str]]
) -> tuple[Json, Json]:
    """The row of an answer, without metrics, and its timings: what differs from run to run."""
    fields = answer.to_json()
    timings = fields.pop("timings")
    row = {
        **fields,
        "id": question.id,
        "gold": gold,
        "confidence": round(answer.confidence, 4),
    }
    if answer.usage is not None:
        row["tokens"] = {"prompt": answer.usage.prompt, "reply": answer.usage.reply}
    return row, {"id": question.id, **timings}


def failed_row(question: Question, error: Exception, gold: Sequence[Sequence[str]]) -> Json:
    """The row of a question that ended in an error, without metrics."""
    return {"id": question.id, "question": question.text, "error": str(error), "gold": gold}


def with_metrics(question: Question, row: Json, *, k: int) -> Json:
    """The row with its metrics, which are always made anew."""
    return {**row, "metrics": measure(question, row, k=k)}
