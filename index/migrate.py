"""Bringing a store of the schema before to this one; the old stays until the new is published."""

import errno
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from index.catalog import Catalog, stored_articles
from index.draft import Progress
from index.errors import StoreError, StoreMismatch, StoreMissing
from index.files import DISK, PRIVATE_FILE, Disk
from index.publish import CATALOG, publish, writer_lock
from index.restore import DRAFT
from index.rows import MIGRATED_FROM, READ_SINCE, SCHEMA, digest_of, other_schema
from index.seal import seal

# What schema 4 has beside schema 3. The hashes of files are forgotten: what was left out of a file
# was not noted then, so that the next build reads it anew, and embeds nothing again.
_STEPS = f"""
ALTER TABLE files ADD COLUMN faults TEXT NOT NULL DEFAULT '[]';
UPDATE files SET sha256 = '';
ALTER TABLE articles ADD COLUMN digest INTEGER NOT NULL DEFAULT 0;
DELETE FROM meta WHERE key IN ('published', 'schema');
INSERT INTO meta VALUES ('schema', '{SCHEMA}'), ('needs', '{READ_SINCE}');
"""


def migrate(folder: Path, progress: Progress | None = None, disk: Disk = DISK) -> int | None:
    """Bring a store to this version's schema; returns the generation that was published.

    None where the store has this schema already. A run that is killed leaves the old store or
    the new one, and goes on when it is run again.

    Raises:
        StoreMissing: there is no store.
        StoreMismatch: it is of another schema than the one before.
        StoreError: the disk is full or fails.
    """
    path = folder / CATALOG
    if not path.exists():
        raise StoreMissing(f"there is no store in {folder}; check --store")
    old = folder / f"catalog.schema-{MIGRATED_FROM}.sqlite"
    with writer_lock(folder, disk):
        schema, needs = _schema(path)
        if schema not in (str(MIGRATED_FROM), str(SCHEMA)):
            raise StoreMismatch(other_schema(path, schema, needs))
        if schema == str(SCHEMA) and not old.exists():
            return None
        try:
            if schema != str(SCHEMA):
                _replace_catalog(folder, old, disk)
            with closing(Catalog(path)) as catalog:
                number = publish(folder, catalog, progress, disk)
            seal(folder, disk)
            disk.remove(old)
        except (OSError, sqlite3.OperationalError) as error:
            raise StoreError(
                f"the store {folder} cannot be written ({error}); free some space and run the same "
                "command again"
            ) from error
    return number


def _replace_catalog(folder: Path, old: Path, disk: Disk) -> None:
    """Put a copy of this schema in the catalogue's place; the catalogue keeps another name."""
    path, draft = folder / CATALOG, folder / DRAFT
    disk.remove(draft)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(draft)) as target:
        source.backup(target)
    draft.chmod(PRIVATE_FILE)
    with closing(sqlite3.connect(draft, isolation_level=None)) as db:
        db.executescript(f"BEGIN;{_STEPS}")
        found = stored_articles(db)
        digests = [(digest_of(row, raw, rows), row[0]) for row, rows, raw, _ in found]
        db.executemany("UPDATE articles SET digest = ? WHERE id = ?", digests)
        db.execute("COMMIT")
    disk.sync(draft)
    disk.remove(old)
    try:
        disk.link(path, old)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
        shutil.copyfile(path, old)  # on a disk that gives no file two names
        disk.sync(old)
    disk.rename(draft, path)
    disk.sync(folder)


def _schema(path: Path) -> tuple[str | None, str | None]:
    """The schema of a catalogue, and the version that it needs."""
    try:
        with closing(sqlite3.connect(path)) as db:
            about = dict(db.execute("SELECT key, value FROM meta").fetchall())
    except sqlite3.DatabaseError as error:
        raise StoreError(
            f"{path} is no catalogue that can be read ({error}); build the store again from the "
            "articles"
        ) from error
    return about.get("schema"), about.get("needs")
