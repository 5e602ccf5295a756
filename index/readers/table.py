"""Rows of a .csv or .tsv file → records of articles."""

import csv
from collections.abc import Iterator
from typing import Any

from index.errors import InputError
from index.readers.dates import loose_date
from index.readers.header import first_row, table_header, table_rows
from index.readers.plain import names

_COLUMNS = {
    "text": "text", "正文": "text", "内容": "text", "內容": "text",
    "title": "title", "标题": "title", "標題": "title",
    "id": "id", "编号": "id", "編號": "id",
    "date": "date", "日期": "date",
    "source": "source", "来源": "source", "來源": "source",
    "section": "section", "版面": "section",
    "authors": "authors", "author": "authors", "作者": "authors",
}  # fmt: skip
_LONGEST_FIELD = 2_000_000_000  # characters: as long as the file may be; fits a 32-bit C long


def table_records(text: str) -> Iterator[tuple[int, dict[str, Any] | InputError]]:
    """The records of a table with the lines they begin on; a bad row comes as an error.

    Raises:
        InputError: the header row has no column for the text, or two for one field.
    """
    usual = csv.field_size_limit(_LONGEST_FIELD)
    try:
        delimiter, header = table_header(text, _COLUMNS)
        fields = _fields(header)
        rows = table_rows(text, delimiter)
        first_row(rows)
        while True:
            line = rows.line_num + 1
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                yield line, InputError(f"the row cannot be read ({error}); check its quotes")
                continue
            if any(value.strip() for value in row):
                yield line, _record(row, fields, len(header))
    finally:
        csv.field_size_limit(usual)


def _fields(header: list[str]) -> list[str | None]:
    """For every column the field of a record that it gives."""
    fields = [_COLUMNS.get(name.lower()) for name in header]
    shown = ", ".join(repr(name) for name in header)
    if "text" not in fields:
        raise InputError(
            "has no column with the articles; the first row must name one 'text' (or 正文). "
            f"Columns found: {shown}"
        )
    twice = {field for field in fields if field and fields.count(field) > 1}
    if twice:
        raise InputError(f"has two columns for {', '.join(sorted(twice))}; keep one of {shown}")
    return fields


def _record(row: list[str], fields: list[str | None], width: int) -> dict[str, Any] | InputError:
    if len(row) > width:
        return InputError(
            f"the row has {len(row)} fields and the first row {width}; put a field that holds "
            "the delimiter in quotes"
        )
    record: dict[str, Any] = {
        field: value.strip()
        for field, value in zip(fields, row, strict=False)
        if field and value.strip()
    }
    record["authors"] = list(names(record.get("authors", "")))
    try:
        record["date"] = loose_date(record.get("date"))
    except InputError as error:
        return error
    return record
