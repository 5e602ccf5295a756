"""Prompts put together from passages that were computed before, each by itself.

A passage is computed behind the rules that all prompts begin with, and kept as bytes. In a prompt
its keys are turned to its place there, and only what stands between the passages (their numbers)
and behind them (the question) is computed. What such passages do not see is each other, so that
answers may differ: a setting, off unless asked for. After Gim et al., "Prompt Cache" (2023) and
Hu et al., "EPIC" (2024), whose freshly computed beginnings of passages are the numbers here.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from rag.conversations import TOKEN_BYTES
from rag.llama_context import FIRST_FREE, LIVE, PINNED, SCRATCH, Context, State
from rag.llama_native import SEQUENCES

LEAST_SHARE = 0.5  # of the passages' tokens that must be there already
MOST_WAITING = 64  # passages to compute when there is time

Key = tuple[tuple[int, ...], tuple[int, ...]]  # the tokens before, those of the passage


@dataclass(frozen=True)
class Segment:
    """A stretch of a prompt: a passage, or what stands between two.

    Attributes:
        tokens: of the stretch.
        start: position of the first one in the prompt.
        passage: whether it is one.
    """

    tokens: tuple[int, ...]
    start: int
    passage: bool

    @property
    def end(self) -> int:
        """Position behind the last token."""
        return self.start + len(self.tokens)


def segments(parts: Sequence[Sequence[int]], passages: Sequence[bool], base: int) -> list[Segment]:
    """The stretches of a prompt from position `base` on; what is no passage is joined.

    Args:
        parts: all tokens of the prompt, in pieces.
        passages: which of the pieces are passages.
        base: tokens at the beginning that are none of them.
    """
    found: list[Segment] = []
    position = 0
    for part, passage in zip(parts, passages, strict=True):
        tokens, start = tuple(part), position
        position += len(part)
        if start < base:
            tokens, start = tokens[base - start :], min(base, position)
        if not tokens:
            continue
        if found and not passage and not found[-1].passage:
            found[-1] = Segment(found[-1].tokens + tokens, found[-1].start, False)
        else:
            found.append(Segment(tokens, start, passage))
    return found


class PassageStates:
    """The passages used last, as computed; together at most `limit` bytes."""

    def __init__(self, context: Context, limit: int) -> None:
        self._context = context
        self.limit = limit
        self.bytes = 0
        self._states: OrderedDict[Key, State] = OrderedDict()
        self._missing: OrderedDict[Key, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._states)

    def known(self, base: Sequence[int], segment: Segment) -> bool:
        """Whether a passage is there; if not, it is computed when there is time."""
        key = (tuple(base), segment.tokens)
        if key in self._states:
            self._states.move_to_end(key)
            return True
        self._missing[key] = None
        while len(self._missing) > MOST_WAITING:
            self._missing.popitem(last=False)
        return False

    def worthwhile(self, base: Sequence[int], found: Sequence[Segment]) -> bool:
        """Whether enough of a prompt's passages are there, and not too many passages."""
        passages = [segment for segment in found if segment.passage]
        known = [segment for segment in passages if self.known(base, segment)]
        enough = sum(len(s.tokens) for s in passages) * LEAST_SHARE
        fits = 2 * len(known) + 1 + FIRST_FREE <= SEQUENCES
        return bool(known) and fits and sum(len(s.tokens) for s in known) >= enough

    def saved(self, base: Sequence[int], found: Sequence[Segment]) -> int:
        """How many tokens of a prompt need not be computed."""
        keys = [(tuple(base), s.tokens) for s in found if s.passage]
        return sum(len(key[1]) for key in keys if key in self._states)

    def compose(self, base: Sequence[int], found: Sequence[Segment]) -> bool:
        """Make LIVE hold all stretches but the last, behind the pinned base.

        Returns False, with LIVE empty, if there was no room.

        Raises:
            Aborted, ModelError: as `Context.compute`.
        """
        self._context.trim(LIVE, 0)
        self._context.copy(PINNED, LIVE, 0, len(base))
        try:
            return self._placed(base, found[:-1])
        finally:
            for sequence in range(FIRST_FREE, SEQUENCES):
                self._context.trim(sequence, 0)

    def encode_one(self) -> bool:
        """Compute a passage that was missing; False if none is left that can be.

        Raises:
            Aborted, ModelError: as `Context.compute`; the passage is still missing then.
        """
        if not self._missing:
            return False
        key = next(iter(self._missing))
        base, tokens = key
        context = self._context
        try:
            context.copy(PINNED, SCRATCH, 0, len(base))
            for start in range(0, len(tokens), context.batch):
                context.compute(
                    tokens[start : start + context.batch], len(base) + start, sequence=SCRATCH
                )
            context.copy(SCRATCH, FIRST_FREE, len(base))
            self._keep(key, context.state(FIRST_FREE))
        finally:
            context.trim(SCRATCH, 0)
            context.trim(FIRST_FREE, 0)
        del self._missing[key]
        return True

    def forget_missing(self, base: Sequence[int]) -> None:
        """Leave those that do not follow this beginning."""
        for key in [key for key in self._missing if key[0] != tuple(base)]:
            del self._missing[key]

    def _keep(self, key: Key, state: State) -> None:
        self._states[key] = state
        self.bytes += _size(key, state)
        while self.bytes > self.limit:
            self.bytes -= _size(*self._states.popitem(last=False))

    def _placed(self, base: Sequence[int], found: Sequence[Segment]) -> bool:
        """Passages by copying, then all that stands between them at once."""
        context = self._context
        fresh: list[Segment] = []
        homes: list[tuple[Segment, int]] = []  # of the copied passages
        for segment in found:
            state = self._states.get((tuple(base), segment.tokens)) if segment.passage else None
            if state is None:
                fresh.append(segment)
                continue
            home = FIRST_FREE + len(homes)
            if not context.restore(home, state):
                context.trim(LIVE, 0)
                return False
            context.shift(home, segment.start - len(base))
            homes.append((segment, home))
        self._compute_between(base, fresh, homes)
        for segment, home in homes:
            context.copy(home, LIVE, segment.start, segment.end)
        return True

    def _compute_between(
        self, base: Sequence[int], fresh: Sequence[Segment], homes: Sequence[tuple[Segment, int]]
    ) -> None:
        """Compute stretches, each in a sequence that holds the base and the passages before it."""
        context = self._context
        first = FIRST_FREE + len(homes)
        groups = _joined(fresh)
        for sequence, group in enumerate(groups, first):
            context.copy(PINNED, sequence, 0, len(base))
            for segment, home in homes:
                if segment.end <= group[0].start:
                    context.copy(home, sequence, segment.start, segment.end)
        cells = [
            (token, position, sequence)
            for sequence, group in enumerate(groups, first)
            for segment in group
            for position, token in enumerate(segment.tokens, segment.start)
        ]
        for start in range(0, len(cells), context.batch):
            context.compute_each(cells[start : start + context.batch])
        for sequence, group in enumerate(groups, first):
            context.copy(sequence, LIVE, group[0].start, group[-1].end)


def _joined(fresh: Sequence[Segment]) -> list[list[Segment]]:
    """Stretches that follow each other, together."""
    groups: list[list[Segment]] = []
    for segment in fresh:
        if groups and groups[-1][-1].end == segment.start:
            groups[-1].append(segment)
        else:
            groups.append([segment])
    return groups


def _size(key: Key, state: State) -> int:
    return state.nbytes + (len(key[0]) + len(key[1])) * TOKEN_BYTES
