"""A store on disk, opened for reading: verified generations, each immutable."""

import logging
import os
import threading
import time
from pathlib import Path
from weakref import ref

from index.canary import agree, canary_of
from index.embedder import Embedder
from index.errors import StoreDamaged, StoreError, StoreMismatch, StoreMissing
from index.generation import Generation
from index.lexical import TOKENS
from index.paragraphs import CHUNKER, SEARCHED
from index.publish import CATALOG, current_generation, generations, publish, writer_lock
from index.seal import verified

VIEW = "fold-1"  # part of the fingerprint: change it when the text view changes
# Seconds that a question waits for a newer generation; it is answered from the one before then,
# and a later one from the newer.
_PATIENCE = 0.02
_LOOKS_EVERY = 0.1  # seconds: between questions, too, what is published is opened
_TRIES = 3  # at a store that is published anew while it is opened

log = logging.getLogger(__name__)


def default_folder() -> Path:
    """RAG_STORE, else `store` in the user's data folder."""
    given = os.environ.get("RAG_STORE")
    if given:
        return Path(given)
    from platformdirs import user_data_path

    return user_data_path("yinzheng", appauthor=False) / "store"


def fingerprint(embedder: str, dimension: int) -> dict[str, str | int]:
    """What made the vectors and tokens; a store made otherwise must not be searched."""
    return {
        "embedder": embedder,
        "dimension": dimension,
        "text_view": VIEW,
        "tokens": TOKENS,
        "chunker": CHUNKER,
        "searched": SEARCHED,
    }


def open_store(folder: Path | str | None = None) -> "Store":
    """The store in `folder`, else the default one (RAG_STORE, the user's data folder), verified.

    Raises:
        StoreMissing: there is none.
        StoreMismatch: another version made it.
        StoreDamaged: it cannot be read, nor made whole from its catalogue.
    """
    return Store(folder)


class Store:
    """A store folder, opened for reading; `current()` follows what is published meanwhile."""

    def __init__(self, folder: Path | str | None = None) -> None:
        """Open the store in `folder`, else the default one (RAG_STORE, the user's data folder).

        Raises:
            StoreMissing: there is none.
            StoreMismatch: another version made it.
            StoreDamaged: no generation passes its checks and the catalogue cannot replace them.
        """
        self.folder = Path(folder) if folder else default_folder()
        self._lock = threading.Lock()
        self._opener: threading.Thread | None = None
        self._published = current_generation(self.folder)
        self._generation = self._open()
        self._opened = time.monotonic()
        self._watched = False

    def current(self) -> Generation:
        """The published generation; hold on to it for a whole answer.

        A newer one is opened beside this one: who asks meanwhile is given the one before, after
        a fiftieth of a second at most.
        """
        if current_generation(self.folder) != self._published:
            self._follow().join(_PATIENCE)
        if not self._watched and time.monotonic() - self._opened > 1:
            self._watched = True  # not for those who only ask once
            threading.Thread(target=_watch, args=(ref(self),), daemon=True).start()
        return self._generation

    def refresh(self) -> Generation:
        """The same, but wait until what is published now is opened."""
        while current_generation(self.folder) != self._published:
            self._follow().join()  # which may have begun with an older one
        return self._generation

    def expect(self, embedder: Embedder) -> None:
        """Make sure that the store was made with this embedder, by this version's rules.

        Raises:
            StoreMismatch: it was not; the message has the command that re-indexes.
        """
        generation = self.current()
        made = generation.manifest.fingerprint
        expected = fingerprint(embedder.fingerprint, embedder.dimension)
        differing = [key for key in expected if made.get(key) != expected[key]]
        if differing:
            raise StoreMismatch(
                f"the store {self.folder} was made with another {', '.join(differing)}; index the "
                f"articles again: python -m index build PATH… --store {self.folder}"
                " (or give the --embedder that made it)"
            )
        stored = generation.canary
        if stored is not None and not agree(stored, canary_of(embedder)):
            raise StoreMismatch(
                f"the embedder gives other vectors than when it made the store {self.folder}, "
                "though its files are the same (another release of a library?); index the articles "
                f"again: python -m index build PATH… --store {self.folder}"
            )

    def _follow(self) -> threading.Thread:
        """The thread that opens what is published; there is one at a time."""
        with self._lock:
            if self._opener is None or not self._opener.is_alive():
                self._opener = threading.Thread(target=self._advance, daemon=True)
                self._opener.start()
            return self._opener

    def _advance(self) -> None:
        published = current_generation(self.folder)
        try:
            self._generation = self._open(self._generation)
        except StoreError as error:
            log.warning("%s; generation %d answers meanwhile", error, self._generation.number)
        self._published = published

    def look(self) -> None:
        """Open what is published, if it is a newer generation; nobody waits for that."""
        if current_generation(self.folder) != self._published:
            self._follow()

    def _open(self, before: Generation | None = None) -> Generation:
        """The newest generation that is whole, else one made from the catalogue.

        It is made for who has none (`before`) alone.
        """
        for last in [False] * (_TRIES - 1) + [True]:
            published = current_generation(self.folder)
            generation = self._newest(before)
            if generation is not None:
                return generation
            if last or current_generation(self.folder) == published:
                break  # else it went while it was opened, and there is a newer one
        if before is not None:  # who has a generation may be looking at a store that is deleted
            raise StoreDamaged(
                f"no generation of {self.folder} can be read any more; unless it was deleted, mend "
                f"it: python -m index check --repair --store {self.folder}"
            )
        return self._rebuild()

    def _newest(self, before: Generation | None) -> Generation | None:
        numbers = generations(self.folder)
        if not numbers and not (self.folder / CATALOG).exists():
            raise StoreMissing(
                f"there is no store in {self.folder}; make one: "
                f"python -m index build PATH… --store {self.folder}"
            )
        for number in reversed(numbers):
            if before is not None and before.number == number:
                return before
            try:
                generation = Generation(self.folder / f"gen-{number}", before)
            except StoreDamaged as error:
                if (self.folder / f"gen-{number}").exists():  # else it was removed meanwhile
                    log.warning("%s", error)
                continue
            except StoreMismatch:
                if number == numbers[-1]:
                    raise
                continue
            if number != numbers[-1] and numbers[-1] in generations(self.folder):
                log.warning(
                    "the newest generation of %s is damaged; generation %d answers meanwhile. "
                    "Mend it: python -m index check --repair --store %s",
                    *(self.folder, number, self.folder),
                )
            return generation
        return None

    def _rebuild(self) -> Generation:
        """Publish the catalogue anew, because no generation can be read."""
        log.warning("no generation of %s can be read; rebuilding from its catalogue", self.folder)
        if not (self.folder / CATALOG).exists():
            raise StoreDamaged(
                f"the store {self.folder} is damaged and has no catalogue; build it again: "
                f"python -m index build PATH… --store {self.folder}"
            )
        with writer_lock(self.folder):
            number = republish(self.folder)
        return Generation(self.folder / f"gen-{number}")


def _watch(store: "ref[Store]") -> None:
    """Follow a store for as long as somebody holds it."""
    while True:
        time.sleep(_LOOKS_EVERY)
        followed = store()
        if followed is None:
            return
        followed.look()
        del followed


def republish(folder: Path) -> int:
    """Put away what is damaged and publish the catalogue's state; returns its generation.

    The caller holds the writer's lock.

    Raises:
        StoreDamaged: the catalogue is damaged too, or was never finished.
    """
    with verified(folder) as catalog:
        if not catalog.maker:
            raise StoreDamaged(
                f"the store {folder} was never finished; build it again: "
                f"python -m index build PATH… --store {folder}"
            )
        return publish(folder, catalog)
