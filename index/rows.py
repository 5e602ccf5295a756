"""The tables of a catalogue, and articles and paragraphs as rows of them."""

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from index.article import Article, Paragraph, Piece, Span

SCHEMA = 3

# "searched" is the key (`index.kept.text_key`) of what is searched of a paragraph.
TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE files (
  path TEXT PRIMARY KEY, source TEXT NOT NULL UNIQUE, sha256 TEXT NOT NULL,
  pages TEXT NOT NULL) STRICT;
CREATE TABLE raws (
  id INTEGER PRIMARY KEY, path TEXT NOT NULL REFERENCES files(path) ON DELETE CASCADE,
  text TEXT NOT NULL) STRICT;
CREATE TABLE articles (
  id TEXT PRIMARY KEY, path TEXT NOT NULL REFERENCES files(path) ON DELETE CASCADE,
  place INTEGER NOT NULL, source TEXT NOT NULL, title TEXT NOT NULL, date TEXT, section TEXT,
  authors TEXT NOT NULL, raw INTEGER NOT NULL REFERENCES raws(id) ON DELETE CASCADE,
  body_start INTEGER NOT NULL, body_end INTEGER NOT NULL, lines INTEGER NOT NULL,
  more TEXT NOT NULL, own_title TEXT NOT NULL, continues TEXT, continued_by TEXT) STRICT;
CREATE TABLE paragraphs (
  id TEXT PRIMARY KEY, article TEXT NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL, text TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
  pieces TEXT NOT NULL, page INTEGER, heading TEXT, context TEXT, searched INTEGER NOT NULL) STRICT;
CREATE INDEX raws_by_path ON raws(path);
CREATE UNIQUE INDEX articles_by_path ON articles(path, place);
CREATE INDEX articles_by_raw ON articles(raw);
CREATE UNIQUE INDEX paragraphs_by_article ON paragraphs(article, ordinal);
"""
# What `index.paragraphs.searched_text` takes after a title, of articles joined to paragraphs.
TO_SEARCH = "articles.source, heading, context, text"
# Fields of an article that are kept together as JSON in the column "more".
_MORE = (
    "page_starts", "date_precision", "kicker", "subtitle", "place", "page", "continued_on",
    "continued_from", "untitled",
)  # fmt: skip


@dataclass(frozen=True)
class FileRow:
    """A file of the catalogue: where it lies, its source name, the hash of its bytes.

    `pages` is how it was read: as a printed page always, never, or auto.
    """

    path: str
    source: str
    sha256: str
    pages: str


@dataclass(frozen=True)
class Link:
    """How an article is tied to others: the title it goes under, and the ids of its parts."""

    title: str
    continues: str | None = None
    continued_by: str | None = None


def other_schema(path: Path, schema: object) -> str:
    """What to tell of a store of another version."""
    return (
        f"{path} is of schema {schema}, and this version reads {SCHEMA}: another version of "
        "Yinzheng made the store. Make a new one from the articles: python -m index build PATH… "
        "--store NEW; or go on with the version that made it"
    )


def more_of(article: Article) -> str:
    """The fields of a printed page and of paged files, those that are set."""
    values = {name: value for name in _MORE if (value := getattr(article, name))}
    return json.dumps(values, ensure_ascii=False) if values else "{}"


def authors_of(article: Article) -> str:
    """The authors as JSON; most articles name none, and an encoder takes longer to make."""
    return json.dumps(article.authors, ensure_ascii=False) if article.authors else "[]"


def pieces_of(paragraph: Paragraph) -> str:
    """The pieces as JSON: text start, raw start and length of each."""
    pieces = (f"[{p.text_start}, {p.raw_start}, {p.length}]" for p in paragraph.pieces)
    return f"[{', '.join(pieces)}]"


def article_from_row(row: sqlite3.Row) -> Article:
    """An article from a row of the reader's copy, its raw text joined to it as "raw_text"."""
    more = json.loads(row["more"])
    more["page_starts"] = tuple(more.get("page_starts", ()))
    return Article(
        id=row["id"],
        source=row["source"],
        title=row["title"],
        raw=row["raw_text"],
        body=Span(row["body_start"], row["body_end"]),
        date=row["date"],
        section=row["section"],
        authors=tuple(json.loads(row["authors"])),
        lines_are_paragraphs=bool(row["lines"]),
        continues=row["continues"],
        continued_by=row["continued_by"],
        **more,
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
        context=row["context"],
    )
