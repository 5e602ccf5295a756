"""The SQLite files of a store: opened with care, changed all or nothing."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import StoreBusy, StoreDamaged, StoreError

_CACHE = 32  # MiB of pages: keys that are hashes fall anywhere, and 2 MiB are read over and over


def open_database(path: Path, tables: str) -> sqlite3.Connection:
    """Open a file of SQLite, or make one with these tables.

    Raises:
        StoreDamaged: not a file of SQLite.
        StoreBusy: another process is committing to it.
        StoreError: it cannot be opened or made.
    """
    new = not path.exists()
    try:
        db = sqlite3.connect(path, isolation_level=None)
    except sqlite3.OperationalError as error:
        raise StoreError(f"{path} cannot be opened ({error}); check the folder") from error
    try:
        # A rollback journal: the WAL of SQLite before 3.51.3 can lose a checkpoint, and one
        # writer gains nothing from it. EXTRA is FULL, and the folder is synced once the journal is
        # removed, else power loss could bring it back and undo what was acknowledged.
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute("PRAGMA synchronous = EXTRA")
        db.execute("PRAGMA temp_store = MEMORY")
        db.execute("PRAGMA foreign_keys = ON")
        db.execute(f"PRAGMA cache_size = -{_CACHE * 1024}")
        if new:
            path.chmod(0o600)
        if not db.execute("SELECT 1 FROM sqlite_master").fetchone():
            db.executescript(f"PRAGMA auto_vacuum = INCREMENTAL;BEGIN;{tables}COMMIT;")
    except sqlite3.DatabaseError as error:
        db.close()
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:  # also of the longer codes
            raise StoreBusy(f"{path} is being written; try again when that is done") from error
        if isinstance(error, sqlite3.OperationalError):  # a full disk, not a damaged file
            raise cannot_write(path, error) from error
        raise damaged(path, error) from error
    return db


@contextmanager
def transaction(db: sqlite3.Connection, path: Path) -> Iterator[None]:
    """All changes inside, or none of them (also on Ctrl-C).

    Raises:
        StoreDamaged: the file is damaged.
        StoreError: the disk is full or fails.
    """
    try:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("COMMIT")
    except sqlite3.OperationalError as error:
        raise cannot_write(path, error) from error
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise  # a constraint that does not hold, say: no fault of the file
        raise damaged(path, error) from error
    finally:
        # Left open by any error, unless SQLite has rolled back by itself (a full disk).
        if db.in_transaction:
            db.execute("ROLLBACK")


def damaged(path: Path, error: sqlite3.DatabaseError) -> StoreDamaged:
    """What to tell of a file that SQLite cannot read."""
    return StoreDamaged(
        f"{path} is damaged ({error}); move the store folder away and build it again "
        "from the articles"
    )


def cannot_write(path: Path, error: sqlite3.OperationalError) -> StoreError:
    """What to tell of a file that SQLite cannot write."""
    return StoreError(
        f"{path} cannot be written ({error}); free some space or choose another folder with --store"
    )


def integrity(db: sqlite3.Connection) -> list[str]:
    """What SQLite's own integrity check and the foreign keys find, one line each."""
    found = [str(row[0]) for row in db.execute("PRAGMA integrity_check")]
    orphans = db.execute("PRAGMA foreign_key_check").fetchall()
    return [line for line in found if line != "ok"] + [
        f"row {row[1]} of {row[0]} belongs to nothing" for row in orphans
    ]
