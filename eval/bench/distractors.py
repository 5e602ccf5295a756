"""Passages of news that answer no question: they stand beside a set's paragraphs when searched.

A file holds one article a line, `date，正文：text` or the text alone, as large collections of news
are handed around. Each article is cut into passages of whole sentences.
"""

import gzip
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

from index.sentences import sentences
from rag.errors import InputError

LENGTH = 250  # characters that a passage comes close to
_BODY = "正文："
_SUFFIXES = (".txt", ".txt.gz")


def read_passages(paths: Sequence[Path], limit: int | None = None) -> Iterator[str]:
    """The passages of all files, at most `limit`; a folder gives its *.txt and *.txt.gz by name.

    Raises:
        InputError: a folder without such files, or a file that cannot be read.
    """
    articles = chain.from_iterable(_articles(path) for path in _files(paths))
    return islice(chain.from_iterable(map(passages, articles)), limit)


def passages(text: str) -> Iterator[str]:
    """Whole sentences, in order, about LENGTH characters together.

    A passage ends where one more sentence would bring it no nearer to LENGTH, so a sentence that
    is longer than that stands alone.
    """
    start = end = 0
    for span in sentences(text):
        if end > start and abs(end - start - LENGTH) <= abs(span.end - start - LENGTH):
            yield text[start:end]
            start = span.start
        end = span.end
    if text[start:end].strip():
        yield text[start:end].strip()


def _files(paths: Sequence[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        inside = sorted(p for p in path.glob("*") if p.name.endswith(_SUFFIXES))
        if path.is_dir() and not inside:
            raise InputError(f"{path} holds no *.txt or *.txt.gz; check --distractors")
        files += inside if path.is_dir() else [path]
    return files


def _articles(path: Path) -> Iterator[str]:
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8") as file:
            yield from (_body(line) for line in file)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read ({error}); check --distractors") from error


def _body(line: str) -> str:
    head, mark, body = line.strip().partition(_BODY)
    return body if mark else head
