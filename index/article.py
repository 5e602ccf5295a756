"""The nouns that flow from files to the index: Span, Piece, Article, Paragraph."""

import hashlib
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
class Article:
    """One article as read.

    `raw` is the file's decoded text (for a record of a .jsonl file: its `text` value); all raw
    offsets count characters of it. `body` is the part of `raw` that holds paragraphs;
    `lines_are_paragraphs` says that every line of it is one.
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


@dataclass(frozen=True)
class Paragraph:
    """One paragraph: `text` is what is shown and searched, `span` where it stands in the raw text.

    `pieces` maps the text to the raw file; characters between pieces were repaired (a line break
    became a space, or nothing).
    """

    id: str
    article_id: str
    ordinal: int
    text: str
    span: Span
    pieces: tuple[Piece, ...]
    page: int | None = None
    heading: str | None = None

    def raw_span(self, quote: Span) -> Span:
        """Where the characters `quote` of the text stand in the raw file.

        Raises:
            ValueError: the quote is empty or lies outside the text.
        """
        if not 0 <= quote.start < quote.end <= len(self.text):
            raise ValueError(f"{quote} is no part of a paragraph of {len(self.text)} characters")
        return Span(self._raw(quote.start, at_end=False), self._raw(quote.end - 1, at_end=True))

    def _raw(self, position: int, *, at_end: bool) -> int:
        """Raw offset before (or, `at_end`, behind) the character at `position`."""
        before = self.span.start
        for piece in self.pieces:
            if position < piece.text_start:  # a repaired character between two pieces
                return piece.raw_start if at_end else before
            if position < piece.text_start + piece.length:
                return piece.raw_start + position - piece.text_start + (1 if at_end else 0)
            before = piece.raw_start + piece.length
        return before


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
