"""A batch file → rows, one after the other; a bad row is a row with a fault."""

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from index.readers import decode
from rag.batch.row import Row, row_of
from rag.batch.table import Table
from rag.errors import InputError, QuestionError

_TABLES = (".csv", ".tsv")


@dataclass(frozen=True)
class Batch:
    """The rows of a file, read anew whenever they are gone through.

    Attributes:
        path: of the file.
        sha256: of its bytes.
        table: how it is read, if it is a table; None for a JSON object a line.
        size: how many rows it has, bad ones included.
    """

    path: Path
    sha256: str
    text: str = field(repr=False)
    table: Table | None
    size: int = 0

    def __iter__(self) -> Iterator[Row]:
        """The rows in order."""
        return self.table.rows(self.text) if self.table else _json_rows(self.text)

    @property
    def ignored(self) -> tuple[str, ...]:
        """The columns of a table that mean nothing to a batch."""
        return self.table.ignored if self.table else ()


def read_batch(path: Path) -> Batch:
    """The batch in a .csv or .tsv file, or in any other one with a JSON object a line.

    Raises:
        QuestionError: the file cannot be read, is a table without a column for the question, or
            holds no row.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise QuestionError(f"{path} cannot be read ({error.strerror}); check the path") from error
    try:
        text = _text(data)
        table = Table.of(text) if path.suffix.lower() in _TABLES else None
    except InputError as error:
        raise QuestionError(f"{path} {error}") from error
    batch = Batch(path, hashlib.sha256(data).hexdigest(), text, table)
    size = sum(1 for _ in batch)
    if not size:
        how = "a question a row" if table else "one JSON object a line"
        raise QuestionError(f"{path} holds no question; write {how}")
    return Batch(path, batch.sha256, text, table, size)


def _text(data: bytes) -> str:
    """The bytes as text. A null character in UTF-8 is a fault of its row, not of the file."""
    try:
        return decode(data)
    except InputError:
        if b"\0" in data:
            try:
                return data.decode("utf-8")
            except UnicodeDecodeError:
                pass
        raise


def _json_rows(text: str) -> Iterator[Row]:
    for number, line in enumerate(io.StringIO(text, newline="\n"), 1):
        if line.strip():
            yield _json_row(number, line)


def _json_row(number: int, line: str) -> Row:
    try:
        fields = json.loads(line, parse_constant=_no_number)
        # It is given back as it came: an endless number (1e999) would be no JSON any more.
        json.dumps(fields.get("id") if isinstance(fields, dict) else None, allow_nan=False)
    except (ValueError, RecursionError) as error:
        return Row(number, fault=f"not a JSON object ({error})")
    if not isinstance(fields, dict):
        return Row(number, fault="not a JSON object")
    return row_of(number, fields)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no value of JSON")
