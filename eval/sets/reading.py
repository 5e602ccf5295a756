"""Reading the files of sets."""

from collections.abc import Iterator, Sequence
from operator import itemgetter
from pathlib import Path

from eval.sets.fields import Json, json_object, optional_text, question_of
from eval.sets.question import Question, QuestionSet, SetFile
from eval.sets.rules import faults_of, twin_fault
from eval.sets.writing import canonical
from index.readers import decode
from rag.errors import InputError

SCHEMA = 2
_HEADER = ("schema", "name", "description", "licence")
_SHOWN = 10  # faults told at once


class SetFaults(InputError):
    """A file breaks the schema; `faults` are all that is wrong, each with file, line and field."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        more = [f"… and {len(faults) - _SHOWN} more"] if len(faults) > _SHOWN else []
        super().__init__("\n".join([*faults[:_SHOWN], *more]))


def read_set(path: Path) -> QuestionSet:
    """The questions of a set file; its name is that of its header, else of the file.

    Raises:
        InputError: it cannot be read, or holds no question.
        SetFaults: it breaks the schema; the message names line and field.
    """
    try:
        data = path.read_bytes()
        text = decode(data)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); check the path") from error
    except InputError as error:
        raise InputError(f"{path} {error}") from error
    reading = _Reading(text)
    if reading.faults:
        raise SetFaults([f"{path}, line {number}, {fault}" for number, fault in reading.faults])
    if not reading.questions:
        raise InputError(f"{path} holds no question; write one JSON object a line")
    made = QuestionSet(reading.name or path.stem, tuple(reading.questions.values()), data)
    return QuestionSet(made.name, made.questions, data, (_file(made),))


def read_sets(paths: Sequence[Path]) -> QuestionSet:
    """The questions of several files as one set, named `a+b`; its bytes are canonical.

    Raises:
        InputError: as `read_set`, or there is no path, or two files have a question of one id.
    """
    if not paths:
        raise InputError("name at least one file of questions")
    sets = [read_set(path) for path in paths]
    if len(sets) == 1:
        return sets[0]
    places: dict[str, Path] = {}
    for path, part in zip(paths, sets, strict=True):
        for question in part.questions:
            if question.id in places:
                raise InputError(
                    f'{path}, "id": {question.id!r} is in {places[question.id]} too; '
                    "name each file once, and give every question an id of its own"
                )
        places |= {question.id: path for question in part.questions}
    questions = tuple(question for part in sets for question in part.questions)
    files = tuple(file for part in sets for file in part.files)
    return QuestionSet("+".join(p.name for p in sets), questions, canonical(questions), files)


def _file(questions: QuestionSet) -> SetFile:
    return SetFile(questions.name, questions.sha256, len(questions.questions))


class _Reading:
    """The lines of a file: what they hold, and all that is wrong with them, by line."""

    def __init__(self, text: str) -> None:
        self.name: str | None = None
        self.questions: dict[str, Question] = {}
        self.faults: list[tuple[int, str]] = []
        self._lines: dict[str, int] = {}
        self._faulty: set[str] = set()  # ids on lines that make no question
        lines = ((n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip())
        for place, (number, line) in enumerate(lines):
            faults = self._line(number, line, first=place == 0)
            self.faults += [(number, fault) for fault in faults]
        for question in self.questions.values():
            fault = twin_fault(question, self.questions)
            # What is wrong with the twin's own line is told already.
            if fault and question.twin not in self._faulty:
                self.faults.append((self._lines[question.id], fault))
        self.faults.sort(key=itemgetter(0))

    def _line(self, number: int, line: str, *, first: bool) -> Iterator[str]:
        try:
            fields = json_object(line)
        except InputError as error:
            yield str(error)
            return
        if _is_header(fields):
            yield from self._header(fields) if first else ["a header stands on the first line only"]
            return
        question, faults = question_of(fields)
        yield from faults
        if question is None:
            self._faulty.add(str(fields.get("id")))
            return
        yield from faults_of(question)
        if question.id in self._lines:
            yield f'"id": {question.id!r} is on line {self._lines[question.id]} too'
            return
        self._lines[question.id] = number
        self.questions[question.id] = question

    def _header(self, fields: Json) -> Iterator[str]:
        for name in sorted(fields.keys() - set(_HEADER)):
            yield f'"{name}": no such field of a header; use {", ".join(_HEADER)}'
        schema = fields.get("schema")
        if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
            yield f'"schema": write {SCHEMA}'
        elif schema > SCHEMA:
            yield f'"schema": {schema} is newer than this version reads ({SCHEMA}); update Yinzheng'
        for name in _HEADER[1:]:
            try:
                value = optional_text(fields, name)
            except InputError as error:
                yield f'"{name}": {error}'
                continue
            if name == "name":
                self.name = value


def _is_header(fields: Json) -> bool:
    if "question" in fields or not fields:
        return False
    return "schema" in fields or fields.keys() <= set(_HEADER)
