"""What each printed line does: begin a paragraph, continue one, be a headline.

A linear-chain conditional random field (Lafferty, McCallum and Pereira 2001) over the lines of a
page: what a line is depends on the line itself, on its seam with the line before, and on what
that line is (evidence.py). The best labels are found by the Viterbi search. The weights lie in
weights.json; `python -m eval bench fit-pages` learns them from damaged pages.
"""

from dataclasses import dataclass
from enum import IntEnum
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from index.newspaper.evidence import FEATURES, Floats
from index.newspaper.weights import table


class Label(IntEnum):
    """What a line does; RESUME continues a paragraph that broke off elsewhere."""

    BEGIN = 0
    CONTINUE = 1
    RESUME = 2
    HEAD = 3
    HEAD_ON = 4  # a further line of a headline


_LABELS = tuple(Label)


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
    kinds, count, _ = learned.seam.shape
    scores = (features @ learned.seam.reshape(kinds * count, -1).T).reshape(-1, kinds, count)
    # steps[i, before, label]: the score of a label of line i behind a label of line i - 1.
    steps = scores[:, head, :] + learned.change
    first = scores[0, 0]
    path = _best_path(steps, first)
    return [_LABELS[label] for label in path], _chances(path, steps, first)


def _best_path(steps: Floats, first: Floats) -> list[int]:
    """The Viterbi path; `steps[0]` is not looked at."""
    moves = steps[1:].astype(np.float64)
    reached = np.concatenate([first[None, :], _reached(moves, first)]).astype(np.float64)
    came_from = (reached[:-1, :, None] + moves).argmax(axis=1).tolist()
    path = [int(reached[-1].argmax())]
    for labels in reversed(came_from):
        path.append(labels[path[-1]])
    path.reverse()
    return path


def _reached(moves: NDArray[np.float64], first: Floats) -> NDArray[np.float64]:
    """The best score with which each label is reached by each move, shape (moves, labels).

    The moves are cut into runs that are searched side by side, from every label at once.
    """
    count, labels, _ = moves.shape
    length = isqrt(count) + 1
    runs = -(-count // length)
    padded = np.zeros((runs * length, labels, labels))
    padded[:count] = moves
    by_step = padded.reshape(runs, length, labels, labels).transpose(1, 2, 3, 0).copy()
    # best[step][label, run, start]: from label `start` before the run to `label` behind the step.
    best = np.empty((length, labels, runs, labels))
    best[0] = by_step[0].transpose(1, 2, 0)
    for step in range(1, length):
        best[step] = (best[step - 1][:, None] + by_step[step][..., None]).max(axis=0)
    starts = np.empty((runs, labels))
    begin = first.astype(np.float64)
    for run in range(runs):
        starts[run] = begin
        begin = (best[-1, :, run] + begin).max(axis=1)
    found: NDArray[np.float64] = (best + starts).max(axis=3).transpose(2, 0, 1)
    return found.reshape(-1, labels)[:count]


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
