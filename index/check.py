"""Verifying a store, and mending what is safe to mend."""

from collections.abc import Iterator
from pathlib import Path

from index.canary import agree, canary_of
from index.catalog import VECTORS, Catalog
from index.embedder import Embedder
from index.errors import StoreDamaged, StoreError, StoreMismatch, StoreMissing
from index.files import DISK, PRIVATE_FILE, PRIVATE_FOLDER
from index.generation import Generation
from index.manifest import MANIFEST, damage, read_manifest
from index.publish import (
    CATALOG,
    CURRENT,
    QUARANTINE,
    SEAL,
    current_generation,
    generations,
    leftovers,
    publish,
    put_away,
    quarantine,
    sweep,
    writer_lock,
)
from index.restore import restore_catalog, restore_vectors
from index.seal import broken_seal, damages, seal, unsealed
from index.store import fingerprint


def check(folder: Path, embedder: Embedder | None = None) -> list[str]:
    """Everything wrong with a store, one line a finding; an empty list means none.

    With the `embedder` that made the store its fixed texts are embedded again, too.

    Raises:
        StoreMissing: there is no store.
        StoreMismatch: another version made it.
        StoreBusy: it is being updated.
    """
    _make_sure_there_is_one(folder)
    with writer_lock(folder):
        found = [*_catalog_findings(folder), *_generation_findings(folder)]
        found += [f"{path} was left by an interrupted run" for path in leftovers(folder)]
        found += _open_to_others(folder)
        found += _maker_findings(folder, embedder) if embedder else []
        return list(dict.fromkeys(found))


def _make_sure_there_is_one(folder: Path) -> None:
    if not (folder / CATALOG).exists() and not generations(folder):
        raise StoreMissing(f"there is no store in {folder}; check --store")


def made_by(folder: Path) -> str | None:
    """The fingerprint of the embedder that made a store, as its newest whole manifest tells."""
    for number in reversed(generations(folder)):
        try:
            return str(read_manifest(folder / f"gen-{number}").fingerprint["embedder"])
        except StoreError:
            continue  # told by `check`
    return None


def repair(folder: Path) -> list[str]:
    """Mend what is safe to mend; returns what was done, a line each.

    Leftovers are swept, damaged files put into quarantine, a damaged catalogue made anew from the
    newest whole generation and a damaged generation from the catalogue.

    Raises:
        StoreDamaged: neither is whole; then only building again helps.
        StoreMismatch: another version made the store.
        StoreError: the disk is full or fails.
    """
    _make_sure_there_is_one(folder)
    try:
        return _repaired(folder)
    except OSError as error:
        raise StoreError(
            f"the store {folder} cannot be written ({error}); free some space and run the same "
            "command again"
        ) from error


def _repaired(folder: Path) -> list[str]:
    with writer_lock(folder):
        bad = _bad_files(folder)
        if CATALOG in bad and next(_whole(folder), None) is None:
            raise StoreDamaged(
                f"{folder / CATALOG} is damaged, and no generation is whole; move the store folder "
                f"away and build it again: python -m index build PATH… --store {folder}"
            )
        done = [f"removed {name}, left by an interrupted run" for name in sweep(folder)]
        done += [*_made_private(folder), *_without_strangers(folder)]
        for number in [n for n in generations(folder) if damage(folder / f"gen-{n}")]:
            quarantine(folder, number)
            done.append(f"moved gen-{number} to {QUARANTINE}")
        done += _mended_catalog(folder, bad)
        current = current_generation(folder)
        catalog = Catalog(folder / CATALOG)
        try:
            if not catalog.maker:
                raise _unfinished(folder)
            number = publish(folder, catalog)
        finally:
            catalog.close()
        if current != number:
            done.append(f"{CURRENT} names gen-{number}")
        if broken_seal(folder) or unsealed(folder):
            DISK.remove(folder / SEAL)
            seal(folder)
            done.append(f"sealed {CATALOG}, every row of which is what was stored")
    return [*done, f"generation {number} holds the catalogue's state"]


def _without_strangers(folder: Path) -> Iterator[str]:
    """Remove links but those that `_mended_catalog` moves; put files aside that belong nowhere."""
    links = [folder / SEAL, folder / CURRENT, *folder.glob("gen-*")]
    for link in [path for path in links if path.is_symlink()]:
        DISK.remove(link)
        yield f"removed the link {link.name}"
    for number in generations(folder):
        try:
            odd = _odd_files(folder / f"gen-{number}")
        except StoreError:
            continue  # it is put away as a whole
        for name in odd:
            put_away(folder, f"gen-{number}/{name}")
            yield f"moved {name} of gen-{number} to {QUARANTINE}"


def _mended_catalog(folder: Path, bad: list[str]) -> list[str]:
    """Put away what is damaged of the catalogue and make it anew."""
    whole = next(_whole(folder), None)
    done = [line for name in bad for line in _put_aside(folder, name)]
    if CATALOG in bad and whole is not None:
        restore_catalog(folder, whole)
        done.append(
            f"{CATALOG} holds again what gen-{whole.number} holds ({whole.manifest.articles} "
            "articles); what was added and never published has to be added again"
        )
    if not (folder / VECTORS).exists():
        DISK.remove(folder / SEAL)  # see `index.seal.verified`
    count = restore_vectors(folder, whole) if whole is not None else 0
    if count:
        done.append(f"{count} vectors were taken from the published generation")
    return done


def _put_aside(folder: Path, name: str) -> Iterator[str]:
    """Move a damaged file to quarantine, with what SQLite would have undone in it."""
    DISK.remove(folder / SEAL)
    for path in (folder / name, folder / f"{name}-journal"):
        if path.exists() or path.is_symlink():
            yield f"moved {path.name} to {put_away(folder, path.name).relative_to(folder)}"


def _bad_files(folder: Path) -> list[str]:
    """Which files of the catalogue are damaged or lack something, the catalogue first."""
    told = damages(folder)
    bad = [name for name in (CATALOG, VECTORS) if any(f"{folder / name} " in line for line in told)]
    if not (folder / CATALOG).exists():
        bad.insert(0, CATALOG)
    if bad:
        return list(dict.fromkeys(bad))
    try:
        catalog = Catalog(folder / CATALOG)
    except StoreMismatch:
        raise
    except StoreError:
        return [CATALOG]
    try:
        found = [line.startswith(VECTORS) for line in catalog.damages()]
        return [CATALOG] * (False in found) + [VECTORS] * (True in found)
    finally:
        catalog.close()


def _whole(folder: Path) -> Iterator[Generation]:
    """The generations that can be read, the newest first."""
    for number in reversed(generations(folder)):
        try:
            yield Generation(folder / f"gen-{number}")
        except StoreError:
            continue  # told by `check`, and put away by `repair`


def _catalog_findings(folder: Path) -> list[str]:
    path = folder / CATALOG
    if not path.exists():
        return [f"{path} is missing: articles can be searched, but not added or removed"]
    found = [*damages(folder), *broken_seal(folder)]
    if found:
        return found
    try:
        catalog = Catalog(path)
    except StoreDamaged as error:
        return [str(error)]
    try:
        found = [f"{path}: {problem}" for problem in catalog.problems()]
        found = found or _behind(folder, catalog)
    finally:
        catalog.close()
    return found + [
        f"{folder / name} was changed and not sealed: a run was killed" for name in unsealed(folder)
    ]


def _behind(folder: Path, catalog: Catalog) -> list[str]:
    """Whether the newest generation lacks what the catalogue holds."""
    numbers = generations(folder)
    if not catalog.maker:
        return [str(_unfinished(folder))]
    try:
        manifest = read_manifest(folder / f"gen-{numbers[-1]}") if numbers else None
    except StoreError:
        return []  # reported by the generations
    if manifest is None or catalog.state() != manifest.state:
        newest = f"gen-{numbers[-1]}" if numbers else "every generation"
        return [f"{newest} is behind the catalogue: a run stopped before it published"]
    return []


def _generation_findings(folder: Path) -> list[str]:
    found = []
    numbers = generations(folder)
    for number in numbers:
        generation = folder / f"gen-{number}"
        try:
            Generation(generation)
            odd = _odd_files(generation)
        except StoreMismatch:
            if number == numbers[-1]:
                raise
            continue  # of an earlier version, kept as the one before
        except StoreError as error:
            found.append(str(error))
            continue
        found += [f"{generation / name} is no file of the generation" for name in odd]
    current = current_generation(folder)
    if numbers and current != numbers[-1]:
        found.append(f"{folder / CURRENT} does not name gen-{numbers[-1]}, the newest generation")
    return found


def _odd_files(generation: Path) -> list[str]:
    """Files in a generation that its manifest does not name."""
    named = {*read_manifest(generation).files, MANIFEST}
    files = (path for path in generation.rglob("*") if not path.is_dir())
    return sorted({path.relative_to(generation).as_posix() for path in files} - named)


def _maker_findings(folder: Path, embedder: Embedder) -> list[str]:
    """Whether the embedder still gives the vectors that it gave, and this version the tokens."""
    newest = next(_whole(folder), None)
    if newest is None:
        return []
    expected = fingerprint(embedder.fingerprint, embedder.dimension)
    made = newest.manifest.fingerprint
    build = f"index the articles again: python -m index build PATH… --store {folder}"
    differing = [key for key, value in expected.items() if made.get(key) != value]
    if differing:
        return [f"the store was made with another {', '.join(differing)}; {build}"]
    if newest.canary is not None and not agree(newest.canary, canary_of(embedder)):
        return [f"the embedder gives other vectors than when it made the store; {build}"]
    return []


def _open_to_others(folder: Path) -> list[str]:
    """Files and folders that others may read or that are links, a line each."""
    links = [f"{p} is a link, which a store has none of" for p in _inside(folder) if p.is_symlink()]
    return links + [
        f"{path} may be read by others (mode {path.stat().st_mode & 0o777:o})"
        for path in _lax(folder)
    ]


def _lax(folder: Path) -> list[Path]:
    """The store and what is in it that others may read."""
    paths = (path for path in (folder, *_inside(folder)) if not path.is_symlink())
    return [path for path in paths if path.stat().st_mode & 0o077]


def _made_private(folder: Path) -> list[str]:
    lax = _lax(folder)
    for path in lax:
        path.chmod(PRIVATE_FOLDER if path.is_dir() else PRIVATE_FILE)
    return [f"{len(lax)} files and folders may be read by you alone now"] if lax else []


def _inside(folder: Path) -> Iterator[Path]:
    """What is in a store, quarantine and leftovers aside; links are not followed."""
    aside = [folder / QUARANTINE, *leftovers(folder)]
    for path in sorted(set(folder.iterdir()).difference(aside)):
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from sorted(path.rglob("*"))


def _unfinished(folder: Path) -> StoreDamaged:
    return StoreDamaged(
        f"the store {folder} was never finished; build it again: "
        f"python -m index build PATH… --store {folder}"
    )
