"""SQLite: the truth about articles, paragraphs and vectors. FAISS and BM25 derive from it."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.article import Article, Paragraph, Piece, Span
from index.embedder import Vectors
from index.errors import StoreDamaged, StoreError
from index.paragraphs import searched_text

SCHEMA = 1

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE files (
  path TEXT PRIMARY KEY, source TEXT NOT NULL UNIQUE, sha256 TEXT NOT NULL) STRICT;
CREATE TABLE articles (
  id TEXT PRIMARY KEY, path TEXT NOT NULL REFERENCES files(path) ON DELETE CASCADE,
  place INTEGER NOT NULL, source TEXT NOT NULL, title TEXT NOT NULL, date TEXT, section TEXT,
  authors TEXT NOT NULL, raw TEXT NOT NULL, body_start INTEGER NOT NULL,
  body_end INTEGER NOT NULL, lines INTEGER NOT NULL) STRICT;
CREATE TABLE paragraphs (
  id TEXT PRIMARY KEY, article TEXT NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL, text TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
  pieces TEXT NOT NULL, page INTEGER, heading TEXT, vector BLOB) STRICT;
CREATE INDEX articles_by_path ON articles(path);
CREATE UNIQUE INDEX paragraphs_by_article ON paragraphs(article, ordinal);
"""
_ORDER = "ORDER BY files.source, articles.place, paragraphs.ordinal"
_JOINED = (
    "paragraphs JOIN articles ON articles.id = paragraphs.article "
    "JOIN files ON files.path = articles.path"
)

_SEARCHED = "articles.title, articles.source, heading, text"


@dataclass(frozen=True)
class FileRow:
    """A file of the catalogue: where it lies, its source name, the hash of its bytes."""

    path: str
    source: str
    sha256: str


class Catalog:
    """The catalogue of one store; changes happen inside `transaction()`, by the one writer."""

    def __init__(self, path: Path) -> None:
        """Open a catalogue, or make an empty one.

        Raises:
            StoreDamaged: not a catalogue, or of another schema.
        """
        self._path = path
        new = not path.exists()
        self._db = sqlite3.connect(path, isolation_level=None)
        try:
            # A rollback journal with full synchronisation: the WAL of SQLite before 3.51.3 can
            # lose a checkpoint, and one writer gains nothing from it.
            self._db.execute("PRAGMA journal_mode = DELETE")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA foreign_keys = ON")
            if new:
                path.chmod(0o600)
            if self._empty():
                self._db.executescript(f"BEGIN;{_TABLES}COMMIT;")
                self.set_meta("schema", str(SCHEMA))
            if self.meta("schema") != str(SCHEMA):
                raise StoreDamaged(
                    f"{path} has schema {self.meta('schema')}, this version reads {SCHEMA}; "
                    "use the version that made it, or build a new store"
                )
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise StoreDamaged(
                f"{path} is damaged ({error}); move the store folder away and build it again "
                "from the articles"
            ) from error

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All changes inside, or none of them (also on Ctrl-C).

        Raises:
            StoreError: the disk is full or fails.
        """
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise StoreError(
                f"{self._path} cannot be written ({error}); free some space or choose another "
                "folder with --store"
            ) from error
        finally:
            # Left open by any error, unless SQLite has rolled back by itself (a full disk).
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    def meta(self, key: str) -> str | None:
        """A value kept beside the tables."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, key: str, value: str) -> None:
        """Keep a value beside the tables."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def files(self) -> list[FileRow]:
        """All files, by source name."""
        rows = self._db.execute("SELECT path, source, sha256 FROM files ORDER BY source")
        return [FileRow(*row) for row in rows]

    def owner(self, article: str) -> str | None:
        """The path of the file that holds an article."""
        row = self._db.execute("SELECT path FROM articles WHERE id = ?", (article,)).fetchone()
        return None if row is None else str(row[0])

    def remove_file(self, path: str) -> None:
        """Forget a file with its articles and paragraphs."""
        self._db.execute("DELETE FROM files WHERE path = ?", (path,))

    def add_file(self, file: FileRow) -> None:
        """Note a file; its articles follow by `add_article`."""
        self._db.execute(
            "INSERT INTO files VALUES (?, ?, ?)", (file.path, file.source, file.sha256)
        )

    def add_article(
        self, path: str, place: int, article: Article, paragraphs: Iterable[Paragraph]
    ) -> None:
        """Note an article, the `place`-th of its file, and its paragraphs, without vectors."""
        self._db.execute(
            "INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                article.id, path, place, article.source, article.title, article.date,
                article.section, json.dumps(article.authors, ensure_ascii=False), article.raw,
                article.body.start, article.body.end, int(article.lines_are_paragraphs),
            ),
        )  # fmt: skip
        self._db.executemany(
            "INSERT INTO paragraphs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            (
                (
                    p.id, p.article_id, p.ordinal, p.text, p.span.start, p.span.end,
                    json.dumps([[q.text_start, q.raw_start, q.length] for q in p.pieces]),
                    p.page, p.heading,
                )
                for p in paragraphs
            ),
        )  # fmt: skip

    def set_vector(self, paragraph: str, vector: bytes) -> None:
        """Keep a paragraph's vector (float32, little-endian)."""
        self._db.execute("UPDATE paragraphs SET vector = ? WHERE id = ?", (vector, paragraph))

    def vector_bytes(self, article: Article, paragraph: Paragraph) -> bytes | None:
        """The vector kept for a paragraph of which nothing that is searched has changed."""
        row = self._db.execute(
            "SELECT vector FROM paragraphs JOIN articles ON articles.id = article "
            "WHERE paragraphs.id = ? AND text = ? AND heading IS ? AND title = ?",
            (paragraph.id, paragraph.text, paragraph.heading, article.title),
        ).fetchone()
        return None if row is None else row[0]

    def forget_vectors(self) -> None:
        """Drop all vectors, because another embedder takes over."""
        self._db.execute("UPDATE paragraphs SET vector = NULL")

    def without_vector(self) -> list[tuple[str, str]]:
        """Id and searched text of the paragraphs still to be embedded, in index order."""
        query = f"SELECT paragraphs.id, {_SEARCHED} FROM {_JOINED} WHERE vector IS NULL {_ORDER}"
        return [(row[0], searched_text(*row[1:])) for row in self._db.execute(query)]

    def searched_texts(self) -> Iterator[str]:
        """What is searched of every paragraph, in index order."""
        for row in self._db.execute(f"SELECT {_SEARCHED} FROM {_JOINED} {_ORDER}"):
            yield searched_text(*row)

    def vectors(self, dimension: int) -> Vectors:
        """All vectors in index order, shape (paragraphs, dimension)."""
        rows = self._db.execute(f"SELECT vector FROM {_JOINED} {_ORDER}")
        blobs = [row[0] for row in rows]
        if any(blob is None or len(blob) != 4 * dimension for blob in blobs):
            raise StoreDamaged(
                f"{self._path} lacks vectors; build the store again: python -m index build PATH…"
            )
        flat = np.frombuffer(b"".join(blobs), dtype="<f4").astype(np.float32)
        return flat.reshape(len(blobs), dimension)

    def counts(self) -> tuple[int, int]:
        """Number of articles and of paragraphs."""
        articles = self._db.execute("SELECT count(*) FROM articles").fetchone()[0]
        return int(articles), int(self._db.execute("SELECT count(*) FROM paragraphs").fetchone()[0])

    def problems(self) -> list[str]:
        """What SQLite's own integrity check and the foreign keys find, one line each."""
        found = [str(row[0]) for row in self._db.execute("PRAGMA integrity_check")]
        orphans = self._db.execute("PRAGMA foreign_key_check").fetchall()
        return [line for line in found if line != "ok"] + [
            f"row {row[1]} of {row[0]} belongs to nothing" for row in orphans
        ]

    def export(self, path: Path) -> None:
        """Write the reader's copy: articles and paragraphs in index order, without vectors."""
        self._db.execute("ATTACH ? AS copy", (str(path),))
        try:
            self._db.execute("PRAGMA copy.journal_mode = OFF")
            self._db.execute("PRAGMA copy.synchronous = OFF")  # the publisher syncs the file
            self._db.execute("BEGIN")
            self._db.execute(
                "CREATE TABLE copy.articles AS SELECT articles.id, articles.source, title, date, "
                "section, authors, raw, body_start, body_end, lines FROM articles "
                "JOIN files USING (path) ORDER BY files.source, place"
            )
            self._db.execute(
                f"CREATE TABLE copy.paragraphs AS SELECT row_number() OVER ({_ORDER}) - 1 "
                'AS position, paragraphs.id, article, ordinal, text, start, "end", pieces, page, '
                f"heading FROM {_JOINED} {_ORDER}"
            )
            self._db.execute("CREATE UNIQUE INDEX copy.by_position ON paragraphs(position)")
            self._db.execute("CREATE UNIQUE INDEX copy.by_paragraph ON paragraphs(id)")
            self._db.execute("CREATE INDEX copy.by_article ON paragraphs(article)")
            self._db.execute("CREATE UNIQUE INDEX copy.by_id ON articles(id)")
            self._db.execute("COMMIT")
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            self._db.execute("DETACH copy")

    def _empty(self) -> bool:
        return not self._db.execute("SELECT 1 FROM sqlite_master").fetchone()


def article_from_row(row: sqlite3.Row) -> Article:
    """An article from a row of the reader's copy."""
    return Article(
        id=row["id"],
        source=row["source"],
        title=row["title"],
        raw=row["raw"],
        body=Span(row["body_start"], row["body_end"]),
        date=row["date"],
        section=row["section"],
        authors=tuple(json.loads(row["authors"])),
        lines_are_paragraphs=bool(row["lines"]),
    )


def paragraph_from_row(row: sqlite3.Row) -> Paragraph:
    """A paragraph from a row of the reader's copy."""
    return Paragraph(
        id=row["id"],
        article_id=row["article"],
        ordinal=row["ordinal"],
        text=row["text"],
        span=Span(row["start"], row["end"]),
        pieces=tuple(Piece(*piece) for piece in json.loads(row["pieces"])),
        page=row["page"],
        heading=row["heading"],
    )
