"""The schema of an evaluation set: one question a line, with gold answers and evidence.

A line is a JSON object: `id`, `question`, `language`, `type`, `answerable`, `answers` (groups of
alternatives: every group must be answered, by any of its alternatives), `evidence` (objects with
`source` and `quote`), `evidence_language`, and optionally `history` ([question, answer] pairs).
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from index.generation import Generation
from index.readers import decode
from index.text import fold
from rag.errors import InputError

_FIELDS = {
    "id", "question", "language", "type", "answerable", "answers", "evidence",
    "evidence_language", "history",
}  # fmt: skip
_SHOWN = 10  # faults told at once


@dataclass(frozen=True)
class Evidence:
    """Words that prove the answer, and the source (as in the store) whose paragraph has them."""

    source: str
    quote: str


@dataclass(frozen=True)
class Question:
    """One question of a set; an unanswerable one has neither answers nor evidence."""

    id: str
    text: str
    language: str
    type: str
    answerable: bool
    answers: tuple[tuple[str, ...], ...] = ()
    evidence: tuple[Evidence, ...] = ()
    evidence_language: str | None = None
    history: tuple[tuple[str, str], ...] = ()

    @property
    def cross_lingual(self) -> bool | None:
        """Whether the evidence is in another language (not: script); None without evidence."""
        if self.evidence_language is None:
            return None
        return self.language.partition("-")[0] != self.evidence_language.partition("-")[0]


@dataclass(frozen=True)
class QuestionSet:
    """All questions of a set file, in order; `data` are its bytes."""

    name: str
    questions: tuple[Question, ...]
    data: bytes = field(repr=False)

    @property
    def sha256(self) -> str:
        """SHA-256 of the file."""
        return hashlib.sha256(self.data).hexdigest()


def read_set(path: Path) -> QuestionSet:
    """The questions of a set file.

    Raises:
        InputError: it cannot be read, or breaks the schema; the message names line and field.
    """
    try:
        data = path.read_bytes()
        text = decode(data)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); check the path") from error
    except InputError as error:
        raise InputError(f"{path} {error}") from error
    questions, faults = _questions(text)
    if faults:
        more = [f"… and {len(faults) - _SHOWN} more"] if len(faults) > _SHOWN else []
        raise InputError("\n".join([*(f"{path}, {fault}" for fault in faults[:_SHOWN]), *more]))
    if not questions:
        raise InputError(f"{path} holds no question; write one JSON object a line")
    return QuestionSet(path.stem, tuple(questions), data)


def missing_evidence(questions: Sequence[Question], generation: Generation) -> list[dict[str, str]]:
    """Evidences that no paragraph of their source contains: `id`, `source`, `quote` of each."""
    places: dict[str, list[int]] = {e.source: [] for q in questions for e in q.evidence}
    for position, facts in generation.facts.items():
        if facts.source in places:
            places[facts.source].append(position)
    texts = {
        source: [fold(paragraph.text) for paragraph in generation.paragraphs(positions)]
        for source, positions in places.items()
    }
    return [
        {"id": question.id, "source": evidence.source, "quote": evidence.quote}
        for question in questions
        for evidence in question.evidence
        if not any(fold(evidence.quote) in text for text in texts[evidence.source])
    ]


def _questions(text: str) -> tuple[list[Question], list[str]]:
    questions: list[Question] = []
    faults: list[str] = []
    lines_of: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            question = _question(_object(line))
            if question.id in lines_of:
                raise InputError(f'"id": {question.id!r} is on line {lines_of[question.id]} too')
        except InputError as error:
            faults.append(f"line {number}, {error}")
            continue
        lines_of[question.id] = number
        questions.append(question)
    return questions, faults


def _object(line: str) -> dict[str, Any]:
    try:
        fields = json.loads(line)
        json.dumps(fields, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:  # also a lone surrogate
        raise InputError(f"not a JSON object ({error})") from error
    if not isinstance(fields, dict):
        raise InputError("not a JSON object")
    return fields


def _question(fields: dict[str, Any]) -> Question:
    unknown = sorted(fields.keys() - _FIELDS)
    if unknown:
        raise InputError(f'"{unknown[0]}": no such field; use {", ".join(sorted(_FIELDS))}')
    if not isinstance(fields.get("answerable"), bool):
        raise InputError('"answerable": write true or false')
    question = Question(
        id=_text(fields, "id"),
        text=_text(fields, "question"),
        language=_text(fields, "language"),
        type=_text(fields, "type"),
        answerable=fields["answerable"],
        answers=tuple(_answers(fields)),
        evidence=tuple(_evidence(fields)),
        evidence_language=(
            None if fields.get("evidence_language") is None else _text(fields, "evidence_language")
        ),
        history=tuple(_history(fields)),
    )
    _check_gold(question)
    return question


def _check_gold(question: Question) -> None:
    """Gold answers and evidence belong to answerable questions, and only to them."""
    for name, value in (
        ("answers", question.answers),
        ("evidence", question.evidence),
        ("evidence_language", question.evidence_language),
    ):
        if question.answerable and not value:
            raise InputError(f'"{name}": an answerable question needs it')
        if not question.answerable and value:
            raise InputError(f'"{name}": an unanswerable question has none; leave it empty')


def _text(fields: dict[str, Any], key: str) -> str:
    value = fields.get(key)
    if not isinstance(value, str) or not value.strip():
        raise InputError(f'"{key}": give some text')
    return value


def _list(fields: dict[str, Any], key: str) -> list[Any]:
    value = fields.get(key, [])
    if not isinstance(value, list):
        raise InputError(f'"{key}": write a list')
    return value


def _answers(fields: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for group in _list(fields, "answers"):
        if not isinstance(group, list) or not group or not all(map(_is_text, group)):
            raise InputError('"answers": write groups of alternatives, [["22", "twenty-two"], …]')
        yield tuple(group)


def _evidence(fields: dict[str, Any]) -> Iterator[Evidence]:
    for item in _list(fields, "evidence"):
        if (
            not isinstance(item, dict)
            or item.keys() != {"source", "quote"}
            or not all(map(_is_text, item.values()))
        ):
            raise InputError('"evidence": write objects {"source": "…", "quote": "…"}')
        yield Evidence(**item)


def _history(fields: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for pair in _list(fields, "history"):
        if not isinstance(pair, list) or len(pair) != 2 or not all(map(_is_text, pair)):
            raise InputError('"history": write [question, answer] pairs')
        yield pair[0], pair[1]


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
