"""Setting text in lines and columns, as a printer does, and reading it as OCR does."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from random import Random
from typing import NamedTuple

from index.newspaper.page import Role

_ATOM = re.compile(r"[0-9A-Za-z\u00c0-\u024f][0-9A-Za-z\u00c0-\u024f.,:%'’/@&+-]*|\s+|.", re.DOTALL)
_WORD = re.compile(r"\S+|\s+")
_NOT_FIRST = frozenset("，。、；：？！”’』」）》〉】…,.;:?!)%")
_NOT_LAST = frozenset("“‘『「（《〈【(①②③")
_DIGITS = re.compile(r"[0-9]+(?:\.[0-9]+)?")


class Cell(NamedTuple):
    """A printed character: number `place` of its unit's non-space ones; unit -1 is a space."""

    char: str
    unit: int
    place: int


SPACE = Cell(" ", -1, -1)
Cells = tuple[Cell, ...]


@dataclass(frozen=True)
class Unit:
    """A run of the page with one role: a paragraph, a title line, a caption line …

    `article` is the number of its article, -1 when it belongs to none.
    """

    role: Role
    article: int
    text: str


@dataclass
class Units:
    """The units of a page while it is being set."""

    all: list[Unit] = field(default_factory=list)

    def add(self, role: Role, article: int, text: str) -> Cells:
        """A new unit; its cells."""
        number, cells, place = len(self.all), [], 0
        self.all.append(Unit(role, article, text))
        for char in text:
            cells.append(SPACE if char.isspace() else Cell(char, number, place))
            place += not char.isspace()
        return tuple(cells)


class Mode(StrEnum):
    """What became of printed line breaks."""

    LINES = "lines"  # every printed line is a line
    PARAGRAPHS = "paragraphs"  # a paragraph is a line, broken only at column feet
    SPACES = "spaces"  # the same, with a space where the printed line broke


class Gap(StrEnum):
    """Where empty lines stand."""

    NONE = "none"
    EVERY = "every"
    PARAGRAPH = "paragraph"


@dataclass(frozen=True)
class Style:
    """How the columns of an article are set and read. `width` counts full-width characters."""

    width: int
    mode: Mode
    gap: Gap
    latin: bool = False
    indent: bool = False
    jitter: bool = False
    spaced_digits: bool = False


@dataclass(frozen=True)
class Line:
    """A printed line, later a line of the raw text; `starts` at the first of a paragraph.

    The rest of a paragraph behind a continuation mark starts like a paragraph.
    """

    cells: Cells
    starts: bool
    gap: bool = False  # an empty line stands before it

    @property
    def text(self) -> str:
        """The characters."""
        return "".join(cell.char for cell in self.cells)


def set_lines(flows: Sequence[Cells], style: Style, units: Units, rng: Random) -> list[Line]:
    """Break paragraphs (`flows`) into printed lines of the style's width."""
    lines = []
    for flow in flows:
        atoms = _atoms(flow, latin=style.latin)
        starts = True
        while atoms:
            width = style.width + (rng.choice((-1, 0, 0, 0, 0, 0, 1)) if style.jitter else 0)
            count = _fitting(atoms, width - 2 * starts)
            head, atoms = atoms[:count], atoms[count:]
            if style.latin and style.mode is Mode.LINES and atoms and rng.random() < 0.3:
                head, atoms = _hyphenated(head, atoms, units, rng)
            cells = _strip([cell for atom in head for cell in atom])
            if cells:
                lines.append(Line(cells, starts))
                starts = False
    return lines


def read_column(lines: Sequence[Line], style: Style, rng: Random) -> list[Line]:
    """The lines of the raw text that OCR makes of a column."""
    if style.mode is Mode.LINES:
        read = [_spaced_digits(line, rng) if style.spaced_digits else line for line in lines]
    else:
        read = _run_together(lines, style, rng)
    done = []
    for line in read:
        new = style.indent and line.starts and line.cells[0].place == 0
        indent = (Cell("　", -1, -1),) * 2 if new else ()
        gap = style.gap is Gap.EVERY or (style.gap is Gap.PARAGRAPH and line.starts)
        done.append(replace(line, cells=indent + line.cells, gap=gap))
    return done


def spread(cells: Cells) -> Cells:
    """A headline with a space between its characters; numbers stay whole."""
    spread: list[Cell] = []
    for cell in cells:
        if cell.unit < 0:
            spread += [SPACE]
            continue
        if spread and not (cell.char.isascii() and spread[-1].char.isascii()):
            spread.append(SPACE)
        spread.append(cell)
    return tuple(spread)


def _run_together(lines: Sequence[Line], style: Style, rng: Random) -> list[Line]:
    """One line a paragraph; a printed break leaves a space (nearly always, or never)."""
    rate = {Mode.SPACES: rng.choice((1.0, 0.9, 0.9))}.get(style.mode, 0.0)
    read: list[Line] = []
    for line in lines:
        if line.starts or not read:
            read.append(line)
            continue
        between = (SPACE,) if style.latin or rng.random() < rate else ()
        read[-1] = replace(read[-1], cells=read[-1].cells + between + line.cells)
    return read


def _spaced_digits(line: Line, rng: Random) -> Line:
    cells: list[Cell] = []
    done = 0
    for match in _DIGITS.finditer(line.text):
        before, after = (rng.random() < 0.6 for _ in range(2))
        cells += [*line.cells[done : match.start()], *([SPACE] if before else [])]
        cells += [*line.cells[match.start() : match.end()], *([SPACE] if after else [])]
        done = match.end()
    return replace(line, cells=_strip([*cells, *line.cells[done:]]))


def _atoms(cells: Cells, *, latin: bool) -> list[Cells]:
    """What is not broken at a line's end: words, numbers, single other characters."""
    text = "".join(cell.char for cell in cells)
    pattern = _WORD if latin else _ATOM
    return [cells[match.start() : match.end()] for match in pattern.finditer(text)]


def _fitting(atoms: Sequence[Cells], width: float) -> int:
    """How many atoms make a line, punctuation kept off its start and opening marks off its end."""
    used, count = 0.0, 0
    while count < len(atoms):
        wide = sum(0.5 if cell.char.isascii() else 1.0 for cell in atoms[count])
        if count and used + wide > width:
            break
        used, count = used + wide, count + 1
    hung = 0
    while count < len(atoms) and hung < 3 and atoms[count][0].char in _NOT_FIRST:
        count, hung = count + 1, hung + 1  # hangs over the edge, as it is squeezed in print
    while 1 < count < len(atoms) and atoms[count - 1][-1].char in _NOT_LAST:
        count -= 1
    return count


def _hyphenated(
    head: list[Cells], rest: list[Cells], units: Units, rng: Random
) -> tuple[list[Cells], list[Cells]]:
    """Take the first letters of the next word into the line, behind them a hyphen."""
    place = next((i for i, atom in enumerate(rest) if atom[0].unit >= 0), None)
    if place is None:
        return head, rest
    word = rest[place]
    letters = "".join(cell.char for cell in word)
    bare = letters.rstrip(".,;:!?\"'”’")
    if len(bare) < 6 or not bare.isalpha():
        return head, rest
    cut = rng.randint(2, len(bare) - 3)
    hyphen = units.add(Role.HYPHEN, units.all[word[0].unit].article, "-")
    gap = () if head and head[-1][-1].unit < 0 else (SPACE,)
    return [*head, gap, word[:cut] + hyphen], [word[cut:], *rest[place + 1 :]]


def _strip(cells: Sequence[Cell]) -> Cells:
    start, end = 0, len(cells)
    while start < end and cells[start].unit < 0:
        start += 1
    while start < end and cells[end - 1].unit < 0:
        end -= 1
    return tuple(cells[start:end])
