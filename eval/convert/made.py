"""What a conversion makes: articles, questions, and a count of all that was left out."""

import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eval.sets import Question, dumped, read_set
from eval.sets.reading import SCHEMA
from eval.sets.rules import faults_of
from rag.errors import InputError

Json = dict[str, Any]


@dataclass
class Made:
    """Articles as records for `python -m index build`, and the questions about them."""

    articles: list[Json] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    _ids: set[str] = field(default_factory=set)

    def article(self, id: str, text: str, title: str = "") -> None:
        """Add an article; each line of `text` is a paragraph, `id` is its source, too."""
        named = {"title": title} if title else {}
        self.articles.append({"id": id, "source": id, **named, "text": text})

    def question(self, question: Question) -> None:
        """Add a question; one that breaks the rules of a set, or is there already, is left out."""
        fault = next(faults_of(question), None)
        if fault is not None:
            self.left_out[fault.partition(";")[0]] += 1
        elif question.id in self._ids:
            self.left_out["an id that another question has"] += 1
        else:
            self._ids.add(question.id)
            self.questions.append(question)


def spread(questions: Sequence[Question], limit: int | None) -> list[Question]:
    """At most `limit` of the questions, evenly spread over all of them, in their order."""
    count = len(questions)
    if limit is None or limit >= count:
        return list(questions)
    return [questions[number * count // limit] for number in range(limit)]


def set_lines(made: Made, name: str, description: str) -> list[Json]:
    """The set as lines, a header first.

    Raises:
        InputError: no question could be converted.
    """
    if not made.questions:
        why = ", ".join(f"{reason}: {n}" for reason, n in made.left_out.most_common())
        raise InputError(f"no question could be converted ({why or 'there is none'})")
    header = {"schema": SCHEMA, "name": name, "description": description}
    return [header, *map(dumped, made.questions)]


def write_set(path: Path, lines: Iterable[Json], *, mode: int = 0o644) -> None:
    """Write a set and read it again before it takes its place.

    Raises:
        InputError: it cannot be written.
    """
    draft = _draft(path, lines, mode)
    try:
        read_set(draft)
        draft.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        draft.unlink(missing_ok=True)


def write_lines(path: Path, lines: Iterable[Json], *, mode: int = 0o644) -> None:
    """Write a file of JSON objects, a line each, whole or not at all.

    Raises:
        InputError: it cannot be written.
    """
    draft = _draft(path, lines, mode)
    try:
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise _unwritable(path, error) from error


def _draft(path: Path, lines: Iterable[Json], mode: int) -> Path:
    """A file beside `path` with the lines."""
    try:
        number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(number, "wb") as file:
            try:
                for line in lines:
                    file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
                file.flush()
                os.fsync(number)
                os.fchmod(number, mode)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise _unwritable(path, error) from error
    return Path(name)


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError(f"{path} cannot be written ({error.strerror}); name another file")
