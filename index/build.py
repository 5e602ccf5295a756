"""The pipeline: files → articles → paragraphs → vectors → a published store."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from index.canary import agree, canary_of, maker_of
from index.catalog import Catalog, looked_at
from index.continuations import link_parts, unlink_parts
from index.embedder import Embedder
from index.errors import InputError, StoreMismatch, StoreMissing
from index.files import DISK, Disk
from index.intake import Progress, Report, read_all
from index.kept import Keys
from index.missing import embed_missing
from index.plan import Preview, Scope, named_files, planned, preview
from index.printed import Pages
from index.publish import CATALOG, publish, writer_lock
from index.readers import Fault, SourceFile
from index.rows import FileRow
from index.seal import verified
from index.store import fingerprint

__all__ = [
    "Progress", "Report", "add", "add_named", "build", "remove", "update", "would_change",
    "would_remove",
]  # fmt: skip


def build(
    paths: Sequence[Path],
    folder: Path,
    embedder: Embedder,
    *,
    pages: Pages = "auto",
    progress: Progress | None = None,
    disk: Disk = DISK,
) -> Report:
    """Make the store hold exactly what `paths` hold; unchanged files cost nothing.

    `pages` says whether .txt, .md and .pdf files are repaired as printed pages: "auto" decides for
    each file by signs of print; files read otherwise before are read anew. A file that cannot be
    read is reported and keeps its earlier state in the store, if it had one. On any error, and on
    Ctrl-C, the store stays as it was. `disk` is what a generation is written through.

    Raises:
        InputError: nothing readable in `paths`.
        StoreError: the store cannot be written.
    """
    return _bring_up(Scope(tuple(paths), "all else"), folder, embedder, pages, progress, disk)


def add(
    paths: Sequence[Path],
    folder: Path,
    embedder: Embedder,
    *,
    prune: bool = False,
    pages: Pages = "auto",
    progress: Progress | None = None,
    disk: Disk = DISK,
) -> Report:
    """Add what `paths` hold, or replace what changed; everything else stays.

    `prune` takes out what the store holds of `paths` and is there no more.

    Raises:
        InputError: nothing readable in `paths`.
        StoreMismatch: the store was made by another embedder.
        StoreError: the store cannot be written.
    """
    scope = Scope(tuple(paths), "what is gone" if prune else "nothing")
    return _bring_up(scope, folder, embedder, pages, progress, disk)


def add_named(
    files: Sequence[SourceFile],
    folder: Path,
    embedder: Embedder,
    *,
    pages: Pages = "auto",
    progress: Progress | None = None,
    disk: Disk = DISK,
) -> Report:
    """`add` for files under the names that they had in a store, so that all ids are as before.

    A name is the end of a file's path; where another file has it meanwhile, it is made longer.

    Raises:
        InputError: nothing in `files` can be read.
        StoreMismatch, StoreError: as `add`.
    """
    scope = Scope((), "nothing", tuple(files))
    return _bring_up(scope, folder, embedder, pages, progress, disk)


def update(
    paths: Sequence[Path],
    folder: Path,
    embedder: Embedder,
    *,
    prune: bool = False,
    pages: Pages = "auto",
    progress: Progress | None = None,
    disk: Disk = DISK,
) -> Report:
    """`add` for a store that there is; without paths, for every file that it holds.

    Raises:
        StoreMissing: there is no store.
        InputError, StoreMismatch, StoreError: as `add`.
    """
    make_sure_there_is_one(folder)
    return add(paths, folder, embedder, prune=prune, pages=pages, progress=progress, disk=disk)


def remove(names: Sequence[str], folder: Path, *, disk: Disk = DISK) -> Report:
    """Remove files, by path, by folder or by source name as `list` shows it.

    Raises:
        InputError: a name that the store does not hold; nothing is removed then.
        StoreMissing: there is no store.
    """
    make_sure_there_is_one(folder)
    report = Report()
    with _writing(folder, disk) as catalog:
        doomed = [file.path for file in named_files(catalog.files(), names, folder)]
        texts = catalog.keys_of(doomed)
        with catalog.transaction():
            for path in doomed:
                catalog.remove_file(path)
            unlink_parts(catalog)
        report.removed = len(doomed)
        _publish(folder, catalog, report, _silent, disk)
        catalog.drop_vectors(texts)
        return report


def would_change(
    scope: Scope, folder: Path, embedder: Embedder, *, pages: Pages = "auto"
) -> Preview:
    """What `build`, `add` or `update` would do to the files of a store; nothing is written.

    Raises:
        InputError: see `index.plan.planned`.
        StoreError: there is a store that cannot be read.
    """
    known, anew = _known(folder, embedder)
    if anew and not scope.takes_all:
        raise _other_made(folder)
    return preview(planned(scope, known), known, pages, anew=anew)


def would_remove(names: Sequence[str], folder: Path) -> list[str]:
    """The source names of the files that `remove` would take out.

    Raises:
        InputError, StoreMissing: as `remove`.
    """
    make_sure_there_is_one(folder)
    return [file.source for file in named_files(_known(folder)[0], names, folder)]


def _known(folder: Path, embedder: Embedder | None = None) -> tuple[list[FileRow], bool]:
    """The files of a store, and whether another embedder or version than this made it."""
    files, made = looked_at(folder / CATALOG)
    if made is None or embedder is None:
        return files, False
    return files, json.loads(made) != fingerprint(embedder.fingerprint, embedder.dimension)


def _bring_up(
    scope: Scope,
    folder: Path,
    embedder: Embedder,
    pages: Pages,
    progress: Progress | None,
    disk: Disk,
) -> Report:
    progress = progress or _silent
    if scope.paths:
        scope.look()  # a wrong path is told before anything is made
    with _writing(folder, disk) as catalog:
        plan = planned(scope, catalog.files())
        report = Report(faults=list(plan.faults), removed=len(plan.gone))
        other_maker = _other_maker(catalog, embedder, scope, folder)
        with catalog.transaction():
            for path in plan.gone:  # first, so that new files may use the ids of those that go
                catalog.remove_file(path)
            read_all(plan.files, catalog, report, progress, pages=pages, fresh=other_maker)
            pruned = report.removed and scope.prune == "what is gone"
            if not report.read and not report.unchanged and not pruned:
                asked = [*scope.paths, *(file.path for file in scope.named)]
                raise InputError(_nothing_read(asked, report.faults))
            link_parts(catalog)
            progress("embed", 0, report.read, articles=report.articles)
            maker, needed = _maker(catalog, embedder, scope, folder)
            embed_missing(catalog, maker, needed, embedder, report, progress)
        _publish(folder, catalog, report, progress, disk)
        if report.removed or report.replaced:
            catalog.sweep_vectors()
        return report


@contextmanager
def _writing(folder: Path, disk: Disk) -> Iterator[Catalog]:
    """Be the one writer of a store's catalogue."""
    with writer_lock(folder, disk), verified(folder, disk) as catalog:
        yield catalog


def make_sure_there_is_one(folder: Path) -> None:
    """Whether there is a store to change.

    Raises:
        StoreMissing: there is none.
    """
    if not (folder / CATALOG).exists():
        raise StoreMissing(
            f"there is no store in {folder}; check --store, or make one: "
            f"python -m index build PATH… --store {folder}"
        )


def _other_maker(catalog: Catalog, embedder: Embedder, scope: Scope, folder: Path) -> bool:
    """Whether another embedder, chunker or text view made what the catalogue holds.

    Raises:
        StoreMismatch: it did, and not all of it is to be replaced.
    """
    made = catalog.meta("fingerprint")
    expected = fingerprint(embedder.fingerprint, embedder.dimension)
    if made is None or json.loads(made) == expected:
        return False
    if not scope.takes_all:
        raise _other_made(folder)
    return True


def _other_made(folder: Path) -> StoreMismatch:
    return StoreMismatch(
        f"the store {folder} was made by another embedder or version; index everything "
        f"again: python -m index build PATH… --store {folder}"
    )


def _maker(catalog: Catalog, embedder: Embedder, scope: Scope, folder: Path) -> tuple[str, Keys]:
    """What the vectors are to be kept under, noted in the catalogue, and the texts that lack one.

    Raises:
        StoreMismatch: the embedder gives other vectors than it gave, and not all of them are to be
            replaced; old and new never mix.
    """
    same = catalog.embedder == embedder.fingerprint
    needed = catalog.lacking(catalog.maker) if same else None
    if needed is not None and not scope.takes_all and not len(needed):
        return catalog.maker, needed
    now, known = canary_of(embedder), catalog.canary() if same else None
    if same and (known is None or agree(known, now)):
        maker, now = catalog.maker, now if known is None else known
    elif same and not scope.takes_all:
        raise StoreMismatch(
            f"the embedder gives other vectors than when it made the store {folder}, though its "
            "files are the same (another release of a library?); index everything again: "
            f"python -m index build PATH… --store {folder}"
        )
    else:
        maker, needed = maker_of(embedder.fingerprint, now), None
    catalog.note_maker(fingerprint(embedder.fingerprint, embedder.dimension), maker, now)
    return maker, catalog.lacking(maker) if needed is None else needed


def _publish(
    folder: Path, catalog: Catalog, report: Report, progress: Progress, disk: Disk
) -> None:
    if not catalog.maker:
        raise StoreMissing(
            f"the store {folder} was never finished; build it: python -m index build"
        )
    told = partial(progress, articles=report.articles)
    report.generation = publish(folder, catalog, told, disk)
    report.articles, report.paragraphs = catalog.counts()


def _nothing_read(paths: Sequence[Path], faults: list[Fault]) -> str:
    names = ", ".join(str(path) for path in paths) or "the files of the store"
    reasons = "; ".join(str(fault) for fault in faults[:3])
    more = f" (and {len(faults) - 3} more)" if len(faults) > 3 else ""
    return f"nothing in {names} could be read, the store stays as it was: {reasons}{more}"


def _silent(stage: str, done: int, total: int, *, articles: int) -> None:
    """No progress wanted."""
