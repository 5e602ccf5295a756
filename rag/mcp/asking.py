"""An answer under way: what the client is told meanwhile, and that it can be left."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import cast

from mcp.server.session import ServerSession

from rag.answer import Answer, AnswerFinished, Event, SentenceChecked, SourcesFound, TextAdded, Turn
from rag.mcp.arguments import Ask
from rag.mcp.late import LateAssistant

_PULSE = 5.0  # seconds after which a silent server says that it is still there


class Progress:
    """Tells the client how far its answer is, if it wants to know: never what the articles say."""

    def __init__(self, session: ServerSession) -> None:
        self._session = session
        self._steps = 0
        self._doing = ""

    async def now(self, doing: str) -> None:
        """Tell what is done from now on, unless that was told before."""
        if doing != self._doing:
            self._doing = doing
            await self._tell()

    @asynccontextmanager
    async def kept_up(self) -> AsyncIterator[None]:
        """Repeat what is being done now and then, so that no client takes it for dead."""
        pulse = asyncio.create_task(self._repeat())
        try:
            yield
        finally:
            pulse.cancel()

    async def _repeat(self) -> None:
        while True:
            await asyncio.sleep(_PULSE)
            await self._tell()

    async def _tell(self) -> None:
        self._steps += 1
        await self._session.report_progress(self._steps, message=self._doing)


async def answer(late: LateAssistant, asked: Ask, progress: Progress, *, asker: str) -> Answer:
    """The answer to a question; when this is cancelled, the model stops.

    `asker` is whose turn it is where several wait for the model.

    Raises:
        QuestionError: the question or a limit cannot be used.
        ModelError: the language model failed, or too many wait for it.
    """
    async with progress.kept_up():
        if not late.ready:
            await progress.now("loading what answers")
        assistant = await late.get()
        await progress.now("searching")
        events = assistant.astream(
            asked.question,
            history=[Turn(turn.question, turn.answer) for turn in asked.history],
            k=asked.k,
            since=asked.since or None,
            until=asked.until or None,
            sources=asked.sources,
            articles=asked.articles,
            session=asker,
        )
        # Closed at once when the client leaves, not when the iterator happens to be collected.
        async with aclosing(cast(AsyncGenerator[Event], events)) as closing:
            return await _last(closing, progress)


async def _last(events: AsyncIterator[Event], progress: Progress) -> Answer:
    checked = 0
    async for event in events:
        if isinstance(event, AnswerFinished):
            return event.answer
        if isinstance(event, SourcesFound):
            await progress.now(f"reading {len(event.hits)} paragraphs")
        elif isinstance(event, TextAdded) and not checked:
            await progress.now("writing the answer")
        elif isinstance(event, SentenceChecked):
            checked += 1
            await progress.now(f"sentences written and checked: {checked}")
    raise AssertionError("a stream ends with AnswerFinished")
