"""Article → Paragraphs, with exact offsets into the raw text.

A block of lines between empty lines is one paragraph; a text without empty lines, or a record
of a .jsonl file, has one paragraph a line. In a block, a Chinese line that ends a sentence ends
the paragraph too, since nobody breaks lines by hand in Chinese; other lines are joined (nothing
between CJK characters, a space elsewhere).
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import PurePosixPath

from index.article import (
    Article,
    Block,
    Paragraph,
    Piece,
    Span,
    clip,
    paragraph_id,
    printed_places,
)
from index.text import fold, is_cjk

LONGEST = 8000  # characters of one paragraph; longer ones are cut at sentence borders
SHORT = 16  # characters; a shorter paragraph is searched with what stands beside it
CHUNKER = "paragraphs-2"  # part of the fingerprint: change it when paragraphs change
CUT_OFF = "…"  # ends a title that was made of the first words of its article
SEARCHED = "title-heading-context-text-1"  # likewise, for what is searched of a paragraph

_CONTEXT = 120  # characters of a neighbour

_LINE = re.compile(r"[^\r\n\u2028\u2029]*(?:\r\n|[\r\n\u2028\u2029]|$)")
_HEADING = re.compile(r"#{1,6}\s+(?=\S)")
_SENTENCE_END = re.compile("[。！？!?…”』」：；]$")
_WHOLE = re.compile(r"[^“‘「『\"'—].*[。！？!?.．]$", re.DOTALL)  # a sentence that stands alone


def paragraphs(article: Article) -> list[Paragraph]:
    """The paragraphs of an article in reading order; headings become `heading`."""
    found: list[Paragraph] = []
    heading: str | None = None
    for block in article.blocks if article.blocks is not None else _blocks(article):
        if block.heading:
            heading = block.text
            continue
        for part in _cut(block.text):
            found.append(_paragraph(article, len(found), block, part, heading))
    return [_with_context(article.title, found, i) for i in range(len(found))]


def searched_text(
    title: str, source: str, heading: str | None, context: str | None, text: str
) -> str:
    """What is searched of a paragraph: its article's title and its heading before its words.

    A paragraph in the middle of an article often does not name what it is about. A title that
    is only the file's name, or stands in the paragraph already, is left out. A very short
    paragraph is searched with the `context` beside it.
    """
    named_after_file = title == source or title == _stem(source)
    told = text.startswith(title) or (title.endswith(CUT_OFF) and title[: -len(CUT_OFF)] in text)
    before = [] if named_after_file or told else [title]
    around = [words for words in (heading, context) if words]
    return "\n".join([*before, *around, text])


@lru_cache
def _stem(source: str) -> str:
    return PurePosixPath(source).stem


def _paragraph(
    article: Article, ordinal: int, block: Block, part: Span, heading: str | None
) -> Paragraph:
    own = block.pieces if len(part) == len(block.text) else _pieces(block, part)
    words = part.cut(block.text)
    return Paragraph(
        id=paragraph_id(article.id, ordinal, fold(words)),
        article_id=article.id,
        ordinal=ordinal,
        text=words,
        span=max(printed_places(own), key=len),
        pieces=own,
        page=_page(article, own[0].raw_start),
        heading=heading,
    )


def _pieces(block: Block, part: Span) -> tuple[Piece, ...]:
    return tuple(
        Piece(piece.text_start - part.start, piece.raw_start, piece.length)
        for piece in clip(block.pieces, part)
    )


def _page(article: Article, raw_start: int) -> int | None:
    """The page of the file on which a paragraph begins, else the printed page of its article."""
    if article.page_starts:
        return bisect_right(article.page_starts, raw_start)
    return article.page


def _with_context(title: str, found: Sequence[Paragraph], i: int) -> Paragraph:
    """A very short paragraph with the words beside it: what it announces, or what it follows.

    A whole sentence stands alone, and so does the title; the lines of a list lend one another
    nothing, or each would be found for the words of the next.
    """
    text = found[i].text
    if len(text) > SHORT or text == title or not any(map(str.isalnum, text)):
        return found[i]
    if _WHOLE.match(text):
        return found[i]
    announces = text[-1] in "：:" or i == 0
    beside = i + 1 if announces else i - 1
    if beside >= len(found) or len(found[beside].text) <= SHORT:
        return found[i]
    words = found[beside].text
    return replace(found[i], context=words[:_CONTEXT] if announces else words[-_CONTEXT:])


def _blocks(article: Article) -> Iterator[Block]:
    """Lines between empty lines as paragraphs; lines with Markdown marks as headings."""
    for lines in _line_blocks(article):
        text, pieces = _join(article.raw, lines)
        marks = _HEADING.match(text)
        if marks and len(lines) == 1:
            yield Block(text[marks.end() :].rstrip("# "), tuple(pieces), heading=True)
        else:
            yield Block(text, tuple(pieces))


def _line_blocks(article: Article) -> Iterator[list[Span]]:
    """Lines (stripped, as spans of the raw text) grouped into paragraphs."""
    lines = list(_lines(article))
    inner = lines[:-1] if lines and not lines[-1] else lines
    spaced = not article.lines_are_paragraphs and any(not line for line in inner[1:])
    block: list[Span] = []
    for line in lines:
        alone = bool(line) and (not spaced or bool(_HEADING.match(line.cut(article.raw))))
        if block and (not line or alone or _ends_paragraph(block[-1].cut(article.raw))):
            yield block
            block = []
        if line:
            block.append(line)
            if alone:
                yield block
                block = []
    if block:
        yield block


def _lines(article: Article) -> Iterator[Span]:
    raw, at = article.raw, article.body.start
    while at < article.body.end:
        match = _LINE.match(raw, at, article.body.end)
        assert match is not None  # the pattern matches anywhere
        text = match.group()
        start = at + len(text) - len(text.lstrip())
        yield Span(start, max(start, at + len(text.rstrip())))
        at = match.end()


def _ends_paragraph(line: str) -> bool:
    return bool(_SENTENCE_END.search(line)) and any(is_cjk(c) for c in line[:-1])


def _join(raw: str, lines: list[Span]) -> tuple[str, list[Piece]]:
    text, pieces = "", []
    for line in lines:
        words = line.cut(raw)
        if text and not (is_cjk(text[-1]) and is_cjk(words[0])):
            text += " "
        pieces.append(Piece(len(text), line.start, len(line)))
        text += words
    return text, pieces


def _cut(text: str) -> Iterator[Span]:
    """The text whole, or parts of at most `LONGEST` characters that end at sentence borders."""
    if len(text) <= LONGEST:
        yield Span(0, len(text))
        return
    from index.sentences import sentences

    start = end = 0
    for sentence in sentences(text):
        if sentence.end - start > LONGEST and end > start:
            yield Span(start, end)
            start = sentence.start
        while sentence.end - start > LONGEST:  # one sentence longer than a paragraph may be
            yield Span(start, start + LONGEST)
            start += LONGEST
        end = sentence.end
    if end > start:
        yield Span(start, end)
