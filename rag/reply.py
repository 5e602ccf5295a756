"""One reply of a model while it is made, and the stream that its reader holds."""

import contextlib
import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field

from rag.drafts import Drafts
from rag.llm import Request
from rag.sampling import Logits, Sampler
from rag.stop_texts import StopTexts
from rag.thoughts import VisibleText


@dataclass(eq=False)
class Ahead:
    """A passage that is computed while nobody asks."""

    stop: threading.Event = field(default_factory=threading.Event)


@dataclass(eq=False)
class Reply:
    """One answer under way.

    Attributes:
        request: what was asked.
        prompt: all of its tokens.
        parts: these by the pieces they were made of.
        passages: which of the pieces are passages.
        fixed: tokens at the beginning that all prompts share.
        sampler, drafts: what chooses the next token, and guesses further ones.
        visible, stops: what of the text is shown.
        end: the time at which it ends anyway.
        stop: set when nobody wants it any more.
        tokens: those of the answer so far, thoughts included.
        thoughts, said: how many of them were hidden, and how many not.
        hidden: whether the last one was.
        cut: whether its thoughts were ended for it.
        forced: tokens that come next whatever the model says.
        guesses: tokens that were computed together with the last one.
    """

    request: Request
    prompt: list[int]
    parts: list[list[int]]
    passages: list[bool]
    fixed: int
    sampler: Sampler
    visible: VisibleText
    stops: StopTexts
    drafts: Drafts | None
    end: float | None
    stop: threading.Event = field(default_factory=threading.Event)
    tokens: list[int] = field(default_factory=list)
    thoughts: int = 0
    said: int = 0
    hidden: bool = False
    cut: bool = False
    forced: list[int] = field(default_factory=list)
    guesses: int = 0

    def next(self, logits: Logits) -> int:
        """The next token: one that is forced, or the sampler's."""
        if self.forced:
            return self.forced.pop(0)
        return self.sampler.next(logits, free=self.visible.hidden)

    @property
    def late(self) -> bool:
        """Whether its time is up."""
        return self.end is not None and time.monotonic() >= self.end

    def over(self, context_size: int) -> bool:
        """Whether the answer ends after the token that was just read."""
        was, self.hidden = self.hidden, self.visible.hidden
        hidden = was or self.hidden  # what ends them belongs to them
        self.thoughts += hidden
        self.said += not hidden
        full = len(self.prompt) + len(self.tokens) >= context_size
        return self.late or full or self.stop.is_set() or self.said >= self.request.max_tokens

    def draft(self, room: int, wrong: int) -> list[int]:
        """Guesses at what follows, after the last ones, of which `wrong` were not right."""
        if self.drafts is None:
            return []
        if self.guesses:
            self.drafts.report(self.guesses, self.guesses - wrong, len(self.tokens))
        left = min(room, self.request.max_tokens - self.said)
        draft = [] if self.visible.hidden else self.drafts.propose(self.tokens)[: max(left, 0)]
        self.guesses = len(draft)
        return draft


class Stream(Iterator[str]):
    """The pieces of one answer; to be closed from any thread."""

    def __init__(self, pieces: Generator[str], stop: Callable[[], None]) -> None:
        self._pieces = pieces
        self._stop = stop
        self._closed = False

    def __next__(self) -> str:
        try:
            return next(self._pieces)
        except ValueError as error:  # "generator already executing": another thread is closing it
            if self._closed:
                raise StopIteration from error
            raise

    def close(self) -> None:
        """Stop the work: at once, or within milliseconds if another thread is in it."""
        self._closed = True
        self._stop()
        with contextlib.suppress(ValueError):  # "generator already executing"
            self._pieces.close()
