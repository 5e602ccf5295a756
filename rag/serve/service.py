"""What the API answers with: a retriever, an assistant, and how many may ask at a time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from index.generation import Generation
from rag.answer import Answer, AnswerFinished, Event, Hit, Turn
from rag.assistant import Assistant
from rag.filters import Filters
from rag.retriever import Retriever, usable
from rag.serve.errors import ApiError

# One search at a time is soonest done: of 64 over 10,000 paragraphs on two cores the last ends
# after 0.45 to 0.50 s, and after 0.53 to 0.55 s where two run beside each other.
_SEARCHERS = 1


@dataclass(frozen=True)
class Limits:
    """What is granted.

    Attributes:
        asks: answers under way at a time.
        searches: searches under way at a time, those that wait for their turn included.
        body: bytes of a request.
        body_seconds: until a request has come as a whole.
        reader_seconds: that a response waits for a reader who takes nothing.
    """

    asks: int = 32
    searches: int = 64
    body: int = 256 * 1024
    body_seconds: float = 10.0
    reader_seconds: float = 30.0


_LIMITS = Limits()


class Service:
    """Searches and answers, for one event loop; more than `limits` allow are sent away.

    Attributes:
        retriever: searches.
        answering: gives the assistant that answers now, and keeps it open for as long as the
            context lasts.
        limits: what is granted.
        asking: answers under way.
        searching: searches under way, those that wait for their turn included.
        closing: the server is being stopped: nothing new is begun.
    """

    def __init__(
        self,
        retriever: Retriever,
        answering: Callable[[], AbstractContextManager[Assistant]],
        *,
        limits: Limits = _LIMITS,
    ) -> None:
        self.retriever = retriever
        self.answering = answering
        self.limits = limits
        self.asking = 0
        self.searching = 0
        self.closing = False
        self._searchers = ThreadPoolExecutor(_SEARCHERS, thread_name_prefix="api-search")

    def generation(self) -> Generation:
        """The state of the store at this moment."""
        return self.retriever.store.current()

    async def search(self, question: str, *, k: int, filters: Filters) -> list[Hit]:
        """The `k` best paragraphs, best first, as soon as it is this search's turn.

        Raises:
            ApiError: too many search already, or the server is being stopped.
            QuestionError: the question cannot be used.
        """
        search = partial(self.retriever.search_within, filters, usable(question), k=k)
        with self._place("searching", self.limits.searches, retry_after=1):
            # Who leaves while it waits cancels this, and the search is never begun.
            return await asyncio.get_running_loop().run_in_executor(self._searchers, search)

    async def events(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        k: int,
        filters: Filters,
        session: str = "",
        verbatim: bool = False,
    ) -> AsyncIterator[Event]:
        """The events of one answer, see `rag.Assistant.stream`; closing the iterator stops it.

        Raises:
            ApiError: too many ask already, or the server is being stopped.
            QuestionError: the question cannot be used.
            YinzhengError: whatever the assistant raised.
        """
        question = usable(question)
        with self._place("asking", self.limits.asks, retry_after=5), self.answering() as assistant:
            events = assistant.astream(
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
            async with closed_behind(events):
                async for event in events:
                    yield event

    async def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        k: int,
        filters: Filters,
        session: str = "",
        verbatim: bool = False,
    ) -> Answer:
        """The finished answer; cancelling this stops the model. Raises what `events` does."""
        events = self.events(
            question,
            history=history,
            k=k,
            filters=filters,
            session=session,
            verbatim=verbatim,
        )
        async with closed_behind(events):
            async for event in events:
                if isinstance(event, AnswerFinished):
                    return event.answer
        raise AssertionError("a stream ends with AnswerFinished")

    def close(self) -> None:
        """Begin nothing new; what is under way goes on. Further calls do nothing."""
        self.closing = True
        self._searchers.shutdown(wait=False)

    @contextmanager
    def _place(
        self, what: Literal["asking", "searching"], places: int, *, retry_after: int
    ) -> Iterator[None]:
        """One of so many places. No lock: only the event loop takes and gives them back."""
        if self.closing:
            raise ApiError(503, "shutting_down", "the server is being stopped", retry_after=5)
        taken: int = getattr(self, what)
        if taken >= places:
            words = f"{places} requests of this kind are under way; try again in {retry_after} s"
            raise ApiError(429, f"too_many_{what}", words, retry_after=retry_after)
        setattr(self, what, taken + 1)
        try:
            yield
        finally:
            setattr(self, what, getattr(self, what) - 1)


@asynccontextmanager
async def closed_behind(events: AsyncIterator[Any]) -> AsyncIterator[None]:
    """Close an iterator at the end, however it comes: what is behind it stops at once."""
    try:
        yield
    finally:
        close = getattr(events, "aclose", None)
        if close is not None:
            await close()
