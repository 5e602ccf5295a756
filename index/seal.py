"""The seal of a catalogue: hashes of its files, written when a run is done with them.

SQLite notices a page that makes no sense, but not a changed letter. A writer therefore makes sure
that the files are those which were sealed before it adds to them or writes a generation from
them. Where a run was killed before it sealed, SQLite's count of changes in the file is another one
than that of the seal: then every row is compared with its digest instead.
"""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index.catalog import VECTORS, Catalog
from index.errors import StoreDamaged, StoreError
from index.files import DISK, Disk, checked, is_plain, replace_file, sha256, with_checksum
from index.publish import CATALOG, SEAL

_SEALED = (CATALOG, VECTORS)
_COUNT = slice(24, 28)  # of changes to a file of SQLite: https://sqlite.org/fileformat.html
_HEADER, _MAGIC = 100, b"SQLite format 3\0"  # bytes, and what they begin with

log = logging.getLogger(__name__)


@contextmanager
def verified(folder: Path, disk: Disk = DISK) -> Iterator[Catalog]:
    """Open the catalogue of a store, as its one writer; what was whole is sealed at the end.

    So it is after an error or Ctrl-C, too; what is damaged never is.

    Raises:
        StoreDamaged: it is not as it was sealed, or rows are not what was stored.
        StoreMismatch: of another schema.
        StoreError: the disk is full or fails.
    """
    new = not (folder / CATALOG).exists()
    if found := damages(folder):
        raise StoreDamaged(f"{found[0]}. {_remedy(folder)}")
    if not (folder / VECTORS).exists():
        try:
            disk.remove(folder / SEAL)  # a new file might have been changed as often as the old one
        except OSError as error:
            raise _cannot_write(folder, error) from error
    undone = any(_has_journal(folder / name) for name in _SEALED)
    catalog = Catalog(folder / CATALOG)
    found = damages(folder) if undone else []  # which could not be told before
    if not found and not new and unsealed(folder):
        found = [f"{folder / CATALOG}: {problem}" for problem in catalog.damages()]
    if found:
        catalog.close()
        raise StoreDamaged(f"{found[0]}. {_remedy(folder)}")
    try:
        yield catalog
    except BaseException:
        catalog.close()
        try:
            seal(folder, disk)
        except OSError as error:  # the error under way says more
            log.warning("%s cannot be sealed (%s)", folder, error.strerror)
        raise
    catalog.close()
    try:
        seal(folder, disk)
    except OSError as error:
        raise _cannot_write(folder, error) from error


def _cannot_write(folder: Path, error: OSError) -> StoreError:
    return StoreError(
        f"the store {folder} cannot be written ({error}); free some space, then run: "
        f"python -m index check --repair --store {folder}"
    )


def seal(folder: Path, disk: Disk = DISK) -> None:
    """Write the hashes of a catalogue's files, as they are, unless they are written already."""
    if unsealed(folder):
        there = [name for name in _SEALED if (folder / name).exists()]
        with ThreadPoolExecutor(len(_SEALED)) as pool:
            facts = pool.map(_facts, [folder / name for name in there])
        files = dict(zip(there, facts, strict=True))
        replace_file(disk, folder / SEAL, with_checksum(files))


def damages(folder: Path) -> list[str]:
    """Files that are not as they were sealed, one line each.

    Vectors that are missing altogether are no damage: they are computed again.
    """
    found = [
        f"{folder / name} is a link, which a store has none of"
        for name in (*_SEALED, SEAL)
        if (folder / name).is_symlink()
    ]
    sealed = {} if found else (_read(folder) or {})
    lost = [name for name in sealed if not (folder / name).exists()]
    found += [f"{folder / name} is missing" for name in lost if name != VECTORS]
    known = [
        name
        for name, facts in sealed.items()
        if name not in lost
        and _count(folder / name) in (facts["count"], None)
        and not _has_journal(folder / name)
    ]
    with ThreadPoolExecutor(len(_SEALED)) as pool:
        hashes = list(pool.map(sha256, [folder / name for name in known]))
    for name, found_hash in zip(known, hashes, strict=True):
        if found_hash != sealed[name]["sha256"]:
            found.append(f"{folder / name} is damaged: it is not as it was sealed")
    return found


def unsealed(folder: Path) -> list[str]:
    """The files that were changed after they were sealed, or never were: a run was killed."""
    sealed = _read(folder) or {}
    return [
        name
        for name in _SEALED
        if (folder / name).exists()
        and (name not in sealed or _count(folder / name) != sealed[name]["count"])
    ]


def broken_seal(folder: Path) -> list[str]:
    """Whether the seal itself is damaged, one line."""
    path = folder / SEAL
    if path.is_symlink() or not path.exists() or _read(folder) is not None:
        return []
    return [f"{folder / SEAL} fails its checksum"]


def _read(folder: Path) -> dict[str, dict[str, Any]] | None:
    path = folder / SEAL
    found = checked(path.read_bytes()) if path.exists() and is_plain(path, folder) else None
    return found if isinstance(found, dict) else None


def _facts(path: Path) -> dict[str, int | str | None]:
    return {"count": _count(path), "size": path.stat().st_size, "sha256": sha256(path)}


def _count(path: Path) -> int | None:
    """How often a file of SQLite was changed; None where it does not begin like one."""
    with path.open("rb") as file:
        header = file.read(_HEADER)
    whole = len(header) == _HEADER and header.startswith(_MAGIC)
    return int.from_bytes(header[_COUNT], "big") if whole else None


def _has_journal(path: Path) -> bool:
    """Whether a change is to be undone when the file is opened."""
    return path.with_name(f"{path.name}-journal").exists()


def _remedy(folder: Path) -> str:
    return (
        "Make it anew from the published generation: python -m index check --repair --store "
        f"{folder}; or build another store from the articles"
    )
