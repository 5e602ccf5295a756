"""Writing a generation so that a crash or power loss at any moment leaves a whole store.

The order matters: files, then their folder, then the manifest, then the name, then CURRENT; each
step is synced to disk before the next. A generation is never changed once it has its name.
"""

import fcntl
import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index.catalog import Catalog
from index.draft import LEXICAL, Progress, write_indexes
from index.errors import StoreBusy, StoreError
from index.rows import SCHEMA

CATALOG, CURRENT, LOCK, MANIFEST = "catalog.sqlite", "CURRENT", "LOCK", "MANIFEST.json"
QUARANTINE = "quarantine"
_KEPT = 2  # generations: the current one and the one before


@contextmanager
def writer_lock(folder: Path) -> Iterator[None]:
    """Be the one writer of a store folder (made if needed).

    Raises:
        StoreBusy: another process is writing.
        StoreError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
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
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(lock)


def publish(
    folder: Path,
    catalog: Catalog,
    fingerprint: dict[str, str | int],
    progress: Progress | None = None,
) -> int:
    """Write the catalogue's state as a new generation and make it current.

    Returns its number; when nothing changed since the current one, that one's number. `progress`
    is told the stage, how much of it is done and how much there is.

    Raises:
        StoreError: the disk is full or the folder cannot be written.
    """
    number = max(generations(folder), default=0) + 1
    draft = folder / f".draft-{number}"
    try:
        _sweep_drafts(folder)
        draft.mkdir(mode=0o700)
        progress = progress or _silent
        vectors = write_indexes(draft, catalog, int(fingerprint["dimension"]), progress)
        files = _synced_files(draft, progress)
        manifest = _write_manifest(draft, catalog, fingerprint, vectors, files)
        current = current_generation(folder)
        if current is not None and same_manifest(folder / f"gen-{current}", manifest):
            return current
        draft.rename(folder / f"gen-{number}")
        _sync(folder)
        set_current(folder, number)
    except (OSError, sqlite3.OperationalError) as error:
        raise StoreError(
            f"the store {folder} cannot be written ({error}); free some space or choose "
            "another folder, then run: python -m index check --repair"
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)  # there still unless it became a generation
    _remove_old(folder, number)
    return number


def generations(folder: Path) -> list[int]:
    """Numbers of the generations in a store folder, ascending."""
    names = (p.name[4:] for p in folder.glob("gen-*") if p.is_dir() and not p.is_symlink())
    return sorted(int(name) for name in names if name.isdecimal())


def current_generation(folder: Path) -> int | None:
    """The number in CURRENT; None when there is none or it is not readable as one."""
    try:
        name = (folder / CURRENT).read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    number = name.removeprefix("gen-")
    return int(number) if number.isdecimal() else None


def set_current(folder: Path, number: int) -> None:
    """Make a generation the current one, atomically."""
    draft = folder / f".{CURRENT}"
    with _create(draft) as file:
        file.write(f"gen-{number}\n".encode())
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / CURRENT)
    _sync(folder)


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def with_checksum(manifest: dict[str, Any]) -> bytes:
    """The manifest as bytes, its own SHA-256 on the last line."""
    body = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"
    return body + hashlib.sha256(body).hexdigest().encode() + b"\n"


def same_manifest(generation: Path, manifest: bytes) -> bool:
    """Whether a generation has exactly this manifest."""
    path = generation / MANIFEST
    return path.is_file() and path.read_bytes() == manifest


def _synced_files(draft: Path, progress: Progress) -> dict[str, dict[str, int | str]]:
    """Sync every file to disk; returns their sizes and hashes by name."""
    files: dict[str, dict[str, int | str]] = {}
    paths = sorted(p for p in draft.rglob("*") if p.is_file())
    for done, path in enumerate(paths):
        progress("write", done, len(paths))
        path.chmod(0o600)
        _sync(path)
        name = path.relative_to(draft).as_posix()
        files[name] = {"size": path.stat().st_size, "sha256": sha256(path)}
    _sync(draft / LEXICAL)
    return files


def _write_manifest(
    draft: Path,
    catalog: Catalog,
    fingerprint: dict[str, str | int],
    vectors: dict[str, str | int | float],
    files: dict[str, dict[str, int | str]],
) -> bytes:
    articles, paragraphs = catalog.counts()
    content = with_checksum(
        {
            "schema": SCHEMA,
            "articles": articles,
            "paragraphs": paragraphs,
            "fingerprint": fingerprint,
            "vectors": vectors,
            "files": files,
        }
    )
    with _create(draft / MANIFEST) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    _sync(draft)
    return content


@contextmanager
def _create(path: Path) -> Iterator[Any]:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        yield file


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sweep_drafts(folder: Path) -> None:
    for draft in folder.glob(".draft-*"):
        shutil.rmtree(draft)


def _remove_old(folder: Path, current: int) -> None:
    """Keep the current generation and the one before it.

    Files that a reader holds open stay readable to it until it closes them.
    """
    for number in [n for n in generations(folder) if n <= current][:-_KEPT]:
        shutil.rmtree(folder / f"gen-{number}", ignore_errors=True)


def _silent(_stage: str, _done: int, _total: int) -> None:
    """No progress wanted."""
