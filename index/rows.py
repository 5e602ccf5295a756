"""The tables of a catalogue, and articles and paragraphs as rows of them."""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from index.article import Article, Paragraph, Piece, Span
from index.text_key import text_key

SCHEMA = 4
# The first version that reads this schema; a store tells it to versions that came before.
READ_SINCE = "0.2.0"
LOST = "?/"  # begins the path of a file where it is not known any more
MIGRATED_FROM = 3  # the oldest schema that `python -m index migrate` brings to this one

# "searched" is the key (`index.kept.text_key`) of what is searched of a paragraph; "digest" that
# of all that an article is (see `digest_of`).
TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE files (
  path TEXT PRIMARY KEY, source TEXT NOT NULL UNIQUE, sha256 TEXT NOT NULL,
  pages TEXT NOT NULL, faults TEXT NOT NULL) STRICT;
CREATE TABLE raws (
  id INTEGER PRIMARY KEY, path TEXT NOT NULL REFERENCES files(path) ON DELETE CASCADE,
  text TEXT NOT NULL) STRICT;
CREATE TABLE articles (
  id TEXT PRIMARY KEY, path TEXT NOT NULL REFERENCES files(path) ON DELETE CASCADE,
  place INTEGER NOT NULL, source TEXT NOT NULL, title TEXT NOT NULL, date TEXT, section TEXT,
  authors TEXT NOT NULL, raw INTEGER NOT NULL REFERENCES raws(id) ON DELETE CASCADE,
  body_start INTEGER NOT NULL, body_end INTEGER NOT NULL, lines INTEGER NOT NULL,
  more TEXT NOT NULL, own_title TEXT NOT NULL, continues TEXT, continued_by TEXT,
  digest INTEGER NOT NULL) STRICT;
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
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True)
class FileRow:
    """A file of the catalogue: where it lies, its source name, the hash of its bytes.

    `pages` is how it was read: as a printed page always, never, or auto. `faults` are what was
    left out of it: reasons, each with its line in the file.
    """

    path: str
    source: str
    sha256: str
    pages: str
    faults: tuple[tuple[str, int | None], ...] = ()


class Version(NamedTuple):
    """What tells whether readers would see any difference in an article."""

    id: str
    digest: int
    title: str
    continues: str | None
    continued_by: str | None


@dataclass(frozen=True)
class Link:
    """How an article is tied to others: the title it goes under, and the ids of its parts."""

    title: str
    continues: str | None = None
    continued_by: str | None = None


def other_schema(path: Path, schema: object, needs: object = None) -> str:
    """What to tell of a store of another version; `needs` is the first one that reads it."""
    known = f"{path} is of schema {schema}, and this version reads {SCHEMA}: "
    if str(schema).isdecimal() and int(str(schema)) > SCHEMA:
        version = f"version {needs}" if needs else "the version that made it"
        return known + f"a later Yinzheng made the store. It takes {version} or later to read it"
    store = path.parent.parent if path.parent.name.startswith("gen-") else path.parent
    if str(schema) == str(MIGRATED_FROM):
        return known + (
            "an earlier Yinzheng made the store. Bring it to this version, the old one is kept "
            f"until the new is published: python -m index migrate --store {store}"
        )
    return known + (
        "an earlier Yinzheng made the store. Make a new one from the articles: "
        "python -m index build PATH… --store NEW; or go on with the version that made it"
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


def faults_of(file: FileRow) -> str:
    """What was left out of a file, as JSON."""
    return _JSON.encode(file.faults)


def file_from_row(row: Sequence[str]) -> FileRow:
    """A file from a row of the catalogue."""
    path, source, digest, pages, faults = row
    return FileRow(path, source, digest, pages, tuple((r, line) for r, line in json.loads(faults)))


def article_row(path: str, place: int, raw: int, article: Article) -> tuple[object, ...]:
    """The values of an article by itself, from "id" to "own_title"."""
    return (
        article.id, path, place, article.source, article.title, article.date, article.section,
        authors_of(article), raw, article.body.start, article.body.end,
        int(article.lines_are_paragraphs), more_of(article), article.title,
    )  # fmt: skip


def paragraph_row(paragraph: Paragraph) -> tuple[object, ...]:
    """The values of a paragraph, from "id" to "context"."""
    p = paragraph
    return (
        p.id, p.article_id, p.ordinal, p.text, p.span.start, p.span.end, pieces_of(p), p.page,
        p.heading, p.context,
    )  # fmt: skip


def digest_of(
    article: Sequence[object], raw_text: str, paragraphs: Iterable[Sequence[object]]
) -> int:
    """The first 64 bits of a SHA-256 over all that an article is by itself.

    `article` are the values of `article_row`, `paragraphs` of `paragraph_row`. Not counted are the
    number of the raw text, where the file lies, the place in it, and what ties to other articles
    change.
    """
    key, _, _, source, _, *facts, _, start, end, lines, more, title = article
    told = [key, source, *facts, start, end, lines, more, title, text_key(raw_text)]
    return text_key(_JSON.encode([told, *paragraphs]))


def canonical(values: Sequence[object]) -> bytes:
    """Values of a row as bytes: the same on every machine, and other ones for other values."""
    return _JSON.encode(values).encode("utf-8", "surrogatepass")


def state_of(versions: Iterable[Version]) -> str:
    """SHA-256 over versions in the order of their ids, hexadecimal."""
    digest = hashlib.sha256()
    for version in versions:
        digest.update(canonical(version))
    return digest.hexdigest()


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
