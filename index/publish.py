"""Writing a generation so that a crash or power loss at any moment leaves a whole store.

The order matters: files, then their folders, then the manifest, then the name, then CURRENT; each
step is synced to disk before the next. A generation is never changed once it has its name.
"""

import errno
import fcntl
import logging
import os
import re
import shutil
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from index.canary import CANARY
from index.catalog import Catalog
from index.draft import CHANGES, LEXICAL, Base, Progress, write_changes, write_whole
from index.errors import StoreBusy, StoreDamaged, StoreError, StoreMismatch
from index.files import DISK, PRIVATE_FILE, Disk, replace_file, sha256, with_checksum
from index.generation import Generation
from index.manifest import MANIFEST, Manifest
from index.rows import READ_SINCE, SCHEMA

CATALOG, CURRENT, LOCK, SEAL = "catalog.sqlite", "CURRENT", "LOCK", "SEAL"
QUARANTINE = "quarantine"
_KEPT = 2  # generations: the current one and the one before
_DRAFTS = (".draft-", f".{CURRENT}", f".{SEAL}", ".catalog-")
_NAMED = re.compile(rb"gen-(\d{1,9})\n")
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}

log = logging.getLogger(__name__)


@contextmanager
def writer_lock(folder: Path, disk: Disk = DISK) -> Iterator[None]:
    """Be the one writer of a store folder (made if needed).

    Raises:
        StoreBusy: another process is writing.
        StoreError: the folder cannot be written.
    """
    try:
        if not folder.is_dir():
            folder.parent.mkdir(parents=True, exist_ok=True)
            disk.make_folder(folder)
            disk.sync(folder.parent)
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise StoreError(
            f"the store {folder} cannot be written ({error.strerror}); "
            "choose another folder with --store"
        ) from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = os.pread(lock, 20, 0).decode("ascii", "replace").strip() or "unknown"
            raise StoreBusy(
                f"the store {folder} is being updated by process {owner}; wait until it is done"
            ) from error
        _note_owner(lock, str(os.getpid()))
        try:
            yield
        finally:
            _note_owner(lock, "")
    finally:
        os.close(lock)


def _note_owner(lock: int, process: str) -> None:
    """Write into the lock who holds it: only to be told, so that it may fail."""
    try:
        os.ftruncate(lock, 0)
        os.pwrite(lock, process.encode(), 0)
    except OSError as error:
        log.warning("the lock cannot be written (%s)", error.strerror)


def publish(
    folder: Path, catalog: Catalog, progress: Progress | None = None, disk: Disk = DISK
) -> int:
    """Write the catalogue's state as a new generation and make it current.

    Returns its number; when nothing changed since the newest one, that one's number. What is
    damaged is put away. `progress` is told the stage, how much of it is done and how much there is.

    Raises:
        StoreError: the disk is full or the folder cannot be written.
    """
    draft = folder / f".draft-{_next_number(folder)}"
    try:
        sweep(folder, disk)
        number = _publish(folder, draft, catalog, progress or _silent, disk)
    except (OSError, sqlite3.OperationalError) as error:
        raise StoreError(
            f"the store {folder} cannot be written ({error}); free some space or choose "
            "another folder, then run: python -m index check --repair"
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)  # there still unless it became a generation
    _remove_old(folder, number, disk)
    return number


def _publish(folder: Path, draft: Path, catalog: Catalog, progress: Progress, disk: Disk) -> int:
    fingerprint = catalog.made_by()
    state = catalog.state()
    newest = _newest(folder, disk)
    if newest and (newest[1].state, newest[1].fingerprint) == (state, fingerprint):
        if current_generation(folder) != newest[0]:
            set_current(folder, newest[0], disk)
        return newest[0]
    disk.make_folder(draft)
    manifest = _write(folder, draft, catalog, fingerprint, newest, progress, disk)
    counts = dict(zip(("articles", "paragraphs"), catalog.counts(), strict=True))
    about = {"schema": SCHEMA, "needs": READ_SINCE, "state": state, "fingerprint": fingerprint}
    disk.write(draft / MANIFEST, with_checksum({**about, **counts, **manifest}))
    disk.sync(draft / MANIFEST)
    disk.sync(draft)
    number = int(draft.name.rpartition("-")[2])
    disk.rename(draft, folder / f"gen-{number}")
    disk.sync(folder)
    set_current(folder, number, disk)
    return number


def _write(
    folder: Path,
    draft: Path,
    catalog: Catalog,
    fingerprint: dict[str, str | int],
    newest: tuple[int, Manifest] | None,
    progress: Progress,
    disk: Disk,
) -> dict[str, Any]:
    """Write all files, synced; returns what the manifest says of them."""
    dimension = int(fingerprint["dimension"])
    canary = catalog.canary()
    if canary is not None:
        np.save(draft / CANARY, canary, allow_pickle=False)
    if newest and newest[1].fingerprint == fingerprint:
        number, before = newest
        source = folder / f"gen-{number}"
        base = Base(source, before.base_articles, before.base_paragraphs)
        kept = before.of_base
        if write_changes(draft, catalog, base, dimension, progress):
            if _linked(source, draft, kept, disk):
                files = {**_synced_files(draft, progress, disk, kept), **kept}
                bounds = {"articles": base.articles, "paragraphs": base.paragraphs}
                return {"base": bounds, "vectors": before.vectors, "files": files}
            disk.remove_folder(draft / CHANGES)
    _make_sure_of_room(folder, newest)
    vectors = write_whole(draft, catalog, dimension, progress)
    return {"vectors": vectors, "files": _synced_files(draft, progress, disk)}


def _next_number(folder: Path) -> int:
    """One that no generation ever had: a reader may hold one that was put away since."""
    names = [path.name.partition(".")[0] for path in (folder / QUARANTINE).glob("gen-*")]
    aside = [int(name[4:]) for name in names if name[4:].isdecimal()]
    return max([0, *generations(folder), *aside, current_generation(folder) or 0]) + 1


def _newest(folder: Path, disk: Disk) -> tuple[int, Manifest] | None:
    """The newest generation of this version, and its manifest; damaged ones are put away."""
    for number in reversed(generations(folder)):
        try:
            return number, Generation(folder / f"gen-{number}").manifest
        except StoreMismatch:
            continue
        except StoreDamaged as error:
            log.warning("%s; it is moved to %s", error, folder / QUARANTINE)
            quarantine(folder, number, disk)
    return None


def _linked(source: Path, draft: Path, names: Iterable[str], disk: Disk) -> bool:
    """Give the base's files a second name in the draft; not on a disk that has no such links."""
    disk.make_folder(draft / LEXICAL)
    for name in names:
        try:
            disk.link(source / name, draft / name)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            for linked in names:
                disk.remove(draft / linked)
            disk.remove_folder(draft / LEXICAL)
            return False
    return True


def _make_sure_of_room(folder: Path, newest: tuple[int, Manifest] | None) -> None:
    """Raise the error of a full disk before hours of work rather than after them."""
    if newest is None:
        return
    needed = sum(facts["size"] for facts in newest[1].files.values())
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise OSError(
            errno.ENOSPC, f"{needed / 1e6:,.0f} MB are needed, and {free / 1e6:,.0f} MB are free"
        )


def quarantine(folder: Path, number: int, disk: Disk = DISK) -> None:
    """Move a bad generation aside; nothing is deleted silently."""
    put_away(folder, f"gen-{number}", disk)


def put_away(folder: Path, name: str, disk: Disk = DISK) -> Path:
    """Move a bad file or folder of a store into its quarantine; returns where it lies now.

    A file inside a folder is named after both: gen-2.extra.txt.
    """
    aside = folder / QUARANTINE
    if aside.is_symlink():
        raise StoreError(f"{aside} is a link, which a store has none of; remove it")
    if not aside.is_dir():
        disk.make_folder(aside)
    flat = name.replace("/", ".")
    target, copy = aside / flat, 1
    while target.exists():
        copy += 1
        target = aside / f"{flat}.{copy}"
    disk.rename(folder / name, target)
    disk.sync(aside)
    disk.sync(folder)
    return target


def generations(folder: Path) -> list[int]:
    """Numbers of the generations in a store folder, ascending."""
    names = (p.name[4:] for p in folder.glob("gen-*") if p.is_dir() and not p.is_symlink())
    return sorted(int(name) for name in names if name.isdecimal())


def current_generation(folder: Path) -> int | None:
    """The number in CURRENT; None when there is none or it is not readable as one."""
    try:
        content = (folder / CURRENT).read_bytes()
    except OSError:
        return None
    found = _NAMED.fullmatch(content)
    return int(found[1]) if found and not (folder / CURRENT).is_symlink() else None


def set_current(folder: Path, number: int, disk: Disk = DISK) -> None:
    """Make a generation the current one, atomically."""
    replace_file(disk, folder / CURRENT, f"gen-{number}\n".encode())


def sweep(folder: Path, disk: Disk = DISK) -> list[str]:
    """Remove what an interrupted run left; returns the names."""
    left = leftovers(folder)
    for path in left:
        if path.is_dir():
            disk.remove_folder(path)
        else:
            disk.remove(path)
    return [path.name for path in left]


def leftovers(folder: Path) -> list[Path]:
    """What an interrupted run left in a store."""
    return sorted(path for path in folder.glob(".*") if path.name.startswith(_DRAFTS))


def _synced_files(
    draft: Path, progress: Progress, disk: Disk, kept: Collection[str] = ()
) -> dict[str, dict[str, int | str]]:
    """Sync all files and folders but those `kept` from before; returns sizes and hashes by name."""
    files: dict[str, dict[str, int | str]] = {}
    paths = sorted(draft.rglob("*"))
    new = [p for p in paths if p.is_file() and p.relative_to(draft).as_posix() not in kept]
    for done, path in enumerate(new):
        progress("write", done, len(new))
        path.chmod(PRIVATE_FILE)
        disk.sync(path)
        name = path.relative_to(draft).as_posix()
        files[name] = {"size": path.stat().st_size, "sha256": sha256(path)}
    for inner in reversed(paths):
        if inner.is_dir():
            disk.sync(inner)
    return files


def _remove_old(folder: Path, current: int, disk: Disk) -> None:
    """Keep the current generation and the one before it.

    Files that a reader holds open stay readable to it until it closes them. What cannot be removed
    now is by the next one that publishes.
    """
    for number in [n for n in generations(folder) if n <= current][:-_KEPT]:
        doomed = folder / f".draft-old-{number}"  # so that a run that is killed leaves a leftover
        try:
            disk.rename(folder / f"gen-{number}", doomed)
            disk.remove_folder(doomed)
        except OSError as error:
            log.warning("%s cannot be removed (%s)", folder / f"gen-{number}", error.strerror)


def _silent(_stage: str, _done: int, _total: int) -> None:
    """No progress wanted."""
