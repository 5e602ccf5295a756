"""Questions as lines of JSON, always the same bytes, and sets with some of their questions."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from eval.sets.question import Question, QuestionSet
from rag.errors import InputError

FILTERS = ("type", "language", "split", "evidence_language", "id")


def dumped(question: Question) -> dict[str, Any]:
    """The JSON object of a question: fields in the order of the schema, defaults left out."""
    fields: dict[str, Any] = {
        "id": question.id,
        "question": question.text,
        "language": question.language,
        "type": question.type,
        "answerable": question.answerable,
        "answers": [list(group) for group in question.answers],
        "evidence": [{"source": e.source, "quote": e.quote} for e in question.evidence],
        "evidence_language": question.evidence_language,
        "history": [list(pair) for pair in question.history],
        "forbidden": list(question.forbidden),
        "corrections": [
            {"answers": list(c.answers), "source": c.source, "quote": c.quote}
            for c in question.corrections
        ],
        "about": question.about,
        "twin": question.twin,
        "split": question.split,
    }
    return {name: value for name, value in fields.items() if value not in (None, [])}


def canonical(questions: Iterable[Question]) -> bytes:
    """The one way to write a set: a line a question, as `dumped`, in UTF-8."""
    lines = (json.dumps(dumped(question), ensure_ascii=False) for question in questions)
    return "".join(f"{line}\n" for line in lines).encode()


def chosen(
    questions: QuestionSet, filters: Sequence[tuple[str, str]] = (), limit: int | None = None
) -> QuestionSet:
    """The questions that pass the filters, the first `limit` of them; the bytes are canonical.

    A filter is a field of `FILTERS` and a value; of one field any value will do, and all fields
    must fit. A twin that is not among the chosen is left out, its article kept as `about`, so
    that clusters stay what they were. Without filters and limit, the set itself.

    Raises:
        InputError: no such field, or nothing passes; the message names the values there are.
    """
    if not filters and limit is None:
        return questions
    if limit is not None and limit < 1:
        raise InputError(f"a limit of {limit} leaves no question; ask for at least one")
    wanted = _wanted(filters)
    passed = [
        question
        for question in questions.questions
        if all(getattr(question, field) in values for field, values in wanted.items())
    ]
    if not passed:
        raise InputError(_nothing(questions, wanted))
    passed = passed[:limit]
    ids = {question.id for question in passed}
    clusters = questions.clusters
    kept = tuple(
        replace(question, twin=None, about=question.about or clusters[question.id])
        if question.twin is not None and question.twin not in ids
        else question
        for question in passed
    )
    return QuestionSet(questions.name, kept, canonical(kept), questions.files)


def _wanted(filters: Sequence[tuple[str, str]]) -> dict[str, set[str]]:
    wanted: dict[str, set[str]] = {}
    for field, value in filters:
        if field not in FILTERS:
            raise InputError(f"no filter by {field!r}; use one of {', '.join(FILTERS)}")
        wanted.setdefault(field, set()).add(value)
    return wanted


def _nothing(questions: QuestionSet, wanted: dict[str, set[str]]) -> str:
    """Which values there are, of the fields that were asked for one that is not there."""
    hints = []
    for field, values in wanted.items():
        there = sorted({getattr(q, field) for q in questions.questions} - {None})
        strange = sorted(values.difference(there))
        if strange:
            shown = ", ".join(there[:20]) + (", …" if len(there) > 20 else "") or "none"
            hints.append(f"{field} is never {' or '.join(strange)} (there are: {shown})")
    why = "; ".join(hints) or "each value is there, but no question has them all"
    return f"no question of {questions.name} passes the filters: {why}"
