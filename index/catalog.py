"""SQLite: the truth about articles, paragraphs and vectors. FAISS and BM25 derive from it."""

import hashlib
import json
import sqlite3
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from index.article import Article, Paragraph
from index.embedder import Vectors
from index.errors import StoreDamaged, StoreError, StoreMismatch
from index.paragraphs import searched_text
from index.rows import SCHEMA, TABLES, FileRow, Link, article_from_row, more_of, other_schema

_ORDER = "ORDER BY files.source, articles.place, paragraphs.ordinal"
_JOINED = (
    "paragraphs JOIN articles ON articles.id = paragraphs.article "
    "JOIN files ON files.path = articles.path"
)

_SEARCHED = "articles.title, articles.source, heading, context, text"
# Columns of vectors, what each is the vector of, and which paragraphs need it: an article that
# goes under its first part's title keeps the vectors under its own title as well.
_VECTORS = (
    ("vector", _SEARCHED, "1"),
    ("own_vector", "own_title, articles.source, heading, context, text", "title != own_title"),
)
_BATCH = 4096  # vectors read at once
_KEPT = "CREATE TEMP TABLE kept (searched BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID"


class Catalog:
    """The catalogue of one store; changes happen inside `transaction()`, by the one writer."""

    def __init__(self, path: Path) -> None:
        """Open a catalogue, or make an empty one.

        Raises:
            StoreDamaged: not a catalogue.
            StoreMismatch: one of another schema.
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
                self._db.executescript(f"BEGIN;{TABLES}COMMIT;")
                self.set_meta("schema", str(SCHEMA))
            schema = self.meta("schema")
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise StoreDamaged(
                f"{path} is damaged ({error}); move the store folder away and build it again "
                "from the articles"
            ) from error
        if schema != str(SCHEMA):
            self._db.close()
            raise StoreMismatch(other_schema(path, schema))
        self._db.execute(_KEPT)

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
        rows = self._db.execute("SELECT path, source, sha256, pages FROM files ORDER BY source")
        return [FileRow(*row) for row in rows]

    def owner(self, article: str) -> str | None:
        """The path of the file that holds an article."""
        row = self._db.execute("SELECT path FROM articles WHERE id = ?", (article,)).fetchone()
        return None if row is None else str(row[0])

    def article_count(self, path: str) -> int:
        """How many articles a file holds."""
        row = self._db.execute("SELECT count(*) FROM articles WHERE path = ?", (path,)).fetchone()
        return int(row[0])

    def remove_file(self, path: str) -> None:
        """Forget a file with its articles and paragraphs."""
        self._db.execute("DELETE FROM files WHERE path = ?", (path,))

    def add_file(self, file: FileRow) -> None:
        """Note a file; its articles follow by `add_article`."""
        self._db.execute(
            "INSERT INTO files VALUES (?, ?, ?, ?)",
            (file.path, file.source, file.sha256, file.pages),
        )

    def add_raw(self, path: str, text: str) -> int:
        """Keep a raw text of a file, once for all its articles; returns its number."""
        found = self._db.execute("INSERT INTO raws (path, text) VALUES (?, ?)", (path, text))
        assert found.lastrowid is not None
        return found.lastrowid

    def add_article(
        self, path: str, place: int, raw: int, article: Article, paragraphs: Iterable[Paragraph]
    ) -> None:
        """Note an article, the `place`-th of its file, and its paragraphs, without vectors.

        `raw` is the number that `add_raw` gave to its raw text.
        """
        self._db.execute(
            "INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
            (
                article.id, path, place, article.source, article.title, article.date,
                article.section, json.dumps(article.authors, ensure_ascii=False), raw,
                article.body.start, article.body.end, int(article.lines_are_paragraphs),
                more_of(article), article.title,
            ),
        )  # fmt: skip
        self._db.executemany(
            "INSERT INTO paragraphs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
            (
                (
                    p.id, p.article_id, p.ordinal, p.text, p.span.start, p.span.end,
                    json.dumps([[q.text_start, q.raw_start, q.length] for q in p.pieces]),
                    p.page, p.heading, p.context,
                )
                for p in paragraphs
            ),
        )  # fmt: skip

    def set_vector(self, paragraph: str, column: str, vector: bytes) -> None:
        """Keep a vector (float32, little-endian) that `without_vector` asked for."""
        assert column in ("vector", "own_vector")
        self._db.execute(f"UPDATE paragraphs SET {column} = ? WHERE id = ?", (vector, paragraph))

    def keep_vectors(self, path: str) -> None:
        """Note the vectors of a file before it is read anew, for `reuse_vectors`."""
        for column, words, _ in _VECTORS:
            rows = self._db.execute(
                f"SELECT {column}, {words} FROM paragraphs JOIN articles ON articles.id = article "
                f"WHERE path = ? AND {column} NOT NULL",
                (path,),
            )
            self._db.executemany(
                "INSERT OR IGNORE INTO kept VALUES (?, ?)",
                ((_hash(searched_text(*row[1:])), row[0]) for row in rows),
            )

    def reuse_vectors(self) -> None:
        """Give kept vectors to the paragraphs without one of which the same is searched."""
        if not self._db.execute("SELECT 1 FROM kept LIMIT 1").fetchone():
            return
        for paragraph, column, text in self.without_vector():
            row = self._db.execute(
                "SELECT vector FROM kept WHERE searched = ?", (_hash(text),)
            ).fetchone()
            if row is not None:
                self.set_vector(paragraph, column, row[0])

    def forget_vectors(self) -> None:
        """Drop all vectors, because another embedder takes over."""
        self._db.execute("UPDATE paragraphs SET vector = NULL, own_vector = NULL")

    def without_vector(self) -> list[tuple[str, str, str]]:
        """Id, column and searched text of the vectors that are missing, in index order."""
        missing = []
        for column, words, where in _VECTORS:
            query = (
                f"SELECT paragraphs.id, {words} FROM {_JOINED} "
                f"WHERE {column} IS NULL AND {where} {_ORDER}"
            )
            missing += [
                (row[0], column, searched_text(*row[1:])) for row in self._db.execute(query)
            ]
        return missing

    def searched_texts(self) -> Iterator[tuple[str, str | None]]:
        """What is searched of every paragraph, and its article's date, in index order."""
        for row in self._db.execute(f"SELECT date, {_SEARCHED} FROM {_JOINED} {_ORDER}"):
            yield searched_text(*row[1:]), row[0]

    def vectors(self, dimension: int) -> Iterator[Vectors]:
        """All vectors in index order, in batches of shape (n, dimension).

        Raises:
            StoreDamaged: a paragraph has none, or one of another length.
        """
        query = f"SELECT paragraphs.rowid FROM {_JOINED} {_ORDER}"
        rows = array("q", (row[0] for row in self._db.execute(query)))
        for start in range(0, len(rows), _BATCH):
            batch = rows[start : start + _BATCH].tolist()
            # By row number: sorted together with their vectors, rows overflow into a file.
            found = dict(
                self._db.execute(
                    "SELECT rowid, vector FROM paragraphs "
                    "WHERE rowid IN (SELECT value FROM json_each(?))",
                    (json.dumps(batch),),
                )
            )
            yield self._decoded([found[row] for row in batch], dimension)

    def _decoded(self, blobs: Sequence[bytes | None], dimension: int) -> Vectors:
        if any(blob is None or len(blob) != 4 * dimension for blob in blobs):
            raise StoreDamaged(
                f"{self._path} lacks vectors; build the store again: python -m index build PATH…"
            )
        flat = np.frombuffer(b"".join(filter(None, blobs)), dtype="<f4")
        return flat.reshape(len(blobs), dimension)

    def notices(self) -> list[Article]:
        """Articles with a notice of continuation, under their own titles; without raw text."""
        cursor = self._db.cursor()
        cursor.row_factory = sqlite3.Row
        cursor.execute(
            "SELECT id, path, source, own_title AS title, '' AS raw_text, 0 AS body_start, "
            "0 AS body_end, date, section, authors, lines, more, NULL AS continues, "
            "NULL AS continued_by FROM articles WHERE more LIKE '%\"continued\\_%' ESCAPE '\\' "
            "ORDER BY id"
        )
        return [article_from_row(row) for row in cursor]

    def texts_beside(self, articles: Iterable[str]) -> dict[str, str]:
        """The texts of all articles in the files that hold the given ones, by id."""
        texts: dict[str, list[str]] = {}
        for key in articles:
            if key in texts:
                continue
            rows = self._db.execute(
                "SELECT article, text FROM paragraphs JOIN articles ON articles.id = article "
                "WHERE path = (SELECT path FROM articles WHERE id = ?) ORDER BY article, ordinal",
                (key,),
            )
            for article, words in rows:
                texts.setdefault(article, []).append(words)
        return {article: "\n".join(words) for article, words in texts.items()}

    def links(self) -> dict[str, Link]:
        """The articles that are tied to others, or go under another title than their own."""
        rows = self._db.execute(
            "SELECT id, title, continues, continued_by FROM articles WHERE continues NOT NULL "
            "OR continued_by NOT NULL OR title != own_title"
        )
        return {row[0]: Link(*row[1:]) for row in rows}

    def own_title(self, article: str) -> str:
        """The title that an article has by itself."""
        row = self._db.execute("SELECT own_title FROM articles WHERE id = ?", (article,)).fetchone()
        return str(row[0])

    def set_link(self, article: str, link: Link) -> None:
        """Tie an article to others; under another title its vectors are made anew."""
        old, own = self._db.execute(
            "SELECT title, own_title FROM articles WHERE id = ?", (article,)
        ).fetchone()
        self._db.execute(
            "UPDATE articles SET title = ?, continues = ?, continued_by = ? WHERE id = ?",
            (link.title, link.continues, link.continued_by, article),
        )
        if link.title == old:
            return
        change = "vector = NULL"
        if link.title == own:
            change = "vector = own_vector, own_vector = NULL"
        elif old == own:
            change = "own_vector = vector, vector = NULL"
        self._db.execute(f"UPDATE paragraphs SET {change} WHERE article = ?", (article,))

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
                "section, authors, raw, body_start, body_end, lines, more, continues, continued_by "
                "FROM articles JOIN files USING (path) ORDER BY files.source, place"
            )
            self._db.execute(
                "CREATE TABLE copy.raws (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT"
            )
            self._db.execute("INSERT INTO copy.raws SELECT id, text FROM raws ORDER BY id")
            self._db.execute(
                f"CREATE TABLE copy.paragraphs AS SELECT row_number() OVER ({_ORDER}) - 1 "
                'AS position, paragraphs.id, article, ordinal, text, start, "end", pieces, page, '
                f"heading, context FROM {_JOINED} {_ORDER}"
            )
            self._db.execute("CREATE UNIQUE INDEX copy.by_position ON paragraphs(position)")
            self._db.execute("CREATE UNIQUE INDEX copy.by_paragraph ON paragraphs(id)")
            self._db.execute("CREATE INDEX copy.by_article ON paragraphs(article)")
            self._db.execute("CREATE UNIQUE INDEX copy.by_id ON articles(id)")
            self._db.execute("CREATE INDEX copy.by_source ON articles(source)")
            self._db.execute("COMMIT")
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            self._db.execute("DETACH copy")

    def _empty(self) -> bool:
        return not self._db.execute("SELECT 1 FROM sqlite_master").fetchone()


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
