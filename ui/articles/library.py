"""Adding files to a store and taking them out, while questions are answered from it."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Literal

from index.build import Progress, add_named
from index.embedder import Embedder
from index.files import sha256
from index.publish import writer_lock
from index.readers import Fault, SourceFile, read_file
from index.store import Store
from rag.errors import InputError, StoreError
from ui.articles.errors import Refusal
from ui.articles.holdings import holdings_of
from ui.articles.job import Cancelled, Job, Kind, Outcome, Status
from ui.articles.polite import Polite
from ui.articles.removals import Removals, rows_of
from ui.articles.trash import Entry, Trash
from ui.articles.uploads import Uploads

Received = Literal["new", "replaces", "same"]

log = logging.getLogger(__name__)


class Library:
    """The files of a store, for readers who may change them. Safe to use from threads.

    One change at a time: others are refused until it is done. Who asks meanwhile is answered from
    the generation before.
    """

    def __init__(self, store: Store, embedder: Embedder, *, folder: Path) -> None:
        """`folder` is where uploaded and removed files are kept: the store's own.

        What a run that was killed left is mended; nothing that was sent whole is lost.
        """
        self.store = store
        self.uploads = Uploads(folder)
        self.trash = Trash(folder)
        self._removals = Removals(store, self.trash, self.uploads.path)
        self._embedder = Polite(embedder)
        self._turn = threading.Lock()
        self._job: Job | None = None
        self._count = 0
        self._recover()

    def status(self) -> Status | None:
        """How far the work is, or how the last one ended; None if there was none."""
        return self._job.status() if self._job else None

    def waiting(self) -> tuple[str, ...]:
        """The names of the uploaded files that are not in the store yet.

        Raises:
            StoreError: the store's catalogue cannot be read.
        """
        return tuple(sorted({*self.uploads.waiting(), *self._left_out()}))

    def received(self, name: str) -> Received:
        """What a file is that was sent: a new one, or one in the place of another of its name.

        One that is there already, byte for byte, need not be added and is forgotten.

        Raises:
            StoreError: the store's catalogue cannot be read.
        """
        if str(self.uploads.path(name)) not in rows_of(self.store):
            return "new"
        if not self.uploads.same(name):
            return "replaces"
        self.uploads.discard([name])
        return "same"

    def begin_add(self, names: Sequence[str] | None = None) -> None:
        """Begin to add uploaded files: those with these names, else all that wait.

        Raises:
            Refusal: nothing of it waits, or other work is under way.
        """
        with self._begun() as begin:
            chosen = [name for name in self.waiting() if names is None or name in names]
            if not chosen:
                raise Refusal("nothing_waits", "no file waits to be added; send one first")
            begin("add", partial(self._add, chosen))

    def begin_undo(self, key: str) -> None:
        """Begin to bring a removed file back, with the same names and ids as before.

        Raises:
            Refusal: it cannot be brought back, or other work is under way.
        """
        with self._begun() as begin:
            begin("undo", partial(self._undo, self._removals.to_bring_back(key)))

    def cancel(self) -> None:
        """Stop the work; the store stays as it was.

        Raises:
            Refusal: it is too late.
        """
        if self._job is None or not self._job.cancel():
            raise Refusal("too_late", "it is too late to stop this; remove the files instead")

    def discard(self) -> None:
        """Forget the uploaded files that wait.

        Raises:
            Refusal: work is under way.
        """
        with self._alone():
            for name in self._left_out():
                self.uploads.path(name).unlink(missing_ok=True)
            self.uploads.discard(self.uploads.waiting())

    def remove(self, article: str, *, for_good: bool = False) -> Entry:
        """Take out the file that holds an article, with all its articles.

        The file itself stays where it is, unless it was uploaded. `for_good` does it although it
        cannot be undone; nothing is kept then.

        Raises:
            Refusal: it is not there, it could not be undone, or other work is under way.
            StoreError: the store cannot be written.
        """
        with self._alone():
            entry = self._removals.remove(article, for_good=for_good)
            self.store.refresh()
            return entry

    def _add(self, names: Sequence[str], progress: Progress) -> Outcome:
        paths = [self.uploads.path(name) for name in names]
        known = rows_of(self.store)
        sent = set(self.uploads.waiting())
        self.uploads.put_in(names)
        files = [SourceFile(path, path.name) for path in paths]
        try:
            faults = self._read_in(files, progress)
        except BaseException as error:
            self.uploads.settle(names, self._holds, keep=True)
            if isinstance(error, Cancelled):
                self.uploads.discard(sent.intersection(names))
            raise
        stay = self.uploads.settle(names, self._holds, keep=False)
        replaced = [name for name in stay if str(self.uploads.path(name)) in known]
        return self._outcome([self.uploads.path(name) for name in stay], replaced, faults)

    def _read_in(self, files: Sequence[SourceFile], progress: Progress) -> tuple[Fault, ...]:
        """Add files; returns what is left out, and why."""
        try:
            folder = self.store.folder
            return tuple(add_named(files, folder, self._embedder, progress=progress).faults)
        except InputError:  # nothing of them can be read
            return _unread(files)

    def _undo(self, entry: Entry, progress: Progress) -> Outcome:
        faults = self._removals.bring_back(entry, self._embedder, progress)
        return self._outcome([Path(entry.path)], (), faults)

    def _outcome(
        self, paths: Sequence[Path], replaced: Sequence[str], faults: tuple[Fault, ...]
    ) -> Outcome:
        """What to tell, once what is published can be searched."""
        holdings = holdings_of(self.store.refresh())
        rows = rows_of(self.store)
        sources = [rows[str(path)].source for path in paths if str(path) in rows]
        articles = sum(map(holdings.in_file, sources))
        return Outcome(tuple(sources), tuple(replaced), articles, holdings.size, faults)

    def _left_out(self) -> list[str]:
        """The names of the files in added/ that the store does not hold."""
        rows = rows_of(self.store)
        return [n for n in self.uploads.lying() if str(self.uploads.path(n)) not in rows]

    def _holds(self, path: Path) -> bool:
        """Whether the store holds a file as it lies there."""
        row = rows_of(self.store).get(str(path.resolve()))
        return row is not None and row.sha256 in ("", sha256(path))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Be the only one who changes anything."""
        self._take_turn()
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def _begun(self) -> Iterator[Callable[[Kind, Callable[[Progress], Outcome]], None]]:
        """The same for work that goes on when this is left."""
        self._take_turn()
        began = False

        def begin(kind: Kind, work: Callable[[Progress], Outcome]) -> None:
            nonlocal began
            self._count += 1
            self._job = Job(self._count, kind, work, self._turn.release)
            began = True

        try:
            yield begin
        finally:
            if not began:
                self._turn.release()

    def _take_turn(self) -> None:
        if not self._turn.acquire(blocking=False):
            raise Refusal("job", "the articles are being changed; wait until that is done")

    def _recover(self) -> None:
        try:
            with writer_lock(self.store.folder):
                self.uploads.recover(self._holds)
                self._removals.recover()
        except (StoreError, OSError) as error:  # another process is at work; the next start mends
            log.warning("the uploaded files were not looked through (%s)", error)


def _unread(files: Sequence[SourceFile]) -> tuple[Fault, ...]:
    """Why nothing of some files could be read, file by file."""
    faults: list[Fault] = []
    for file in files:
        try:
            faults += read_file(file)[1]
        except InputError as error:
            faults.append(Fault(file.source, str(error)))
    return tuple(faults)
