"""A question of a batch, and what is wrong with one that cannot be asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rag.answer import Turn


@dataclass(frozen=True)
class Row:
    """One question; `fault` says what is wrong with a row that cannot be asked.

    `line` is the one that it begins on, from 1. `id` is whatever was given, to be given back.
    """

    line: int
    id: Any = None
    question: str = ""
    history: tuple[Turn, ...] = ()
    since: str | None = None
    until: str | None = None
    fault: str | None = None


def row_of(line: int, fields: Mapping[str, Any]) -> Row:
    """The row that these fields give; others than those of a row are not looked at."""
    name, question = fields.get("id"), fields.get("question")
    if not isinstance(question, str):
        return Row(line, name, fault='no "question"')
    since, until = fields.get("since"), fields.get("until")
    if not all(value is None or isinstance(value, str) for value in (since, until)):
        return Row(line, name, question, fault='"since" or "until" is not a date')
    history = _history(fields.get("history") or [])
    if history is None:
        fault = '"history" is not a list of [question, answer] pairs'
        return Row(line, name, question, fault=fault)
    if any("\0" in text for text in (question, *_texts(history))):
        return Row(line, name, question, fault="a text holds a null character; leave it out")
    return Row(line, name, question, history, since, until)


def _history(value: Any) -> tuple[Turn, ...] | None:
    """Pairs [question, answer], or objects with these keys; None for anything else."""
    if not isinstance(value, list):
        return None
    turns = []
    for item in value:
        pair = [item.get("question"), item.get("answer")] if isinstance(item, dict) else item
        if not (
            isinstance(pair, list) and len(pair) == 2 and all(isinstance(x, str) for x in pair)
        ):
            return None
        turns.append(Turn(*pair))
    return tuple(turns)


def _texts(history: tuple[Turn, ...]) -> list[str]:
    return [text for turn in history for text in (turn.question, turn.answer)]
