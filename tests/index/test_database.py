import sqlite3
from pathlib import Path

import pytest

from index.database import integrity, open_database, transaction
from index.errors import StoreBusy, StoreDamaged, StoreError

TABLES = "CREATE TABLE words (word TEXT PRIMARY KEY) STRICT;"


def test_all_changes_or_none(tmp_path: Path) -> None:
    path = tmp_path / "words.sqlite"
    db = open_database(path, TABLES)
    with transaction(db, path):
        db.execute("INSERT INTO words VALUES ('a')")
    with pytest.raises(KeyboardInterrupt), transaction(db, path):
        db.execute("INSERT INTO words VALUES ('b')")
        raise KeyboardInterrupt
    with pytest.raises(sqlite3.IntegrityError), transaction(db, path):
        db.execute("INSERT INTO words VALUES ('c'), ('a')")
    db.close()
    again = open_database(path, TABLES)
    assert again.execute("SELECT word FROM words").fetchall() == [("a",)]
    assert integrity(again) == []
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_damaged_later(tmp_path: Path) -> None:
    path = tmp_path / "words.sqlite"
    db = open_database(path, TABLES)
    with transaction(db, path):
        db.executemany("INSERT INTO words VALUES (?)", ((f"word {i}",) for i in range(5000)))
    db.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    db = open_database(path, TABLES)
    with pytest.raises(StoreDamaged, match="damaged"), transaction(db, path):
        db.execute("INSERT INTO words VALUES ('new')")


def test_a_file_in_use_and_one_that_cannot_be_made(tmp_path: Path) -> None:
    path = tmp_path / "words.sqlite"
    db = open_database(path, TABLES)
    db.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreBusy, match="being written"):
        open_database(path, TABLES)
    with pytest.raises(StoreError, match="cannot be opened"):
        open_database(tmp_path / "none" / "words.sqlite", TABLES)
