"""Records → articles: what the lines of a .jsonl file and the rows of a table have in common."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from index.article import Article, Span, article_id
from index.errors import InputError
from index.readers.dates import iso_date
from index.readers.files import Fault
from index.readers.plain import first_line_title


def json_lines(text: str) -> Iterator[tuple[int, dict[str, Any] | InputError]]:
    """The records of a .jsonl file with their lines; what is none comes as an error."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield number, _json_object(line)
        except InputError as error:
            yield number, error


def articles_of(
    records: Iterable[tuple[int, dict[str, Any] | InputError]], source: str
) -> tuple[list[Article], list[Fault]]:
    """The articles of a file's records, and the records left out.

    Raises:
        InputError: there is no record at all.
    """
    articles: list[Article] = []
    faults: list[Fault] = []
    lines_of: dict[str, int] = {}
    for number, record in records:
        try:
            if isinstance(record, InputError):
                raise record
            article = _article(record, source)
            if article.id in lines_of:
                raise InputError(f"id {article.id!r} stands on line {lines_of[article.id]} already")
        except InputError as error:
            faults.append(Fault(source, str(error), number))
            continue
        lines_of[article.id] = number
        articles.append(article)
    if not articles and not faults:
        raise InputError("holds no record")
    return articles, faults


def _json_object(line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
        line.encode()
        json.dumps(record, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:  # also a lone surrogate
        raise InputError(f"not a JSON object ({error})") from error
    if not isinstance(record, dict):
        raise InputError("not a JSON object; each line is one article")
    return record


def _article(record: dict[str, Any], source: str) -> Article:
    text = _text_field(record, "text")
    if not text or not text.strip():
        raise InputError('no "text"; give the article, its paragraphs separated by newlines')
    title = _text_field(record, "title") or ""
    given = record.get("id")
    if given is not None and not isinstance(given, str | int):
        raise InputError('"id" is neither text nor a number')
    if isinstance(given, str) and "\0" in given:  # SQLite's JSON ends a text there
        raise InputError('"id" holds a null character; leave it out')
    return Article(
        id=str(given) if given is not None else article_id(source, title + "\n" + text),
        source=_text_field(record, "source") or source,
        title=title or first_line_title(text) or source,
        raw=text,
        body=Span(0, len(text)),
        date=iso_date(_text_field(record, "date")),
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
