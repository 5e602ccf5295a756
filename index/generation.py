"""One generation of a store: verified when it is opened, and never changed."""

import hashlib
import json
import sqlite3
import threading
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.article import Article, Paragraph
from index.columns import Columns, Positions
from index.draft import ARTICLES, COLUMNS, LEXICAL, VECTORS
from index.errors import StoreDamaged, StoreMismatch
from index.lexical import Lexical
from index.paragraphs import searched_text
from index.publish import MANIFEST, sha256
from index.rows import SCHEMA, article_from_row, other_schema, paragraph_from_row
from index.vectors import VectorIndex

_ARTICLES = "SELECT articles.*, raws.text AS raw_text FROM articles JOIN raws ON raws.id = raw"

_HASHED_AT_ONCE = 2  # files; one after the other it takes nearly twice as long to open a store
_GIVEN = "(SELECT value FROM json_each(?))"  # any number of values as one parameter


@dataclass(frozen=True)
class Manifest:
    """What a generation says of itself."""

    articles: int
    paragraphs: int
    fingerprint: dict[str, str | int]
    vectors: dict[str, str | int | float]
    files: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class ParagraphFacts:
    """What filters need of a paragraph, by position; a date without a year counts as none."""

    article: str
    source: str
    date: str | None


@dataclass(frozen=True)
class Searched:
    """A paragraph as search reads it: its article's id, its words, and these with its titles."""

    article: str
    text: str
    words: str


class Generation:
    """One published state, verified and opened; it never changes. Safe to use from threads."""

    def __init__(self, folder: Path) -> None:
        """Verify and open the generation in `folder`.

        Raises:
            StoreDamaged: a file is missing or fails its check, or an earlier version wrote them.
        """
        self.folder = folder
        self.manifest = read_manifest(folder)
        if COLUMNS not in self.manifest.files:
            raise StoreDamaged(f"{folder} was written by an earlier version")
        verify_files(folder, self.manifest)
        self.vectors = _vectors(folder / VECTORS)
        self.size = self.manifest.paragraphs
        self.lexical = Lexical.load(folder / LEXICAL, self.size)
        self._columns = Columns.load(folder / COLUMNS)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(
            f"{(folder / ARTICLES).resolve().as_uri()}?mode=ro&immutable=1",
            uri=True,
            check_same_thread=False,
        )
        self._db.row_factory = sqlite3.Row
        rows = self._rows("SELECT ifnull(max(position) + 1, 0) AS n FROM paragraphs")[0]["n"]
        if not self.vectors.size == rows == self._columns.paragraphs == self.size:
            raise StoreDamaged(f"{folder} holds {rows} paragraphs and {self.vectors.size} vectors")

    @property
    def number(self) -> int:
        """The number in the generation's name."""
        return int(self.folder.name.removeprefix("gen-"))

    def paragraphs(self, positions: Sequence[int]) -> list[Paragraph]:
        """The paragraphs at some positions, in that order."""
        wanted = [int(position) for position in positions]
        rows = self._rows(
            f"SELECT * FROM paragraphs WHERE position IN {_GIVEN}", json.dumps(wanted)
        )
        found = {row["position"]: paragraph_from_row(row) for row in rows}
        return [found[position] for position in wanted]

    def among(
        self,
        since: str | None = None,
        until: str | None = None,
        sources: Collection[str] = (),
        articles: Collection[str] = (),
    ) -> Positions | None:
        """Positions that pass every filter given, ascending; None when none is given.

        `since` and `until` (YYYY, YYYY-MM or YYYY-MM-DD, both inclusive) leave out articles
        without a date, or without its year; `sources` and `articles` (ids) keep those named.
        """
        masks = []
        if since or until:
            masks.append(self._columns.dated(since, until))
        if sources:
            masks.append(self._named("source", sources))
        if articles:
            masks.append(self._named("id", articles))
        if not masks:
            return None
        return self._columns.positions(np.logical_and.reduce(masks))

    def _named(self, column: str, names: Collection[str]) -> NDArray[np.bool_]:
        query = f"SELECT rowid - 1 FROM articles WHERE {column} IN {_GIVEN}"
        numbers = [row[0] for row in self._rows(query, json.dumps(list(names)))]
        return self._columns.named(np.array(numbers, np.int64))

    def coverage(self, question: str, position: int) -> float:
        """Share of a question's words found in what is searched of a paragraph, by idf."""
        (paragraph,) = self.paragraphs([position])
        facts = self._rows(
            "SELECT title, source, date FROM articles WHERE id = ?", paragraph.article_id
        )
        title, source, date = facts[0]
        text = searched_text(title, source, paragraph.heading, paragraph.context, paragraph.text)
        return self.lexical.coverage(question, text, date=date)

    def paragraph(self, paragraph_id: str) -> Paragraph | None:
        """The paragraph with this id, if it is in this generation."""
        rows = self._rows("SELECT * FROM paragraphs WHERE id = ?", paragraph_id)
        return paragraph_from_row(rows[0]) if rows else None

    def article(self, article_id: str) -> Article | None:
        """The article with this id, if it is in this generation."""
        rows = self._rows(f"{_ARTICLES} WHERE articles.id = ?", article_id)
        return article_from_row(rows[0]) if rows else None

    def articles_named(self, article_ids: Collection[str]) -> dict[str, Article]:
        """Those of the articles with these ids that are in this generation, by id."""
        rows = self._rows(f"{_ARTICLES} WHERE articles.id IN {_GIVEN}", json.dumps([*article_ids]))
        return {row["id"]: article_from_row(row) for row in rows}

    def article_paragraphs(self, article_id: str) -> list[Paragraph]:
        """All paragraphs of an article, in reading order."""
        rows = self._rows("SELECT * FROM paragraphs WHERE article = ? ORDER BY ordinal", article_id)
        return [paragraph_from_row(row) for row in rows]

    def articles(self) -> list[Article]:
        """All articles, by source name and place."""
        return [article_from_row(row) for row in self._rows(_ARTICLES)]

    def searched(self, positions: Sequence[int] | Positions) -> list["Searched"]:
        """What the search reads of the paragraphs at some positions, in that order."""
        wanted = [int(position) for position in positions]
        rows = self._rows(
            "SELECT position, article, title, source, heading, context, paragraphs.text "
            "FROM paragraphs JOIN articles ON articles.id = article "
            f"WHERE position IN {_GIVEN}",
            json.dumps(wanted),
        )
        found = {row[0]: Searched(row[1], row[6], searched_text(*row[2:])) for row in rows}
        return [found[position] for position in wanted]

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """The names of all sources, sorted."""
        rows = self._rows("SELECT DISTINCT source FROM articles ORDER BY source")
        return tuple(row[0] for row in rows)

    @cached_property
    def facts(self) -> list[ParagraphFacts]:
        """What filters need of every paragraph, by position."""
        query = (
            "SELECT article, source, date FROM paragraphs "
            "JOIN articles ON articles.id = article ORDER BY position"
        )
        return [ParagraphFacts(row[0], row[1], _whole(row[2])) for row in self._rows(query)]

    def _rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._db.execute(query, values).fetchall()


def _vectors(path: Path) -> VectorIndex:
    try:
        return VectorIndex.open(path)
    except RuntimeError as error:  # FAISS's own kind; the file is whole, so another one wrote it
        reason = str(error).splitlines()[0]
        raise StoreDamaged(f"{path} cannot be read by this release of FAISS ({reason})") from error


def _whole(date: str | None) -> str | None:
    return None if date and date.startswith("XXXX") else date


def damage(generation: Path) -> str | None:
    """What is wrong with a generation's files, or None."""
    try:
        verify_files(generation, read_manifest(generation))
    except StoreDamaged as error:
        return str(error)
    return None


def read_manifest(generation: Path) -> Manifest:
    """The manifest of a generation, its own checksum verified before it is parsed.

    Raises:
        StoreDamaged: missing, or changed.
        StoreMismatch: of another schema.
    """
    path = generation / MANIFEST
    try:
        body, _, trailer = path.read_bytes().rstrip(b"\n").rpartition(b"\n")
    except OSError as error:
        raise StoreDamaged(f"{path} cannot be read ({error.strerror})") from error
    if hashlib.sha256(body + b"\n").hexdigest().encode() != trailer:
        raise StoreDamaged(f"{path} fails its checksum")
    fields = json.loads(body)
    if fields["schema"] != SCHEMA:
        raise StoreMismatch(other_schema(path, fields["schema"]))
    return Manifest(
        fields["articles"],
        fields["paragraphs"],
        fields["fingerprint"],
        fields.get("vectors", {}),
        fields["files"],
    )


def verify_files(generation: Path, manifest: Manifest) -> None:
    """Compare every file with its size and SHA-256.

    Raises:
        StoreDamaged: one is missing, a link, or differs.
    """
    paths = {generation / name: facts for name, facts in manifest.files.items()}
    for path, facts in paths.items():
        if path.is_symlink() or not path.is_file():
            raise StoreDamaged(f"{path} is missing")
        if path.stat().st_size != facts["size"]:
            raise StoreDamaged(f"{path} fails its checksum")
    with ThreadPoolExecutor(_HASHED_AT_ONCE) as pool:
        for path, found in zip(paths, pool.map(sha256, paths), strict=True):
            if found != paths[path]["sha256"]:
                raise StoreDamaged(f"{path} fails its checksum")
