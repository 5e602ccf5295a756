"""Reading a batch: a JSON object a line with `question` and optional id, history, since, until."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.readers import decode
from rag.answer import Turn
from rag.errors import InputError, QuestionError


@dataclass(frozen=True)
class Row:
    """One question of a batch; `fault` says what is wrong with a row that cannot be asked."""

    line: int
    id: Any = None
    question: str = ""
    history: tuple[Turn, ...] = ()
    since: str | None = None
    until: str | None = None
    fault: str | None = None


def read_rows(path: Path) -> list[Row]:
    """All rows of a batch file, bad ones included, in order.

    Raises:
        QuestionError: the file cannot be read, or holds no row.
    """
    try:
        text = decode(path.read_bytes())
    except OSError as error:
        raise QuestionError(f"{path} cannot be read ({error.strerror}); check the path") from error
    except InputError as error:
        raise QuestionError(f"{path} {error}") from error
    rows = [_row(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not rows:
        raise QuestionError(f"{path} holds no question; write one JSON object a line")
    return rows


def _row(number: int, line: str) -> Row:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Row(number, fault=f"not a JSON object ({error})")
    if not isinstance(fields, dict):
        return Row(number, fault="not a JSON object")
    question = fields.get("question")
    if not isinstance(question, str):
        return Row(number, fields.get("id"), fault='no "question"')
    dates = {key: fields.get(key) for key in ("since", "until")}
    if not all(value is None or isinstance(value, str) for value in dates.values()):
        return Row(number, fields.get("id"), question, fault='"since" or "until" is not a date')
    history = _history(fields.get("history") or [])
    if history is None:
        fault = '"history" is not a list of [question, answer] pairs'
        return Row(number, fields.get("id"), question, fault=fault)
    return Row(number, fields.get("id"), question, history, dates["since"], dates["until"])


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
