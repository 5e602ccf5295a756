"""The pipeline: files → articles → paragraphs → vectors → a published store."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from index.catalog import Catalog
from index.continuations import link_parts, unlink_parts
from index.embedder import Embedder
from index.errors import InputError, StoreMismatch, StoreMissing
from index.generation import damage
from index.intake import Progress, Report, read_all
from index.missing import embed_missing
from index.printed import Pages
from index.publish import (
    CATALOG,
    MANIFEST,
    current_generation,
    generations,
    publish,
    sha256,
    writer_lock,
)
from index.readers import Fault, SourceFile, find_files
from index.rows import FileRow
from index.store import fingerprint, quarantine

__all__ = ["Progress", "Report", "add", "build", "remove"]


def build(
    paths: Sequence[Path],
    folder: Path,
    embedder: Embedder,
    *,
    pages: Pages = "auto",
    progress: Progress | None = None,
) -> Report:
    """Make the store hold exactly what `paths` hold; unchanged files cost nothing.

    `pages` says whether .txt, .md and .pdf files are repaired as printed pages: "auto" decides for
    each file by signs of print; files read otherwise before are read anew. A file that cannot be
    read is reported and keeps its earlier state in the store, if it had one. On any error, and on
    Ctrl-C, the store stays as it was.

    Raises:
        InputError: nothing readable in `paths`.
        StoreError: the store cannot be written.
    """
    return _update(paths, folder, embedder, pages, prune=True, progress=progress or _silent)


def add(
    paths: Sequence[Path],
    folder: Path,
    embedder: Embedder,
    *,
    pages: Pages = "auto",
    progress: Progress | None = None,
) -> Report:
    """Add what `paths` hold, or replace what changed; everything else stays.

    Raises:
        InputError: nothing readable in `paths`.
        StoreMismatch: the store was made by another embedder.
        StoreError: the store cannot be written.
    """
    return _update(paths, folder, embedder, pages, prune=False, progress=progress or _silent)


def remove(names: Sequence[str], folder: Path) -> Report:
    """Remove files, by path, by folder or by source name as `list` shows it.

    Raises:
        InputError: a name that the store does not hold; nothing is removed then.
        StoreMissing: there is no store.
    """
    if not (folder / CATALOG).exists():
        raise StoreMissing(f"there is no store in {folder}; check --store")
    report = Report()
    with writer_lock(folder), _catalog(folder) as catalog:
        doomed = _matching(catalog.files(), names, folder)
        with catalog.transaction():
            for file in doomed:
                catalog.remove_file(file.path)
            unlink_parts(catalog)
        report.removed = len(doomed)
        return _publish(folder, catalog, report, _silent)


def _update(
    paths: Sequence[Path],
    folder: Path,
    embedder: Embedder,
    pages: Pages,
    *,
    prune: bool,
    progress: Progress,
) -> Report:
    files, faults = find_files(paths)
    report = Report(faults=faults)
    print_ = fingerprint(embedder.fingerprint, embedder.dimension)
    with writer_lock(folder), _catalog(folder) as catalog:
        other_maker = _check_maker(catalog, print_, folder, replace_all=prune)
        files = _distinct_sources(files, catalog.files(), prune=prune)
        with catalog.transaction():
            if prune:  # first, so that new files may use the ids of those that go
                report.removed = _prune(catalog, {str(file.path.resolve()) for file in files})
            read_all(files, catalog, report, progress, pages=pages, fresh=other_maker)
            if not report.read and not report.unchanged:
                raise InputError(_nothing_read(paths, report.faults))
            link_parts(catalog)
            embed_missing(catalog, embedder, report, progress)
            catalog.set_meta("fingerprint", json.dumps(print_, sort_keys=True))
        unchanged = catalog.published
        _publish(folder, catalog, report, progress)
        if catalog.published != unchanged:
            catalog.sweep_vectors(embedder.fingerprint)
        return report


@contextmanager
def _catalog(folder: Path) -> Iterator[Catalog]:
    catalog = Catalog(folder / CATALOG)
    try:
        yield catalog
    finally:
        catalog.close()


def _check_maker(
    catalog: Catalog, print_: dict[str, str | int], folder: Path, *, replace_all: bool
) -> bool:
    """Whether another embedder, chunker or text view made what the catalogue holds."""
    made = catalog.meta("fingerprint")
    differs = made is not None and json.loads(made) != print_
    if differs and not replace_all:
        raise StoreMismatch(
            f"the store {folder} was made by another embedder or version; index everything "
            f"again: python -m index build PATH… --store {folder}"
        )
    return differs


def _distinct_sources(
    files: list[SourceFile], known: list[FileRow], *, prune: bool
) -> list[SourceFile]:
    """Two files of one name are told apart by the folders above them."""
    named = {str(file.path.resolve()) for file in files}
    kept = [row for row in known if not prune or row.path in named]
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


def _prune(catalog: Catalog, named: set[str]) -> int:
    gone = [row.path for row in catalog.files() if row.path not in named]
    for path in gone:
        catalog.remove_file(path)
    return len(gone)


def _publish(folder: Path, catalog: Catalog, report: Report, progress: Progress) -> Report:
    made = json.loads(catalog.meta("fingerprint") or "{}")
    if not made:
        raise StoreMissing(
            f"the store {folder} was never finished; build it: python -m index build"
        )
    number = _published(folder, catalog)
    if number is None:
        number = publish(folder, catalog, made, partial(progress, articles=report.articles))
        catalog.published = sha256(folder / f"gen-{number}" / MANIFEST)
    report.generation = number
    report.articles, report.paragraphs = catalog.counts()
    return report


def _published(folder: Path, catalog: Catalog) -> int | None:
    """The current generation, if it holds the catalogue's very state; a damaged one is put away."""
    number = current_generation(folder)
    if catalog.published is None or number not in generations(folder):
        return None
    if damage(folder / f"gen-{number}"):
        quarantine(folder, number)
        return None
    manifest = sha256(folder / f"gen-{number}" / MANIFEST)
    return number if manifest == catalog.published else None


def _matching(files: list[FileRow], names: Sequence[str], folder: Path) -> list[FileRow]:
    doomed: dict[str, FileRow] = {}
    for name in names:
        path = str(Path(name).resolve())
        found = [
            f
            for f in files
            if name == f.source or f.path == path or f.path.startswith(path + os.sep)
        ]
        if not found:
            raise InputError(
                f"the store holds no {name}; see: python -m index list --store {folder}"
            )
        doomed.update((file.path, file) for file in found)
    return list(doomed.values())


def _nothing_read(paths: Sequence[Path], faults: list[Fault]) -> str:
    names = ", ".join(str(path) for path in paths)
    reasons = "; ".join(str(fault) for fault in faults[:3])
    more = f" (and {len(faults) - 3} more)" if len(faults) > 3 else ""
    return f"nothing in {names} could be read, the store stays as it was: {reasons}{more}"


def _silent(stage: str, done: int, total: int, *, articles: int) -> None:
    """No progress wanted."""
