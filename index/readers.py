"""A file or folder → Articles. Reads .txt, .md and .jsonl; a fault is reported, never skipped over.

A Markdown file may begin with front matter: lines `key: value` (title, date, section, authors)
between two lines `---`. A .jsonl file has one article a line: `text` and optional `id`, `title`,
`date`, `source`, `section`, `authors`.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from index.article import Article, Span, article_id
from index.errors import InputError

SUFFIXES = (".txt", ".md", ".jsonl")
LARGEST = 20_000_000  # bytes of one .txt or .md file: an article, not an archive
LARGEST_LINES = 2_000_000_000  # bytes of one .jsonl file: many articles

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(.*?\n)---[ \t]*(?:\r?\n|$)", re.DOTALL)
_TITLE_END = re.compile("[。！？!?；;，,：:、…]$")
_LONGEST_TITLE = 60


@dataclass(frozen=True)
class SourceFile:
    """A file to read: where it lies, and the name under which its articles are cited."""

    path: Path
    source: str


@dataclass(frozen=True)
class Fault:
    """Why a file, or one record of it, was left out."""

    source: str
    reason: str
    line: int | None = None

    def __str__(self) -> str:
        place = f"{self.source}, line {self.line}" if self.line else self.source
        return f"{place}: {self.reason}"


def find_files(paths: Iterable[Path]) -> tuple[list[SourceFile], list[Fault]]:
    """Readable files among `paths` and below its folders, in a stable order, and what is not.

    Hidden files and files of other kinds inside a folder are left alone; named outright, they
    are faults.

    Raises:
        InputError: a path does not exist, or there is nothing to read at all.
    """
    paths = list(paths)
    for path in paths:
        if not path.exists():
            raise InputError(f"{path} does not exist; check the path")
    files: dict[Path, SourceFile] = {}
    faults = []
    for path in paths:
        if path.is_dir():
            for file in sorted(_below(path)):
                files.setdefault(
                    file.resolve(), SourceFile(file, file.relative_to(path).as_posix())
                )
        elif path.suffix.lower() in SUFFIXES:
            files.setdefault(path.resolve(), SourceFile(path, path.name))
        else:
            faults.append(Fault(path.name, f"not one of the kinds read ({', '.join(SUFFIXES)})"))
    if not files and not faults:
        names = ", ".join(str(path) for path in paths)
        raise InputError(f"no {', '.join(SUFFIXES)} file in {names}; name a folder that holds some")
    return list(files.values()), faults


def read_file(file: SourceFile) -> tuple[list[Article], list[Fault], str]:
    """The articles of a file, the records left out, and the SHA-256 of its bytes.

    Raises:
        InputError: the whole file is unreadable (size, encoding, binary, empty).
    """
    lines = file.path.suffix.lower() == ".jsonl"
    data = _read_bytes(file.path, LARGEST_LINES if lines else LARGEST)
    digest = hashlib.sha256(data).hexdigest()
    text = decode(data)
    if lines:
        articles, faults = _records(text, file.source)
        if not articles and not faults:
            raise InputError("holds no record")
        return articles, faults, digest
    return [_article(text, file)], [], digest


def decode(data: bytes) -> str:
    """Bytes as text: UTF-8, or UTF-16 with a byte order mark; the mark is not part of the text.

    Raises:
        InputError: binary data or another encoding.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            data, name = data[len(bom) :], encoding
            break
    else:
        name = "utf-8"
        if b"\x00" in data:
            raise InputError("looks like a binary file, not text; remove it or convert it to text")
    try:
        text = data.decode(name)
    except UnicodeDecodeError as error:
        raise InputError(
            f"is not {name.upper()} (byte {error.start}); convert it first, "
            "for example: iconv -f GB18030 -t UTF-8 old.txt > new.txt"
        ) from error
    if sum(c < " " and c not in "\t\n\r\f\x1b" for c in text) > len(text) / 100:
        raise InputError("looks like a binary file, not text; remove it or convert it to text")
    return text


def _below(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix.lower() in SUFFIXES and not hidden and path.is_file():
            yield path


def _read_bytes(path: Path, limit: int) -> bytes:
    try:
        size = path.stat().st_size
        if size > limit:
            raise InputError(
                f"has {size:,} bytes, more than the limit of {limit:,}; split it into articles"
            )
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror}); check its permissions") from error


def _article(raw: str, file: SourceFile) -> Article:
    fields, start = _front_matter(raw) if file.path.suffix.lower() == ".md" else ({}, 0)
    if not raw[start:].strip():
        raise InputError("is empty")
    authors = tuple(
        a.strip() for a in re.split("[,，、;；]", fields.get("authors", "")) if a.strip()
    )
    return Article(
        id=article_id(file.source),
        source=file.source,
        title=fields.get("title") or _first_line_title(raw[start:]) or file.path.stem,
        raw=raw,
        body=Span(start, len(raw)),
        date=_iso_date(fields.get("date")),
        section=fields.get("section") or None,
        authors=authors,
    )


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


def _first_line_title(text: str) -> str | None:
    """The first line if it looks like a headline: short, and not the start of a sentence."""
    line = text.strip().splitlines()[0].strip().lstrip("#").strip()
    return line if len(line) <= _LONGEST_TITLE and not _TITLE_END.search(line) else None


def _iso_date(value: str | None) -> str | None:
    """A date as YYYY-MM-DD (also from a longer ISO time stamp).

    Raises:
        InputError: another form.
    """
    if not value:
        return None
    try:
        return date.fromisoformat(value[:10]).isoformat()
    except ValueError as error:
        raise InputError(f"date {value!r} is not of the form YYYY-MM-DD; correct it") from error


def _records(text: str, source: str) -> tuple[list[Article], list[Fault]]:
    articles: list[Article] = []
    faults: list[Fault] = []
    lines_of: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            article = _record(line, source)
            if article.id in lines_of:
                raise InputError(f"id {article.id!r} stands on line {lines_of[article.id]} already")
        except InputError as error:
            faults.append(Fault(source, str(error), number))
            continue
        lines_of[article.id] = number
        articles.append(article)
    return articles, faults


def _record(line: str, source: str) -> Article:
    try:
        record = json.loads(line)
        line.encode()
        json.dumps(record, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:  # also a lone surrogate
        raise InputError(f"not a JSON object ({error})") from error
    if not isinstance(record, dict):
        raise InputError("not a JSON object; each line is one article")
    text = _text_field(record, "text")
    if not text or not text.strip():
        raise InputError('no "text"; give the article, its paragraphs separated by newlines')
    title = _text_field(record, "title") or ""
    given = record.get("id")
    if given is not None and not isinstance(given, str | int):
        raise InputError('"id" is neither text nor a number')
    return Article(
        id=str(given) if given is not None else article_id(source, title + "\n" + text),
        source=_text_field(record, "source") or source,
        title=title or _first_line_title(text) or source,
        raw=text,
        body=Span(0, len(text)),
        date=_iso_date(_text_field(record, "date")),
        section=_text_field(record, "section"),
        authors=_authors(record),
        lines_are_paragraphs=True,
    )


def _text_field(record: dict[str, Any], key: str) -> str | None:
    value = record.get(key)
    if value is not None and not isinstance(value, str):
        raise InputError(f'"{key}" is not text')
    return value


def _authors(record: dict[str, Any]) -> tuple[str, ...]:
    value = record.get("authors") or []
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InputError('"authors" is not a list of names')
    return tuple(names)
