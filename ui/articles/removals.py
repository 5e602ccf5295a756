"""Taking files out of a store so that they can come back as they were, ids and all."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

from index.build import Progress, add_named, remove, would_remove
from index.catalog import looked_at
from index.embedder import Embedder
from index.files import sha256
from index.printed import Pages
from index.publish import CATALOG
from index.readers import Fault, SourceFile
from index.rows import LOST, FileRow
from index.store import Store
from rag.errors import StoreError
from ui.articles.errors import Refusal
from ui.articles.holdings import holdings_of
from ui.articles.trash import Entry, Trash


class Removals:
    """Removing and bringing back; whoever calls makes sure that nobody else changes the store."""

    def __init__(self, store: Store, trash: Trash, uploaded_to: Callable[[str], Path]) -> None:
        """`uploaded_to` tells where an uploaded file of a name lies."""
        self._store = store
        self._trash = trash
        self._uploaded_to = uploaded_to

    def remove(self, article: str, *, for_good: bool) -> Entry:
        """Take out the file that holds an article, with all its articles.

        Raises:
            Refusal: it is not there, or removing it could not be undone and is not `for_good`.
            StoreError: the store cannot be written; everything is as it was.
        """
        row, count = self._file_of(article)
        uploaded = Path(row.path) == self._uploaded_to(Path(row.path).name)
        digest = None if row.path.startswith(LOST) else _sha256(row.path)
        if for_good:
            self._take_out(row)
            if uploaded:
                Path(row.path).unlink(missing_ok=True)
            return Entry("", row.source, row.path, "", "auto", uploaded, count, "")
        if digest is None or row.sha256 not in ("", digest):
            raise Refusal(
                "no_way_back",
                f"{row.source} is not what it was when it was added: removing it cannot be undone",
                name=row.source,
            )
        return self._put_away(row, digest, count, uploaded=uploaded)

    def to_bring_back(self, key: str) -> Entry:
        """What was removed under a key, if it can come back as it was.

        Raises:
            Refusal: it cannot.
        """
        entry = self._entry(key)
        if entry is None:
            raise Refusal("unknown", "what was removed then is no longer kept; add it again")
        name, rows = entry.source, rows_of(self._store)
        if entry.path in rows or (entry.uploaded and Path(entry.path).exists()):
            raise Refusal("undone", f"a file {name} is there again; remove that first", name=name)
        if any(row.source == name for row in rows.values()):
            raise Refusal("taken", f"another file is called {name} now; remove it first", name=name)
        if not entry.uploaded and _sha256(entry.path) != entry.sha256:
            raise Refusal(
                "changed", f"{name} was changed since, or is gone; add it anew", name=name
            )
        return entry

    def bring_back(self, entry: Entry, embedder: Embedder, progress: Progress) -> tuple[Fault, ...]:
        """Add a removed file again; returns what is left out of it, as it was before.

        Raises:
            YinzhengError: it could not be added; it stays removed.
        """
        file = SourceFile(Path(entry.path), entry.source)
        back = False
        try:
            self._trash.give_back(entry)
            folder, pages = self._store.folder, entry.pages
            report = add_named([file], folder, embedder, pages=pages, progress=progress)
            back = True
        except OSError as error:
            raise _unwritable(error) from error
        finally:
            if not back:
                self._trash.take_again(entry)
        self._trash.drop(entry)
        return tuple(report.faults)

    def recover(self) -> None:
        """Mend what a run that was killed left of a removal, or of bringing back.

        Raises:
            OSError, StoreError: the disk fails, or the store cannot be read.
        """
        rows = rows_of(self._store)
        for entry in filter(None, (self._entry(found.key) for found in self._trash.entries())):
            row = rows.get(entry.path)
            if row is not None and row.sha256 in ("", entry.sha256):  # not removed, or back
                if not Path(entry.path).exists():
                    self._trash.give_back(entry)
                self._trash.drop(entry)
            elif row is None and entry.uploaded and _sha256(entry.path) == entry.sha256:
                self._trash.take_again(entry)

    def _put_away(self, row: FileRow, digest: str, count: int, *, uploaded: bool) -> Entry:
        pages = cast(Pages, row.pages)
        try:
            entry = self._trash.put(
                row.source, row.path, digest, pages, uploaded=uploaded, articles=count
            )
        except OSError as error:
            raise _unwritable(error) from error
        try:
            self._take_out(row)
        except BaseException:
            self._trash.give_back(entry)
            self._trash.drop(entry)
            raise
        self._trash.trim()
        return entry

    def _take_out(self, row: FileRow) -> None:
        name = row.source if row.path.startswith(LOST) else row.path
        folder = self._store.folder
        if would_remove([name], folder) != [row.source]:
            raise Refusal("unknown", f"{row.source} is no longer a file of the store; look again")
        remove([name], folder)

    def _file_of(self, article: str) -> tuple[FileRow, int]:
        """The file of an article, and how many articles it holds."""
        holdings = holdings_of(self._store.refresh())
        source = holdings.file_of(article)
        rows = rows_of(self._store).values()
        row = next((row for row in rows if row.source == source), None)
        if source is None or row is None:
            raise Refusal("unknown", "the article is no longer in the store; look again")
        return row, holdings.in_file(source)

    def _entry(self, key: str) -> Entry | None:
        """What has a key; where an uploaded file goes is told by where the store is now."""
        entry = self._trash.entry(key)
        if entry is None or not entry.uploaded:
            return entry
        return replace(entry, path=str(self._uploaded_to(Path(entry.path).name)))


def rows_of(store: Store) -> dict[str, FileRow]:
    """The files that a store holds, by path.

    Raises:
        StoreError: its catalogue cannot be read.
    """
    return {row.path: row for row in looked_at(store.folder / CATALOG)[0]}


def _sha256(path: str) -> str | None:
    try:
        return sha256(Path(path))
    except OSError:
        return None


def _unwritable(error: OSError) -> StoreError:
    return StoreError(f"the folder of the store cannot be written ({error}); free some space")
