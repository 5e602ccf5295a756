"""Which files there are to read: paths → source files, faults, and what is left alone."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from index.errors import InputError

SUFFIXES = (".txt", ".md", ".jsonl", ".html", ".htm", ".pdf", ".docx", ".csv", ".tsv")


@dataclass(frozen=True)
class SourceFile:
    """A file to read: where it lies, and the name under which its articles are cited."""

    path: Path
    source: str


@dataclass(frozen=True)
class Fault:
    """Why a file, or one record of it, was left out."""

    source: str
    reason: str
    line: int | None = None

    def __str__(self) -> str:
        place = f"{self.source}, line {self.line}" if self.line else self.source
        return f"{place}: {self.reason}"


@dataclass(frozen=True)
class LeftAlone:
    """What folders hold besides files to read: files of other kinds, by name, and hidden ones.

    A hidden folder counts as one.
    """

    skipped: tuple[str, ...]
    hidden: int


def find_files(paths: Iterable[Path]) -> tuple[list[SourceFile], list[Fault]]:
    """Readable files among `paths` and below its folders, in a stable order, and what is not.

    Hidden files and files of other kinds inside a folder are left alone (see `left_alone`);
    named outright, they are faults, and so is a folder that cannot be opened.

    Raises:
        InputError: a path does not exist, or there is nothing to read at all.
    """
    paths = list(paths)
    for path in paths:
        if not _exists(path):
            raise InputError(f"{path} does not exist; check the path")
    files: dict[Path, SourceFile] = {}
    faults = []
    for path in paths:
        if path.is_dir():
            found, unreadable = _in_folder(path)
            faults += unreadable
        elif fault := _unfit(path, path.name):
            faults.append(fault)
            continue
        else:
            found = [SourceFile(path, path.name)]
        for file in found:
            files.setdefault(file.path.resolve(), file)
    if not files and not faults:
        names = ", ".join(str(path) for path in paths)
        raise InputError(f"no {', '.join(SUFFIXES)} file in {names}; name a folder that holds some")
    return list(files.values()), faults


def left_alone(paths: Iterable[Path]) -> LeftAlone:
    """What `find_files` passes over in the folders among `paths`, without a fault.

    Links to folders are not followed, they are among the skipped.
    """
    skipped: dict[str, None] = {}
    hidden = 0
    for folder in paths:
        if not folder.is_dir():
            continue
        for entry in _entries(folder, []):
            name = entry.relative_to(folder).as_posix()
            if entry.name.startswith("."):
                hidden += 1
            elif entry.is_dir():
                skipped[f"{name} (a link to a folder; name it outright to read it)"] = None
            elif entry.suffix.lower() not in SUFFIXES:
                skipped[name] = None
    return LeftAlone(tuple(sorted(skipped)), hidden)


def _exists(path: Path) -> bool:
    """Whether there is anything at the path, be it a broken link."""
    try:
        return path.exists() or path.is_symlink()
    except OSError as error:
        raise InputError(f"{path} cannot be reached ({error.strerror}); check the path") from error


def _in_folder(folder: Path) -> tuple[list[SourceFile], list[Fault]]:
    files: list[SourceFile] = []
    faults: list[Fault] = []
    errors: list[OSError] = []
    for entry in sorted(_entries(folder, errors)):
        name = entry.relative_to(folder).as_posix()
        if entry.suffix.lower() not in SUFFIXES or entry.name.startswith(".") or entry.is_dir():
            continue
        if fault := _unfit(entry, name):
            faults.append(fault)
        else:
            files.append(SourceFile(entry, name))
    for error in errors:
        reason = f"the folder cannot be opened ({error.strerror}); check its permissions"
        faults.append(Fault(Path(error.filename).as_posix(), reason))
    return files, faults


def _entries(folder: Path, errors: list[OSError]) -> Iterator[Path]:
    """All files below a folder, and its hidden folders and links to folders, neither entered."""
    for parent, folders, names in os.walk(folder, onerror=errors.append):
        above = Path(parent)
        closed = [n for n in folders if n.startswith(".") or (above / n).is_symlink()]
        yield from (above / name for name in (*closed, *names))
        folders[:] = [name for name in folders if name not in closed]


def _unfit(path: Path, name: str) -> Fault | None:
    """Why a file that was asked for, by name or by its kind, is none that can be read."""
    if path.suffix.lower() not in SUFFIXES:
        return Fault(name, f"not one of the kinds read ({', '.join(SUFFIXES)})")
    try:
        if path.is_file():
            return None
        broken = path.is_symlink() and not path.exists()
    except OSError as error:
        return Fault(name, f"cannot be reached ({error.strerror}); check its permissions")
    if broken:
        return Fault(name, "is a link to a file that does not exist; mend or remove the link")
    return Fault(name, "is a device or pipe, not a file; copy its content into a file")
