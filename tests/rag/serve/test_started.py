"""Answers whose beginning is waited for, and responses that stop them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from rag.answer import Event, SourcesFound, TextAdded
from rag.serve.started import EventStream, Started
from tests.rag.test_public import looped

FOUND, TEXT, MORE = SourcesFound(()), TextAdded("a"), TextAdded("b")


class Script:
    """Events, pauses in seconds, and errors; knows whether it was closed."""

    def __init__(self, *steps: Event | float | Exception) -> None:
        self._steps = steps
        self.closed = False
        self.given = 0

    async def events(self) -> AsyncIterator[Event]:
        try:
            for step in self._steps:
                if isinstance(step, float):
                    await asyncio.sleep(step)
                elif isinstance(step, Exception):
                    raise step
                else:
                    self.given += 1
                    yield step
        finally:
            self.closed = True


def test_the_first_words_are_waited_for_and_no_more() -> None:
    script = Script(FOUND, TEXT, MORE)

    async def read() -> tuple[int, list[Event | None]]:
        started = Started(script.events())
        await started.begin()
        return script.given, [event async for event in started.events()]

    assert looped(read()) == (2, [FOUND, TEXT, MORE])
    assert script.closed


def test_patience_ends() -> None:
    script = Script(FOUND, 0.2, TEXT)

    async def read() -> tuple[int, list[Event | None]]:
        started = Started(script.events())
        await started.begin(patience=0.05)
        return script.given, [event async for event in started.events()]

    assert looped(read()) == (1, [FOUND, TEXT])


def test_signs_of_life_between_the_events() -> None:
    async def read() -> list[Event | None]:
        started = Started(Script(0.25, FOUND, TEXT).events())
        return [event async for event in started.events(pulse=0.1)]

    assert looped(read()) == [None, None, FOUND, TEXT]


@pytest.mark.parametrize("steps", [(ValueError("x"),), (FOUND, ValueError("x"))])
def test_an_early_error_is_raised_at_the_beginning(steps: Any) -> None:
    script = Script(*steps)
    with pytest.raises(ValueError, match="x"):
        looped(Started(script.events()).begin())
    assert script.closed


def test_a_late_error_is_raised_where_it_stands() -> None:
    async def read() -> list[Event | None]:
        started = Started(Script(FOUND, TEXT, ValueError("x")).events())
        await started.begin()
        seen = []
        with pytest.raises(ValueError, match="x"):
            async for event in started.events():
                seen.append(event)
        return seen

    assert looped(read()) == [FOUND, TEXT]


def test_closing_ends_a_wait() -> None:
    script = Script(FOUND, 60.0, TEXT)

    async def leave() -> None:
        started = Started(script.events())
        await started.begin(patience=0.01)
        await started.aclose()

    looped(leave())
    assert script.closed


def test_cancelling_the_beginning_closes_it() -> None:
    script = Script(60.0)

    async def leave() -> None:
        beginning = asyncio.create_task(Started(script.events()).begin())
        await asyncio.sleep(0.01)
        beginning.cancel()
        await asyncio.wait({beginning})

    looped(leave())
    assert script.closed


class Gone(Exception):
    pass


@pytest.mark.parametrize("how", ["before", "during"])
def test_a_response_that_ends_early_stops_the_answer(how: str) -> None:
    script = Script(FOUND, TEXT, 60.0, MORE)

    async def respond() -> None:
        started = Started(script.events())
        await started.begin()

        async def body() -> AsyncIterator[bytes]:
            async for _ in started.events():
                yield b"x"

        async def send(message: Any) -> None:
            if how == "before" or message["type"] == "http.response.body":
                raise Gone

        async def receive() -> Any:
            await asyncio.sleep(60)

        scope = {"type": "http", "method": "GET", "headers": []}
        with pytest.raises(Gone):
            await EventStream(started, body())(scope, receive, send)

    looped(respond())
    assert script.closed
