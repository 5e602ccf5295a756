"""PDF files with a text layer → an article whose raw text is the pages' lines.

The lines of a paragraph follow one another; an empty line stands where a paragraph ends (the
next line is indented or stands far below) and where a page ends.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from index.article import Article, Span, article_id
from index.errors import InputError
from index.readers.files import Fault, SourceFile
from index.readers.plain import first_line_title

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfTextPage

_PASSWORD, _SECURITY = 4, 5  # PDFium's numbers of these errors
_BROKEN_WORD = 0xFFFE  # stands for the hyphen and the line break inside a word
_INDENT = 0.8  # of a line's height, by which the first line of a paragraph stands in
_GAP = 1.5  # times the usual distance of lines, between paragraphs
_GARBLED = 0.1  # share of characters without a meaning, above which a page is not readable
_MEANINGLESS = {"Co", "Cn", "Cc"}
# Three line ends: paragraphs separated by empty lines, even where there is only one.
_END = "\n\n\n"
_OCR = "recognise it first, for example: ocrmypdf {options}-l chi_sim in.pdf out.pdf"


@dataclass(frozen=True)
class _Line:
    """A printed line; lengths are PDF points, y grows upwards."""

    text: str
    left: float
    top: float
    height: float


def pdf_article(data: bytes, file: SourceFile) -> tuple[Article, list[Fault]]:
    """The article of a PDF, and a fault that names the pages without text, if there are any.

    Raises:
        InputError: no PDF, a damaged or encrypted one, or one without any text.
    """
    title, pages = _read(data)
    if not any(pages):
        raise InputError(
            "holds pictures of text, but no text; " + _OCR.format(options="")
            if None not in pages
            else "its text is garbled; " + _OCR.format(options="--force-ocr ")
        )
    raw, starts = "", []
    for page in pages:
        starts.append(len(raw))
        raw += page + "\n\n" if page else ""
    raw = raw.rstrip("\n") + _END
    missing = [number for number, page in enumerate(pages, 1) if not page]
    first = next(page for page in pages if page)
    article = Article(
        id=article_id(file.source),
        source=file.source,
        title=_printed(title, first) or _headline(first) or file.path.stem,
        raw=raw,
        body=Span(0, len(raw)),
        page_starts=tuple(min(start, len(raw)) for start in starts),
    )
    return article, [Fault(file.source, _pages_missing(missing))] if missing else []


def _read(data: bytes) -> tuple[str, list[str | None]]:
    """Title in the file's properties, and every page's text: "" for none, None for garbled."""
    from pypdfium2 import PdfDocument, PdfiumError

    if b"%PDF-" not in data[:1024]:
        raise InputError("is not a PDF file; remove it or give it the ending it should have")
    try:
        document = PdfDocument(data)
    except PdfiumError as error:
        # The number may be left over from an earlier file, the word may stand in a readable one.
        if error.err_code in (_PASSWORD, _SECURITY) and b"/Encrypt" in data:
            raise InputError(
                "is encrypted; save it without a password, for example: "
                "qpdf --decrypt --password=… in.pdf out.pdf"
            ) from error
        raise InputError(
            "is a damaged PDF file; get it again, or try: qpdf in.pdf out.pdf"
        ) from error
    try:
        pages = [_page_text(document, number) for number in range(len(document))]
        title = document.get_metadata_value("Title")
    finally:
        document.close()
    return title, pages


def _page_text(document: "PdfDocument", number: int) -> str | None:
    from pypdfium2 import PdfiumError

    try:
        page = document[number]
        textpage = page.get_textpage()
    except PdfiumError:  # a damaged page: told as one without text
        return ""
    try:
        lines = _lines(textpage)
    finally:
        textpage.close()
        page.close()
    text = _paragraphs(lines)
    lost = sum(unicodedata.category(c) in _MEANINGLESS or c == "\ufffd" for c in text if c != "\n")
    return None if lost > _GARBLED * len(text) else text


def _lines(textpage: "PdfTextPage") -> list[_Line]:
    from pypdfium2.raw import FPDFText_GetUnicode

    codes = [FPDFText_GetUnicode(textpage, index) for index in range(textpage.count_chars())]
    lines = []
    start = 0
    for end in (*(i for i, code in enumerate(codes) if code in (10, 13)), len(codes)):
        words = _text(codes[start:end])
        if words:
            inked = next(i for i in range(start, end) if not chr(codes[i]).isspace())
            left, bottom, _, top = textpage.get_charbox(inked, loose=True)
            lines.append(_Line(words, left, top, max(top - bottom, 1.0)))
        start = end + 1
    return lines


def _text(codes: Iterable[int]) -> str:
    """The characters of a line; halves of a character beyond 16 bits are put together."""
    units = "".join(chr(code) for code in codes if code not in (0, 2, _BROKEN_WORD))
    whole = units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return re.sub("[\ud800-\udfff]", "\ufffd", whole).strip()


def _paragraphs(lines: list[_Line]) -> str:
    """The lines, with an empty line before each that begins a paragraph."""
    drops = [a.top - b.top for a, b in zip(lines, lines[1:], strict=False) if a.top > b.top]
    usual = median(drops) if drops else 0.0
    text = ""
    for place, line in enumerate(lines):
        if place:
            above = lines[place - 1]
            below = lines[place + 1] if place + 1 < len(lines) else None
            indented = (
                below is not None
                and line.left - below.left > _INDENT * line.height
                and line.left - above.left > _INDENT * line.height
            )
            text += "\n\n" if indented or above.top - line.top > _GAP * usual else "\n"
        text += line.text
    return text


def _printed(title: str, page: str) -> str | None:
    """The title in the file's properties, if it stands on the first page: many are left-overs."""
    bare = "".join(title.split())
    return title.strip() if bare and bare in "".join(page.split()) else None


def _headline(page: str) -> str | None:
    """The first line if it looks like a headline and stands alone."""
    paragraph = page.partition("\n\n")[0]
    return None if "\n" in paragraph else first_line_title(paragraph)


def _pages_missing(numbers: list[int]) -> str:
    listed = ", ".join(map(str, numbers[:20])) + (", …" if len(numbers) > 20 else "")
    pages = f"page {listed} has" if len(numbers) == 1 else f"pages {listed} have"
    return f"{pages} no text, the rest was read; " + _OCR.format(options="--skip-text ")
