"""Labelled sentences, by which judges are judged.

A line of a label file is a JSON object: `id`, `language` and `sentence`; `sources`, the paragraphs
that the sentence cites (`text`, `date` of the article or null, `title`); `label`; and `kind`, what
was done to make the sentence, or `origin`, where it comes from. The labels:

- supported: all that the sentence says, its sources say, in whatever words or language; what
  follows from them by the meaning of words or by plain reckoning counts as said.
- partial: of several statements the sources say at least one in full and at least one not at all;
  none is contradicted.
- unsupported: something is contradicted, or the sources say none of it.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from rag.errors import InputError
from rag.support import Source

LABELS = Path(__file__).parent.parent / "labels" / "sentences.jsonl"

Label = Literal["supported", "partial", "unsupported"]

_LABELS = ("supported", "partial", "unsupported")
_KNOWN = {"id", "language", "sentence", "sources", "label", "kind", "origin", "question"}
_OF_SOURCES = {"text", "date", "title"}
_MOST_FAULTS = 10


@dataclass(frozen=True)
class Labelled:
    """A sentence, what it cites, and its label."""

    id: str
    language: str
    sentence: str
    sources: tuple[Source, ...]
    label: Label
    kind: str


@dataclass(frozen=True)
class LabelFile:
    """All labelled sentences of a file, and the SHA-256 of its bytes."""

    name: str
    sha256: str
    sentences: tuple[Labelled, ...]


def read_labels(path: Path = LABELS) -> LabelFile:
    """The labelled sentences of a file, in its order.

    Raises:
        InputError: it cannot be read, or lines are no labelled sentences; names all of them.
    """
    try:
        data = path.read_bytes()
        lines = data.decode("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read ({error}); check the path") from error
    found: dict[str, Labelled] = {}
    faults: list[str] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        read = _read(line)
        if isinstance(read, Labelled) and read.id not in found:
            found[read.id] = read
        else:
            fault = f"id {read.id} stands there twice" if isinstance(read, Labelled) else read
            faults.append(f"line {number}: {fault}")
    if faults or not found:
        told = "; ".join(faults[:_MOST_FAULTS]) or "no line"
        more = f"; and {len(faults) - _MOST_FAULTS} more" if len(faults) > _MOST_FAULTS else ""
        raise InputError(f"{path} holds no labelled sentences: {told}{more}; mend it")
    return LabelFile(path.name, hashlib.sha256(data).hexdigest(), tuple(found.values()))


def _read(line: str) -> Labelled | str:
    """The sentence of a line, or what is wrong with it."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return "not JSON"
    if not isinstance(fields, dict):
        return "not an object"
    fault = next(_faults(fields), None)
    if fault is not None:
        return fault
    return Labelled(
        fields["id"],
        fields["language"],
        fields["sentence"],
        tuple(Source(s["text"], s.get("date"), s.get("title", "")) for s in fields["sources"]),
        cast(Label, fields["label"]),
        fields.get("kind") or fields.get("origin") or "",
    )


def _faults(fields: dict[str, Any]) -> Iterator[str]:
    for name in sorted(fields.keys() - _KNOWN):
        yield f"there is no field {name}"
    for name in ("id", "language", "sentence"):
        if not _is_text(fields.get(name)):
            yield f"{name} has to be a text"
    for name in ("kind", "origin"):
        if not isinstance(fields.get(name, ""), str):
            yield f"{name} has to be a text"
    if fields.get("label") not in _LABELS:
        yield f"label has to be {', '.join(_LABELS[:-1])} or {_LABELS[-1]}"
    sources = fields.get("sources")
    if not isinstance(sources, list) or not sources or not all(map(_is_source, sources)):
        yield "sources has to be a list of objects with text, date and title"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_source(value: object) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() <= _OF_SOURCES
        and _is_text(value.get("text"))
        and isinstance(value.get("date"), str | None)
        and isinstance(value.get("title", ""), str)
    )
