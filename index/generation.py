"""One generation of a store: verified when it is opened, and never changed."""

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from heapq import merge
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.article import Article, Paragraph
from index.canary import CANARY, Halves
from index.columns import Columns, Positions
from index.draft import ARTICLES, CHANGES, COLUMNS, GONE, LEXICAL, VECTORS
from index.embedder import Vectors
from index.errors import StoreDamaged
from index.joined import JoinedVectors
from index.lexical import NO_POSITIONS, Held, Lexical, Part
from index.manifest import Manifest, read_manifest, verify_files
from index.paragraphs import searched_text
from index.reader_copy import ParagraphFacts, Placed, ReaderCopy, Searched
from index.vectors import VectorIndex

__all__ = ["Generation", "Manifest", "ParagraphFacts", "Searched"]

_SAMPLE = 256  # paragraphs that stand for all


class _Indexes:
    """The indexes of one set of files: those written whole, or those of what changed since."""

    def __init__(self, folder: Path) -> None:
        self.vectors = _vectors(folder / VECTORS)
        self.words = Part.load(folder / LEXICAL)
        self.columns = Columns.load(folder / COLUMNS)
        if not self.vectors.size == self.words.size == self.columns.paragraphs:
            raise StoreDamaged(
                f"{folder} holds {self.columns.paragraphs} paragraphs and {self.vectors.size} "
                f"vectors, and the words of {self.words.size}"
            )
        self.texts = ReaderCopy(folder / ARTICLES)

    @cached_property
    def sample(self) -> tuple[Positions, Vectors]:
        """Some paragraphs drawn at random, always the same ones: positions and vectors."""
        count = min(_SAMPLE, self.vectors.size)
        drawn = np.random.default_rng(0).choice(self.vectors.size, count, replace=False)
        positions = np.sort(drawn)
        return positions, self.vectors.vectors(positions)


class Generation:
    """One published state, verified and opened; it never changes. Safe to use from threads.

    A paragraph is known by its position. Where articles have changed since a generation was
    written whole, not all numbers are positions: see `positions`.
    """

    def __init__(self, folder: Path, before: "Generation | None" = None) -> None:
        """Verify and open the generation in `folder`.

        Files that it shares with `before`, which was verified, are not verified again.

        Raises:
            StoreDamaged: a file is missing or fails its check.
            StoreMismatch: of another schema.
        """
        self.folder = folder
        self.manifest = manifest = read_manifest(folder)
        self._identity = _identity(folder, manifest)
        self._base: _Indexes
        if before is not None and before._identity == self._identity:
            verify_files(folder, manifest, set(manifest.files) - set(manifest.of_base))
            self._base = before._base
        else:
            verify_files(folder, manifest)
            self._base = _Indexes(folder)
        changed = f"{CHANGES}/{GONE}" in manifest.files
        gone = np.load(folder / CHANGES / GONE, allow_pickle=False) if changed else NO_POSITIONS
        self._join(changed, gone)
        self.size = manifest.paragraphs
        self._make_sure_of_counts()

    def _join(self, changed: bool, gone: NDArray[np.int64]) -> None:
        """Put what changed since beside the base, without the articles of these numbers."""
        parts = [self._base]
        if changed:
            parts.append(_Indexes(self.folder / CHANGES))
        self._columns = Columns.joined([part.columns for part in parts])
        self._there = ~self._columns.named(gone)
        self._gone = self._columns.positions(~self._there)
        self.vectors = JoinedVectors([part.vectors for part in parts], self._gone)
        held = [Held.load(self.folder / CHANGES / LEXICAL)] if changed else []
        self.lexical = Lexical([part.words for part in parts], self._gone, *held)
        self._copies = [self._base.texts.without(gone.tolist()), *(p.texts for p in parts[1:])]

    def _make_sure_of_counts(self) -> None:
        """Whether the files agree on how much they hold."""
        bounds = [copy.bounds() for copy in self._copies]
        held = (max(bound[0] for bound in bounds), max(bound[1] for bound in bounds))
        known = (self._columns.articles, self._columns.paragraphs)
        live = (int(self._there.sum()), known[1] - len(self._gone))
        if held != known or live != (self.manifest.articles, self.size):
            raise StoreDamaged(
                f"{self.folder} holds {held[1]} paragraphs of {held[0]} articles, and its other "
                f"files {known[1]} of {known[0]}"
            )

    @property
    def number(self) -> int:
        """The number in the generation's name."""
        return int(self.folder.name.removeprefix("gen-"))

    @cached_property
    def positions(self) -> Positions:
        """The positions of all paragraphs, ascending, shape (size,)."""
        return self._columns.positions(self._there)

    @cached_property
    def sample(self) -> Vectors:
        """Vectors of some paragraphs that stand for all, shape (n, dimension).

        They are those of the base that are there still, so that few changes change little, and
        readers who follow a store need not draw anew.
        """
        drawn, vectors = self._base.sample
        there = ~np.isin(drawn, self._gone)
        if 2 * there.sum() >= min(_SAMPLE, self.size):
            return np.asarray(vectors[there])
        return self.vectors.vectors(self.positions[:_SAMPLE])

    @property
    def canary(self) -> Halves | None:
        """The vectors of the fixed texts (see `index.canary`), if they were kept."""
        if CANARY not in self.manifest.files:
            return None
        return np.asarray(np.load(self.folder / CANARY, allow_pickle=False))

    def paragraphs(self, positions: Sequence[int] | Positions) -> list[Paragraph]:
        """The paragraphs at some positions, in that order."""
        wanted = [int(position) for position in positions]
        found: dict[int, Paragraph] = {}
        for copy in self._copies:
            found |= copy.paragraphs(wanted)
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
        return self._columns.positions(np.logical_and.reduce([*masks, self._there]))

    def _named(self, column: str, names: Collection[str]) -> NDArray[np.bool_]:
        numbers = [number for copy in self._copies for number in copy.numbers(column, names)]
        return self._columns.named(np.array(numbers, np.int64))

    def coverage(self, question: str, position: int) -> float:
        """Share of a question's words found in what is searched of a paragraph, by idf."""
        (paragraph,) = self.paragraphs([position])
        article = self.article(paragraph.article_id)
        assert article is not None
        text = searched_text(
            article.title, article.source, paragraph.heading, paragraph.context, paragraph.text
        )
        return self.lexical.coverage(question, text, date=article.date)

    def paragraph(self, paragraph_id: str) -> Paragraph | None:
        """The paragraph with this id, if it is in this generation."""
        found = (copy.paragraph(paragraph_id) for copy in self._copies)
        return next((paragraph for paragraph in found if paragraph), None)

    def article(self, article_id: str) -> Article | None:
        """The article with this id, if it is in this generation."""
        return self.articles_named([article_id]).get(article_id)

    def articles_named(self, article_ids: Collection[str]) -> dict[str, Article]:
        """Those of the articles with these ids that are in this generation, by id."""
        found: dict[str, Article] = {}
        for copy in self._copies:
            found |= copy.articles_named(article_ids)
        return found

    def article_paragraphs(self, article_id: str) -> list[Paragraph]:
        """All paragraphs of an article, in reading order."""
        return [p for copy in self._copies for p in copy.article_paragraphs(article_id)]

    def placed(self, *, texts: bool = True) -> Iterator[Placed]:
        """All articles by file and place in the file; without `texts` their raw is ""."""
        parts = (copy.articles(texts=texts) for copy in self._copies)
        return merge(*parts, key=lambda a: a.place)

    def articles(self) -> list[Article]:
        """All articles, by file and place in the file."""
        return [placed.article for placed in self.placed()]

    def searched(self, positions: Sequence[int] | Positions) -> list[Searched]:
        """What the search reads of the paragraphs at some positions, in that order."""
        wanted = [int(position) for position in positions]
        found: dict[int, Searched] = {}
        for copy in self._copies:
            found |= copy.searched(wanted)
        return [found[position] for position in wanted]

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """The names of all sources, sorted."""
        return tuple(sorted(set().union(*(copy.sources() for copy in self._copies))))

    @cached_property
    def facts(self) -> dict[int, ParagraphFacts]:
        """What filters need of every paragraph, by position."""
        found: dict[int, ParagraphFacts] = {}
        for copy in self._copies:
            found |= copy.facts()
        return found


def _vectors(path: Path) -> VectorIndex:
    try:
        return VectorIndex.open(path)
    except RuntimeError as error:  # FAISS's own kind; the file is whole, so another one wrote it
        reason = str(error).splitlines()[0]
        raise StoreDamaged(f"{path} cannot be read by this release of FAISS ({reason})") from error


def _identity(folder: Path, manifest: Manifest) -> tuple[object, ...]:
    """What tells the base's files apart from all others: their hashes, and which files they are."""
    found: list[object] = []
    for name, facts in sorted(manifest.of_base.items()):
        try:
            stat = (folder / name).lstat()
        except OSError as error:
            raise StoreDamaged(f"{folder / name} is missing") from error
        found.append(
            (name, facts["sha256"], stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)
        )
    return tuple(found)
