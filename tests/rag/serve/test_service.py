"""Who gets a place, who waits, and what is given back when somebody leaves."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from rag import Assistant, Retriever
from rag.answer import AnswerFinished, SourcesFound
from rag.errors import QuestionError
from rag.filters import Filters
from rag.llm import AnswerStyle, Request
from rag.serve.errors import ApiError
from rag.serve.service import Limits, Service
from tests.conftest import HashEmbedder

QUESTION = "双月桥有多长？"
ALL = Filters()


def looped(work: Coroutine[Any, Any, Any]) -> Any:
    """Run it in a thread of its own: the browser tests leave a loop in the main one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result(60)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.002)


class Waiting:
    """A language model that says nothing until it is let, or closed."""

    name = "waiting"
    context_size = 4096
    answer_style: AnswerStyle = "prose"

    def __init__(self) -> None:
        self.let = threading.Event()
        self.asked = self.closed = 0

    def count_tokens(self, text: str) -> int:
        return len(text)

    def stream(self, request: Request) -> "Pieces":
        self.asked += 1
        return Pieces(self)


class Pieces(Iterator[str]):
    def __init__(self, llm: Waiting) -> None:
        self._llm = llm
        self._left = threading.Event()
        self._said = False

    def __next__(self) -> str:
        while not self._llm.let.wait(0.005):
            if self._left.is_set():
                raise StopIteration
        if self._said:
            raise StopIteration
        self._said = True
        return "双月桥长68.4米。[1]"

    def close(self) -> None:
        if not self._left.is_set():
            self._left.set()
            self._llm.closed += 1


class Held:
    """How many hold the assistant."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self.count = 0

    @contextlib.contextmanager
    def __call__(self) -> Iterator[Assistant]:
        self.count += 1
        try:
            yield self._assistant
        finally:
            self.count -= 1


@pytest.fixture(scope="module")
def retriever(sample_store: Path) -> Retriever:
    return Retriever(sample_store, embedder=HashEmbedder())


def service_of(retriever: Retriever, llm: Waiting | None = None, **limits: int) -> Service:
    held = Held(Assistant(retriever, llm))
    return Service(retriever, held, limits=Limits(**limits))  # type: ignore[arg-type]


def test_it_searches_and_answers_as_python_does(retriever: Retriever) -> None:
    service = service_of(retriever)
    filters = Filters(since="2033", sources=("bridge-*",))
    found = looped(service.search(QUESTION, k=3, filters=filters))
    assert found == retriever.search(QUESTION, k=3, since="2033", sources=["bridge-*"])
    assert found
    answer = looped(service.ask(QUESTION, k=4, filters=ALL))
    own = Assistant(retriever).ask(QUESTION, k=4)
    assert (answer.sentences, answer.hits) == (own.sentences, own.hits)
    assert (service.asking, service.searching, service.answering.count) == (0, 0, 0)


def test_the_events_are_those_of_the_assistant(retriever: Retriever) -> None:
    async def events() -> list[object]:
        return [event async for event in service.events(QUESTION, k=4, filters=ALL)]

    service = service_of(retriever)
    found, own = looped(events()), list(Assistant(retriever).stream(QUESTION, k=4))
    assert found[:-1] == own[:-1]
    assert isinstance(found[-1], AnswerFinished)


def test_who_asks_when_all_places_are_taken_is_sent_away(retriever: Retriever) -> None:
    async def crowd() -> tuple[list[Any], ApiError, int, int]:
        asks = [asyncio.create_task(service.ask(QUESTION, k=4, filters=ALL)) for _ in range(2)]
        await until(lambda: llm.asked == 2)
        taken = service.asking
        with pytest.raises(ApiError) as refused:
            await service.ask(QUESTION, k=4, filters=ALL)
        during = service.answering.count
        assert await service.search(QUESTION, k=1, filters=ALL)  # another matter
        llm.let.set()
        return await asyncio.gather(*asks), refused.value, taken, during

    llm = Waiting()
    service = service_of(retriever, llm, asks=2)
    answers, refused, taken, during = looped(crowd())
    assert (taken, during) == (2, 2)
    assert (refused.status, refused.code, refused.retry_after) == (429, "too_many_asking", 5)
    assert [answer.text for answer in answers] == ["双月桥长68.4米。[1]"] * 2
    assert (service.asking, service.answering.count) == (0, 0)


@pytest.mark.parametrize("how", ["cancelled", "closed"])
def test_who_leaves_gives_the_place_back_and_stops_the_model(
    retriever: Retriever, how: str
) -> None:
    async def leave() -> None:
        if how == "cancelled":
            task = asyncio.create_task(service.ask(QUESTION, k=4, filters=ALL))
            await until(lambda: llm.asked == 1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        else:
            events = service.events(QUESTION, k=4, filters=ALL)
            assert isinstance(await anext(events), SourcesFound)
            await until(lambda: llm.asked == 1)
            await events.aclose()  # type: ignore[attr-defined]
        assert (service.asking, service.answering.count) == (0, 0)
        await until(lambda: llm.closed == 1)

    llm = Waiting()
    service = service_of(retriever, llm, asks=1)
    looped(leave())


def test_what_cannot_be_asked_takes_no_place(retriever: Retriever) -> None:
    service = service_of(retriever, asks=1)
    for _ in range(3):
        with pytest.raises(QuestionError, match="empty"):
            looped(service.ask(" \0", k=4, filters=ALL))
        with pytest.raises(QuestionError, match="k is 0"):
            looped(service.ask(QUESTION, k=0, filters=ALL))
        with pytest.raises(QuestionError, match="2,001 characters"):
            looped(service.search("x" * 2001, k=4, filters=ALL))
    assert (service.asking, service.searching, service.answering.count) == (0, 0, 0)


def test_searches_wait_for_each_other_and_are_not_begun_for_who_has_left(
    retriever: Retriever, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    let = threading.Event()

    def search(filters: Filters, question: str, *, k: int) -> list[Any]:
        begun.append(question)
        assert let.wait(20)
        return []

    async def crowd() -> None:
        tasks = [
            asyncio.create_task(service.search(name, k=1, filters=ALL)) for name in ("a", "b", "c")
        ]
        await until(lambda: begun == ["a"])
        assert service.searching == 3
        with pytest.raises(ApiError) as refused:
            await service.search("d", k=1, filters=ALL)
        error = refused.value
        assert (error.status, error.code, error.retry_after) == (429, "too_many_searching", 1)
        tasks[1].cancel()
        with pytest.raises(asyncio.CancelledError):
            await tasks[1]
        assert service.searching == 2
        again = asyncio.create_task(service.search("e", k=1, filters=ALL))
        await until(lambda: service.searching == 3)
        let.set()
        await asyncio.gather(tasks[0], tasks[2], again)
        assert service.searching == 0

    service = service_of(retriever, searches=3)
    monkeypatch.setattr(retriever, "search_within", search)
    looped(crowd())
    assert begun == ["a", "c", "e"]


def test_a_server_that_is_being_stopped_begins_nothing(retriever: Retriever) -> None:
    async def stop() -> str:
        under_way = asyncio.create_task(service.ask(QUESTION, k=4, filters=ALL))
        await until(lambda: llm.asked == 1)
        service.close()
        service.close()
        for refused in (service.search, service.ask):
            with pytest.raises(ApiError) as error:
                await refused(QUESTION, k=1, filters=ALL)
            assert (error.value.status, error.value.code) == (503, "shutting_down")
        llm.let.set()
        answer = await under_way
        return answer.text

    llm = Waiting()
    service = service_of(retriever, llm)
    assert looped(stop()) == "双月桥长68.4米。[1]"
