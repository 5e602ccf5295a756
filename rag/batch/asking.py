"""A row → the object that answers it: what was found, an answer, or why there is none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rag.answer import Turn
from rag.assistant import Assistant
from rag.batch.row import Row
from rag.errors import ModelBusy, QuestionError, YinzhengError
from rag.follow_up import carried
from rag.retriever import Retriever, usable


@dataclass(frozen=True)
class Limits:
    """What holds for every row: how many paragraphs, and of which articles.

    A row's own `since` and `until` come before these.
    """

    k: int = 8
    since: str | None = None
    until: str | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """What is said of a row: the object, and whether it says why there is no answer."""

    row: Row
    fields: dict[str, Any]
    failed: bool = False


def result_of(row: Row, ask: Callable[[Row], dict[str, Any]]) -> Result:
    """What comes of a row; an error that users can meet is a result, too.

    Raises:
        ModelBusy: the language model has no place for it now.
    """
    try:
        if row.fault is not None:
            raise QuestionError(row.fault)
        return Result(row, {**ask(row), "id": row.id})
    except ModelBusy:
        raise
    except YinzhengError as error:
        fields = {"id": row.id, "question": row.question, "error": str(error)}
        return Result(row, fields, failed=True)


def answering(assistant: Assistant, limits: Limits) -> Callable[[Row], dict[str, Any]]:
    """What answers a row, by `Answer.to_json`."""

    def ask(row: Row) -> dict[str, Any]:
        return assistant.ask(
            row.question,
            history=row.history,
            k=limits.k,
            since=row.since or limits.since,
            until=row.until or limits.until,
            sources=limits.sources,
        ).to_json()

    return ask


def searching(retriever: Retriever, limits: Limits) -> Callable[[Row], dict[str, Any]]:
    """What only searches for a row."""

    def ask(row: Row) -> dict[str, Any]:
        since, until = row.since or limits.since, row.until or limits.until
        own = Limits(limits.k, since, until, limits.sources)
        return found(retriever, row.question, own, history=row.history)

    return ask


def found(
    retriever: Retriever, question: str, limits: Limits, *, history: Sequence[Turn] = ()
) -> dict[str, Any]:
    """What a search finds, in the form of an answer; "asked" where it was understood otherwise.

    Raises:
        QuestionError: the question or a limit cannot be used.
    """
    question = usable(question)
    asked = usable(carried(question, history))
    hits = retriever.search(
        asked, k=limits.k, since=limits.since, until=limits.until, sources=limits.sources
    )
    return {
        "id": None,
        "question": question,
        **({"asked": asked} if asked != question else {}),
        "hits": [hit.to_json() for hit in hits],
    }
