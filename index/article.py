"""The nouns that flow from files to the index: Span, Piece, Article, Paragraph."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Span:
    """Half-open range `[start, end)` of characters (code points)."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"a span needs 0 <= start <= end, got {self.start}, {self.end}")

    def __len__(self) -> int:
        return self.end - self.start

    def cut(self, text: str) -> str:
        """The characters of `text` inside the span."""
        return text[self.start : self.end]


@dataclass(frozen=True)
class Piece:
    """A run of `length` characters that stands unchanged in the paragraph and in the raw file."""

    text_start: int
    raw_start: int
    length: int


@dataclass(frozen=True)
class Block:
    """A paragraph or a heading whose text was put together from printed lines."""

    text: str
    pieces: tuple[Piece, ...]
    heading: bool = False


@dataclass(frozen=True)
class Article:
    """One article as read.

    `raw` is the file's decoded text (for a record of a .jsonl, .csv or .tsv file: its `text`
    value; for .html, .pdf and .docx the text taken out of the file); all raw offsets count
    characters of it. `body` is the part of `raw` that holds paragraphs;
    `lines_are_paragraphs` says that every line of it is one. `page_starts` are the raw offsets at
    which the pages of a paged file begin; empty for files without pages.

    An article of a repaired page has its paragraphs and headings in `blocks`, in reading order;
    `date_precision`, `continued_on` and the other fields behind it are those of
    `index.newspaper.PageArticle`. `untitled` says that no headline is printed: the title is made
    of the first words. `continues` and `continued_by` are ids of articles, found among all files.
    """

    id: str
    source: str
    title: str
    raw: str = field(repr=False)
    body: Span
    date: str | None = None
    section: str | None = None
    authors: tuple[str, ...] = ()
    lines_are_paragraphs: bool = False
    page_starts: tuple[int, ...] = ()
    date_precision: str | None = None
    kicker: str = ""
    subtitle: str = ""
    place: str | None = None
    page: int | None = None
    continued_on: int | None = None
    continued_from: int | None = None
    untitled: bool = False
    continues: str | None = None
    continued_by: str | None = None
    blocks: tuple[Block, ...] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Paragraph:
    """One paragraph: `text` is what is shown and searched, `span` where it stands in the raw text.

    `pieces` maps the text to the raw file; characters between pieces were repaired (a line break
    became a space, or nothing). Where a paragraph was printed in several places, `span` is the
    longest of them. `context` is text beside a very short paragraph that is searched with it.
    """

    id: str
    article_id: str
    ordinal: int
    text: str
    span: Span
    pieces: tuple[Piece, ...]
    page: int | None = None
    heading: str | None = None
    context: str | None = None

    def raw_span(self, quote: Span) -> Span:
        """Where the characters `quote` of the text stand in the raw file.

        Of a quote that was printed in several places this is the longest; see `raw_spans`.

        Raises:
            ValueError: the quote is empty or lies outside the text.
        """
        return max(self.raw_spans(quote), key=len)

    def raw_spans(self, quote: Span) -> tuple[Span, ...]:
        """All places in the raw file where the characters `quote` of the text are printed.

        Lines that follow one another are one place; a column that goes on elsewhere is another.

        Raises:
            ValueError: the quote is empty or lies outside the text.
        """
        if not 0 <= quote.start < quote.end <= len(self.text):
            raise ValueError(f"{quote} is no part of a paragraph of {len(self.text)} characters")
        inside = list(clip(self.pieces, quote))
        return printed_places(inside) if inside else (self._between(quote.start),)

    def _between(self, position: int) -> Span:
        """The raw characters for which a repaired one between two pieces stands."""
        before = after = self.span.start
        for piece in self.pieces:
            after = piece.raw_start
            if position < piece.text_start:
                break
            before = piece.raw_start + piece.length
        return Span(min(before, after), max(before, after))


_NEXT_LINE = 40  # raw characters between two runs that are printed in one place, at most


def printed_places(pieces: Sequence[Piece]) -> tuple[Span, ...]:
    """The raw spans of pieces, those of lines that follow one another as one."""
    places: list[Span] = []
    for piece in pieces:
        end = piece.raw_start + piece.length
        if places and 0 <= piece.raw_start - places[-1].end <= _NEXT_LINE:
            places[-1] = Span(places[-1].start, end)
        else:
            places.append(Span(piece.raw_start, end))
    return tuple(places)


def clip(pieces: Iterable[Piece], part: Span) -> Iterator[Piece]:
    """The pieces inside `part` of a text, counted from the start of the text."""
    for piece in pieces:
        start = max(piece.text_start, part.start)
        end = min(piece.text_start + piece.length, part.end)
        if start < end:
            yield Piece(start, piece.raw_start + start - piece.text_start, end - start)


def article_id(source: str, text: str = "") -> str:
    """Identifier of an article without a given one: the same on every machine.

    A file is known by its source name, so that an edited file stays the same article; records
    that share a file are told apart by their `text`.
    """
    return "a" + _digest(source, text)


def paragraph_id(article: str, ordinal: int, normalised_text: str) -> str:
    """Identifier of a paragraph: a hash of article, ordinal and normalised text."""
    return "p" + _digest(article, str(ordinal), normalised_text)


def _digest(*parts: str) -> str:
    joined = "\x00".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(joined).hexdigest()[:16]
