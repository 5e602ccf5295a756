"""An answer that has begun before its response has, and a response that ends with its reader."""

import asyncio
from collections.abc import AsyncIterator

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from rag.answer import Event, QuestionRewritten, SourcesFound
from rag.serve.service import closed_behind

PATIENCE = 2.0  # seconds in which most of what can go wrong has gone wrong
PULSE = 15.0  # seconds after which a sign of life keeps proxies from giving up


class Started:
    """The events of one answer, the first of them waited for.

    As long as a response has not begun, an error still gets its status: a busy model, or a question
    that is too long for it, is known soon after the search. Once it has begun, all that can be done
    is to say so in the midst of it.
    """

    def __init__(self, events: AsyncIterator[Event]) -> None:
        self._events = events
        self._first: list[Event] = []
        self._next: asyncio.Task[Event | None] | None = None

    async def begin(self, patience: float = PATIENCE) -> None:
        """Wait for the first words, but only so many seconds.

        Raises:
            Exception: what went wrong meanwhile; then the answer is closed.
        """
        ends = asyncio.get_running_loop().time() + patience
        try:
            while True:
                left = ends - asyncio.get_running_loop().time()
                event = await self._wait(max(left, 0.0))
                if event is None:
                    return
                self._first.append(event)
                if not isinstance(event, QuestionRewritten | SourcesFound):
                    return
        except BaseException:
            await self.aclose()
            raise

    async def events(self, pulse: float = PULSE) -> AsyncIterator[Event | None]:
        """The events, the first ones too; None after each `pulse` seconds without one.

        Raises:
            Exception: whatever the assistant raised.
        """
        while self._first:
            yield self._first.pop(0)
        while True:
            event = await self._wait(pulse)
            if event is None and self._next is None:
                return
            yield event

    async def aclose(self) -> None:
        """Stop the answer."""
        waited, self._next = self._next, None
        if waited is not None:
            waited.cancel()
            await asyncio.wait({waited})
            if not waited.cancelled():
                waited.exception()  # nobody wants to know it any more
        async with closed_behind(self._events):
            pass

    async def _wait(self, seconds: float) -> Event | None:
        """The next event; None if there is none in so many seconds, or at the end for ever."""
        if self._next is None:
            self._next = asyncio.create_task(self._advance())
        done, _ = await asyncio.wait({self._next}, timeout=seconds)
        if not done:
            return None
        ended, self._next = self._next, None
        return ended.result()

    async def _advance(self) -> Event | None:
        return await anext(self._events, None)


class EventStream(StreamingResponse):
    """Server-sent events of an answer, which is stopped however the response ends."""

    def __init__(self, answer: Started, body: AsyncIterator[bytes]) -> None:
        super().__init__(body, media_type="text/event-stream")
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._answer.aclose()
