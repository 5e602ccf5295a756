"""The fields of a question, from the JSON object of its line."""

import json
from collections.abc import Callable
from typing import Any

from eval.sets.question import Correction, Evidence, Question
from index.text import fold
from rag.errors import InputError

Json = dict[str, Any]
SPLITS = ("tuned", "unseen")


def json_object(line: str) -> Json:
    """The JSON object that a line holds.

    Raises:
        InputError: it holds none, names a field twice, or has text that UTF-8 cannot write.
    """
    try:
        fields = json.loads(line, object_pairs_hook=_once)
        json.dumps(fields, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:  # also a lone surrogate
        raise InputError(f"not a JSON object ({error})") from error
    if not isinstance(fields, dict):
        raise InputError("not a JSON object")
    return fields


def question_of(fields: Json) -> tuple[Question | None, list[str]]:
    """The question, or None and all that is wrong with its fields."""
    faults = [
        f'"{name}": no such field; use {", ".join(_READERS)}'
        for name in sorted(fields.keys() - _READERS.keys())
    ]
    values = []
    for name, read in _READERS.items():
        try:
            values.append(read(fields, name))
        except InputError as error:
            faults.append(f'"{name}": {error}')
    return (None, faults) if faults else (Question(*values), [])


def text_of(fields: Json, key: str) -> str:
    """A text that must be there.

    Raises:
        InputError: it is not, or is empty, or no text.
    """
    value = fields.get(key)
    if not _is_text(value):
        raise InputError("give some text")
    return str(value)


def optional_text(fields: Json, key: str) -> str | None:
    """A text, or None where there is none.

    Raises:
        InputError: it is empty, or no text.
    """
    return None if fields.get(key) is None else text_of(fields, key)


def _once(pairs: list[tuple[str, Any]]) -> Json:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f'"{twice}" stands there twice')
    return fields


def _answerable(fields: Json, key: str) -> bool:
    value = fields.get(key)
    if not isinstance(value, bool):
        raise InputError("write true or false")
    return value


def _split(fields: Json, key: str) -> str | None:
    value = fields.get(key)
    if value is not None and value not in SPLITS:
        raise InputError('write "tuned" or "unseen"')
    return value


def _list(fields: Json, key: str) -> list[Any]:
    value = fields.get(key, [])
    if not isinstance(value, list):
        raise InputError("write a list")
    return value


def _answers(fields: Json, key: str) -> tuple[tuple[str, ...], ...]:
    groups = _list(fields, key)
    if not all(map(_are_words, groups)):
        raise InputError('write groups of alternatives, [["22", "twenty-two"], …]')
    return tuple(map(tuple, groups))


def _evidence(fields: Json, key: str) -> tuple[Evidence, ...]:
    items = _list(fields, key)
    for item in items:
        if not _has_exactly(item, "source", "quote") or not all(map(_is_word, item.values())):
            raise InputError('write objects {"source": "…", "quote": "…"}')
    return tuple(Evidence(**item) for item in items)


def _history(fields: Json, key: str) -> tuple[tuple[str, str], ...]:
    pairs = _list(fields, key)
    for pair in pairs:
        if not isinstance(pair, list) or len(pair) != 2 or not all(map(_is_text, pair)):
            raise InputError("write [question, answer] pairs")
    return tuple((asked, answered) for asked, answered in pairs)


def _forbidden(fields: Json, key: str) -> tuple[str, ...]:
    values = _list(fields, key)
    if not all(map(_is_word, values)):
        raise InputError('write a list of words, ["21", …]')
    return tuple(values)


def _corrections(fields: Json, key: str) -> tuple[Correction, ...]:
    items = _list(fields, key)
    for item in items:
        if (
            not _has_exactly(item, "answers", "source", "quote")
            or not _are_words(item["answers"])
            or not (_is_word(item["source"]) and _is_word(item["quote"]))
        ):
            raise InputError('write objects {"answers": ["…"], "source": "…", "quote": "…"}')
    return tuple(
        Correction(tuple(item["answers"]), item["source"], item["quote"]) for item in items
    )


def _has_exactly(item: object, *keys: str) -> bool:
    return isinstance(item, dict) and item.keys() == set(keys)


def _are_words(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_word, value))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_word(value: object) -> bool:
    """Text with something to see: what folds to nothing would stand in every text."""
    return isinstance(value, str) and bool(fold(value))


# In the order of the fields of `Question`, which is the order in which they are written.
_READERS: dict[str, Callable[[Json, str], Any]] = {
    "id": text_of,
    "question": text_of,
    "language": text_of,
    "type": text_of,
    "answerable": _answerable,
    "answers": _answers,
    "evidence": _evidence,
    "evidence_language": optional_text,
    "history": _history,
    "forbidden": _forbidden,
    "corrections": _corrections,
    "about": optional_text,
    "twin": optional_text,
    "split": _split,
}
