"""Columns that were read row by row: each column's lines are put together again.

Where a scan reads across two or three columns, line i is continued not by line i + 1 but by line
i + 2 or i + 3. The distance is constant over a stretch, so it is found by a Viterbi search over
distances (Viterbi 1967), with the language evidence of every line break as emission.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from index.newspaper.lines import Line
from index.newspaper.marks import Flags, Marks
from index.newspaper.seams import Seams

Floats = NDArray[np.float32]

_FARTHEST = 4  # columns read across at most
_CHANGE = 5.0  # nats against a change of the distance between neighbouring lines
_NARROWEST, _WIDEST = 6.0, 48.0  # characters: a narrower line is a headline, a wider a paragraph
_CLIP = 4.0  # one line break proves no more than this
_GAIN = 9.0  # nats by which rows must explain a stretch better, in all
_GAIN_A_LINE = 1.6  # and for each line
_TELLING = 0.3  # nats; a smaller difference tells nothing
_WRONG = -0.3  # log-odds below which the next line does not continue an open one
_MARGIN = 12  # lines before and behind such a range that may belong to it
_WINDOW = 6  # open line ends looked at together when row-wise reading is suspected


def in_columns(lines: Sequence[Line], seams: Seams) -> list[Line]:
    """The lines with row-wise stretches sorted into columns; the order stays elsewhere."""
    widths = np.array([line.width for line in lines])
    is_open = (widths >= _NARROWEST) & (widths < _WIDEST)
    is_open &= ~Marks([line.text for line in lines]).closed()
    suspected = _suspected(lines, is_open, seams)
    if suspected is None:
        return list(lines)
    first, last = suspected
    evidence = _evidence(lines[first:last], is_open[first:last], seams)
    return [*lines[:first], *_sorted(lines[first:last], evidence), *lines[last:]]


def _sorted(lines: Sequence[Line], evidence: Floats) -> list[Line]:
    distances = _distances(evidence)
    ordered: list[Line] = []
    at = 0
    for first, end in _stretches(distances):
        start = _trimmed(evidence, distances, first, end)
        if start < at or not _worth(evidence, distances, start, end):
            continue
        ordered.extend(lines[at:start])
        ordered.extend(lines[i] for i in _by_column(distances, start, end))
        at = end
    ordered.extend(lines[at:])
    return ordered


def _suspected(lines: Sequence[Line], is_open: Flags, seams: Seams) -> tuple[int, int] | None:
    """The range in which open line ends, several in a row, are not continued by the next line."""
    places = np.flatnonzero(is_open[:-1]).tolist()
    if len(places) < _WINDOW:
        return None
    texts = [line.text for line in lines]
    # All of them at once, because others are asked for later.
    wrong = seams.scores(texts[:-1], texts[1:])[places] < _WRONG
    found = np.flatnonzero(np.convolve(wrong, np.ones(_WINDOW), "valid") >= _WINDOW - 2)
    if not found.size:
        return None
    first, last = places[found[0]], places[found[-1] + _WINDOW - 1]
    return max(0, first - _MARGIN), min(len(lines), last + _MARGIN)


def _evidence(lines: Sequence[Line], is_open: Flags, seams: Seams) -> Floats:
    """Shape (lines, distances): log-odds that the line at that distance continues this one."""
    texts = [line.text for line in lines]
    evidence = np.zeros((len(lines), _FARTHEST), dtype=np.float32)
    evidence[is_open] = -_CLIP
    rows = np.flatnonzero(is_open)[:, None]
    columns = rows + np.arange(1, _FARTHEST + 1)
    there = columns < len(lines)
    i, j = np.broadcast_to(rows, columns.shape)[there], columns[there]
    evidence[i, j - i - 1] = np.clip(seams.between(texts, texts, i, j), -_CLIP, _CLIP)
    return evidence


def _distances(evidence: Floats) -> list[int]:
    """The most probable distance to the continuation of every line."""
    count, states = evidence.shape
    best = evidence[0] - np.where(np.arange(states) > 0, _CHANGE, 0.0)
    came_from = np.zeros((count, states), dtype=np.int8)
    for i in range(1, count):
        top = int(best.argmax())
        changed = best[top] - _CHANGE
        stays = best >= changed
        came_from[i] = np.where(stays, np.arange(states), top)
        best = np.where(stays, best, changed) + evidence[i]
    path = [int(best.argmax())]
    for i in range(count - 1, 0, -1):
        path.append(int(came_from[i, path[-1]]))
    return [state + 1 for state in reversed(path)]


def _stretches(distances: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Ranges of lines read row by row: where the distance is over 1, and the rows' last lines."""
    i, count = 0, len(distances)
    while i < count:
        if distances[i] == 1:
            i += 1
            continue
        start = i
        end = i
        while i < count and distances[i] > 1:
            end = max(end, i + distances[i])
            i += 1
        end = min(count, end + 1)
        yield start, end
        i = max(i, end)


def _trimmed(evidence: Floats, distances: Sequence[int], start: int, end: int) -> int:
    """The first two lines of a stretch that both speak for rows.

    A line that ends a sentence is no evidence and one open line is little, so a stretch may seem
    to begin too early.
    """
    rows = np.arange(start, end)
    gain = evidence[rows, np.array(distances[start:end]) - 1] - evidence[rows, 0]
    telling = gain > _TELLING
    both = np.flatnonzero(telling[:-1] & telling[1:])
    return start + int(both[0]) if both.size else start


def _worth(evidence: Floats, distances: Sequence[int], start: int, end: int) -> bool:
    """Whether language speaks clearly for rows, over reading the lines as they come."""
    rows = np.arange(start, end)
    read = evidence[rows, np.array(distances[start:end]) - 1]
    gain = read - evidence[rows, 0]
    counted = int((np.abs(gain) > _TELLING).sum())
    return bool(counted >= _WINDOW and gain.sum() > max(_GAIN, _GAIN_A_LINE * counted))


def _by_column(distances: Sequence[int], start: int, end: int) -> Iterator[int]:
    """The lines of one stretch, column after column."""
    follower: dict[int, int] = {}
    taken: set[int] = set()
    for i in range(start, end):
        after = i + (distances[i] if distances[i] > 1 else 1)
        if after < end and after not in taken and distances[i] > 1:
            follower[i] = after
            taken.add(after)
    for head in range(start, end):
        if head in taken:
            continue
        at: int | None = head
        while at is not None:
            yield at
            at = follower.get(at)
