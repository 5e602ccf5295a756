"""What was computed of conversations that are not the live one, within a limit of bytes."""

from collections.abc import Sequence
from dataclasses import dataclass

from rag.llama_context import State

TOKEN_BYTES = 40  # of a token in a tuple: a pointer and a Python integer


@dataclass(frozen=True)
class Saved:
    """A prompt, and the state of its tokens from `base` on."""

    tokens: tuple[int, ...]
    base: int
    state: State

    @property
    def bytes(self) -> int:
        """The memory that it takes."""
        return self.state.nbytes + len(self.tokens) * TOKEN_BYTES


class Conversations:
    """The conversations used last, most recent at the end; together at most `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.bytes = 0
        self._saved: list[Saved] = []

    def __len__(self) -> int:
        return len(self._saved)

    def keep(self, saved: Saved) -> None:
        """Keep one more, in place of those that it continues, and forget the oldest."""
        if saved.bytes > self.limit:
            return
        for other in list(self._saved):
            if common(other.tokens, saved.tokens) == len(other.tokens):
                self.drop(other)
        self._saved.append(saved)
        self.bytes += saved.bytes
        while self.bytes > self.limit:
            self.drop(self._saved[0])

    def best(self, prompt: Sequence[int]) -> Saved | None:
        """The one with the longest beginning in common with a prompt; the newest of equals."""
        found = max(reversed(self._saved), key=lambda s: common(s.tokens, prompt), default=None)
        return found if found and common(found.tokens, prompt) > found.base else None

    def drop(self, saved: Saved) -> None:
        """Forget one; it may be forgotten already."""
        left = [other for other in self._saved if other is not saved]
        if len(left) < len(self._saved):
            self.bytes -= saved.bytes
        self._saved = left


def common(a: Sequence[int], b: Sequence[int]) -> int:
    """How many tokens two sequences have in common at their beginning."""
    for i, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return i
    return min(len(a), len(b))
