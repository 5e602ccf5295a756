"""Tables in Markdown that also read well in a terminal."""

from collections.abc import Sequence

from eval.report.words import plain, width

_NARROWEST = 2  # columns; a rule needs one for the dash and one for the colon


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """An aligned Markdown table, the first column to the left; a cell is one line of text."""
    lines = [[_cell(cell) for cell in cells] for cells in (header, *rows)]
    widths = [max(_NARROWEST, *map(width, column)) for column in zip(*lines, strict=True)]
    rule = ["-" * widths[0], *("-" * (w - 1) + ":" for w in widths[1:])]
    return "\n".join(_line(cells, widths) for cells in (lines[0], rule, *lines[1:]))


def _cell(text: str) -> str:
    return plain(text).replace("\\", "\\\\").replace("|", "\\|")


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    spaces = [" " * (w - width(cell)) for cell, w in zip(cells, widths, strict=True)]
    first, *others = zip(cells, spaces, strict=True)
    return f"| {' | '.join([''.join(first), *(space + cell for cell, space in others)])} |"
