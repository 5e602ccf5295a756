"""What each printed line does: begin a paragraph, continue one, be a headline.

A linear-chain conditional random field (Lafferty, McCallum and Pereira 2001) over the lines of a
page: what a line is depends on the line itself, on its seam with the line before, and on what
that line is. The best labels are found by the Viterbi search. The weights lie in weights.json;
`python -m eval bench fit-pages` learns them from damaged pages.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from operator import add

import numpy as np
from numpy.typing import NDArray

from index.newspaper.contiguity import opens_paragraph
from index.newspaper.datelines import OPENING
from index.newspaper.ends import cannot_begin, ends_clause, ends_closed, open_marks
from index.newspaper.lines import Line
from index.newspaper.seams import Seams
from index.newspaper.weights import table

Floats = NDArray[np.float32]


class Label(IntEnum):
    """What a line does; RESUME continues a paragraph that broke off elsewhere."""

    BEGIN = 0
    CONTINUE = 1
    RESUME = 2
    HEAD = 3
    HEAD_ON = 4  # a further line of a headline


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

_WINDOW = 8  # lines on each side that tell the width of a column
_NEAR = 1.1  # two widths of one column differ by no more (in Chinese characters)
_WIDEST = 48.0  # characters; a longer line is a whole paragraph, not a printed line
_ALIKE = 3  # lines of about one width make a column


@dataclass(frozen=True)
class Weights:
    """`seam` has shape (kinds of line before, labels, features), `change` (labels, labels)."""

    seam: Floats
    change: Floats


def weights() -> Weights:
    """The learned weights."""
    return Weights(
        table("labels", FEATURES), table("changes", tuple(label.name for label in Label))
    )


def labels_of(features: Floats, learned: Weights) -> tuple[list[Label], list[list[float]]]:
    """The best label of every line, and the probability of each (its neighbours held fixed)."""
    head = np.array([0, 0, 0, 1, 1])
    scores = np.einsum("nf,klf->nkl", features, learned.seam)
    # steps[i, before, label]: the score of a label of line i behind a label of line i - 1.
    steps = scores[:, head, :] + learned.change
    first = scores[0, 0]
    path = _best_path(steps, first)
    return [Label(label) for label in path], _chances(path, steps, first)


def _best_path(steps: Floats, first: Floats) -> list[int]:
    by_label = steps.transpose(0, 2, 1).tolist()
    best = first.tolist()
    reached = [best]
    for columns in by_label[1:]:
        best = [max(map(add, best, column)) for column in columns]
        reached.append(best)
    path = [best.index(max(best))]
    for i in range(len(by_label) - 1, 0, -1):
        values = list(map(add, reached[i - 1], by_label[i][path[-1]]))
        path.append(values.index(max(values)))
    path.reverse()
    return path


def _chances(path: list[int], steps: Floats, first: Floats) -> list[list[float]]:
    """Probability of each label of each line with its neighbours held fixed."""
    labels = np.array(path)
    values = np.empty((len(path), len(Label)), dtype=np.float64)
    values[0] = first
    values[1:] = steps[np.arange(1, len(path)), labels[:-1]]
    values[:-1] += steps[np.arange(1, len(path)), :, labels[1:]]
    parts = np.exp(values - values.max(axis=1, keepdims=True))
    chances: list[list[float]] = (parts / parts.sum(axis=1, keepdims=True)).tolist()
    return chances


def features_of(
    lines: Sequence[Line], barrier: Sequence[bool], between: Sequence[bool], seams: Seams
) -> Floats:
    """Shape (lines, features). `barrier[i]`: a by-line or notice stands before line i, and
    behind the last one `barrier[len(lines)]`; `between[i]`: a caption or the like does.
    """
    count = len(lines)
    texts = [line.text for line in lines]
    last = [text[-1] for text in texts]
    closed = np.array([ends_closed(text) for text in texts])
    clause = np.array([ends_clause(text) for text in texts]) & ~closed
    seam = np.zeros(count, dtype=np.float32)
    if count > 1:
        seam[1:] = np.clip(seams.scores(texts[:-1], texts[1:]), -4, 4)
    opens = np.clip(opens_paragraph(texts), -4, 4)
    width = np.fromiter((line.width for line in lines), dtype=np.float32, count=count)
    column = column_widths(width)
    for line, value in zip(lines, column.tolist(), strict=True):
        line.column = value
    blank = np.fromiter((line.blank for line in lines), dtype=np.float32, count=count)
    indent = np.array([line.indent > 0 for line in lines])
    soft = np.array([line.soft for line in lines])
    stop = np.array([c in "。；;．" for c in last])
    bang = np.array([c in "！？!?”’」』" for c in last]) & closed
    spaced = np.array([line.spaced for line in lines])
    set_ = column > 0
    lack = np.where(set_, column - width, 0.0)
    open_ = ~closed
    barrier_ = np.array(barrier[:count])

    def before(values: NDArray[np.generic]) -> NDArray[np.float32]:
        shifted = np.zeros(count, dtype=np.float32)
        shifted[1:] = values[:-1]
        return shifted

    def behind(values: NDArray[np.generic]) -> NDArray[np.float32]:
        shifted = np.zeros(count, dtype=np.float32)
        shifted[:-1] = values[1:]
        return shifted

    was_closed, was_open = before(closed), before(open_)
    blank_known, indent_known = _habits(seam, was_closed, blank, indent, lack, set_)
    first = np.zeros(count, dtype=np.float32)
    first[0] = 1
    end = np.zeros(count, dtype=np.float32)
    end[-1] = 1
    third = behind(set_ & (lack < 1.2))
    lost = set_ & (lack >= 1.2) & (lack < 2.8)
    copied = [line.behind for line in lines]
    here = np.array([i > 0 and foot is lines[i - 1] for i, foot in enumerate(copied)])
    elsewhere = np.array([foot is not None for foot in copied]) & ~here
    columns = (
        np.ones(count), first, barrier_, np.array(between[:count]), was_closed, before(clause),
        before(open_ & ~clause), seam * was_open, np.maximum(seam, 0) * was_open,
        seam * was_closed, opens, opens * was_closed, np.array([cannot_begin(t) for t in texts]),
        blank > 0, indent, blank_known, indent_known, before(set_ & (lack < 1.2)),
        before(set_ & (lack >= 1.2) & (lack < 2.5)), before(set_ & (lack >= 2.5)),
        before(set_ & (lack >= 2.5) & open_), before(~set_), set_ & (lack < 1.2), lost,
        set_ & (lack >= 2.8), lost * third, ~set_, soft,
        before(np.array([c in "：:" for c in last])), before(np.array([c in "；;" for c in last])),
        np.minimum(width, 60) / 10, width < 4.5, width > 34, stop & ~bang, bang, spaced,
        np.array([t.startswith(("——", "--", "─")) for t in texts]),
        np.array([t.startswith("#") for t in texts]),
        np.array(["，" in t or "," in t for t in texts]),
        np.array([_stop_inside(t) for t in texts]), np.array([c in "：:" for c in last]),
        ~set_ & (width <= 24), set_ & open_ & (lack >= 3.0), set_ & open_ & (lack < 1.2),
        set_ & (lack < -2), np.array([_is_dateline(t) for t in texts]),
        end, np.array(barrier[1 : count + 1]), behind(blank > np.median(blank)),
        soft | (behind(soft) > 0), before(np.array([open_marks(t) > 0 for t in texts])),
        np.array([t[0] in "（(【[" for t in texts]), here, elsewhere,
    )  # fmt: skip
    return np.stack([np.asarray(column, dtype=np.float32) for column in columns], axis=1)


def column_widths(widths: Floats) -> Floats:
    """The width of the column each line is set in: what several lines nearby reach, else 0."""
    count = len(widths)
    padded = np.full(count + 2 * _WINDOW, -9.0, dtype=np.float32)
    padded[_WINDOW : _WINDOW + count] = widths
    views = [padded[k : k + count] for k in range(2 * _WINDOW + 1)]
    alike = sum((np.abs(view - widths) <= _NEAR).astype(np.int32) for view in views)
    regular = (alike > _ALIKE) & (widths <= _WIDEST) & (widths >= 5)
    padded[_WINDOW : _WINDOW + count] = np.where(regular, widths, 0.0)
    full = np.max(np.stack(views), axis=0)
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


def _is_dateline(text: str) -> bool:
    return ("讯" in text or "电" in text or "消息" in text) and OPENING.match(text) is not None


def _stop_inside(text: str) -> bool:
    return any(mark in text[:-1] for mark in "。；;")
