"""Many at once, some of them slow or guessing: places, keys, and what the others notice."""

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rag import Assistant, Retriever
from rag.answer import (
    Answer,
    AnswerFinished,
    Event,
    Sentence,
    SourcesFound,
    TextAdded,
    Timings,
)
from rag.serve import protocol
from rag.serve.address import listen
from rag.serve.app import create_api
from rag.serve.guard import TRIES
from rag.serve.service import Limits, Service
from tests.conftest import HashEmbedder
from tests.rag.serve.live import Live, live
from tests.rag.serve.raw import connected, exchange, read, request

KEY = "a key of sixteen characters"
QUESTION = "双月桥有多长？"
GOOD = request("POST", "/search", json.dumps({"question": QUESTION, "k": 1}).encode())
ASK = request("POST", "/ask", json.dumps({"question": QUESTION}).encode())


class Waiting:
    """An assistant that answers nothing until it is let; it costs no search."""

    llm = None
    llm_name = "waiting"

    def __init__(self) -> None:
        self.let = threading.Event()
        self.asked = threading.Semaphore(0)
        self.left = threading.Semaphore(0)

    async def astream(self, question: str, **_limits: object) -> AsyncIterator[Event]:
        self.asked.release()
        try:
            yield SourcesFound(())
            while not self.let.is_set():
                await asyncio.sleep(0.01)
            yield TextAdded("yes")
            sentence = Sentence("yes", (), "unknown")
            times = Timings(0.0, 0.0, 0.0)
            yield AnswerFinished(Answer(question, "en", "waiting", (), (sentence,), times))
        finally:
            self.left.release()


def served(
    retriever: Retriever,
    *,
    assistant: Waiting | None = None,
    key: str | None = None,
    limits: Limits | None = None,
) -> contextlib.AbstractContextManager[Live]:
    answers = assistant or Assistant(retriever)
    service = Service(retriever, lambda: contextlib.nullcontext(answers), limits=limits or Limits())
    return live(create_api(service, hosts=("127.0.0.1",), key=key))


@pytest.fixture(scope="module")
def retriever(sample_store: Path) -> Retriever:
    retriever = Retriever(sample_store, embedder=HashEmbedder())
    retriever.search(QUESTION)  # the first search loads what all need
    return retriever


def test_the_33rd_is_sent_away_while_32_are_answered(retriever: Retriever) -> None:
    assistant = Waiting()
    with served(retriever, assistant=assistant) as server, ThreadPoolExecutor(32) as pool:
        answers = [pool.submit(exchange, server.port, ASK) for _ in range(32)]
        for _ in answers:
            assert assistant.asked.acquire(timeout=20)
        refused = exchange(server.port, ASK)
        assert refused.status == 429
        assert int(refused.header("retry-after") or 0) >= 1
        assert json.loads(refused.body)["error"]["type"] == "rate_limit_error"
        assert exchange(server.port, GOOD).status == 200  # searches are others' business
        assistant.let.set()
        for answer in answers:
            reply = answer.result()
            assert reply.status == 200
            assert json.loads(reply.body)["answer"] == "yes"
        assert exchange(server.port, ASK).status == 200  # there is a place again


def test_who_leaves_gives_the_place_back(retriever: Retriever) -> None:
    assistant = Waiting()
    with served(retriever, assistant=assistant, limits=Limits(asks=2)) as server:
        left = [connected(server.port) for _ in range(2)]
        for connection in left:
            connection.sendall(ASK)
            assert assistant.asked.acquire(timeout=10)
        assert exchange(server.port, ASK).status == 429
        for connection in left:
            connection.close()
        for _ in left:
            assert assistant.left.acquire(timeout=10)  # nobody let it: it was stopped
        assistant.let.set()
        assert _soon(lambda: exchange(server.port, ASK).status == 200)


def test_who_leaves_a_stream_gives_the_place_back(retriever: Retriever) -> None:
    assistant = Waiting()
    body = json.dumps({"question": QUESTION, "stream": True}).encode()
    with served(retriever, assistant=assistant, limits=Limits(asks=1)) as server:
        with connected(server.port) as connection:
            connection.sendall(request("POST", "/ask", body))
            assert assistant.asked.acquire(timeout=10)
            assert exchange(server.port, ASK).status == 429
        assert assistant.left.acquire(timeout=10)
        assistant.let.set()
        assert _soon(lambda: exchange(server.port, ASK).status == 200)


def test_slow_bodies_end_and_keep_nobody_from_anything(
    retriever: Retriever, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 1.0)
    with served(retriever, limits=Limits(body_seconds=2.0)) as server:
        slow = [connected(server.port) for _ in range(100)]
        begun = time.monotonic()
        for connection in slow:
            connection.sendall(GOOD[:-5])
        assert _serves(server)
        replies = [read(connection) for connection in slow]
        assert {reply.status for reply in replies} == {408}
        assert time.monotonic() - begun >= 2  # and all of them were there meanwhile
        for connection in slow:
            assert connection.recv(1) == b""
            connection.close()


def test_slow_readers_are_left(retriever: Retriever, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "READER_SECONDS", 1.0)
    large = request("GET", "/openapi.json")
    with served(retriever) as server:
        slow = [connected(server.port) for _ in range(20)]
        for connection in slow:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(large * 100)  # megabytes of answers that nobody reads
        assert _serves(server)
        for connection in slow:
            assert _soon(lambda connection=connection: _ended(connection))
            connection.close()


def test_slow_heads_end_and_keep_nobody_from_anything(
    retriever: Retriever, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 1.5)
    with served(retriever) as server:
        slow = [connected(server.port) for _ in range(100)]
        begun = time.monotonic()
        for number, connection in enumerate(slow):
            connection.sendall(GOOD[: number % 20])  # some say nothing at all
        assert _serves(server)
        while time.monotonic() - begun < 1.2:  # a byte now and then buys no time
            for connection in slow:
                connection.sendall(b"x")
            time.sleep(0.2)
        for connection in slow:
            assert read(connection).status in (None, 400)
            connection.close()


@pytest.mark.parametrize("path", ["/search", "/v1/models", "/articles", "/nothing"])
def test_without_the_key_there_is_nothing(retriever: Retriever, path: str) -> None:
    method = "POST" if path == "/search" else "GET"
    body = b'{"question": "x"}' if path == "/search" else None
    with served(retriever, key=KEY) as server:
        bare = exchange(server.port, request(method, path, body))
        wrong = exchange(server.port, request(method, path, body, "Authorization: Bearer no"))
        right = exchange(server.port, request(method, path, body, f"Authorization: Bearer {KEY}"))
    assert (bare.status, wrong.status) == (401, 401)
    assert right.status == (404 if path == "/nothing" else 200)
    assert bare.header("www-authenticate") == "Bearer"


@pytest.mark.parametrize(
    "value",
    [
        "Bearer",
        "Bearer ",
        f"Bearer  {KEY}x",
        f"Basic {KEY}",
        f"Bearer {KEY.upper()}",
        f"Bearer {KEY[:-1]}",
        f"Bearer {KEY}, Bearer {KEY}",
        f"{KEY}",
        "Bearer \xff\xfe",
        "Bearer " + "x" * 10_000,
    ],
)
def test_what_is_not_the_key_opens_nothing(retriever: Retriever, value: str) -> None:
    with served(retriever, key=KEY) as server:
        sent = request("GET", "/v1/models", None, f"Authorization: {value}")
        assert exchange(server.port, sent).status == 401
        twice = [f"Authorization: Bearer {KEY}"] * 2
        assert exchange(server.port, request("GET", "/v1/models", None, *twice)).status == 401


def test_guessing_is_stopped_and_told_apart_from_forgetting(retriever: Retriever) -> None:
    right = request("GET", "/v1/models", None, f"Authorization: Bearer {KEY}")
    with served(retriever, key=KEY) as server:
        for _ in range(3 * TRIES):
            assert exchange(server.port, request("GET", "/v1/models")).status == 401
            assert exchange(server.port, right).status == 200
        for number in range(TRIES):
            assert exchange(server.port, _guess(number)).status == 401
        locked = exchange(server.port, _guess(TRIES))
        assert locked.status == 429
        assert 1 <= int(locked.header("retry-after") or 0) <= 60
        assert exchange(server.port, right).status == 429  # or guessing would tell when it is right
        assert exchange(server.port, request("GET", "/healthz")).status == 200


def _guess(number: int) -> bytes:
    return request("GET", "/v1/models", None, f"Authorization: Bearer guess {number}")


def _serves(server: Live) -> bool:
    """Whether ten searches are answered at all (see `tests.rag.serve.raw.PATIENCE`)."""
    return all(exchange(server.port, GOOD).status == 200 for _ in range(10))


def _soon(true: "object", seconds: float = 5.0) -> bool:
    """Whether something becomes true in so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False


def _ended(connection: "object") -> bool:
    try:
        return connection.send(b"x") == 0  # type: ignore[attr-defined]
    except BlockingIOError:
        return False
    except OSError:
        return True


def test_answers_are_not_held_back_for_the_next() -> None:
    with listen("127.0.0.1", 0) as listening, connected(listening.getsockname()[1]):
        accepted, _ = listening.accept()
        with accepted:  # only of such a socket asyncio switches Nagle's delay off
            assert accepted.proto == socket.IPPROTO_TCP
