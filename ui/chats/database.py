"""The SQLite file of kept chats: its tables, and what is done when it is damaged.

A write-ahead journal, since a chat is kept while others are read; what a power failure could
undo is the last answer, which is worth no wait. What is deleted is overwritten.
"""

import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from ui.chats.errors import ChatsError

SCHEMA = 1
_WAIT = 5.0  # seconds for another server that is writing
_TABLES = """
CREATE TABLE readers (reader TEXT PRIMARY KEY, keeps INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE chats (
  key INTEGER PRIMARY KEY, store TEXT NOT NULL, reader TEXT NOT NULL, id TEXT NOT NULL,
  title TEXT NOT NULL, folded TEXT NOT NULL, renamed INTEGER NOT NULL DEFAULT 0,
  at TEXT NOT NULL, changed INTEGER NOT NULL, count INTEGER NOT NULL,
  UNIQUE (store, reader, id)
);
CREATE INDEX chats_changed ON chats (changed);
CREATE TABLE exchanges (
  chat INTEGER NOT NULL REFERENCES chats (key) ON DELETE CASCADE, number INTEGER NOT NULL,
  words TEXT NOT NULL, saved BLOB NOT NULL, PRIMARY KEY (chat, number)
) WITHOUT ROWID;
CREATE TABLE feedback (
  store TEXT NOT NULL, reader TEXT NOT NULL, chat TEXT NOT NULL, turn INTEGER NOT NULL,
  sentence INTEGER NOT NULL, verdict TEXT NOT NULL, note TEXT NOT NULL, at TEXT NOT NULL,
  given TEXT NOT NULL, PRIMARY KEY (store, reader, chat, turn, sentence)
) WITHOUT ROWID;
"""
_SETTINGS = (
    # Not WAL: before SQLite 3.51.3 two servers on one file could lose a checkpoint.
    "journal_mode = DELETE",
    "synchronous = NORMAL",
    "foreign_keys = ON",
    "secure_delete = ON",
)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

Row = tuple[object, ...]
T = TypeVar("T")

log = logging.getLogger(__name__)


class Database:
    """One file, or memory where `path` is None; safe across threads and servers.

    Raises (all methods):
        ChatsError: the file cannot be opened, read or written, or a newer version made it.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._file: tuple[int, int] | None = None  # device and inode of what is open
        self._db = self._begin()

    def rows(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        """What a query finds or has changed; the caller knows the columns."""
        return self.work(lambda db: db.execute(query, tuple(values)).fetchall(), begin="BEGIN")

    def work(
        self, change: Callable[[sqlite3.Connection], T], *, begin: str = "BEGIN IMMEDIATE"
    ) -> T:
        """Do all that `change` does, or nothing of it; in a file found damaged, in a new one."""
        with self._lock:
            try:
                return self._attempt(change, begin)
            except sqlite3.DatabaseError as error:
                if not _is_damage(error) or self.path is None:
                    raise self._failed(error) from error
                self._renew(error)
            try:
                return self._attempt(change, begin)
            except sqlite3.DatabaseError as error:
                raise self._failed(error) from error

    def forget(self) -> None:
        """Take what was deleted out of the journal too, and give its room back."""
        with self._lock:
            try:
                self._db.execute("PRAGMA incremental_vacuum").fetchall()
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            except sqlite3.DatabaseError as error:
                log.warning("%s: the journal was not cleared yet (%s)", self.path, error)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _attempt(self, change: Callable[[sqlite3.Connection], T], begin: str) -> T:
        with _transaction(self._db, begin):
            return change(self._db)

    def _begin(self) -> sqlite3.Connection:
        try:
            return self._open()
        except sqlite3.DatabaseError as error:
            if not _is_damage(error) or self.path is None:
                raise self._failed(error) from error
            self._move_aside(error)
        except OSError as error:
            raise self._failed(error) from error
        try:
            return self._open()
        except (sqlite3.DatabaseError, OSError) as error:
            raise self._failed(error) from error

    def _open(self) -> sqlite3.Connection:
        if self.path is not None:
            self._file = _private(self.path)
        where = ":memory:" if self.path is None else self.path
        db = sqlite3.connect(where, timeout=_WAIT, isolation_level=None, check_same_thread=False)
        try:
            self._check(db)
            for setting in _SETTINGS:
                db.execute(f"PRAGMA {setting}")
            with _transaction(db):
                _make(db)
        except BaseException:
            db.close()
            raise
        return db

    def _check(self, db: sqlite3.Connection) -> None:
        version = _version(db)
        if version > SCHEMA:
            raise ChatsError(
                f"{self.path} was made by a newer Yinzheng (format {version}, this one reads "
                f"{SCHEMA}); update Yinzheng, or move the file away to begin a new one"
            )
        if not version:  # it has to be said before there are tables
            db.execute("PRAGMA auto_vacuum = INCREMENTAL")

    def _renew(self, error: sqlite3.DatabaseError) -> None:
        self._db.close()
        self._move_aside(error)
        self._db = self._begin()

    def _move_aside(self, error: sqlite3.DatabaseError) -> None:
        """Keep a damaged file under another name; not one that another server has begun anew."""
        path = self.path
        if path is None or self._file != _identity(path):
            return
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        try:
            for end in ("-wal", "-shm", ""):
                part = path.with_name(path.name + end)
                if part.exists():
                    part.rename(path.with_name(f"{path.name}.damaged-{stamp}{end}"))
        except OSError as failed:
            raise self._failed(failed) from error
        log.warning(
            "%s is damaged (%s); it was kept as %s.damaged-%s, and a new one is begun",
            path, error, path.name, stamp,
        )  # fmt: skip

    def _failed(self, error: Exception) -> ChatsError:
        return ChatsError(
            f"{self.path or 'the memory of chats'} cannot be used ({error}); "
            "check that its folder can be written and its disk has room"
        )


def _make(db: sqlite3.Connection) -> None:
    """Make the tables, if they are not there yet."""
    if _version(db):
        db.execute("SELECT count(*) FROM readers").fetchone()  # a damaged file shows it here
        return
    for table in _TABLES.split(";"):
        db.execute(table)
    db.execute(f"PRAGMA user_version = {SCHEMA}")


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


@contextmanager
def _transaction(db: sqlite3.Connection, begin: str = "BEGIN IMMEDIATE") -> Iterator[None]:
    db.execute(begin)
    try:
        yield
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")


def _private(path: Path) -> tuple[int, int]:
    """Make sure that file and folder are there and the reader's alone; tells which file it is."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)
    return _identity(path)


def _identity(path: Path) -> tuple[int, int]:
    try:
        facts = path.stat()
    except FileNotFoundError:
        return (0, 0)
    return facts.st_dev, facts.st_ino


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED
