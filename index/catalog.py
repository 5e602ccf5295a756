"""SQLite: the truth about articles and paragraphs, beside it their vectors. All else derives."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path

import numpy as np

from index.article import Article, Paragraph
from index.canary import Halves, as_text, from_text, name_of
from index.database import damaged, integrity, open_database, transaction
from index.errors import StoreError, StoreMismatch
from index.kept import KeptVectors, Keys
from index.paragraphs import searched_text
from index.reader_copy import JOINED, ORDER
from index.rows import (
    READ_SINCE,
    SCHEMA,
    TABLES,
    TO_SEARCH,
    FileRow,
    Version,
    article_row,
    digest_of,
    faults_of,
    file_from_row,
    other_schema,
    paragraph_row,
    state_of,
)
from index.selection import Selection
from index.text_key import text_key
from index.ties import Ties

VECTORS = "vectors.sqlite"

# An article that goes under its first part's title keeps the vectors under its own as well.
_OWN = (
    f"SELECT paragraphs.rowid, own_title, {TO_SEARCH} FROM articles "
    "JOIN paragraphs ON article = articles.id WHERE title != own_title"
)
_ARTICLE = (
    "id, articles.path, place, source, own_title, date, section, authors, raw, body_start, "
    "body_end, lines, more, own_title"
)
_PARAGRAPH = 'id, article, ordinal, text, start, "end", pieces, page, heading, context'


Row = tuple[object, ...]


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
        new = f"INSERT INTO meta VALUES ('schema', '{SCHEMA}'), ('needs', '{READ_SINCE}');"
        self._db = open_database(path, TABLES + new)
        try:
            schema, needs = self.meta("schema"), self.meta("needs")
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise damaged(path, error) from error
        if schema != str(SCHEMA):
            self._db.close()
            raise StoreMismatch(other_schema(path, schema, needs))
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
            yield

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
        rows = self._db.execute("SELECT * FROM files ORDER BY source")
        return [file_from_row(row) for row in rows]

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
            "INSERT INTO files VALUES (?, ?, ?, ?, ?)",
            (file.path, file.source, file.sha256, file.pages, faults_of(file)),
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
        row = article_row(path, place, raw, article)
        found = list(paragraphs)
        rows = [paragraph_row(paragraph) for paragraph in found]
        self._db.execute(
            "INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, ?)",
            (*row, digest_of(row, article.raw, rows)),
        )
        self._db.executemany(
            "INSERT INTO paragraphs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (*values, _searched_key(article, paragraph))
                for values, paragraph in zip(rows, found, strict=True)
            ),
        )

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

    def select(self, articles: Iterable[str] | None = None) -> Selection:
        """The articles with these ids, or all of them; what was selected before is no more."""
        return Selection(self._db, self.kept, self.maker, articles)

    @property
    def embedder(self) -> str:
        """The fingerprint of the embedder that made the vectors; empty where none did yet."""
        return str(json.loads(self.meta("fingerprint") or "{}").get("embedder", ""))

    @property
    def maker(self) -> str:
        """What its vectors are kept under, see `index.canary.maker_of`."""
        return self.meta("maker") or self.embedder

    def sweep_vectors(self) -> None:
        """Forget vectors that neither a paragraph nor its article's own title needs.

        Raises:
            StoreError: the disk is full or fails.
        """
        self.kept.sweep(self.maker, self._needed()[:, 0])

    def keys_of(self, paths: Iterable[str]) -> Keys:
        """The keys of the texts of some files."""
        query = (
            "SELECT searched FROM paragraphs JOIN articles ON articles.id = article WHERE path = ?"
        )
        found = (row[0] for path in paths for row in self._db.execute(query, (path,)))
        return np.fromiter(found, np.int64)

    def drop_vectors(self, keys: Keys) -> None:
        """Forget the vectors of these texts, but for those that are needed still.

        Raises:
            StoreError: the disk is full or fails.
        """
        self.kept.drop(self.maker, np.setdiff1d(keys, self._needed()[:, 0]))

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

    def differing(self, copy: Path) -> tuple[list[str], list[int]]:
        """The ids of the articles that a reader's copy lacks or has otherwise, and the numbers
        of its articles that are gone from here or other ones now.
        """
        shown = "id, digest, title, continues, continued_by"
        here, there = f"SELECT {shown} FROM main.articles", f"SELECT {shown} FROM base.articles"
        self._db.execute("ATTACH ? AS base", (str(copy),))
        try:
            changed = self._db.execute(f"SELECT id FROM ({here} EXCEPT {there})").fetchall()
            gone = self._db.execute(
                "SELECT number FROM base.articles WHERE id IN "
                f"(SELECT id FROM ({there} EXCEPT {here})) ORDER BY number"
            ).fetchall()
        finally:
            self._db.execute("DETACH base")
        return [row[0] for row in changed], [row[0] for row in gone]

    def note_maker(self, fingerprint: dict[str, str | int], maker: str, canary: Halves) -> None:
        """Say what made the vectors: fingerprint, what they are kept under, the fixed texts'."""
        self.set_meta("fingerprint", json.dumps(fingerprint, sort_keys=True))
        self.set_meta("maker", maker)
        self.set_meta("canary", as_text(canary))

    def canary(self) -> Halves | None:
        """The vectors of the fixed texts (see `index.canary`), if they are known."""
        known = self.meta("canary")
        return None if known is None else from_text(known)

    def made_by(self) -> dict[str, str | int]:
        """What made the vectors and tokens: the fingerprint, and a hash of the canary."""
        made: dict[str, str | int] = json.loads(self.meta("fingerprint") or "{}")
        known = self.canary()
        return made if known is None else {**made, "canary": name_of(known)}

    def versions(self) -> Iterator[Version]:
        """All articles as readers would see them, by id."""
        rows = self._db.execute(
            "SELECT id, digest, title, continues, continued_by FROM articles ORDER BY id"
        )
        return map(Version._make, rows)

    def state(self) -> str:
        """A hash of all that readers would see: the same for the same articles."""
        return state_of(self.versions())

    def problems(self) -> list[str]:
        """What is wrong with the files, one line each; vectors that are missing too."""
        found = self.damages()
        lacking = 0 if found or not self.maker else int((self.lacking(self.maker)[:, 1] > 0).sum())
        if lacking:
            found.append(
                f"{lacking} texts have no vector; check --repair takes them from the published "
                "generation, else build the store again from the articles"
            )
        return found

    def damages(self) -> list[str]:
        """What is not as it was written, one line each; of the vectors named by their file."""
        return (integrity(self._db) or [*self._changed_articles()]) + self.kept.problems()

    def _changed_articles(self) -> Iterator[str]:
        """Articles whose rows are not those that were written, one line each."""
        for row, paragraphs, raw, digest in stored_articles(self._db):
            if digest_of(row, raw, paragraphs) != digest:
                yield f"article {row[0]} of {row[3]} is not what was stored"


def looked_at(path: Path) -> tuple[list[FileRow], str | None]:
    """The files and the fingerprint of a catalogue, of which nothing is changed.

    Raises:
        StoreError: it cannot be read as it is.
        StoreMismatch: one of another schema.
    """
    if not path.exists():
        return [], None
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
            about = dict(db.execute("SELECT key, value FROM meta").fetchall())
            if about.get("schema") != str(SCHEMA):
                raise StoreMismatch(other_schema(path, about.get("schema"), about.get("needs")))
            files = [file_from_row(row) for row in db.execute("SELECT * FROM files")]
    except sqlite3.DatabaseError as error:
        raise StoreError(
            f"{path} cannot be read as it is ({error}); verify it: python -m index check --repair "
            f"--store {path.parent}"
        ) from error
    return sorted(files, key=lambda file: file.source), about.get("fingerprint")


def stored_articles(db: sqlite3.Connection) -> Iterator[tuple[Row, list[Row], str, int]]:
    """Every article by itself with its paragraphs, its raw text and its digest, by id."""
    articles = db.execute(
        f"SELECT digest, raws.text, articles.{_ARTICLE} FROM articles "
        "JOIN raws ON raws.id = raw ORDER BY articles.id"
    )
    rows = db.execute(f"SELECT {_PARAGRAPH} FROM paragraphs ORDER BY article, ordinal")
    by_article = groupby(rows, itemgetter(1))
    key, paragraphs = next(by_article, (None, iter(())))
    for digest, raw, *row in articles:
        found: list[Row] = []
        if key == row[0]:
            found = list(paragraphs)
            key, paragraphs = next(by_article, (None, iter(())))
        yield tuple(row), found, raw, digest


def _searched_key(article: Article, p: Paragraph) -> int:
    """The key of what is searched of a paragraph."""
    return text_key(searched_text(article.title, article.source, p.heading, p.context, p.text))
