"""Web pages (.html) → an article: the main text, a paragraph, heading or row of a table a line."""

import logging
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.article import Article, Span, article_id
from index.errors import InputError
from index.readers.encoding import decode
from index.readers.files import SourceFile
from index.readers.plain import first_line_title, names
from index.text import CJK_RANGES

if TYPE_CHECKING:
    from lxml.etree import _Element

_HEAD = 4096  # bytes in which a page names its encoding
_NAMED = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
# Encodings that a page may name. Latin ones are left out: pages often name them wrongly, and
# they fit all bytes.
_CODECS = {
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030",
    "big5": "cp950", "big5-hkscs": "big5hkscs",
    "shift_jis": "cp932", "shift-jis": "cp932", "euc-jp": "euc_jp", "euc-kr": "cp949",
    "windows-1250": "cp1250", "windows-1251": "cp1251", "koi8-r": "koi8_r",
}  # fmt: skip
_IMPOSSIBLE = re.compile("[\x80-\x9f\ue000-\uf8ff]")  # controls and private characters
# No search of the whole page: a wrong date is worse than none.
_DATES = {
    "extensive_search": False,
    "original_date": True,
    "min_date": "1800-01-01",
    "max_date": "2100-12-31",
}
_CELL = "\x1f"  # between the cells of a row while a line is gathered
# A line break between Chinese characters, which is no space: browsers show one nevertheless.
_BREAK = re.compile(rf"(?<=[{CJK_RANGES}])[ \t]*\r?\n[ \t]*(?=[{CJK_RANGES}])")
_BLOCKS = {"body", "head", "p", "list", "item", "quote", "table", "row", "code", "div"}


def web_article(data: bytes, file: SourceFile) -> Article:
    """The article of a web page, without menus and the like.

    Raises:
        InputError: no article text is found, or the encoding is not certain.
    """
    from trafilatura import bare_extraction

    for library in ("trafilatura", "htmldate"):  # what they complain of is told as an error here
        logging.getLogger(library).setLevel(logging.CRITICAL)
    page = bare_extraction(
        _BREAK.sub("", _page(data)),
        with_metadata=True,
        include_comments=False,
        date_extraction_params=_DATES,
    )
    if page is None or isinstance(page, dict) or page.body is None:
        raise InputError("no article text was found in it; copy the text into a .txt file")
    title = " ".join((page.title or "").split())
    raw = "".join(f"{line}\n" for line in _lines(page.body, title))
    if not raw:
        raise InputError("no article text was found in it; copy the text into a .txt file")
    return Article(
        id=article_id(file.source),
        source=file.source,
        title=title or first_line_title(raw) or file.path.stem,
        raw=raw,
        body=Span(0, len(raw)),
        date=page.date,
        authors=names(page.author or ""),
        lines_are_paragraphs=True,
    )


def _page(data: bytes) -> str:
    """The page's source text: UTF-8, else in the encoding that it names, else in a proven one."""
    match = _NAMED.search(data[:_HEAD])
    codec = _CODECS.get(match[1].decode("ascii").lower()) if match else None
    if codec and b"\x00" not in data:
        for name in ("utf-8", codec):
            try:
                text = data.decode(name)
            except UnicodeDecodeError:
                continue
            if not _IMPOSSIBLE.search(text):
                return text
    return decode(data)


def _lines(body: "_Element", title: str) -> Iterator[str]:
    """Paragraphs, list items, rows of tables, and headings marked as in Markdown.

    The heading that repeats the title is an ordinary line.
    """
    from lxml.etree import iterwalk

    words, in_heading = "", False
    for event, element in iterwalk(body, events=("start", "end")):
        opens, tag = event == "start", element.tag
        if tag in _BLOCKS or (tag == "lb" and opens and not in_heading):
            line = "\t".join(" ".join(part.split()) for part in words.split(_CELL)).strip()
            if line:
                yield "## " + line if in_heading and line != title else line
            words = ""
        if tag == "head":
            in_heading = opens
        if opens:
            words += _CELL if tag == "cell" else " " if tag == "lb" else ""
        words += (element.text if opens else element.tail) or ""
