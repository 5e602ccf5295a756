"""Vectors of texts, kept while they are computed, by the embedder that made them and by the text.

They lie in a file of their own, which is committed again and again during a build, while the
catalogue's one transaction is still open: an interrupted build embeds nothing twice. Vectors are
kept in half precision (float16): a cosine changes by less than 0.001.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.database import cannot_write, damaged, integrity, open_database, transaction
from index.embedder import Vectors
from index.errors import StoreDamaged

_TABLES = """
CREATE TABLE makers (id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE vectors (
  id INTEGER PRIMARY KEY, maker INTEGER NOT NULL REFERENCES makers(id), text INTEGER NOT NULL,
  vector BLOB NOT NULL) STRICT;
CREATE UNIQUE INDEX vectors_by_text ON vectors(maker, text);
"""
_READ = 8192  # vectors read at a time
_FEW = 5_000  # vectors that are looked up one by one

Keys = NDArray[np.int64]
Chosen = NDArray[np.bool_]
Halves = NDArray[np.float16]


class KeptVectors:
    """The vectors of one store; the file is made when the first vector is kept."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: sqlite3.Connection | None = None

    def close(self) -> None:
        """Close the file; what was not saved is lost."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def lacking(self, maker: str, keys: Keys) -> Chosen:
        """Which of the keys have no vector by this embedder; of equal ones, the first alone."""
        known, _ = self._known(maker)
        first = np.zeros(len(keys), np.bool_)
        first[np.unique(keys, return_index=True)[1]] = True
        return first & ~np.isin(keys, known)

    def add(self, maker: str, keys: Sequence[int], vectors: Vectors) -> None:
        """Keep vectors, row by row those of the keys; they last once `save` is called.

        Raises:
            StoreError: the disk is full or fails.
        """
        halves = vectors.astype("<f2")
        try:
            if not self._db.in_transaction:
                self._db.execute("BEGIN IMMEDIATE")
            number = self._maker(maker)
            if number is None:
                insert = "INSERT INTO makers (fingerprint) VALUES (?)"
                number = self._db.execute(insert, (maker,)).lastrowid
            self._db.executemany(
                "INSERT OR IGNORE INTO vectors (maker, text, vector) VALUES (?, ?, ?)",
                ((number, key, row.tobytes()) for key, row in zip(keys, halves, strict=True)),
            )
        except sqlite3.OperationalError as error:
            raise cannot_write(self._path, error) from error

    def save(self) -> None:
        """Make what was added last, whatever happens next.

        Raises:
            StoreError: the disk is full or fails.
        """
        if self._opened is not None and self._opened.in_transaction:
            try:
                self._opened.execute("COMMIT")
            except sqlite3.OperationalError as error:
                raise cannot_write(self._path, error) from error

    def vectors(self, maker: str, keys: Keys, dimension: int) -> Halves:
        """The vectors of the keys, in their order, shape (keys, dimension).

        Raises:
            StoreDamaged: one is missing.
        """
        if len(keys) <= _FEW:
            return self._looked_up(maker, keys, dimension)
        known, numbers = self._known(maker)
        if not np.isin(keys, known).all():
            raise self._lacks_vectors()
        # They are read as they lie in the file, which is much faster than in the order of keys.
        row = np.argsort(np.argsort(numbers))[np.searchsorted(known, keys)]
        order = np.argsort(row, kind="stable")
        starts = np.searchsorted(row[order], np.arange(0, len(known) + _READ, _READ))
        vectors = np.empty((len(keys), dimension), np.float16)
        for part, halves in enumerate(self._stored(maker, dimension)):
            places = order[starts[part] : starts[part + 1]]
            vectors[places] = halves[row[places] - part * _READ]
        return vectors

    def _looked_up(self, maker: str, keys: Keys, dimension: int) -> Halves:
        """`vectors` one by one: of few keys, that is faster than to read them all."""
        vectors = np.empty((len(keys), dimension), np.float16)
        query = "SELECT vector FROM vectors WHERE maker = ? AND text = ?"
        if not len(keys):
            return vectors
        if not self._path.exists():
            raise self._lacks_vectors()
        try:
            number = self._maker(maker)
            for place, key in enumerate(keys.tolist()):
                row = self._db.execute(query, (number, key)).fetchone()
                if row is None or len(row[0]) != 2 * dimension:
                    raise self._lacks_vectors()
                vectors[place] = np.frombuffer(row[0], "<f2")
        except sqlite3.DatabaseError as error:
            raise damaged(self._path, error) from error
        return vectors

    def drop(self, maker: str, keys: Keys) -> None:
        """Forget the vectors of these texts by this embedder.

        Raises:
            StoreError: the disk is full or fails.
        """
        if not self._path.exists() or not len(keys):
            return
        number = self._maker(maker)
        with transaction(self._db, self._path):
            self._db.executemany(
                "DELETE FROM vectors WHERE maker IS ? AND text = ?",
                ((number, key) for key in keys.tolist()),
            )
        self._db.execute("PRAGMA incremental_vacuum").fetchall()

    def sweep(self, maker: str, used: Keys) -> None:
        """Forget the vectors by other embedders, and those of texts that are not `used`.

        Raises:
            StoreError: the disk is full or fails.
        """
        if not self._path.exists():
            return
        self.save()
        known, numbers = self._known(maker)
        unused = numbers[~np.isin(known, used)].tolist()
        with transaction(self._db, self._path):
            self._db.execute("DELETE FROM vectors WHERE maker IS NOT ?", (self._maker(maker),))
            self._db.executemany("DELETE FROM vectors WHERE id = ?", ((id,) for id in unused))
            self._db.execute("DELETE FROM makers WHERE fingerprint != ?", (maker,))
        self._db.execute("PRAGMA incremental_vacuum").fetchall()

    def problems(self) -> list[str]:
        """What SQLite finds wrong with the file, one line each."""
        found = integrity(self._db) if self._path.exists() else []
        return [f"{self._path.name}: {line}" for line in found]

    @property
    def _db(self) -> sqlite3.Connection:
        if self._opened is None:
            self._opened = open_database(self._path, _TABLES)
        return self._opened

    def _maker(self, fingerprint: str) -> int | None:
        query = "SELECT id FROM makers WHERE fingerprint = ?"
        row = self._db.execute(query, (fingerprint,)).fetchone()
        return None if row is None else int(row[0])

    def _known(self, maker: str) -> tuple[Keys, Keys]:
        """The keys of this embedder's vectors, ascending, and the numbers of their rows."""
        if not self._path.exists():
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        query = "SELECT text, id FROM vectors WHERE maker = ? ORDER BY text"
        try:
            rows = self._db.execute(query, (self._maker(maker),))
            pairs = np.fromiter(rows, np.dtype((np.int64, 2)))
        except sqlite3.DatabaseError as error:
            raise damaged(self._path, error) from error
        return np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1])

    def _stored(self, maker: str, dimension: int) -> Iterator[Halves]:
        """This embedder's vectors as they lie in the file, `_READ` of them at a time."""
        if not self._path.exists():
            return
        query = "SELECT vector FROM vectors NOT INDEXED WHERE maker = ? ORDER BY id"
        try:
            found = self._db.execute(query, (self._maker(maker),))
            while rows := found.fetchmany(_READ):
                blobs = [row[0] for row in rows]
                if any(len(blob) != 2 * dimension for blob in blobs):
                    raise self._lacks_vectors()
                yield np.frombuffer(b"".join(blobs), "<f2").reshape(len(blobs), dimension)
        except sqlite3.DatabaseError as error:
            raise damaged(self._path, error) from error

    def _lacks_vectors(self) -> StoreDamaged:
        return StoreDamaged(
            f"{self._path} lacks vectors; build the store again: python -m index build PATH…"
        )
