"""A table (.csv, .tsv) → rows: the first row names the columns."""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.readers.header import first_row, table_header, table_rows
from rag.batch.row import Row, row_of
from rag.errors import InputError

if TYPE_CHECKING:
    import _csv  # the only name that the reader's type has

_COLUMNS = {
    "question": "question", "问题": "question", "問題": "question",
    "id": "id", "编号": "id", "編號": "id",
    "since": "since", "until": "until", "history": "history",
}  # fmt: skip
_LONGEST_FIELD = 2_000_000_000  # characters; a long history, and it fits a 32-bit C long


@dataclass(frozen=True)
class Table:
    """How a table is read: its delimiter, the field of each column (None: ignored), and `ignored`.

    Delimiters are commas, semicolons (Excel's, in many countries) or tabs.
    """

    delimiter: str
    fields: tuple[str | None, ...]
    ignored: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Table":
        """The table that a text is.

        Raises:
            InputError: the first row has no column for the question, or two for one field.
        """
        delimiter, header = table_header(text, _COLUMNS)
        fields = tuple(_COLUMNS.get(name.lower()) for name in header)
        shown = ", ".join(repr(name) for name in header)
        if "question" not in fields:
            raise InputError(
                "has no column with the questions; the first row must name one 'question'. "
                f"Columns found: {shown}"
            )
        twice = {field for field in fields if field and fields.count(field) > 1}
        if twice:
            raise InputError(f"has two columns for {', '.join(sorted(twice))}; keep one of {shown}")
        named = zip(header, fields, strict=True)
        return cls(delimiter, fields, tuple(name for name, field in named if field is None))

    def rows(self, text: str) -> Iterator[Row]:
        """The rows below the first one; empty ones are left out."""
        reader = table_rows(text, self.delimiter)
        first_row(reader)
        while True:
            line = reader.line_num + 1
            try:
                values = _next(reader)
            except csv.Error as error:
                yield Row(line, fault=f"the row cannot be read ({error}); check its quotes")
                continue
            if values is None:
                return
            if any(value.strip() for value in values):
                yield self._row(line, values)

    def _row(self, line: int, values: Sequence[str]) -> Row:
        if len(values) > len(self.fields):
            return Row(
                line,
                fault=f"the row has {len(values)} fields and the first row {len(self.fields)}; put "
                "a field that holds the delimiter in quotes",
            )
        given = {
            field: value.strip()
            for field, value in zip(self.fields, values, strict=False)
            if field and value.strip()
        }
        history = given.pop("history", "[]")
        try:
            return row_of(line, {**given, "history": json.loads(history)})
        except (ValueError, RecursionError) as error:
            fault = f'"history" is not JSON ({error}); write [["question", "answer"]]'
            return Row(line, given.get("id"), given.get("question", ""), fault=fault)


def _next(reader: "_csv.Reader") -> list[str] | None:
    """The next row, None at the end. The limit is the whole process's: it is changed for no longer.

    Raises:
        csv.Error: the row cannot be read.
    """
    usual = csv.field_size_limit(_LONGEST_FIELD)
    try:
        return next(reader, None)
    finally:
        csv.field_size_limit(usual)
