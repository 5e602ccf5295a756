"""The first row of a table (.csv, .tsv): its delimiter, and what its columns are called."""

import csv
import io
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from index.errors import InputError

if TYPE_CHECKING:
    import _csv  # the only name that the reader's type has

_DELIMITERS = (",", ";", "\t")  # semicolons are Excel's, in many countries


def table_rows(text: str, delimiter: str) -> "_csv.Reader":
    """Strict: a quote at the wrong place is an error, not part of the text."""
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def first_row(rows: Iterator[list[str]]) -> list[str]:
    """The first row that is not empty; the rows go on behind it."""
    return next((row for row in rows if any(name.strip() for name in row)), [])


def table_header(text: str, known: Collection[str]) -> tuple[str, list[str]]:
    """The delimiter and the header row: read with the delimiter that finds the most known names.

    Args:
        text: the table.
        known: names of columns in lower case.

    Raises:
        InputError: there is no row, or the first one cannot be read.
    """
    best: tuple[tuple[int, int], str, list[str]] = ((0, 0), "", [])
    fault = "is empty"
    for delimiter in _DELIMITERS:
        try:
            header = [name.strip() for name in first_row(table_rows(text, delimiter))]
        except csv.Error as error:
            fault = f"its first row cannot be read ({error}); check its quotes"
            continue
        merit = sum(name.lower() in known for name in header), len(header)
        if merit > best[0]:
            best = merit, delimiter, header
    if not best[2]:
        raise InputError(fault)
    return best[1], best[2]
