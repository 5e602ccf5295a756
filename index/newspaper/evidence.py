"""The evidence on what each printed line does: how it ends and begins, and how it is set.

One number a line and feature, for the search in labels.py. What empty lines and indents say is
learnt on the page itself, and a column's width is what several lines nearby reach.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from index.newspaper.contiguity import opens_paragraph
from index.newspaper.datelines import is_dateline
from index.newspaper.ends import cannot_begin
from index.newspaper.lines import Line
from index.newspaper.marks import Flags, Mark, Marks
from index.newspaper.seams import Seams

Floats = NDArray[np.float32]

FEATURES = (
    "always", "first", "barrier", "other between", "after stop", "after clause", "after open",
    "seam open", "seam open good", "seam closed", "opens", "opens after stop", "cannot begin",
    "blank", "indent", "blank known", "indent known", "before full", "before a bit short",
    "before short", "before short open", "before not set", "full", "indent lost", "short",
    "indent lost, next full", "not set", "soft", "after colon", "after list item", "width",
    "tiny", "long", "stop", "exclamation", "spaced", "dash", "hash", "comma", "stop inside",
    "colon", "not set, brief", "open and short", "open and full", "wider", "dateline",
    "last", "barrier behind", "blank behind", "in row", "marks open before", "brackets",
    "foot before", "foot elsewhere",
)  # fmt: skip

_DASHES = ("——", "--", "─")
_WINDOW = 8  # lines on each side that tell the width of a column
_NEAR = 1.1  # two widths of one column differ by no more (in Chinese characters)
_WIDEST = 48.0  # characters; a longer line is a whole paragraph, not a printed line
_ALIKE = 3  # lines of about one width make a column


def features_of(
    lines: Sequence[Line], barrier: Sequence[bool], between: Sequence[bool], seams: Seams
) -> Floats:
    """Shape (lines, features). `barrier[i]`: a by-line or notice stands before line i, and
    behind the last one `barrier[len(lines)]`; `between[i]`: a caption or the like does.
    """
    columns = evidence_of(lines, barrier, between, seams)
    if columns.keys() != set(FEATURES):
        raise ValueError(f"evidence and features differ in {columns.keys() ^ set(FEATURES)}")
    table = np.empty((len(FEATURES), len(lines)), dtype=np.float32)
    for row, name in zip(table, FEATURES, strict=True):
        row[:] = columns[name]
    return table.T


def evidence_of(
    lines: Sequence[Line], barrier: Sequence[bool], between: Sequence[bool], seams: Seams
) -> dict[str, NDArray[np.generic]]:
    """The features by name, one number for each line (see `features_of`)."""
    texts = [line.text for line in lines]
    marks = Marks(texts)
    closed = marks.closed()
    clause = marks.last(Mark.CLAUSE) & ~closed
    open_ = ~closed
    seam = np.zeros(len(lines), dtype=np.float32)
    seam[1:] = seams.scores(texts[:-1], texts[1:]).clip(-4, 4)
    was_closed, was_open = _before(closed), _before(open_)
    opens = opens_paragraph(texts).clip(-4, 4)
    first, end = np.zeros((2, len(lines)), dtype=np.float32)
    first[0] = end[-1] = 1
    setting = _Setting(lines)
    return {
        "always": np.ones(len(lines)),
        "first": first,
        "last": end,
        "barrier": np.array(barrier[:-1]),
        "barrier behind": np.array(barrier[1:]),
        "other between": np.array(between[: len(lines)]),
        "after stop": was_closed,
        "after clause": _before(clause),
        "after open": _before(open_ & ~clause),
        "after colon": _before(marks.last(Mark.COLON)),
        "after list item": _before(marks.last(Mark.SEMICOLON)),
        "seam open": seam * was_open,
        "seam open good": np.maximum(seam, 0) * was_open,
        "seam closed": seam * was_closed,
        "opens": opens,
        "opens after stop": opens * was_closed,
        "marks open before": _before(marks.count(Mark.OPENS) > marks.count(Mark.CLOSES)),
        **_words(texts, marks, closed),
        **setting.widths(open_),
        **setting.layout(seam, was_closed),
        **_feet(lines),
    }


def _words(texts: Sequence[str], marks: Marks, closed: Flags) -> dict[str, NDArray[np.generic]]:
    """What stands in a line itself."""
    loud = marks.last(Mark.LOUD) & closed
    inside = marks.count(Mark.PAUSE) > marks.last(Mark.PAUSE)
    return {
        "cannot begin": _where(marks.first(Mark.NEVER_FIRST), texts, cannot_begin),
        "stop": marks.last(Mark.FULL_STOP) & ~loud,
        "exclamation": loud,
        "dash": _where(marks.first(Mark.DASH), texts, lambda t: t.startswith(_DASHES)),
        "hash": marks.first(Mark.HASH),
        "comma": marks.count(Mark.COMMA) > 0,
        "stop inside": inside,
        "colon": marks.last(Mark.COLON),
        "dateline": _where(marks.count(Mark.NEWS) > 0, texts, is_dateline),
        "brackets": marks.first(Mark.BRACKET),
    }


def _where(may_be: Flags, texts: Sequence[str], check: Callable[[str], bool]) -> Flags:
    """`check` of every text, False where it cannot be."""
    found = np.zeros(len(texts), dtype=np.bool_)
    for k in np.flatnonzero(may_be).tolist():
        found[k] = check(texts[k])
    return found


class _Setting:
    """How the lines are set: widths, empty lines, indents."""

    def __init__(self, lines: Sequence[Line]) -> None:
        """Tells every line the width of its column."""
        self._width = np.array([line.width for line in lines], dtype=np.float32)
        column = column_widths(self._width)
        for line, value in zip(lines, column.tolist(), strict=True):
            line.column = value
        self._blank = np.array([line.blank for line in lines], dtype=np.float32)
        self._indent = np.array([line.indent > 0 for line in lines])
        self._soft = np.array([line.soft for line in lines])
        self._spaced = np.array([line.spaced for line in lines])
        self._set = column > 0
        self._lack = np.where(self._set, column - self._width, 0.0)

    def widths(self, open_: Flags) -> dict[str, NDArray[np.generic]]:
        """How much a line and the one before lack of their columns."""
        set_, lack, width = self._set, self._lack, self._width
        unset = ~set_
        full = set_ & (lack < 1.2)
        lost = set_ & (lack >= 1.2) & (lack < 2.8)
        short = set_ & (lack >= 2.5)
        return {
            "before full": _before(full),
            "before a bit short": _before(set_ & (lack >= 1.2) & (lack < 2.5)),
            "before short": _before(short),
            "before short open": _before(short & open_),
            "before not set": _before(unset),
            "full": full,
            "indent lost": lost,
            "short": set_ & (lack >= 2.8),
            "indent lost, next full": lost * _behind(full),
            "not set": unset,
            "width": np.minimum(width, 60) / 10,
            "tiny": width < 4.5,
            "long": width > 34,
            "not set, brief": unset & (width <= 24),
            "open and short": set_ & open_ & (lack >= 3.0),
            "open and full": full & open_,
            "wider": set_ & (lack < -2),
        }

    def layout(self, seam: Floats, was_closed: Floats) -> dict[str, NDArray[np.generic]]:
        """Empty lines, indents and spaces, and what they say on this page."""
        blank, indent, soft = self._blank, self._indent, self._soft
        known = _habits(seam, was_closed, blank, indent, self._lack, self._set)
        return {
            "blank": blank > 0,
            "blank known": known[0],
            "blank behind": _behind(blank > _median(blank)),
            "indent": indent,
            "indent known": known[1],
            "soft": soft,
            "in row": soft | (_behind(soft) > 0),
            "spaced": self._spaced,
        }


def _feet(lines: Sequence[Line]) -> dict[str, NDArray[np.generic]]:
    """Whether the foot that was copied before a line stands directly before it, or elsewhere."""
    here, elsewhere = np.zeros((2, len(lines)), dtype=np.bool_)
    for i, line in enumerate(lines):
        if line.behind is not None:
            here[i] = i > 0 and line.behind is lines[i - 1]
            elsewhere[i] = not here[i]
    return {"foot before": here, "foot elsewhere": elsewhere}


def _before(values: NDArray[np.generic]) -> Floats:
    """The values of the lines before."""
    shifted = np.zeros(len(values), dtype=np.float32)
    shifted[1:] = values[:-1]
    return shifted


def _behind(values: NDArray[np.generic]) -> Floats:
    """The values of the lines behind."""
    shifted = np.zeros(len(values), dtype=np.float32)
    shifted[:-1] = values[1:]
    return shifted


def _median(values: Floats) -> float:
    """The middle value; numpy's own is slow on few values."""
    ordered = np.sort(values)
    return float(ordered[(len(values) - 1) // 2] + ordered[len(values) // 2]) / 2


def column_widths(widths: Floats) -> Floats:
    """The width of the column each line is set in: what several lines nearby reach, else 0."""
    count = len(widths)
    padded = np.full(count + 2 * _WINDOW, -9.0, dtype=np.float32)
    padded[_WINDOW : _WINDOW + count] = widths
    near = np.arange(2 * _WINDOW + 1)[:, None] + np.arange(count)
    alike = (np.abs(padded[near] - widths) <= _NEAR).sum(axis=0)
    regular = (alike > _ALIKE) & (widths <= _WIDEST) & (widths >= 5)
    padded[_WINDOW : _WINDOW + count] = np.where(regular, widths, 0.0)
    full = padded[near].max(axis=0)
    # A line much wider than the column it seems to stand in is not set in it.
    return np.where(widths <= full + 2 * _NEAR, full, 0.0)


def _habits(
    seam: Floats, was_closed: Floats, blank: Floats, indent: NDArray[np.bool_], lack: Floats,
    set_: NDArray[np.bool_],
) -> tuple[Floats, Floats]:  # fmt: skip
    """What empty lines and indents say on this page, learnt from the seams that are certain.

    Log-odds that a line continues the one before, by whether it has the mark.
    """
    short = np.zeros(len(lack), dtype=bool)
    short[1:] = (~set_ | (lack >= 2.5))[:-1]
    joined = (was_closed == 0) & (seam > 1.5)
    parted = (was_closed > 0) & short
    found = []
    for mark in (blank > 0, indent):
        present, absent = 0.0, 0.0
        if joined.sum() >= 3 and parted.sum() >= 2:
            in_joined = (mark[joined].sum() + 0.3) / (joined.sum() + 0.6)
            in_parted = (mark[parted].sum() + 0.3) / (parted.sum() + 0.6)
            present = float(np.clip(np.log(in_joined / in_parted), -4, 4))
            absent = float(np.clip(np.log((1 - in_joined) / (1 - in_parted)), -4, 4))
        found.append(np.where(mark, present, absent).astype(np.float32))
    return found[0], found[1]
