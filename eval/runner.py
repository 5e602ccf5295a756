"""Asking all questions of a set, and the folder that keeps what came of it.

`header.json` says what was run, `set.jsonl` is the set, `rows.jsonl` has one answer a line,
written as soon as it is known: a run that was interrupted goes on where it stopped.
"""

import fcntl
import hashlib
import json
import logging
import platform
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import IO, Any

from tqdm import tqdm

from eval.metrics import measure
from eval.sets import Question, QuestionSet, missing_evidence, read_set
from index.files import sha256
from index.generation import Generation
from index.manifest import MANIFEST
from rag import Assistant, Turn, prompt
from rag.errors import InputError, YinzhengError

_CODE = ("index/*.py", "index/embedding/*.py", "rag/**/*.py", "rag/**/*.toml", "rag/**/*.json")
HEADER, SET, ROWS = "header.json", "set.jsonl", "rows.jsonl"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Run:
    """A run as its folder keeps it; `rows` has the answers by question, as far as asked."""

    folder: Path
    header: dict[str, Any]
    questions: tuple[Question, ...]
    rows: dict[str, dict[str, Any]] = field(repr=False)

    @property
    def asked(self) -> list[Question]:
        """The questions that have been asked, in the set's order."""
        return [question for question in self.questions if question.id in self.rows]

    @property
    def failed(self) -> list[str]:
        """Ids of the questions that ended in an error."""
        return [question.id for question in self.asked if "error" in self.rows[question.id]]

    def measured(self) -> dict[str, dict[str, float | None]]:
        """The metrics of every question asked, by its id, computed from the answers."""
        k = self.header["k"]
        return {q.id: measure(q, self.rows[q.id], k=k) for q in self.asked}


def default_folder(questions: QuestionSet, llm: str) -> Path:
    """`runs/SET-LLM-TIME`, the time in UTC."""
    time = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    return Path("runs") / re.sub(r"[^\w.-]+", "_", f"{questions.name}-{llm}-{time}")


def run(
    questions: QuestionSet,
    assistant: Assistant,
    folder: Path,
    *,
    k: int = 8,
    verbatim: bool = False,
) -> Run:
    """Ask what the run in `folder` has not asked yet.

    A question that fails is kept as a row with `error`. With `verbatim` a question that leans on
    its history is asked as typed.

    Raises:
        InputError: the store has no evidence of the set at all, changed meanwhile, or the folder
            holds another run or cannot be written.
    """
    generation = assistant.retriever.store.current()
    header = _header(questions, assistant, generation, k, verbatim)
    _check_evidence(questions, header["evidence_missing"])
    _prepare(folder, header, questions)
    with _open_rows(folder) as file:
        rows = read_run(folder).rows
        left = [question for question in questions.questions if question.id not in rows]
        done = len(questions.questions) - len(left)
        bar = tqdm(left, initial=done, total=done + len(left), unit=" questions", disable=None)
        for question in bar:
            row = _asked(question, assistant, k, verbatim)
            if assistant.retriever.store.current().number != generation.number:
                raise InputError("the store changed during the run; start another run")
            _append(file, row, folder)
    return read_run(folder)


def read_run(folder: Path) -> Run:
    """The run that a folder keeps.

    Raises:
        InputError: there is none, or its files do not belong together.
    """
    try:
        header = json.loads((folder / HEADER).read_text("utf-8"))
        set_sha256 = header["set_sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{folder} holds no run ({HEADER}: {error}); check the path") from error
    questions = read_set(folder / SET)
    if questions.sha256 != set_sha256:
        raise InputError(f"{folder / SET} was changed after the run; run the set anew")
    rows = dict(_rows(folder / ROWS))
    strangers = rows.keys() - {question.id for question in questions.questions}
    if strangers:
        raise InputError(f"{folder / ROWS} answers {min(strangers)}, which is not in its set")
    return Run(folder, header, questions.questions, rows)


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []  # a half line is none
    seen = set()
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            name = row["id"]
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path}, line {number}: not a row; run the set anew") from error
        if name in seen:
            raise InputError(f"{path}, line {number}: {name} stands there twice; run the set anew")
        seen.add(name)
        yield name, row


def _header(
    questions: QuestionSet, assistant: Assistant, generation: Generation, k: int, verbatim: bool
) -> dict[str, Any]:
    """What makes the answers; a run goes on only where all of it is the same."""
    return {
        "set": questions.name,
        "set_sha256": questions.sha256,
        "questions": len(questions.questions),
        "store": sha256(generation.folder / MANIFEST),
        "paragraphs": generation.size,
        "evidence_missing": missing_evidence(questions.questions, generation),
        "llm": assistant.llm_name,
        "answer_style": assistant.answer_style,
        "unsupported": assistant.unsupported,
        "judge": assistant.judge.name if assistant.judge else "none",
        "k": k,
        "verbatim": verbatim,
        "prompts": {path.name: sha256(path) for path in sorted(prompt.FOLDER.glob("*.md"))},
        "code": _code(Path(__file__).parent.parent),
        "python": platform.python_version(),
        "yinzheng": _version(),
    }


def _code(root: Path) -> str:
    """A hash of the code and the weights that answers come from."""
    files = sorted(path for pattern in _CODE for path in root.glob(pattern))
    listing = "".join(f"{path.relative_to(root)}\n{sha256(path)}\n" for path in files)
    return hashlib.sha256(listing.encode()).hexdigest()


def _version() -> str:
    try:
        return metadata.version("yinzheng")
    except metadata.PackageNotFoundError:
        return "not installed"


def _check_evidence(questions: QuestionSet, missing: Sequence[dict[str, str]]) -> None:
    total = sum(len(question.evidence) for question in questions.questions)
    if total and len(missing) == total:
        raise InputError(
            f"the store has none of the {total} evidences of {questions.name}; it is the wrong "
            "store: give --store, or index the articles that the set was written for"
        )
    for item in missing:
        log.warning(
            "evidence missing in this store: %s: %s: %s", item["id"], item["source"], item["quote"]
        )


def _prepare(folder: Path, header: dict[str, Any], questions: QuestionSet) -> None:
    """Make the folder of a new run, or make sure that it holds this very run."""
    if (folder / HEADER).exists():
        kept = read_run(folder).header
        other = [key for key in header.keys() | kept.keys() if header.get(key) != kept.get(key)]
        if other:
            raise InputError(
                f"{folder} holds a run with another {', '.join(sorted(other))}; "
                "choose another folder with --out"
            )
        return
    if folder.exists() and (not folder.is_dir() or (folder / ROWS).exists()):
        raise InputError(f"{folder} holds something else; choose another folder with --out")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / SET).write_bytes(questions.data)
        draft = folder / f".{HEADER}"
        draft.write_text(json.dumps(header, ensure_ascii=False, indent=2) + "\n", "utf-8")
        draft.rename(folder / HEADER)
    except OSError as error:
        raise _unwritable(folder, error) from error


@contextmanager
def _open_rows(folder: Path) -> Iterator[IO[bytes]]:
    """The rows for appending, by one process at a time; half a row at the end is cut off."""
    try:
        file = (folder / ROWS).open("a+b")
    except OSError as error:
        raise _unwritable(folder, error) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(f"another run is writing to {folder}; wait until it ends") from error
        file.seek(0)
        whole, end, _ = file.read().rpartition(b"\n")
        file.truncate(len(whole) + len(end))
        yield file


def _asked(question: Question, assistant: Assistant, k: int, verbatim: bool) -> dict[str, Any]:
    history = [Turn(asked, answered) for asked, answered in question.history]
    try:
        answer = assistant.ask(question.text, history=history, k=k, verbatim=verbatim)
    except YinzhengError as error:
        row = {"question": question.text, "error": str(error)}
        log.warning("%s: %s", question.id, error)
    else:
        row = answer.to_json()
    return {**row, "id": question.id, "metrics": measure(question, row, k=k)}


def _append(file: IO[bytes], row: dict[str, Any], folder: Path) -> None:
    try:
        file.write(json.dumps(row, ensure_ascii=False, allow_nan=False).encode() + b"\n")
        file.flush()
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: OSError) -> InputError:
    return InputError(
        f"{folder} cannot be written ({error.strerror}); free some space, or choose another "
        "folder with --out"
    )
