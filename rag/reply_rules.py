"""What a reply may go on with: numbers of passages in markers, or nothing but pointers.

A rule reads the bytes of the reply so far, for a character may be spread over tokens. Its states
are values, so that drafts can be tried and forgotten.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

State = TypeVar("State")

MOST_POINTERS = 3  # sentences of one answer

_BRACKETS = {b"[": b"]", "【".encode(): "】".encode(), "［".encode(): "］".encode()}
_OPENINGS = tuple(_BRACKETS)
_DIGITS = b"0123456789"
# Bytes that a token begins with if it can go on inside a marker or among pointers
BEGINNINGS = frozenset(_DIGITS + b"".join(_BRACKETS) + b"".join(_BRACKETS.values()))


class Rule(Protocol[State]):
    """Says how a reply may go on.

    Attributes:
        start: the state before the reply.
    """

    start: State

    def step(self, state: State, data: bytes) -> State | None:
        """The state after some more bytes; None if they are not allowed."""
        ...

    def bound(self, state: State) -> bool:
        """Whether only tokens that begin with one of `BEGINNINGS` can be allowed."""
        ...

    def may_end(self, state: State) -> bool:
        """Whether the reply may end here."""
        ...


@dataclass(frozen=True)
class InMarker:
    """Where a marker is read.

    Attributes:
        tail: outside of one, the last bytes, which may be the beginning of a bracket.
        close: inside, the bytes that close it.
        digits: inside, the number so far.
        closed: inside, how many bytes of the closing bracket are there.
    """

    tail: bytes = b""
    close: bytes = b""
    digits: bytes = b""
    closed: int = 0


class MarkerRule:
    """Free text, but a bracket that is opened holds the number of a passage and is closed."""

    start = InMarker()

    def __init__(self, passages: int) -> None:
        """`passages` are shown, numbered from 1."""
        self._numbers = frozenset(str(number).encode() for number in range(1, passages + 1))
        self._beginnings = _beginnings(self._numbers)

    def step(self, state: InMarker, data: bytes) -> InMarker | None:
        """The state after some more bytes; None if they would make a wrong marker."""
        for value in data:
            byte = bytes((value,))
            following = self._inside(state, byte) if state.close else _outside(state, byte)
            if following is None:
                return None
            state = following
        return state

    def bound(self, state: InMarker) -> bool:
        """Whether a bracket is open."""
        return bool(state.close)

    def may_end(self, state: InMarker) -> bool:
        """Not while a bracket is open."""
        return not state.close

    def _inside(self, state: InMarker, byte: bytes) -> InMarker | None:
        if not state.closed and byte in _DIGITS:
            digits = state.digits + byte
            return InMarker(b"", state.close, digits) if digits in self._beginnings else None
        if state.digits not in self._numbers or state.close[state.closed] != byte[0]:
            return None
        closed = state.closed + 1
        if closed == len(state.close):
            return InMarker()
        return InMarker(b"", state.close, state.digits, closed)


class PointerRule:
    """A row of `[n]`, each n a sentence and none twice, or `[0]` alone."""

    start: tuple[bytes, ...] = (b"",)  # the pointers so far; the last one is not complete

    def __init__(self, sentences: int) -> None:
        """`sentences` are shown, numbered from 1."""
        self._all = frozenset(b"[%d]" % number for number in range(1, sentences + 1))
        self._first = self._all | {b"[0]"}
        self._beginnings = _beginnings(self._first)

    def step(self, state: tuple[bytes, ...], data: bytes) -> tuple[bytes, ...] | None:
        """The state after some more bytes; None if they make no pointer."""
        for value in data:
            *before, half = state
            half += bytes((value,))
            if half not in self._beginnings:  # quick: most tokens fail here
                return None
            allowed = self._allowed(before)
            if not any(pointer.startswith(half) for pointer in allowed):
                return None
            state = (*before, half, b"") if half in allowed else (*before, half)
        return state

    def bound(self, state: tuple[bytes, ...]) -> bool:
        """Always: there is nothing but pointers."""
        return True

    def may_end(self, state: tuple[bytes, ...]) -> bool:
        """After any whole pointer."""
        return len(state) > 1 and not state[-1]

    def _allowed(self, before: Sequence[bytes]) -> frozenset[bytes]:
        if not before:
            return self._first
        if len(before) >= MOST_POINTERS or before[0] == b"[0]":
            return frozenset()
        return self._all - frozenset(before)


def _outside(state: InMarker, byte: bytes) -> InMarker:
    tail = state.tail + byte
    if tail in _BRACKETS:
        return InMarker(b"", _BRACKETS[tail])
    while tail and not any(opening.startswith(tail) for opening in _OPENINGS):
        tail = tail[1:]
    return InMarker(b"", _BRACKETS[tail]) if tail in _BRACKETS else InMarker(tail)


def _beginnings(texts: frozenset[bytes]) -> frozenset[bytes]:
    return frozenset(text[:end] for text in texts for end in range(1, len(text) + 1))
