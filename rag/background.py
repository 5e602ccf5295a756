"""An answer under way in a thread of its own, so that its reader can leave at any moment.

A server can only stop what comes back to it now and then. A model may read passages for a minute,
or wait for its turn, before it says a word.
"""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from copy import copy
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from rag.answer import Event, SourcesFound, Turn
from rag.filters import Filters
from rag.llm import LLM, Request

PULSE = 0.5  # seconds after which the reader is asked whether it is still there
_FAREWELL = 0.5  # seconds for the thread to end when the answer is left
_NO_LIMITS = Filters()

_one_search = threading.Lock()  # one search at a time is soonest done on few cores


# What comes of an answer: its events, at last None, or what went wrong.
News = Event | Exception | None


class Answers(Protocol):
    """What answers questions (a `rag.Assistant`)."""

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        k: int = 8,
        since: str | None = None,
        until: str | None = None,
        sources: Sequence[str] = (),
        articles: Sequence[str] = (),
        session: str = "",
        verbatim: bool = False,
    ) -> Iterator[Event]:
        """The events of one answer; closing the iterator stops the work."""
        ...


class Background:
    """The events of one answer, to be left by `close`.

    Answers search one after another. A model that is asked before the search, to put a question
    into other words, is waited for without keeping the others from searching.
    """

    def __init__(
        self,
        assistant: Answers,
        question: str,
        *,
        history: Sequence[Turn] = (),
        k: int = 8,
        filters: Filters = _NO_LIMITS,
        session: str = "",
        verbatim: bool = False,
        deliver: "Callable[[News], object] | None" = None,
    ) -> None:
        """Ask; see `rag.Assistant.stream`.

        `deliver` is given the news in the thread of the answer; without it they wait for `events`.
        """
        self._left = threading.Event()
        self._search = _Search(self._left)
        self._llm: _Stoppable | None = None
        llm: LLM | None = getattr(assistant, "llm", None)
        if llm is not None:
            self._llm = _Stoppable(llm, self._search)
            own: Any = copy(assistant)
            own.llm = self._llm
            assistant = own
        self._news: SimpleQueue[News] = SimpleQueue()
        self._deliver = deliver or self._news.put
        events = assistant.stream(
            question,
            history=history,
            k=k,
            since=filters.since,
            until=filters.until,
            sources=filters.sources,
            articles=filters.articles,
            session=session,
            verbatim=verbatim,
        )
        self._thread = threading.Thread(target=self._run, args=(events,), daemon=True)
        self._thread.start()

    @property
    def ahead(self) -> int:
        """How many answers the language model gives before this one; 0 without one, too."""
        return self._llm.ahead if self._llm is not None else 0

    def events(self) -> Iterator[Event | None]:
        """The events as they come, and None after each `PULSE` without one.

        Raises:
            Exception: whatever the assistant raised.
        """
        while True:
            try:
                news = self._news.get(timeout=PULSE)
            except Empty:
                yield None
                continue
            if news is None:
                return
            if isinstance(news, Exception):
                raise news
            yield news

    def stop(self) -> None:
        """Stop the work, without waiting until it has ended."""
        self._left.set()
        if self._llm is not None:
            self._llm.stop()

    def close(self) -> None:
        """Stop the work; mostly it has ended when this returns."""
        self.stop()
        self._thread.join(_FAREWELL)

    def _run(self, events: Iterator[Event]) -> None:
        try:
            self._search.begin()
            while not self._left.is_set():
                event = next(events)
                if isinstance(event, SourcesFound):
                    self._search.end()
                self._deliver(event)
        except StopIteration:
            pass
        except Exception as error:  # noqa: BLE001 - raised where the events are read
            self._deliver(error)
        finally:
            self._search.end()
            _close(events)
        self._deliver(None)


async def stream_async(
    assistant: Answers,
    question: str,
    *,
    history: Sequence[Turn] = (),
    k: int = 8,
    filters: Filters = _NO_LIMITS,
    session: str = "",
    verbatim: bool = False,
) -> AsyncIterator[Event]:
    """The events of one answer, for an event loop; leaving the iterator stops the work.

    Raises:
        Exception: whatever the assistant raised.
    """
    loop = asyncio.get_running_loop()
    news: asyncio.Queue[News] = asyncio.Queue()

    def deliver(item: News) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended, and nobody listens any more
            loop.call_soon_threadsafe(news.put_nowait, item)

    answer = Background(
        assistant,
        question,
        history=history,
        k=k,
        filters=filters,
        session=session,
        verbatim=verbatim,
        deliver=deliver,
    )
    try:
        while (item := await news.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        answer.stop()


class _Search:
    """The turn to search of one answer, all in its own thread."""

    def __init__(self, left: threading.Event) -> None:
        self._left = left
        self._mine = False

    def begin(self) -> None:
        """Wait until nobody else searches.

        Raises:
            _Left: the reader did not wait.
        """
        _one_search.acquire()
        self._mine = True
        if self._left.is_set():
            self.end()
            raise _Left

    def end(self) -> None:
        """Let the others search, if this was not done yet."""
        if self._mine:
            self._mine = False
            _one_search.release()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Let the others search meanwhile."""
        mine = self._mine
        self.end()
        try:
            yield
        finally:
            if mine:
                self.begin()


class _Left(Exception):
    """Nobody wants the answer any more: do not search for it."""


class _Stoppable:
    """A language model for one answer, which another thread may stop."""

    def __init__(self, llm: LLM, search: _Search) -> None:
        self._llm = llm
        self._search = search
        self.name = llm.name
        self.context_size = llm.context_size
        self.answer_style = llm.answer_style
        self._changing = threading.Lock()
        self._pieces: Iterator[str] = iter(())
        self._stopped = False

    @property
    def ahead(self) -> int:
        """How many answers come before the one under way, where the model tells."""
        found: int = getattr(self._pieces, "ahead", 0)
        return found

    def count_tokens(self, text: str) -> int:
        """See `LLM`."""
        with self._search.paused():
            return self._llm.count_tokens(text)

    def stream(self, request: Request) -> Iterator[str]:
        """See `LLM`."""
        pieces = self._llm.stream(request)
        with self._changing:
            self._pieces = pieces
            stopped = self._stopped
        if stopped:
            _close(pieces)
        return _Pieces(pieces, self._search)

    def stop(self) -> None:
        """Stop the answer under way, or the one that is about to begin."""
        with self._changing:
            self._stopped = True
            pieces = self._pieces
        _close(pieces)


class _Pieces(Iterator[str]):
    """What a model says, waited for while others may search."""

    def __init__(self, pieces: Iterator[str], search: _Search) -> None:
        self._pieces = pieces
        self._search = search

    def __next__(self) -> str:
        with self._search.paused():
            return next(self._pieces)

    def close(self) -> None:
        """Give the answer up."""
        _close(self._pieces)


def _close(iterator: Iterator[Any]) -> None:
    close = getattr(iterator, "close", None)
    if close is not None:
        with contextlib.suppress(ValueError):  # a generator that another thread is in
            close()
