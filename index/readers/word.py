"""Word files (.docx) → an article: a paragraph, a heading or a row of a table a line."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.article import Article, Span, article_id
from index.errors import InputError
from index.readers.files import SourceFile
from index.readers.plain import first_line_title

if TYPE_CHECKING:
    from lxml.etree import _Element

LARGEST_UNPACKED = 200_000_000  # bytes of all parts: a small file can unpack to any size

_OLE = b"\xd0\xcf\x11\xe0"  # how encrypted .docx files and the older .doc begin
_HEADING = re.compile(r"(?:heading|标题|標題) ?[1-6]$", re.IGNORECASE)
_TITLE = re.compile(r"(?:title|标题|標題)$", re.IGNORECASE)
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BREAKS = {f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}tab": "\t", f"{_W}noBreakHyphen": "-"}
# Text that stands elsewhere again: for older programs, or before it was moved.
_UNREAD = ("{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback", f"{_W}moveFrom")
# Properties, the small characters above a line that tell a sound, and paragraphs of their own.
_NOT_INSIDE = {f"{_W}pPr", f"{_W}rPr", f"{_W}rt", f"{_W}p", *_UNREAD}
_DAMAGE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    AttributeError,  # this and the next two: parts or elements that python-docx expects are missing
    KeyError,
    TypeError,
    EOFError,
    NotImplementedError,  # an unknown compression
    RuntimeError,  # an encrypted part
)
_NO_TITLE = "Word Document"  # what python-docx says of a file without properties


def word_article(data: bytes, file: SourceFile) -> Article:
    """The article of a .docx file.

    Raises:
        InputError: no .docx file, a damaged or encrypted one, one too large, or one without text.
    """
    body, styles, property_title = _open(data)
    lines: list[str] = []
    title = None
    for style, text in _paragraphs(body, styles):
        if _TITLE.match(style) and title is None:
            title = " ".join(text.split())
        lines.extend(_heading(text) if _HEADING.match(style) else text.splitlines())
    raw = "".join(f"{line.strip()}\n" for line in lines if line.strip())
    if not raw:
        raise InputError("holds no text")
    return Article(
        id=article_id(file.source),
        source=file.source,
        title=title or property_title or first_line_title(raw) or file.path.stem,
        raw=raw,
        body=Span(0, len(raw)),
        lines_are_paragraphs=True,
    )


def _open(data: bytes) -> "tuple[_Element, dict[str, str], str]":
    """Body, names of the styles by their identifiers, and the title among the properties."""
    import docx
    from docx.opc.exceptions import OpcError
    from lxml.etree import XMLSyntaxError

    if data.startswith(_OLE):
        raise InputError(
            "is encrypted, or a .doc of an older Word; save it as .docx without a password"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(part.file_size for part in archive.infolist())
        if size > LARGEST_UNPACKED:
            raise InputError(
                f"unpacks to {size:,} bytes, more than the limit of {LARGEST_UNPACKED:,}; "
                "split it into articles, or remove its pictures"
            )
        document = docx.Document(io.BytesIO(data))
        styles = {style.style_id: style.name or "" for style in document.styles}
        title = document.core_properties.title.strip()
        return document.element.body, styles, "" if title == _NO_TITLE else title
    except ValueError as error:  # another content type
        raise InputError("is not a Word document; save it as .docx in a word processor") from error
    except (*_DAMAGE, OpcError, XMLSyntaxError) as error:
        raise InputError(f"is a damaged .docx file ({error}); get it again") from error


def _paragraphs(body: "_Element", styles: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Name of the style and text of every paragraph, in order; a row of short cells is one.

    Read from the XML: python-docx's own lists leave out inserted text and content controls.
    """
    in_rows: set[_Element] = set()
    for element in body.iter(f"{_W}p", f"{_W}tr"):
        if element in in_rows or next(element.iterancestors(*_UNREAD), None) is not None:
            continue
        if element.tag == f"{_W}p":
            yield styles.get(element.style, ""), "".join(_words(element))
            continue
        cells = [list(cell.iter(f"{_W}p")) for cell in element.iterchildren(f"{_W}tc")]
        if len(cells) > 1 and all(len(paragraphs) == 1 for paragraphs in cells):
            in_rows.update(paragraph for (paragraph,) in cells)
            yield (
                "",
                "\t".join(" ".join("".join(_words(paragraph)).split()) for (paragraph,) in cells),
            )


def _words(element: "_Element") -> Iterator[str]:
    """The text inside a paragraph, without that of paragraphs inside it (text boxes)."""
    for child in element:
        if child.tag == f"{_W}t":
            yield child.text or ""
        elif child.tag in _BREAKS:
            yield _BREAKS[child.tag]
        elif child.tag not in _NOT_INSIDE:
            yield from _words(child)


def _heading(text: str) -> list[str]:
    return ["## " + " ".join(text.split())] if text.strip() else []
