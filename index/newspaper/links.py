"""Which flow continues a flow that breaks off: looked for on the whole page.

Every end is compared with every beginning by a conditional logit over the evidence below
(learnt by `python -m eval bench fit-pages`), then ends and beginnings are paired so that the
pairs are worth the most together. Each link carries its confidence; a weak one is not made.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from index.newspaper.ends import cannot_begin, commas, ends_clause, ends_closed, open_marks
from index.newspaper.flows import Flow, Topics
from index.newspaper.seams import Seams
from index.newspaper.weights import table

FEATURES = (
    "always", "seam", "next", "next, glue", "forward", "backward", "begins", "headed",
    "marks close", "marks do not", "topic", "same column", "other column", "same marks",
    "other marks", "copied foot", "crowd", "cannot begin", "clause", "next, not glued",
    "both notices", "one notice", "stop",
)  # fmt: skip

_GLUED = 1.0  # log-odds from which a line is taken to go on with the one before
_FAR = 1.4  # a flow that is farther off than this (log of their number) is simply far
_CHANCE = 0.25  # a link with less is not made
_PAIRS = 40_000  # pairs of ends and beginnings that are compared at most


def link(flows: Sequence[Flow], seams: Seams, topics: Topics) -> None:
    """Set `next` and `previous` of flows whose sentence goes on in another flow."""
    ends, starts, features = candidates(flows, seams, topics)
    if not ends or not starts:
        return
    scores = features @ table("links", FEATURES)
    scores[np.equal.outer(ends, starts)] = -np.inf
    successor: dict[int, int] = {}
    for chance, row, column in _assigned(scores):
        end, start = ends[row], starts[column]
        if not runs_into(successor, start, end):
            successor[end] = start
            flows[end].next, flows[start].previous = start, end
            flows[end].next_confidence = chance


def candidates(
    flows: Sequence[Flow], seams: Seams, topics: Topics
) -> tuple[list[int], list[int], NDArray[np.float32]]:
    """The flows that break off, those that may continue them, and the evidence on all pairs.

    The evidence has shape (ends, starts, features).
    """
    ends = [i for i, flow in enumerate(flows) if flow.continued_on is not None or flow.breaks_off]
    starts = [i for i, flow in enumerate(flows) if flow.resumes or not flow.fresh]
    if not ends or not starts or len(ends) * len(starts) > _PAIRS:
        return [], [], np.zeros((0, 0, len(FEATURES)), dtype=np.float32)
    grid = _Grid(flows, ends, starts)
    columns = {
        "always": np.ones((1, 1)),
        "seam": np.clip(grid.seams(seams), -5, 7),
        "topic": topics.alike[np.ix_(ends, starts)],
        "crowd": np.full((1, 1), math.log(len(starts))),
        **grid.order(),
        **grid.form(),
    }
    features = np.empty((len(ends), len(starts), len(FEATURES)), dtype=np.float32)
    for number, name in enumerate(FEATURES):
        features[:, :, number] = columns[name]
    return ends, starts, features


class _Grid:
    """Features of all pairs of an end (rows) and a beginning (columns)."""

    def __init__(self, flows: Sequence[Flow], ends: list[int], starts: list[int]) -> None:
        self._before = [flows[i] for i in ends]
        self._after = [flows[i] for i in starts]
        self._follows = np.equal.outer(np.array(ends) + 1, starts)
        places = _places(flows)
        self._gap = (
            np.array([places[i] for i in starts])[None, :]
            - np.array([places[i] for i in ends])[:, None]
        )
        self._backward = np.greater_equal.outer(ends, starts)

    def seams(self, seams: Seams) -> NDArray[np.float32]:
        """The language evidence of every pair."""
        firsts = [flow.first.text for flow in self._after]
        lasts = [flow.last.text for flow in self._before]
        shape = (len(lasts), len(firsts))
        rows, columns = np.indices(shape).reshape(2, -1)
        return seams.between(lasts, firsts, rows, columns).reshape(shape)

    def order(self) -> dict[str, NDArray[np.generic]]:
        """Where the two stand on the page."""
        follows = self._follows
        glue = np.array([flow.glue or 0.0 for flow in self._after])
        glued = np.array([flow.glue is not None for flow in self._after])
        behind = {id(flow.last): i for i, flow in enumerate(self._before)}
        foot = np.zeros(follows.shape)
        for column, flow in enumerate(self._after):
            row = behind.get(id(flow.first.behind))
            if row is not None:
                foot[row, column] = 1.0
        return {
            "next": follows,
            "next, glue": follows * glue,
            "next, not glued": follows & ~glued,
            "forward": ~follows
            * ~self._backward
            * np.minimum(_FAR, np.log1p(np.maximum(self._gap, 0))),
            "backward": self._backward
            * (1.0 + np.minimum(_FAR, np.log1p(np.maximum(-self._gap, 0)))),
            "copied foot": foot,
        }

    def form(self) -> dict[str, NDArray[np.generic]]:
        """How the two are set, and how the one ends and the other begins."""
        opened = np.array([open_marks(f.paragraphs[-1].text) > 0 for f in self._before])[:, None]
        closing = np.array([open_marks(f.paragraphs[0].text) < 0 for f in self._after])[None, :]
        left = np.array([flow.last.column for flow in self._before])[:, None]
        right = np.array([flow.first.column for flow in self._after])[None, :]
        one = np.array([commas(flow.text) for flow in self._before])[:, None]
        other = np.array([commas(flow.text) for flow in self._after])[None, :]
        goes_on = np.array([flow.continued_on is not None for flow in self._before])[:, None]
        resumes = np.array([flow.resumes for flow in self._after])[None, :]
        lasts = [flow.last.text for flow in self._before]
        return {
            "begins": np.clip([flow.begins for flow in self._after], -5, 5)[None, :],
            "headed": np.array([flow.headed for flow in self._after])[None, :],
            "cannot begin": np.array([cannot_begin(f.first.text) for f in self._after])[None, :],
            "clause": np.array([ends_clause(text) for text in lasts])[:, None],
            "stop": np.array([ends_closed(text) for text in lasts])[:, None],
            "marks close": opened & closing,
            "marks do not": opened ^ closing,
            "same column": (left > 0) & (right > 0) & (np.abs(left - right) < 1.6),
            "other column": np.abs(left - right) > 2.6,
            "same marks": (one == other) & (one != 0),
            "other marks": one * other < 0,
            "both notices": goes_on & resumes,
            "one notice": goes_on ^ resumes,
        }


def _places(flows: Sequence[Flow]) -> list[int]:
    """How many interruptions stand before each flow; one that only may begin anew is none."""
    places = [0]
    for before, flow in pairwise(flows):
        parted = flow.headed or flow.fresh or (before.breaks_off and (flow.glue or 0.0) < _GLUED)
        places.append(places[-1] + parted)
    return places


def _assigned(scores: NDArray[np.float32]) -> list[tuple[float, int, int]]:
    """The pairs that are worth the most together, each end and each beginning used once.

    A pair's chance is weighed against every other beginning for its end, every other end for
    its beginning, and against none at all (conditional logit, McFadden 1974).
    """
    from scipy.optimize import linear_sum_assignment

    forth = scores - np.logaddexp(np.logaddexp.reduce(scores, axis=1), 0.0)[:, None]
    back = scores - np.logaddexp(np.logaddexp.reduce(scores, axis=0), 0.0)[None, :]
    chances = np.exp((forth + back) / 2)
    worth = np.maximum(0.0, np.log(np.maximum(chances, 1e-9) / _CHANCE))
    rows, columns = linear_sum_assignment(worth, maximize=True)
    found = [
        (float(chances[row, column]), int(row), int(column))
        for row, column in zip(rows, columns, strict=True)
        if worth[row, column] > 0
    ]
    return sorted(found, reverse=True)


def runs_into(successor: Mapping[int, int], start: int, end: int) -> bool:
    """Whether `end` is reached from `start` already, so that a link back would make a ring."""
    at: int | None = start
    while at is not None:
        if at == end:
            return True
        at = successor.get(at)
    return False
