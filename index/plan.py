"""What a build, add, update or remove would do to the files of a store."""

import os
import stat
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from index.errors import InputError
from index.readers import Fault, SourceFile, file_digest, find_files
from index.rows import LOST, FileRow

# What of the files in the store goes: all that is not among the paths, what is there no more.
Prune = Literal["all else", "what is gone", "nothing"]


@dataclass(frozen=True)
class Scope:
    """Paths to bring up to date (none: all files of the store), and what is taken out.

    `named` are files whose names are given, in the place of paths.
    """

    paths: tuple[Path, ...]
    prune: Prune
    named: tuple[SourceFile, ...] = ()

    @property
    def takes_all(self) -> bool:
        """Whether the store will hold nothing else."""
        return self.prune == "all else"

    def look(self) -> tuple[list[SourceFile], list[Fault]]:
        """The files below the paths, or those that are named.

        Raises:
            InputError: see `index.readers.find_files`; paths that are gone are none where
                they are to be pruned.
        """
        if self.named:
            return list(self.named), []
        if self.prune != "what is gone":
            return find_files(self.paths)
        there = [path for path in self.paths if os.path.lexists(path)]
        try:
            return find_files(there)
        except InputError:  # nothing is there any more; `planned` tells where nothing ever was
            return [], []

    def holds(self, path: str) -> bool:
        """Whether a file lies at or below one of the paths."""
        if not self.paths:
            return True
        roots = (str(root.resolve()) for root in self.paths)
        return any(path == root or path.startswith(root.rstrip(os.sep) + os.sep) for root in roots)


@dataclass(frozen=True)
class Plan:
    """Files to read, with names that tell them apart; paths of those that go; what is unfit."""

    files: list[SourceFile]
    gone: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def planned(scope: Scope, known: Sequence[FileRow]) -> Plan:
    """What there is to do with a store that holds some files.

    Raises:
        InputError: a path does not exist, there is nothing to read, or all would go.
    """
    told = scope.prune == "nothing"
    looked = scope.paths or scope.named
    files, faults = scope.look() if looked else _still_there(known, told=told)
    named = {str(file.path.resolve()) for file in files}
    kept: list[FileRow] = []
    gone: list[FileRow] = []
    for row in known:
        stays = row.path in named or not (_moved(row.path, named) or _goes(row.path, scope))
        (kept if stays else gone).append(row)
    if known and not files and len(gone) == len(known):
        raise InputError(
            f"none of the {len(known)} files of the store is there any more (a disk that is not "
            "mounted?); it stays as it was. To take them out: python -m index remove PATH…"
        )
    if not files and not gone and not faults:
        find_files(scope.paths)  # tells what is wrong with them
    found = _distinct_sources(files, [row for row in kept if not row.path.startswith(LOST)])
    replaced = {file.source for file in found}
    gone += [row for row in kept if row.path.startswith(LOST) and row.source in replaced]
    return Plan(found, [row.path for row in gone], faults)


@dataclass(frozen=True)
class Preview:
    """What would change: sources of files that are new, changed, unchanged, or go.

    `anew` tells that unchanged files will be read and embedded again, too: what made the store is
    another embedder or version.
    """

    new: list[str]
    changed: list[str]
    unchanged: list[str]
    gone: list[str]
    faults: list[Fault]
    anew: bool

    def facts(self) -> dict[str, object]:
        """All of it, for JSON."""
        names = {"new": self.new, "changed": self.changed, "gone": self.gone}
        left_out = [str(fault) for fault in self.faults]
        counts = {"unchanged": len(self.unchanged), "anew": self.anew, "left_out": left_out}
        return {**names, **counts}


def preview(plan: Plan, known: Sequence[FileRow], pages: str, *, anew: bool) -> Preview:
    """Compare files with what a store holds of them; nothing is parsed."""
    rows = {row.path: row for row in known}
    found = Preview([], [], [], [rows[path].source for path in plan.gone], list(plan.faults), anew)
    for file in plan.files:
        row = rows.get(str(file.path.resolve()))
        try:
            digest = file_digest(file)
        except InputError as error:
            found.faults.append(Fault(file.source, str(error)))
            continue
        if row is None:
            found.new.append(file.source)
        elif (row.sha256, row.pages, row.source) == (digest, pages, file.source):
            found.unchanged.append(file.source)
        else:
            found.changed.append(file.source)
    return found


def named_files(files: Iterable[FileRow], names: Sequence[str], folder: Path) -> list[FileRow]:
    """The files of a store that are meant by paths, folders or source names.

    Raises:
        InputError: the store holds nothing of a name.
    """
    known = list(files)
    doomed: dict[str, FileRow] = {}
    for name in names:
        path = str(Path(name).resolve())
        found = [
            f
            for f in known
            if name == f.source or f.path == path or f.path.startswith(path + os.sep)
        ]
        if not found:
            raise InputError(
                f"the store holds no {name}; see: python -m index list --store {folder}"
            )
        doomed.update((file.path, file) for file in found)
    return list(doomed.values())


def _still_there(known: Sequence[FileRow], *, told: bool) -> tuple[list[SourceFile], list[Fault]]:
    """The files of a store that can be read again, and those that are gone, if to be told."""
    files, faults = [], []
    for row in known:
        if row.path.startswith(LOST):
            reason = "where it lies is not known since the catalogue was restored; add it again"
            faults.append(Fault(row.source, reason))
        elif _is_link(row.path) and not Path(row.path).exists():
            reason = "is a link to a file that does not exist; mend or remove the link"
            faults.append(Fault(row.source, reason))
        elif not _is_gone(row.path):
            files.append(SourceFile(Path(row.path), row.source))
        elif told:
            reason = "is there no more; --prune takes it out of the store"
            faults.append(Fault(row.source, reason))
    return files, faults


def _moved(path: str, named: Collection[str]) -> bool:
    """Whether a file was moved to one of those named, and a link left in its place."""
    return _is_link(path) and os.path.realpath(path) in named


def _is_link(path: str) -> bool:
    try:
        return stat.S_ISLNK(os.lstat(path).st_mode)
    except OSError:
        return False


def _goes(path: str, scope: Scope) -> bool:
    """Whether a file of the store that was not found is taken out.

    One that is there and cannot be read keeps its earlier state.
    """
    if scope.prune == "nothing":
        return False
    if path.startswith(LOST):
        return scope.takes_all
    return _is_gone(path) if scope.holds(path) else scope.takes_all


def _is_gone(path: str) -> bool:
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False  # a folder that cannot be entered, a disk that fails: nothing is known
    return False


def _distinct_sources(files: list[SourceFile], kept: Sequence[FileRow]) -> list[SourceFile]:
    """Two files of one name are told apart by the folders above them."""
    names = {row.path: row.source for row in kept}
    taken = set(names.values())
    distinct = []
    for file in files:
        path = str(file.path.resolve())
        source = names.get(path) or _free_name(file, taken)
        taken.add(source)
        distinct.append(replace(file, source=source))
    return distinct


def _free_name(file: SourceFile, taken: set[str]) -> str:
    parts = file.path.resolve().parts
    length = len(Path(file.source).parts)
    while (name := "/".join(parts[-length:])) in taken and length < len(parts):
        length += 1
    return name
