"""Article → Paragraphs, with exact offsets into the raw text.

A block of lines between empty lines is one paragraph; a text without empty lines, or a record
of a .jsonl file, has one paragraph a line. In a block, a Chinese line that ends a sentence ends
the paragraph too, since nobody breaks lines by hand in Chinese; other lines are joined (nothing
between CJK characters, a space elsewhere).
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from index.article import Article, Paragraph, Piece, Span, paragraph_id
from index.text import fold, is_cjk

LONGEST = 8000  # characters of one paragraph; longer ones are cut at sentence borders
CHUNKER = "paragraphs-1"  # part of the fingerprint: change it when paragraphs change
SEARCHED = "title-heading-text-1"  # likewise, for what is searched of a paragraph

_LINE = re.compile(r"[^\r\n\u2028\u2029]*(?:\r\n|[\r\n\u2028\u2029]|$)")
_HEADING = re.compile(r"#{1,6}\s+(?=\S)")
_SENTENCE_END = re.compile("[。！？!?…”』」：；]$")


def paragraphs(article: Article) -> list[Paragraph]:
    """The paragraphs of an article in reading order; Markdown headings become `heading`."""
    found: list[Paragraph] = []
    heading: str | None = None
    for lines in _blocks(article):
        text, pieces = _join(article.raw, lines)
        marks = _HEADING.match(text)
        if marks and len(lines) == 1:
            heading = text[marks.end() :].rstrip("# ")
            continue
        for part in _cut(text):
            found.append(_paragraph(article, len(found), text, pieces, part, heading))
    return found


def searched_text(title: str, source: str, heading: str | None, text: str) -> str:
    """What is searched of a paragraph: its article's title and its heading before its words.

    A paragraph in the middle of an article often does not name what it is about. A title that
    is only the file's name, or stands in the paragraph already, is left out.
    """
    named_after_file = title in (source, PurePosixPath(source).stem)
    context = [] if named_after_file or text.startswith(title) else [title]
    return "\n".join([*context, *([heading] if heading else []), text])


def _paragraph(
    article: Article, ordinal: int, text: str, pieces: list[Piece], part: Span, heading: str | None
) -> Paragraph:
    own = tuple(_clip(pieces, part))
    words = part.cut(text)
    return Paragraph(
        id=paragraph_id(article.id, ordinal, fold(words)),
        article_id=article.id,
        ordinal=ordinal,
        text=words,
        span=Span(own[0].raw_start, own[-1].raw_start + own[-1].length),
        pieces=own,
        heading=heading,
    )


def _blocks(article: Article) -> Iterator[list[Span]]:
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


def _clip(pieces: list[Piece], part: Span) -> Iterator[Piece]:
    """The pieces inside `part`, counted from its start."""
    for piece in pieces:
        start = max(piece.text_start, part.start)
        end = min(piece.text_start + piece.length, part.end)
        if start < end:
            raw_start = piece.raw_start + start - piece.text_start
            yield Piece(start - part.start, raw_start, end - start)
