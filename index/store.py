"""A store on disk, opened for reading: verified generations, each immutable."""

import json
import logging
import os
import threading
from pathlib import Path

from index.catalog import Catalog
from index.errors import StoreDamaged, StoreMismatch, StoreMissing
from index.generation import Generation, damage
from index.lexical import TOKENS
from index.paragraphs import CHUNKER, SEARCHED
from index.publish import (
    CATALOG,
    QUARANTINE,
    current_generation,
    generations,
    publish,
    writer_lock,
)

VIEW = "fold-1"  # part of the fingerprint: change it when the text view changes

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


class Store:
    """A store folder, opened for reading; `current()` follows what is published meanwhile."""

    def __init__(self, folder: Path | str | None = None) -> None:
        """Open the store in `folder`, else the default one (RAG_STORE, the user's data folder).

        Raises:
            StoreMissing: there is none.
            StoreDamaged: no generation passes its checks and the catalogue cannot replace them.
        """
        self.folder = Path(folder) if folder else default_folder()
        self._lock = threading.Lock()
        self._published: int | None = None
        self._generation: Generation | None = None
        self.current()

    def current(self) -> Generation:
        """The published generation; hold on to it for a whole answer.

        While one thread opens a newer one, the others are given the one before.
        """
        if not self._lock.acquire(blocking=self._generation is None):
            assert self._generation is not None
            return self._generation
        try:
            published = current_generation(self.folder)
            if self._generation is None or published != self._published:
                self._generation = self._open(published)
                self._published = published
            return self._generation
        finally:
            self._lock.release()

    def expect(self, expected: dict[str, str | int]) -> None:
        """Make sure that the store was made with this fingerprint.

        Raises:
            StoreMismatch: it was not; the message has the command that re-indexes.
        """
        made = self.current().manifest.fingerprint
        differing = [key for key in expected if made.get(key) != expected[key]]
        if differing:
            raise StoreMismatch(
                f"the store {self.folder} was made with another {', '.join(differing)}; index the "
                f"articles again: python -m index build PATH… --store {self.folder}"
                " (or give the --embedder that made it)"
            )

    def _open(self, published: int | None) -> Generation:
        numbers = generations(self.folder)
        if published is None and not numbers and not (self.folder / CATALOG).exists():
            raise StoreMissing(
                f"there is no store in {self.folder}; make one: "
                f"python -m index build PATH… --store {self.folder}"
            )
        first = [published] if published in numbers else []
        older = [n for n in reversed(numbers) if published is None or n < published]
        for number in [*first, *older]:
            try:
                generation = Generation(self.folder / f"gen-{number}")
            except StoreDamaged as error:
                log.warning("%s", error)
                continue
            if number != published:
                log.warning(
                    "the current generation of %s is damaged; generation %d answers meanwhile. "
                    "Mend it: python -m index check --repair --store %s",
                    *(self.folder, number, self.folder),
                )
            return generation
        return self._rebuild()

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


def republish(folder: Path) -> int:
    """Quarantine what is damaged and publish the catalogue's state; returns its generation.

    The caller holds the writer's lock.

    Raises:
        StoreDamaged: the catalogue is damaged too, or was never finished.
    """
    catalog = Catalog(folder / CATALOG)
    try:
        made = catalog.meta("fingerprint")
        if made is None:
            raise StoreDamaged(
                f"the store {folder} was never finished; build it again: "
                f"python -m index build PATH… --store {folder}"
            )
        for number in generations(folder):
            if damage(folder / f"gen-{number}"):
                quarantine(folder, number)
        return publish(folder, catalog, json.loads(made))
    finally:
        catalog.close()


def quarantine(folder: Path, number: int) -> None:
    """Move a bad generation aside; nothing is deleted silently."""
    (folder / QUARANTINE).mkdir(mode=0o700, exist_ok=True)
    target = folder / QUARANTINE / f"gen-{number}"
    copy = 1
    while target.exists():
        copy += 1
        target = folder / QUARANTINE / f"gen-{number}.{copy}"
    (folder / f"gen-{number}").rename(target)
