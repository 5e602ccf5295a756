"""Printed lines cut into columns; what stood at a column's foot or in a paragraph printed twice."""

from collections.abc import Sequence
from dataclasses import replace

from eval.bench.pages_desk import Desk
from eval.bench.pages_typeset import SPACE, Cells, Gap, Line, Mode, Style, read_column, set_lines
from index.newspaper.page import Role

_FEWEST = 4  # characters of a fragment printed twice
_LOWEST = 6  # lines of a column piece; real ones are higher


def columns_of(
    printed: list[Line], count: int, number: int, style: Style, desk: Desk
) -> list[list[Line]]:
    """Cut printed lines into columns; repeat what stood at a foot; read them as OCR does."""
    columns = _heights(printed, count, desk)
    if len(columns) > 1 and not style.latin and desk.happens("other_width"):
        width = max(9, style.width + desk.rng.choice((-8, -6, -4, 4, 6, 8)))
        at = desk.rng.randrange(1, len(columns))
        rest = [line for column in columns[at:] for line in column]
        other = set_lines(_flowing(rest), replace(style, width=width), desk.units, desk.rng)
        columns = columns[:at] + _heights(other, len(columns) - at, desk)
    read = [read_column(column, style, desk.rng) for column in columns]
    for above, below in zip(read, read[1:], strict=False):
        if desk.happens("repeat_foot"):
            _repeat_foot(above, below, number, style, desk)
    if desk.happens("repeat_paragraph"):
        _repeat_paragraph(desk.rng.choice(read), number, desk)
    return read


def _heights(lines: list[Line], count: int, desk: Desk) -> list[list[Line]]:
    """Columns of about the same height, most of which end inside a paragraph."""
    count = min(count, max(1, len(lines) // _LOWEST))
    cuts = []
    for number in range(1, count):
        at = round(len(lines) * number / count) + desk.rng.choice((-1, 0, 0, 1))
        if desk.happens("paragraph_end"):
            at = next((i for i in range(at, len(lines)) if lines[i].starts), at)
        cuts.append(at)
    cuts = sorted({at for at in cuts if 0 < at < len(lines)})
    return [lines[a:b] for a, b in zip([0, *cuts], [*cuts, len(lines)], strict=True)]


def _flowing(lines: Sequence[Line]) -> list[Cells]:
    """Printed lines as paragraphs again."""
    flows: list[Cells] = []
    for line in lines:
        if line.starts or not flows:
            flows.append(line.cells)
        else:
            flows[-1] += line.cells
    return flows


def _repeat_foot(
    above: list[Line], below: list[Line], number: int, style: Style, desk: Desk
) -> None:
    """Print the last characters of a column again at the top of the next."""
    last = above[-1].cells[-1].unit
    if last < 0 or desk.units.all[last].role is not Role.BODY:
        return
    foot = "".join(cell.char for cell in above[-1].cells if cell.unit == last)
    if style.mode is not Mode.LINES or len(foot) > _FEWEST and desk.rng.random() < 0.5:
        foot = foot[-desk.rng.randint(_FEWEST, 14) :]
    if len(foot) < _FEWEST:
        return
    again = desk.units.add(Role.REPEAT, number, foot)
    if style.mode is Mode.SPACES and desk.rng.random() < 0.6:
        below[0] = replace(below[0], cells=(*again, SPACE, *below[0].cells))
    else:
        below.insert(0, Line(again, True, style.gap is not Gap.NONE))


def _repeat_paragraph(column: list[Line], number: int, desk: Desk) -> None:
    """Print one paragraph of a column twice."""
    whole = []
    for unit in sorted({line.cells[-1].unit for line in column} - {-1}):
        lines = [i for i, line in enumerate(column) if any(c.unit == unit for c in line.cells)]
        printed = [c.unit for i in lines for c in column[i].cells if c.unit >= 0]
        length = len("".join(desk.units.all[unit].text.split()))
        body = desk.units.all[unit].role is Role.BODY
        if body and length > 20 and printed == [unit] * length:
            whole.append(lines)
    if not whole:
        return
    lines = desk.rng.choice(whole)
    text = "".join(c.char for i in lines for c in column[i].cells if c.unit >= 0)
    again = iter(desk.units.add(Role.REPEAT, number, text))
    copies = [
        replace(column[i], cells=tuple(next(again) if c.unit >= 0 else c for c in column[i].cells))
        for i in lines
    ]
    column[lines[-1] + 1 : lines[-1] + 1] = copies
