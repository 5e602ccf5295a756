"""SQLite: the truth about articles and paragraphs, beside it their vectors. All else derives."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import numpy as np

from index.article import Article, Paragraph
from index.database import damaged, integrity, open_database, transaction
from index.embedder import Vectors
from index.errors import StoreMismatch
from index.kept import KeptVectors, Keys, text_key
from index.paragraphs import searched_text
from index.reader_copy import JOINED, ORDER, write_copy
from index.rows import (
    SCHEMA,
    TABLES,
    TO_SEARCH,
    FileRow,
    authors_of,
    more_of,
    other_schema,
    pieces_of,
)
from index.ties import Ties

VECTORS = "vectors.sqlite"
_BATCH = 4096  # vectors given at once

# An article that goes under its first part's title keeps the vectors under its own as well.
_OWN = (
    f"SELECT paragraphs.rowid, own_title, {TO_SEARCH} FROM articles "
    "JOIN paragraphs ON article = articles.id WHERE title != own_title"
)


class Catalog:
    """The catalogue of one store; changes happen inside `transaction()`, by the one writer.

    `kept` are the vectors, in a file beside it; `ties` are those between articles.
    """

    def __init__(self, path: Path) -> None:
        """Open a catalogue, or make an empty one.

        Raises:
            StoreDamaged: not a catalogue.
            StoreMismatch: one of another schema.
            StoreBusy: another process is committing to it.
        """
        self._path = path
        new = f"INSERT INTO meta VALUES ('schema', '{SCHEMA}');"
        self._db = open_database(path, TABLES + new)
        try:
            schema = self.meta("schema")
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise damaged(path, error) from error
        if schema != str(SCHEMA):
            self._db.close()
            raise StoreMismatch(other_schema(path, schema))
        self.kept = KeptVectors(path.with_name(VECTORS))
        self.ties = Ties(self._db)

    def close(self) -> None:
        """Close the files."""
        self.kept.close()
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All changes inside, or none of them (also on Ctrl-C).

        Raises:
            StoreDamaged: the file is damaged.
            StoreError: the disk is full or fails.
        """
        with transaction(self._db, self._path):
            before = self._db.total_changes
            yield
            if self._db.total_changes != before:
                self._db.execute("DELETE FROM meta WHERE key = 'published'")

    @property
    def published(self) -> str | None:
        """The hash of the manifest that was published of this very state, if one was."""
        return self.meta("published")

    @published.setter
    def published(self, digest: str) -> None:
        self.set_meta("published", digest)

    def meta(self, key: str) -> str | None:
        """A value kept beside the tables."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, key: str, value: str) -> None:
        """Keep a value beside the tables; the same one as before is no change."""
        if self.meta(key) != value:
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
        """Note an article, the `place`-th of its file, and its paragraphs.

        `raw` is the number that `add_raw` gave to its raw text.
        """
        self._db.execute(
            "INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
            (
                article.id, path, place, article.source, article.title, article.date,
                article.section, authors_of(article), raw,
                article.body.start, article.body.end, int(article.lines_are_paragraphs),
                more_of(article), article.title,
            ),
        )  # fmt: skip
        self._db.executemany(
            "INSERT INTO paragraphs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    p.id, p.article_id, p.ordinal, p.text, p.span.start, p.span.end,
                    pieces_of(p),
                    p.page, p.heading, p.context,
                    text_key(
                        searched_text(article.title, article.source, p.heading, p.context, p.text)
                    ),
                )
                for p in paragraphs
            ),
        )  # fmt: skip

    def searched_texts(self) -> Iterator[tuple[str, str | None]]:
        """What is searched of every paragraph, and its article's date, in index order."""
        for row in self._db.execute(f"SELECT date, title, {TO_SEARCH} FROM {JOINED} {ORDER}"):
            yield searched_text(*row[1:]), row[0]

    def lacking(self, maker: str) -> Keys:
        """The texts that need a vector by this embedder, for `texts`: one row each."""
        needed = self._needed()
        return needed[self.kept.lacking(maker, needed[:, 0])]

    def texts(self, needed: Keys) -> Iterator[tuple[int, str]]:
        """The texts that `lacking` told, with their keys, in index order."""
        for key, number in needed.tolist():
            title = "articles.title" if number > 0 else "own_title"
            row = self._db.execute(
                f"SELECT {title}, {TO_SEARCH} FROM paragraphs "
                "JOIN articles ON articles.id = article WHERE paragraphs.rowid = ?",
                (abs(number),),
            )
            yield key, searched_text(*row.fetchone())

    def vectors(self, dimension: int) -> Iterator[Vectors]:
        """All vectors in index order, in batches of shape (n, dimension).

        Raises:
            StoreDamaged: one is missing.
        """
        maker = json.loads(self.meta("fingerprint") or "{}").get("embedder", "")
        halves = self.kept.vectors(maker, self._needed()[: self.counts()[1], 0], dimension)
        for start in range(0, len(halves), _BATCH):
            yield halves[start : start + _BATCH].astype(np.float32)

    def sweep_vectors(self, maker: str) -> None:
        """Forget vectors that neither a paragraph nor its article's own title needs.

        Raises:
            StoreError: the disk is full or fails.
        """
        self.kept.sweep(maker, self._needed()[:, 0])

    def _needed(self) -> Keys:
        """Key and row number of every text that needs a vector, in index order.

        Those under own titles come last, and their row numbers are negative.
        """
        rows = self._db.execute(f"SELECT searched, paragraphs.rowid FROM {JOINED} {ORDER}")
        own = ((text_key(searched_text(*row)), -id) for id, *row in self._db.execute(_OWN))
        return np.fromiter(chain(rows, own), np.dtype((np.int64, 2)))

    def counts(self) -> tuple[int, int]:
        """Number of articles and of paragraphs."""
        articles = self._db.execute("SELECT count(*) FROM articles").fetchone()[0]
        return int(articles), int(self._db.execute("SELECT count(*) FROM paragraphs").fetchone()[0])

    def problems(self) -> list[str]:
        """What is wrong with the files, one line each; vectors that are missing too."""
        found = integrity(self._db) + self.kept.problems()
        made = self.meta("fingerprint")
        if found or made is None:
            return found
        lacking = len(self.lacking(json.loads(made)["embedder"]))
        if lacking:
            found.append(f"{lacking} texts have no vector; build the store again from the articles")
        return found

    def export(self, path: Path) -> None:
        """Write the reader's copy: articles and paragraphs in index order, without vectors."""
        write_copy(self._db, path)
