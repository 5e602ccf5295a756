"""Files that readers send: taken in whole or not at all, and put into their folder at one stroke.

Below the folder of a store there are then:

    added/          the files that the store holds, under the names that they are cited by
    coming/half     what is being sent
    coming/whole    what was sent and waits to be added
    coming/before   what files in added/ were, while other ones of their names are being added
"""

import errno
import os
import secrets
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from index.files import PRIVATE_FILE, PRIVATE_FOLDER, sha256
from index.readers import LARGEST, SUFFIXES
from ui.articles.errors import Refusal

ADDED = "added"
LARGEST_FILE = 50_000_000  # bytes
LARGEST_LOT = 500_000_000  # bytes that wait at a time
MOST = 2_000  # files that wait at a time
_SPARE = 64_000_000  # bytes of the disk that are left free
LISTS = (".jsonl", ".csv", ".tsv")  # of many articles; any other file is one


class Uploads:
    """The folders of a store's uploaded files; made when the first one comes."""

    def __init__(self, folder: Path) -> None:
        """`folder`: the store's own."""
        self._folder = folder
        self.added = folder / ADDED
        self._half = folder / "coming" / "half"
        self._whole = folder / "coming" / "whole"
        self._before = folder / "coming" / "before"

    def begin(self, name: str, size: int) -> "Incoming":
        """Take a file in; `name` is a safe one, `size` what the sender says, 0 if it says nothing.

        Raises:
            Refusal: files of this kind or size are not taken, or the disk is full.
        """
        limit = largest(name)
        if size > limit:
            raise _too_large(name, limit)
        waiting = [*_sizes(self._whole), *_sizes(self._half)]
        if sum(waiting) + size > LARGEST_LOT or len(waiting) >= MOST:
            raise Refusal("much", "too much waits to be added; add it first, then send more")
        try:
            self._make_sure_of(self._half, self._whole)
            if shutil.disk_usage(self._half).free < size + _SPARE:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            path = self._half / secrets.token_hex(8)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            file = os.fdopen(os.open(path, flags, PRIVATE_FILE), "wb")
        except OSError as error:
            raise _no_room(error) from error
        return Incoming(name, file, path, self._whole / name, limit)

    def waiting(self) -> tuple[str, ...]:
        """The names of the files that were sent and wait to be added."""
        return tuple(sorted(path.name for path in _files(self._whole)))

    def lying(self) -> tuple[str, ...]:
        """The names of the files in added/."""
        return tuple(sorted(path.name for path in _files(self.added)))

    def path(self, name: str) -> Path:
        """Where a file lies once it is added."""
        return self.added.resolve() / name

    def same(self, name: str) -> bool:
        """Whether a file that waits is, byte for byte, the one of its name in added/."""
        there, here = self.added / name, self._whole / name
        if not there.is_file() or there.stat().st_size != here.stat().st_size:
            return False
        return sha256(there) == sha256(here)

    def discard(self, names: Iterable[str]) -> None:
        """Forget files that wait."""
        for name in names:
            (self._whole / name).unlink(missing_ok=True)

    def put_in(self, names: Iterable[str]) -> None:
        """Move files that wait to added/; those in their places are kept until `settle`.

        Raises:
            Refusal: the disk is full or fails; everything is where it was.
        """
        moved = []
        try:
            self._make_sure_of(self.added, self._before)
            for name in names:
                if not (self._whole / name).exists():
                    continue  # it lies in added/ already
                if (self.added / name).exists():
                    (self.added / name).replace(self._before / name)
                moved.append(name)
                (self._whole / name).replace(self.added / name)
        except OSError as error:
            self.settle(moved, lambda _path: False, keep=True)
            raise _no_room(error) from error

    def settle(
        self, names: Iterable[str], holds: Callable[[Path], bool], *, keep: bool
    ) -> tuple[str, ...]:
        """After an attempt to add files: leave in added/ what the store holds of them.

        `holds` tells whether it holds a file as it lies there. What it does not goes: it waits
        again if it is to be kept. Returns the names that stay.
        """
        stay = []
        for name in names:
            there, before = self.added / name, self._before / name
            if there.exists() and holds(there):
                before.unlink(missing_ok=True)
                stay.append(name)
                continue
            if keep and there.exists() and not (self._whole / name).exists():
                there.replace(self._whole / name)
            there.unlink(missing_ok=True)
            if before.exists():
                before.replace(there)
        return tuple(stay)

    def recover(self, holds: Callable[[Path], bool]) -> None:
        """Mend what a run that was killed left; nothing that was sent whole is lost."""
        for path in _files(self._half):
            path.unlink(missing_ok=True)
        names = [path.name for path in _files(self._before)]
        if names:
            self._make_sure_of(self._whole)
        self.settle(names, holds, keep=True)

    def _make_sure_of(self, *folders: Path) -> None:
        for folder in folders:
            for part in (folder.parent, folder):
                if part != self._folder.parent and not part.is_dir():
                    part.mkdir(mode=PRIVATE_FOLDER)


class Incoming:
    """A file on its way in; `close` without `finish` leaves nothing of it."""

    def __init__(self, name: str, file: BinaryIO, path: Path, target: Path, limit: int) -> None:
        self._name = name
        self._file = file
        self._path = path
        self._target = target
        self._limit = limit
        self._size = 0

    def write(self, data: bytes) -> None:
        """Take some more of it.

        Raises:
            Refusal: it is too large, or the disk is full.
        """
        self._size += len(data)
        if self._size > self._limit:
            raise _too_large(self._name, self._limit)
        try:
            self._file.write(data)
        except OSError as error:
            raise _no_room(error) from error

    def finish(self) -> None:
        """It is whole: let it wait under its name, in the place of one that waited.

        Raises:
            Refusal: it is empty, or the disk is full.
        """
        if not self._size:
            raise Refusal("empty", f"{self._name} is empty; choose another file", name=self._name)
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._target.parent.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
            self._path.replace(self._target)
        except OSError as error:
            raise _no_room(error) from error

    def close(self) -> None:
        """Leave nothing of it, unless it is finished."""
        try:
            self._file.close()
        except OSError:
            pass  # the disk is full: what was not written yet is not wanted either
        finally:
            self._path.unlink(missing_ok=True)


def largest(name: str) -> int:
    """The most bytes that a file of this name may have.

    Raises:
        Refusal: files of its kind are not read.
    """
    kind = Path(name).suffix.lower()
    if kind not in SUFFIXES:
        kinds = ", ".join(SUFFIXES)
        raise Refusal("kind", f"{name} is none of the kinds that are read ({kinds})", name=name)
    return LARGEST_FILE if kind in LISTS else min(LARGEST, LARGEST_FILE)


def _files(folder: Path) -> list[Path]:
    """The files in a folder; links and what is hidden are none of ours."""
    if not folder.is_dir():
        return []
    found = (path for path in folder.iterdir() if not path.name.startswith("."))
    return [path for path in found if path.is_file() and not path.is_symlink()]


def _sizes(folder: Path) -> list[int]:
    sizes = []
    for path in _files(folder):
        try:
            sizes.append(path.stat().st_size)
        except FileNotFoundError:
            continue  # it was finished, or given up, at this moment
    return sizes


def _too_large(name: str, limit: int) -> Refusal:
    size = f"{limit // 1_000_000} MB"
    return Refusal("large", f"{name} has more than {size}; split it into smaller files", name=name)


def _no_room(error: OSError) -> Refusal:
    return Refusal("full", f"the file cannot be kept ({error.strerror}); free some space")
