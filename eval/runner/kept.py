"""A run as its folder keeps it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from eval.metrics import measure
from eval.sets import Question, QuestionSet, SetFile, read_set
from rag.errors import InputError

SCHEMA = 2
HEADER, SET, ROWS = "header.json", "set.jsonl", "rows.jsonl"
TIMINGS, BASELINES = "timings.jsonl", "baselines.jsonl"

Json = dict[str, Any]
Values = dict[str, dict[str, float | None]]


@dataclass(frozen=True)
class Run:
    """A run: what made it, its questions, and the answers as far as they were asked.

    Attributes:
        folder: where it is kept.
        header: what makes the answers; see `eval.runner.header`.
        set: the questions.
        rows: the answers by id of the question; one that failed has `error`.
        timings: milliseconds of each answer, by id: `retrieve_ms`, `first_token_ms`, `total_ms`.
        baselines: rows by id of every baseline, by its name; none before the run is finished.
    """

    folder: Path
    header: Json
    set: QuestionSet
    rows: dict[str, Json] = field(repr=False)
    timings: dict[str, Json] = field(repr=False)
    baselines: dict[str, dict[str, Json]] = field(repr=False)

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions of the set, in order."""
        return self.set.questions

    @property
    def asked(self) -> list[Question]:
        """The questions that have been asked, in the set's order."""
        return [question for question in self.questions if question.id in self.rows]

    @property
    def failed(self) -> list[str]:
        """Ids of the questions that ended in an error."""
        return [question.id for question in self.asked if "error" in self.rows[question.id]]

    def measured(self) -> Values:
        """The metrics of every question asked, by its id, computed anew from the answers."""
        return self._measured(self.rows)

    def measured_baseline(self, name: str) -> Values:
        """The same of a baseline's answers.

        Raises:
            KeyError: the run has no such baseline.
        """
        return self._measured(self.baselines[name])

    def _measured(self, rows: dict[str, Json]) -> Values:
        k = self.header["k"]
        return {q.id: measure(q, rows[q.id], k=k) for q in self.questions if q.id in rows}


def read_run(folder: Path) -> Run:
    """The run that a folder keeps.

    Raises:
        InputError: there is none, another version made it, or its files do not belong together.
    """
    header = _header(folder)
    questions = read_set(folder / SET)
    if questions.sha256 != header["set_sha256"]:
        raise InputError(f"{folder / SET} was changed after the run; run the set anew")
    asked = {question.id for question in questions.questions}
    rows = {row["id"]: row for row in _lines(folder / ROWS)}
    return Run(
        folder,
        header,
        replace(questions, name=header["set"], files=_files(header)),
        _known(folder / ROWS, rows, asked),
        _timings(folder / TIMINGS, rows),
        _baselines(folder / BASELINES, asked),
    )


def _header(folder: Path) -> Json:
    path = folder / HEADER
    try:
        header = json.loads(path.read_bytes())
        schema = header.get("schema", 1)
        if schema < SCHEMA:
            raise InputError(f"{folder} was made by an earlier version; run the set again")
        if schema > SCHEMA:
            raise InputError(f"{folder} was made by a newer version; update Yinzheng to read it")
        header["set"], header["set_sha256"], header["k"], _files(header)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{folder} holds no run ({HEADER}: {error}); check the path") from error
    return dict(header)


def _files(header: Json) -> tuple[SetFile, ...]:
    return tuple(SetFile(**file) for file in header["sets"])


def _timings(path: Path, rows: dict[str, Json]) -> dict[str, Json]:
    """Of the answers that are there; of a question asked again (its row was lost) the last."""
    found = {timing["id"]: timing for timing in _lines(path, twice=True)}
    return {
        name: {key: value for key, value in timing.items() if key != "id"}
        for name, timing in found.items()
        if name in rows
    }


def _baselines(path: Path, asked: set[str]) -> dict[str, dict[str, Json]]:
    found: dict[str, dict[str, Json]] = {}
    for number, row in enumerate(_lines(path, twice=True), 1):
        name = row.get("baseline")
        if not isinstance(name, str):
            raise InputError(f'{path}, line {number}: no "baseline"; run the set anew')
        found.setdefault(name, {})[row["id"]] = row
    return {name: _known(path, rows, asked) for name, rows in found.items()}


def _known(path: Path, rows: dict[str, Json], asked: set[str]) -> dict[str, Json]:
    strangers = rows.keys() - asked
    if strangers:
        raise InputError(f"{path} answers {min(strangers)}, which is not in its set")
    return rows


def _lines(path: Path, *, twice: bool = False) -> Iterator[Json]:
    """The objects of a file; a half line at its end is none. Ids may come `twice`, or not."""
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    seen: set[str] = set()
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            name = row["id"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise InputError(f"{path}, line {number}: not a row; run the set anew") from error
        if not isinstance(name, str):
            raise InputError(f"{path}, line {number}: not a row; run the set anew")
        if name in seen and not twice:
            raise InputError(f"{path}, line {number}: {name} stands there twice; run the set anew")
        seen.add(name)
        yield row
