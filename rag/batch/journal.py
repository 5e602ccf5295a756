"""The answers of a batch that is not finished: ANSWERS.jsonl.part, which becomes ANSWERS.jsonl.

Its first line says what makes the answers. Each other one is an answer, as it came: the line of its
question in the batch file, whether there is an answer, and the object. A process that is killed
leaves half a line at most, which is dropped when the batch goes on. When all are there, they are
written once more, in order and without these beginnings, under another name first.
"""

import fcntl
import json
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from rag.batch.header import Header, differences
from rag.errors import InputError

_LINE = re.compile(rb"(?P<number>[1-9][0-9]{0,17}) (?P<kind>answered|failed) (?P<object>\{.*\}\n)")
# Seconds after which the next answer makes all last: what a power failure may cost. A process that
# is killed loses none of them.
_SYNCED_EVERY = 1.0


def part_of(out: Path) -> Path:
    """Where the answers lie until all are there."""
    return out.with_name(f"{out.name}.part")


class Journal:
    """Takes the answers of a batch one by one, from any thread.

    Attributes:
        done: the lines of the batch file whose questions have been asked.
        failed: how many of them have no answer.
    """

    def __init__(self, out: Path, file: BinaryIO) -> None:
        """Go on behind the last whole answer of a file that is this process's own.

        Raises:
            OSError: it cannot be read or written.
        """
        self.failed = 0
        self._out, self._file = out, file
        self._adding = threading.Lock()
        self._places: dict[int, tuple[int, int]] = {}  # where the object of a question's line lies
        self._end = self._read()
        os.ftruncate(file.fileno(), self._end)
        self._synced = time.monotonic()

    @property
    def done(self) -> frozenset[int]:
        """The lines of the batch file whose questions have been asked."""
        return frozenset(self._places)

    def add(self, number: int, line: str, failed: bool) -> None:
        """Keep what came of the question on a line of the batch file: an object as a line of JSON.

        Raises:
            InputError: the disk is full, or fails; nothing of this answer is kept.
        """
        kind = "failed" if failed else "answered"
        start, content = f"{number} {kind} ".encode(), f"{line}\n".encode()
        with self._adding:
            self._write(start + content)
            self._places[number] = (self._end + len(start), len(content))
            self._end += len(start) + len(content)
            self.failed += failed

    def finish(self) -> None:
        """Make the answers, in order, the file that was asked for; the part is gone.

        Raises:
            InputError: it cannot be written, or there is one by now; the part is as it was.
        """
        draft = self._out.with_name(f".{self._out.name}.draft")
        try:
            with draft.open("wb") as file:
                for number in sorted(self._places):
                    place, size = self._places[number]
                    file.write(os.pread(self._file.fileno(), size, place))
                file.flush()
                os.fsync(file.fileno())
            refuse_existing(self._out)
            draft.rename(self._out)
            _sync_folder(self._out.parent)
            part_of(self._out).unlink()
        except OSError as error:
            raise unwritable(self._out, error) from error
        finally:
            draft.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the part, after what is being added."""
        with self._adding:
            self._file.close()

    def _write(self, content: bytes) -> None:
        handle = self._file.fileno()
        try:
            written = 0
            while written < len(content):
                written += os.pwrite(handle, content[written:], self._end + written)
            if time.monotonic() - self._synced > _SYNCED_EVERY:
                os.fdatasync(handle)
                self._synced = time.monotonic()
        except OSError as error:
            os.ftruncate(handle, self._end)  # no half answer before the next one
            raise unwritable(part_of(self._out), error) from error

    def _read(self) -> int:
        """Find the answers that are there; returns where the last whole one ends."""
        self._file.seek(0)
        end = len(self._file.readline())
        for line in self._file:
            match = _LINE.fullmatch(line)
            if match is None:  # half a line, or what a power failure left
                break
            number, start = int(match["number"]), match.start("object")
            self._places[number] = (end + start, len(line) - start)
            self.failed += match["kind"] == b"failed"
            end += len(line)
        return end


@contextmanager
def opened(out: Path, header: Header) -> Iterator[Journal]:
    """The part of a new batch, or of this very one as far as it came, for this process alone.

    Raises:
        InputError: there is a part of another batch, or something else; another process writes to
            it; it cannot be written.
    """
    path = part_of(out)
    first = json.dumps(header).encode() + b"\n"
    try:
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+b")
    except OSError as error:
        raise unwritable(path, error) from error
    with file:
        _lock(path, file)
        refuse_existing(out)  # another process may have finished just now
        _begin(path, file, first)
        try:
            journal = Journal(out, file)
        except OSError as error:
            raise unwritable(path, error) from error
        try:
            yield journal
        finally:
            journal.close()


def refuse_existing(out: Path) -> None:
    """Answers that are there are not written over.

    Raises:
        InputError: there is something of this name.
    """
    if out.exists() or out.is_symlink():
        raise InputError(f"{out} is there already; choose another name with --out, or delete it")


def unwritable(path: Path, error: OSError) -> InputError:
    """What to tell of a file that cannot be written."""
    return InputError(
        f"{path} cannot be written ({error.strerror}); nothing that was answered is lost: free "
        "some space or mend the folder, then give the same command again"
    )


def _lock(path: Path, file: BinaryIO) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        same = path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat())
    except BlockingIOError:
        same = False
    except OSError as error:
        raise unwritable(path, error) from error
    if not same:
        raise InputError(f"another batch is writing to {path}; wait until it ends")


def _begin(path: Path, file: BinaryIO, first: bytes) -> None:
    """Write the first line, or make sure that it is there already."""
    kept = file.readline()
    if not kept.endswith(b"\n") and first.startswith(kept):  # new, or stopped in this very moment
        try:
            os.ftruncate(file.fileno(), 0)
            file.seek(0)
            file.write(first)
            file.flush()
            os.fsync(file.fileno())
            _sync_folder(path.parent)
        except OSError as error:
            raise unwritable(path, error) from error
        return
    try:
        before = json.loads(kept)
        strange = not isinstance(before, dict) or "yinzheng_batch" not in before
    except ValueError:
        strange = True
    if strange:
        raise InputError(f"{path} holds something else; choose another name with --out")
    if other := differences(before, json.loads(first)):
        raise InputError(
            f"{path} was begun with {other}; give what it was begun with to go on, or delete it to "
            "begin anew"
        )


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
