""".txt and .md files → an article, with the front matter of Markdown."""

import re

from index.article import Article, Span, article_id
from index.errors import InputError
from index.readers.dates import iso_date
from index.readers.files import SourceFile

_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(.*?\n)---[ \t]*(?:\r?\n|$)", re.DOTALL)
_TITLE_END = re.compile("[。！？!?；;，,：:、…]$")
_NAME_BORDER = re.compile("[,，、;；]")
_LONGEST_TITLE = 60  # characters


def plain_article(raw: str, file: SourceFile) -> Article:
    """The article of a text; of a .md file, front matter `key: value` between lines `---`.

    Raises:
        InputError: nothing but white space, or a date of another form than YYYY-MM-DD.
    """
    fields, start = _front_matter(raw) if file.path.suffix.lower() == ".md" else ({}, 0)
    if not raw[start:].strip():
        raise InputError("is empty")
    return Article(
        id=article_id(file.source),
        source=file.source,
        title=fields.get("title") or first_line_title(raw[start:]) or file.path.stem,
        raw=raw,
        body=Span(start, len(raw)),
        date=iso_date(fields.get("date")),
        section=fields.get("section") or None,
        authors=names(fields.get("authors", "")),
    )


def first_line_title(text: str) -> str | None:
    """The first line if it looks like a headline: short, and not the start of a sentence."""
    line = text.strip().splitlines()[0].strip().lstrip("#").strip()
    return line if len(line) <= _LONGEST_TITLE and not _TITLE_END.search(line) else None


def names(listed: str) -> tuple[str, ...]:
    """The names of a list written with commas, semicolons or their Chinese counterparts."""
    return tuple(name.strip() for name in _NAME_BORDER.split(listed) if name.strip())


def _front_matter(raw: str) -> tuple[dict[str, str], int]:
    match = _FRONT_MATTER.match(raw)
    if not match:
        return {}, 0
    fields = {}
    for line in match.group(1).splitlines():
        key, colon, value = line.partition(":")
        if colon:
            fields[key.strip().lower()] = value.strip().strip("\"'")
    return fields, match.end()
