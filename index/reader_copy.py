"""The copy of the catalogue that readers open: articles and paragraphs in index order."""

import json
import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path

from index.article import Article, Paragraph
from index.paragraphs import searched_text
from index.rows import Version, article_from_row, paragraph_from_row

# Article by article, file by file, along unique indexes: the order needs no sorting, so that any
# number of paragraphs streams.
JOINED = (
    "files CROSS JOIN articles ON articles.path = files.path "
    "CROSS JOIN paragraphs ON paragraphs.article = articles.id"
)
# The same of what an `index.selection.Selection` holds.
CHOSEN = JOINED.replace(
    " CROSS JOIN paragraphs",
    " CROSS JOIN temp.chosen ON chosen.id = articles.id CROSS JOIN paragraphs",
)
ORDER = "ORDER BY files.source, articles.place, paragraphs.ordinal"

# Numbers go on where those of the base end: SQLite counts from the largest there is, a row that is
# taken out again.
_TABLES = """
CREATE TABLE copy.raws (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
CREATE TABLE copy.articles (
  number INTEGER PRIMARY KEY, file TEXT NOT NULL, id TEXT NOT NULL, place INTEGER NOT NULL,
  source TEXT NOT NULL, title TEXT NOT NULL, date TEXT, section TEXT,
  authors TEXT NOT NULL, raw INTEGER NOT NULL, body_start INTEGER NOT NULL,
  body_end INTEGER NOT NULL, lines INTEGER NOT NULL, more TEXT NOT NULL,
  own_title TEXT NOT NULL, continues TEXT, continued_by TEXT, digest INTEGER NOT NULL) STRICT;
CREATE TABLE copy.paragraphs (
  position INTEGER PRIMARY KEY, id TEXT NOT NULL, article TEXT NOT NULL, ordinal INTEGER NOT NULL,
  text TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, pieces TEXT NOT NULL,
  page INTEGER, heading TEXT, context TEXT) STRICT;
INSERT INTO copy.articles VALUES
  ({article}, '', '', 0, '', '', '', '', '', 0, 0, 0, 0, '', '', '', '', 0);
INSERT INTO copy.paragraphs VALUES ({paragraph}, '', '', 0, '', 0, 0, '', NULL, NULL, NULL);
"""
_OF_ARTICLES = (
    "id, place, source, title, date, section, authors, raw, body_start, body_end, lines, "
    "more, own_title, continues, continued_by, digest"
)
_OF_PARAGRAPHS = 'id, article, ordinal, text, start, "end", pieces, page, heading, context'
_ROWS = f"""
INSERT INTO copy.raws SELECT id, text FROM raws WHERE id IN (
  SELECT raw FROM articles JOIN temp.chosen USING (id)) ORDER BY id;
INSERT INTO copy.articles (file, {_OF_ARTICLES})
  SELECT files.source, {_OF_ARTICLES.replace(" source", " articles.source")} FROM articles
  JOIN temp.chosen USING (id) JOIN files USING (path) ORDER BY files.source, place;
INSERT INTO copy.paragraphs ({_OF_PARAGRAPHS}) SELECT paragraphs.{_OF_PARAGRAPHS} FROM {CHOSEN}
  {ORDER};
DELETE FROM copy.articles WHERE number = {{article}};
DELETE FROM copy.paragraphs WHERE position = {{paragraph}};
CREATE UNIQUE INDEX copy.by_paragraph ON paragraphs(id);
CREATE INDEX copy.by_article ON paragraphs(article);
CREATE UNIQUE INDEX copy.by_id ON articles(id);
CREATE INDEX copy.by_source ON articles(source);
"""


def write_copy(db: sqlite3.Connection, path: Path, article: int, paragraph: int) -> None:
    """Write what is selected of a catalogue into a new file; the publisher syncs it.

    The first article and paragraph have these numbers.

    Raises:
        sqlite3.OperationalError: the disk is full or fails.
    """
    db.execute("ATTACH ? AS copy", (str(path),))
    try:
        db.execute("PRAGMA copy.journal_mode = OFF")
        db.execute("PRAGMA copy.synchronous = OFF")
        db.execute("BEGIN")
        script = (_TABLES + _ROWS).format(article=article - 1, paragraph=paragraph - 1)
        for statement in script.split(";"):  # executescript would commit at once
            db.execute(statement)
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")
        db.execute("DETACH copy")


@dataclass(frozen=True)
class ParagraphFacts:
    """What filters need of a paragraph; a date without a year counts as none."""

    article: str
    source: str
    date: str | None


@dataclass(frozen=True)
class Searched:
    """A paragraph as search reads it: its article's id, its words, and these with its titles."""

    article: str
    text: str
    words: str


@dataclass(frozen=True)
class Placed:
    """An article and its place among all: source name of its file, place in the file, number.

    `own_title` is the one it has by itself, see `index.rows.Link`.
    """

    place: tuple[str, int, int]
    article: Article
    own_title: str


_GIVEN = "(SELECT value FROM json_each(?))"  # any number of values as one parameter
_ARTICLES = "SELECT articles.*, raws.text AS raw_text FROM articles JOIN raws ON raws.id = raw"
_WITHOUT_TEXTS = "SELECT articles.*, '' AS raw_text FROM articles"


class ReaderCopy:
    """A reader's copy, opened; without the articles that are gone. Safe to use from threads."""

    def __init__(self, path: Path) -> None:
        """Open a file whose hash was verified."""
        self._gone: frozenset[int] = frozenset()
        self._lock = threading.Lock()
        self._db = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
        self._db.row_factory = sqlite3.Row

    def without(self, gone: Iterable[int]) -> "ReaderCopy":
        """The same file, opened once, without the articles of these numbers."""
        other = copy(self)
        other._gone = frozenset(gone)
        return other

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def bounds(self) -> tuple[int, int]:
        """One more than the largest number of an article, and of a paragraph."""
        articles = self._rows("SELECT ifnull(max(number) + 1, 0) AS n FROM articles")
        return articles[0]["n"], self._rows(
            "SELECT ifnull(max(position) + 1, 0) AS n FROM paragraphs"
        )[0]["n"]

    def versions(self) -> Iterator[tuple[int, Version]]:
        """The articles by id, each with its number."""
        query = (
            "SELECT number, id, digest, title, continues, continued_by FROM articles ORDER BY id"
        )
        for number, *version in self._rows(query):
            if number not in self._gone:
                yield number, Version(*version)

    def counts(self) -> list[tuple[int, str | None]]:
        """How many paragraphs each article has, and its date; by number."""
        query = (
            "SELECT count(paragraphs.position), date FROM articles LEFT JOIN paragraphs "
            "ON paragraphs.article = articles.id GROUP BY articles.number ORDER BY articles.number"
        )
        return [(row[0], row[1]) for row in self._rows(query)]

    def paragraphs(self, positions: Sequence[int]) -> dict[int, Paragraph]:
        """Those of the paragraphs at some positions that are here, by position."""
        query = f"SELECT * FROM paragraphs WHERE position IN {_GIVEN}"
        rows = self._rows(query, json.dumps(positions))
        return {row["position"]: paragraph_from_row(row) for row in rows}

    def searched(self, positions: Sequence[int]) -> dict[int, Searched]:
        """What the search reads of the paragraphs at some positions, by position."""
        rows = self._rows(
            "SELECT position, article, title, source, heading, context, paragraphs.text "
            "FROM paragraphs JOIN articles ON articles.id = article "
            f"WHERE position IN {_GIVEN}",
            json.dumps(positions),
        )
        return {row[0]: Searched(row[1], row[6], searched_text(*row[2:])) for row in rows}

    def paragraph(self, paragraph_id: str) -> Paragraph | None:
        """The paragraph with this id."""
        rows = self._rows(
            "SELECT paragraphs.*, number FROM paragraphs JOIN articles ON articles.id = article "
            "WHERE paragraphs.id = ?",
            paragraph_id,
        )
        return next((paragraph_from_row(row) for row in self._there(rows)), None)

    def articles_named(self, article_ids: Collection[str]) -> dict[str, Article]:
        """Those of the articles with these ids that are here, by id."""
        rows = self._rows(f"{_ARTICLES} WHERE articles.id IN {_GIVEN}", json.dumps([*article_ids]))
        return {row["id"]: article_from_row(row) for row in self._there(rows)}

    def article_paragraphs(self, article_id: str) -> list[Paragraph]:
        """All paragraphs of an article, in reading order."""
        rows = self._rows(
            "SELECT paragraphs.*, number FROM paragraphs JOIN articles ON articles.id = article "
            "WHERE article = ? ORDER BY ordinal",
            article_id,
        )
        return [paragraph_from_row(row) for row in self._there(rows)]

    def articles(self, *, texts: bool = True) -> Iterator[Placed]:
        """All articles, by source name and place in the file; without `texts` their raw is ""."""
        query = _ARTICLES if texts else _WITHOUT_TEXTS
        for row in self._there(self._rows(f"{query} ORDER BY number")):
            place = (row["file"], row["place"], row["number"])
            yield Placed(place, article_from_row(row), row["own_title"])

    def numbers(self, column: str, names: Collection[str]) -> list[int]:
        """The numbers of the articles whose "source" or "id" is one of these."""
        query = f"SELECT number FROM articles WHERE {column} IN {_GIVEN}"
        return [row["number"] for row in self._there(self._rows(query, json.dumps([*names])))]

    def sources(self) -> set[str]:
        """The names of all sources."""
        return {
            row["source"] for row in self._there(self._rows("SELECT source, number FROM articles"))
        }

    def facts(self) -> dict[int, ParagraphFacts]:
        """What filters need of every paragraph, by position."""
        query = (
            "SELECT position, article, source, date, number FROM paragraphs "
            "JOIN articles ON articles.id = article ORDER BY position"
        )
        rows = self._there(self._rows(query))
        return {row[0]: ParagraphFacts(row[1], row[2], _whole(row[3])) for row in rows}

    def titled(self, article_id: str) -> tuple[str, str, str | None]:
        """Title, source and date of an article that is here."""
        query = "SELECT title, source, date FROM articles WHERE id = ?"
        title, source, date = self._rows(query, article_id)[0]
        return title, source, date

    def _there(self, rows: Iterable[sqlite3.Row]) -> Iterator[sqlite3.Row]:
        """Rows with the number of their article, without those that are gone."""
        return (row for row in rows if row["number"] not in self._gone)

    def _rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._db.execute(query, values).fetchall()


def _whole(date: str | None) -> str | None:
    return None if date and date.startswith("XXXX") else date
