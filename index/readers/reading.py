"""A file → its articles: the one place that knows which reader reads which kind."""

import hashlib
from pathlib import Path

from index.article import Article
from index.errors import InputError
from index.readers.encoding import decode
from index.readers.files import Fault, SourceFile
from index.readers.plain import plain_article
from index.readers.records import articles_of, json_lines

LARGEST = 20_000_000  # bytes of a file that is one article, not an archive
LARGEST_LINES = 2_000_000_000  # bytes of a .jsonl, .csv or .tsv file: many articles

_LISTS = {".jsonl", ".csv", ".tsv"}


Read = tuple[list[Article], list[Fault], str]


def read_file(file: SourceFile) -> Read:
    """The articles of a file, the records or pages left out, and the SHA-256 of its bytes.

    Raises:
        InputError: the whole file is unreadable (size, encoding, damage, no text).
    """
    found = read_unless_known(file, None)
    assert found is not None
    return found


def read_unless_known(file: SourceFile, known: str | None) -> Read | None:
    """The same, or None where the file's bytes have a known SHA-256: nothing is parsed then."""
    kind = file.path.suffix.lower()
    data = _read_bytes(file.path, LARGEST_LINES if kind in _LISTS else LARGEST)
    digest = hashlib.sha256(data).hexdigest()
    return None if digest == known else (*_read(data, kind, file), digest)


def file_digest(file: SourceFile) -> str:
    """The SHA-256 of a file's bytes, without reading what they say.

    Raises:
        InputError: it is too large, or cannot be read.
    """
    kind = file.path.suffix.lower()
    data = _read_bytes(file.path, LARGEST_LINES if kind in _LISTS else LARGEST)
    return hashlib.sha256(data).hexdigest()


def _read(data: bytes, kind: str, file: SourceFile) -> tuple[list[Article], list[Fault]]:
    """Dispatch by kind; the imports are here because their libraries are slow to load."""
    if not data and kind not in _LISTS:
        raise InputError("is empty")
    if kind == ".pdf":
        from index.readers.pdf import pdf_article

        article, faults = pdf_article(data, file)
        return [article], faults
    if kind == ".docx":
        from index.readers.word import word_article

        return [word_article(data, file)], []
    if kind in (".html", ".htm"):
        from index.readers.web import web_article

        return [web_article(data, file)], []
    if kind in (".csv", ".tsv"):
        from index.readers.table import table_records

        return articles_of(table_records(decode(data)), file.source)
    if kind == ".jsonl":
        return articles_of(json_lines(decode(data)), file.source)
    return [plain_article(decode(data), file)], []


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
