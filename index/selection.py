"""Some articles of a catalogue, or all of them: what a generation is written from."""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from index.embedder import Vectors
from index.kept import KeptVectors, Keys
from index.paragraphs import searched_text
from index.reader_copy import CHOSEN, ORDER, write_copy
from index.rows import TO_SEARCH

_BATCH = 4096  # vectors given at once


class Selection:
    """Articles with their paragraphs, in index order; there is one at a time."""

    def __init__(
        self,
        db: sqlite3.Connection,
        kept: KeptVectors,
        maker: str,
        articles: Iterable[str] | None,
    ) -> None:
        """Select the articles with these ids, or all; `maker` made the vectors."""
        self._db, self._kept, self._maker = db, kept, maker
        db.execute("CREATE TEMP TABLE IF NOT EXISTS chosen (id TEXT PRIMARY KEY) WITHOUT ROWID")
        db.execute("DELETE FROM temp.chosen")
        if articles is None:
            db.execute("INSERT INTO temp.chosen SELECT id FROM articles")
        else:
            db.executemany("INSERT INTO temp.chosen VALUES (?)", ((key,) for key in articles))

    def paragraph_count(self) -> int:
        """How many paragraphs there are."""
        query = "SELECT count(*) FROM paragraphs JOIN temp.chosen ON chosen.id = article"
        return int(self._db.execute(query).fetchone()[0])

    def searched_texts(self) -> Iterator[tuple[str, str | None]]:
        """What is searched of every paragraph, and its article's date."""
        for row in self._db.execute(f"SELECT date, title, {TO_SEARCH} FROM {CHOSEN} {ORDER}"):
            yield searched_text(*row[1:]), row[0]

    def vectors(self, dimension: int) -> Iterator[Vectors]:
        """All vectors, in batches of shape (n, dimension).

        Raises:
            StoreDamaged: one is missing.
        """
        rows = self._db.execute(f"SELECT searched FROM {CHOSEN} {ORDER}")
        keys: Keys = np.fromiter((row[0] for row in rows), np.int64)
        halves = self._kept.vectors(self._maker, keys, dimension)
        for start in range(0, len(halves), _BATCH):
            yield halves[start : start + _BATCH].astype(np.float32)

    def export(self, path: Path, *, articles: int = 0, paragraphs: int = 0) -> None:
        """Write the reader's copy; its first article and paragraph have these numbers."""
        write_copy(self._db, path, articles, paragraphs)
