"""The copy of the catalogue that readers open: articles and paragraphs in index order."""

import sqlite3
from pathlib import Path

# Article by article, file by file, along unique indexes: the order needs no sorting, so that any
# number of paragraphs streams.
JOINED = (
    "files CROSS JOIN articles ON articles.path = files.path "
    "CROSS JOIN paragraphs ON paragraphs.article = articles.id"
)
ORDER = "ORDER BY files.source, articles.place, paragraphs.ordinal"

# The first position is 0: SQLite numbers from the largest there is, a row that is taken out.
_TABLES = """
CREATE TABLE copy.raws (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
CREATE TABLE copy.articles (
  id TEXT NOT NULL, source TEXT NOT NULL, title TEXT NOT NULL, date TEXT, section TEXT,
  authors TEXT NOT NULL, raw INTEGER NOT NULL, body_start INTEGER NOT NULL,
  body_end INTEGER NOT NULL, lines INTEGER NOT NULL, more TEXT NOT NULL, continues TEXT,
  continued_by TEXT) STRICT;
CREATE TABLE copy.paragraphs (
  position INTEGER PRIMARY KEY, id TEXT NOT NULL, article TEXT NOT NULL, ordinal INTEGER NOT NULL,
  text TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, pieces TEXT NOT NULL,
  page INTEGER, heading TEXT, context TEXT) STRICT;
INSERT INTO copy.paragraphs VALUES (-1, '', '', 0, '', 0, 0, '', NULL, NULL, NULL);
"""
_ROWS = f"""
INSERT INTO copy.raws SELECT id, text FROM raws ORDER BY id;
INSERT INTO copy.articles SELECT articles.id, articles.source, title, date, section, authors, raw,
  body_start, body_end, lines, more, continues, continued_by
  FROM articles JOIN files USING (path) ORDER BY files.source, place;
INSERT INTO copy.paragraphs (id, article, ordinal, text, start, "end", pieces, page, heading,
  context) SELECT paragraphs.id, article, ordinal, text, start, "end", pieces, page, heading,
  context FROM {JOINED} {ORDER};
DELETE FROM copy.paragraphs WHERE position = -1;
CREATE UNIQUE INDEX copy.by_paragraph ON paragraphs(id);
CREATE INDEX copy.by_article ON paragraphs(article);
CREATE UNIQUE INDEX copy.by_id ON articles(id);
CREATE INDEX copy.by_source ON articles(source);
"""


def write_copy(db: sqlite3.Connection, path: Path) -> None:
    """Write what readers need of a catalogue into a new file; the publisher syncs it.

    Raises:
        sqlite3.OperationalError: the disk is full or fails.
    """
    db.execute("ATTACH ? AS copy", (str(path),))
    try:
        db.execute("PRAGMA copy.journal_mode = OFF")
        db.execute("PRAGMA copy.synchronous = OFF")
        db.execute("BEGIN")
        for statement in (_TABLES + _ROWS).split(";"):  # executescript would commit at once
            db.execute(statement)
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")
        db.execute("DETACH copy")
