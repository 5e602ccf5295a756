"""Writing a run's folder: nothing is lost when the process is killed at any moment.

While questions are asked, answers are added to `rows.jsonl` line by line and made to last; half a
line at the end is cut off when the run goes on. When all are asked, the files are written once
more in the set's order, each under another name first.
"""

import fcntl
import json
import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from eval.runner.kept import BASELINES, HEADER, ROWS, SET, TIMINGS, Run, read_run
from eval.sets import QuestionSet
from rag.errors import InputError

LOCK = ".lock"
MAY_DIFFER = ("machine",)  # keys of the header that may, when a run goes on

_BEFORE_HEADER = {LOCK, SET, f".{SET}", f".{HEADER}"}  # of a run that was stopped at once


class Journal:
    """Takes the answers of a run one by one, from any thread."""

    def __init__(self, folder: Path) -> None:
        """Open the files of a folder that is this process's own.

        Raises:
            InputError: they cannot be written.
        """
        self._folder = folder
        self._adding = threading.Lock()
        self._rows, self._timings = _appended(folder / ROWS), _appended(folder / TIMINGS)

    def add(self, row: dict[str, Any], timing: dict[str, Any] | None) -> None:
        """Keep an answer; when this returns, it outlasts a power failure.

        Raises:
            InputError: the disk is full, or fails; nothing of the answer is kept.
        """
        with self._adding:  # the row last: what has a row is not asked again
            if timing is not None:
                self._write(self._timings, timing)
            self._write(self._rows, row)

    def close(self) -> None:
        """Close the files, after what is being added."""
        with self._adding:
            self._rows.close()
            self._timings.close()

    def _write(self, file: BinaryIO, fields: dict[str, Any]) -> None:
        size = os.fstat(file.fileno()).st_size
        try:
            left = line(fields)
            while left:
                left = left[file.write(left) :]
            os.fdatasync(file.fileno())
        except OSError as error:
            os.ftruncate(file.fileno(), size)  # half a row must not stand before the next one
            raise unwritable(self._folder, error) from error


@contextmanager
def opened(folder: Path, header: dict[str, Any], questions: QuestionSet) -> Iterator[Journal]:
    """The folder of a new run, or of this very run as far as it came, for this process alone.

    Raises:
        InputError: it holds another run or something else, another process writes to it, or it
            cannot be written.
    """
    _refuse_strange(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / LOCK).open("wb")
    except OSError as error:
        raise unwritable(folder, error) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(f"another run is writing to {folder}; wait until it ends") from error
        if (folder / HEADER).exists():
            _refuse_other(folder, header)
        else:
            replaced(folder, SET, questions.data)
            text = json.dumps(header, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
            replaced(folder, HEADER, text.encode())
        journal = Journal(folder)
        try:
            yield journal
        finally:
            journal.close()


def finish(run: Run, rows: Iterable[dict[str, Any]], baselines: Iterable[dict[str, Any]]) -> None:
    """Write the files of a run with all its answers once more, all in the set's order.

    Raises:
        InputError: the folder cannot be written; it is as it was before.
    """
    timings = ({"id": q.id, **run.timings[q.id]} for q in run.questions if q.id in run.timings)
    for name, lines in ((ROWS, rows), (TIMINGS, timings), (BASELINES, baselines)):
        replaced(run.folder, name, b"".join(map(line, lines)))


def line(fields: dict[str, Any]) -> bytes:
    """An object as a line of JSON in UTF-8; where halves of surrogate pairs stand, in ASCII."""
    try:
        return json.dumps(fields, ensure_ascii=False, allow_nan=False).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(fields, allow_nan=False).encode() + b"\n"


def replaced(folder: Path, name: str, content: bytes) -> None:
    """Write a file at one stroke: it is as it was, or has all of the content.

    Raises:
        InputError: it cannot be written.
    """
    path, draft = folder / name, folder / f".{name}"
    try:
        if path.exists() and path.read_bytes() == content:
            return
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise unwritable(folder, error) from error


def unwritable(folder: Path, error: OSError) -> InputError:
    """What to tell of a folder that cannot be written."""
    return InputError(
        f"{folder} cannot be written ({error.strerror}); free some space, or choose another "
        "folder with --out"
    )


def _appended(path: Path) -> BinaryIO:
    """A file for appending, without the half line that may stand at its end."""
    try:
        file = path.open("a+b", buffering=0)
        file.seek(0)
        content = file.read()
        file.truncate(content.rfind(b"\n") + 1)
    except OSError as error:
        raise unwritable(path.parent, error) from error
    return file


def _refuse_strange(folder: Path) -> None:
    if folder.is_dir():
        there = {path.name for path in folder.iterdir()}
        strange = HEADER not in there and not there <= _BEFORE_HEADER
    else:
        strange = folder.exists()
    if strange:
        raise InputError(f"{folder} holds something else; choose another folder with --out")


def _refuse_other(folder: Path, header: dict[str, Any]) -> None:
    kept = read_run(folder).header
    names = (header.keys() | kept.keys()) - set(MAY_DIFFER)
    other = sorted(name for name in names if header.get(name) != kept.get(name))
    if other:
        raise InputError(
            f"{folder} holds a run with another {', '.join(other)}; "
            "choose another folder with --out"
        )
