"""What is asked of the API and what comes back: values, events, errors."""

import asyncio
import contextlib
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from rag import Assistant, Retriever
from rag.errors import ModelBusy, ModelError, StoreDamaged
from rag.llm import AnswerStyle, Request
from rag.serve.app import create_api
from rag.serve.schemas import AnswerResponse, SearchResponse
from rag.serve.service import Service
from tests.conftest import HashEmbedder, ScriptedLLM

QUESTION = "双月桥有多长？"
SAID = "双月桥长68.4米。[1]"


@pytest.fixture(scope="module")
def retriever(sample_store: Path) -> Retriever:
    return Retriever(sample_store, embedder=HashEmbedder())


def api_of(retriever: Retriever, llm: Any = None, key: str | None = None) -> Any:
    assistant = Assistant(retriever, llm)
    service = Service(retriever, lambda: contextlib.nullcontext(assistant))
    return create_api(service, hosts=("testserver",), key=key)


@pytest.fixture(scope="module")
def client(retriever: Retriever) -> TestClient:
    return TestClient(api_of(retriever))


def events_of(text: str) -> list[tuple[str, Any]]:
    found = []
    for block in text.split("\n\n"):
        if block and not block.startswith(":"):
            name, data = block.split("\n")
            found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def test_search(client: TestClient, retriever: Retriever) -> None:
    asked = {"question": QUESTION, "k": 5, "since": "2033", "until": "2033-12-31"}
    answer = client.post("/search", json=asked)
    assert answer.status_code == 200
    own = retriever.search(QUESTION, k=5, since="2033", until="2033-12-31")
    assert answer.json() == {"question": QUESTION, "hits": [hit.to_json() for hit in own]}
    assert len(own) == 5
    SearchResponse.model_validate(answer.json())
    narrow = client.post("/search", json={"question": QUESTION, "articles": [own[0].article.id]})
    assert {hit["article"] for hit in narrow.json()["hits"]} == {own[0].article.id}
    nothing = client.post("/search", json={"question": QUESTION, "sources": ["no-such-*"]})
    assert nothing.json()["hits"] == []


def test_ask(client: TestClient, retriever: Retriever) -> None:
    answer = client.post("/ask", json={"question": QUESTION, "k": 4.0})
    own = Assistant(retriever).ask(QUESTION, k=4).to_json()
    got = answer.json()
    AnswerResponse.model_validate(got)
    assert not got["abstained"] and got["sentences"][0]["citations"][0]["number"] >= 1
    assert {**got, "timings": None} == {**own, "timings": None}


@pytest.mark.parametrize("by", ["field", "header"])
def test_the_events_of_an_answer(client: TestClient, retriever: Retriever, by: str) -> None:
    asked = {"question": QUESTION, "k": 4, **({"stream": True} if by == "field" else {})}
    accept = "text/event-stream" if by == "header" else "*/*"
    answer = client.post("/ask", json=asked, headers={"Accept": accept})
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["x-request-id"]
    events = events_of(answer.text)
    own = Assistant(retriever).ask(QUESTION, k=4).to_json()
    names = [name for name, _ in events]
    assert names[0] == "sources" and names[-1] == "answer"
    assert events[0][1] == {"hits": own["hits"]}
    sentences = [data for name, data in events if name == "sentence"]
    assert sentences == own["sentences"] and sentences
    text = "".join(data["text"] for name, data in events if name == "text")
    assert text.split() == own["answer"].split()
    assert {**events[-1][1], "timings": None} == {**own, "timings": None}


def test_a_question_that_leans_on_the_conversation(retriever: Retriever) -> None:
    history = [{"question": "双月桥在哪里？", "answer": "在石笋镇。[1]"}]
    asked = {"question": "它有多长？", "history": history, "stream": True}
    client = TestClient(api_of(retriever))
    events = events_of(client.post("/ask", json=asked).text)
    assert [name for name, _ in events[:2]] == ["asked", "sources"]
    assert "双月桥" in events[0][1]["question"]
    assert events[-1][1]["asked"] == events[0][1]["question"]
    typed = events_of(client.post("/ask", json={**asked, "verbatim": True}).text)
    assert typed[0][0] == "sources" and "asked" not in typed[-1][1]


@pytest.mark.parametrize(
    ("wrong", "code", "param"),
    [
        ({}, "question_missing", "question"),
        ({"question": "x" * 2001}, "question_too_long", "question"),
        ({"question": ""}, "question_empty", "question"),
        ({"question": " \n"}, "question_invalid", "question"),
        ({"question": 7}, "question_invalid", "question"),
        ({"question": "x", "k": 0}, "k_invalid", "k"),
        ({"question": "x", "k": 51}, "k_invalid", "k"),
        ({"question": "x", "k": "zebra"}, "k_invalid", "k"),
        ({"question": "x", "k": True}, "k_invalid", "k"),
        ({"question": "x", "k": 1.5}, "k_invalid", "k"),
        ({"question": "x", "since": "zebra"}, "since_invalid", "since"),
        ({"question": "x", "until": "2022-13"}, "until_invalid", "until"),
        ({"question": "x", "sources": ["zebra"] * 101}, "sources_too_long", "sources"),
        ({"question": "x", "sources": [" "]}, "sources_invalid", "sources"),
        ({"question": "x", "articles": "zebra"}, "articles_invalid", "articles"),
        ({"question": "x", "zebra": 1}, "field_unknown", "zebra"),
        ({"question": "x", "zebra at 1": 1}, "field_unknown", None),
    ],
)
def test_what_cannot_be_asked(
    client: TestClient, wrong: dict[str, Any], code: str, param: str | None
) -> None:
    for path in ("/search", "/ask"):
        answer = client.post(path, json=wrong)
        error = answer.json()["error"]
        assert answer.status_code == 422
        assert (error["type"], error["code"]) == ("invalid_request_error", code)
        assert error["param"] == param
        assert "zebra" not in error["message"] and len(error["message"]) < 100


@pytest.mark.parametrize(
    ("history", "code"),
    [
        ([{"question": "x", "answer": "y"}] * 51, "history_too_long"),
        ([{"question": "x" * 8001, "answer": "y"}], "history_too_long"),
        ([{"question": "x"}], "history_missing"),
        ([["x", "y"]], "history_invalid"),
    ],
)
def test_conversations_that_cannot_be_read(client: TestClient, history: Any, code: str) -> None:
    error = client.post("/ask", json={"question": "x", "history": history}).json()["error"]
    assert (error["code"], error["param"]) == (code, "history")


def test_a_date_is_told_how_to_be_written(client: TestClient) -> None:
    error = client.post("/ask", json={"question": "x", "since": "May"}).json()["error"]
    assert error["message"] == "since: write YYYY, YYYY-MM or YYYY-MM-DD"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/search/", 404, "not_found"),
        ("GET", "/ask", 405, "method_not_allowed"),
        ("DELETE", "/articles/x", 405, "method_not_allowed"),
        ("GET", "/docs", 404, "not_found"),
    ],
)
def test_addresses(client: TestClient, method: str, path: str, status: int, code: str) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.headers.get("allow") == {"/ask": "POST", "/articles/x": "GET"}.get(path)


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[1]", b"null", b'"zebra"', b"[" * 90000])
def test_what_is_no_object(client: TestClient, body: bytes) -> None:
    answer = client.post("/ask", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert "zebra" not in answer.text


class Failing(ScriptedLLM):
    """A language model that raises what it is told."""

    def __init__(self, error: Exception, after: str = "") -> None:
        super().__init__()
        self._error, self._after = error, after

    def stream(self, request: Request) -> Iterator[str]:
        if self._after:
            yield self._after
        raise self._error


@pytest.mark.parametrize(
    ("error", "status", "code", "retry"),
    [
        (ModelBusy("model.gguf is busy", 7), 429, "model_busy", 7),
        (ModelError("/home/model.gguf broke"), 503, "model_unavailable", None),
        (ValueError("a secret"), 500, "internal_error", None),
    ],
)
def test_a_model_that_cannot_answer(
    retriever: Retriever, error: Exception, status: int, code: str, retry: int | None
) -> None:
    client = TestClient(api_of(retriever, Failing(error)))
    for stream in (False, True):  # nothing has been sent when it fails
        answer = client.post("/ask", json={"question": QUESTION, "stream": stream})
        told = answer.json()["error"]
        assert (answer.status_code, told["code"], told.get("retry_after")) == (status, code, retry)
        assert answer.headers.get("retry-after") == (str(retry) if retry else None)
        assert "gguf" not in answer.text and "secret" not in answer.text
        if status != 429:
            assert answer.headers["x-request-id"] in told["message"]


def test_a_model_that_fails_in_the_midst(retriever: Retriever) -> None:
    client = TestClient(api_of(retriever, Failing(ModelError("x.gguf broke"), after="双月桥长")))
    answer = client.post("/ask", json={"question": QUESTION, "stream": True})
    events = events_of(answer.text)
    assert answer.status_code == 200
    assert [name for name, _ in events] == ["sources", "text", "error"]
    assert events[-1][1]["error"]["code"] == "model_unavailable"
    assert answer.headers["x-request-id"] in events[-1][1]["error"]["message"]
    assert "gguf" not in answer.text


def test_a_store_that_cannot_be_read(
    retriever: Retriever, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise StoreDamaged("/home/store is damaged")

    client = TestClient(api_of(retriever))
    monkeypatch.setattr(retriever.store, "current", broken)
    calls = [("POST", "/search", {"question": "x"}), ("GET", "/articles", None)]
    for method, path, body in calls:
        answer = client.request(method, path, json=body)
        told = answer.json()["error"]
        assert (answer.status_code, told["code"]) == (503, "store_unavailable")
        assert "/home" not in answer.text and "/home/store is damaged" in caplog.text


class Waiting:
    """A language model that says nothing until it is closed."""

    name = "waiting"
    context_size = 4096
    answer_style: AnswerStyle = "prose"

    def __init__(self) -> None:
        self.asked, self.closed = threading.Event(), threading.Event()

    def count_tokens(self, text: str) -> int:
        return len(text)

    def stream(self, request: Request) -> "Waiting":
        self.asked.set()
        return self

    def __iter__(self) -> "Waiting":
        return self

    def __next__(self) -> str:
        self.closed.wait(20)
        raise StopIteration

    def close(self) -> None:
        self.closed.set()


@pytest.mark.parametrize("path", ["/ask", "/ask by events"])
def test_a_caller_who_leaves_stops_the_model(retriever: Retriever, path: str) -> None:
    async def leave() -> None:
        async def receive() -> Any:
            if body:
                return {"type": "http.request", "body": body.pop(), "more_body": False}
            await asyncio.to_thread(llm.asked.wait, 10)
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        stream = path.endswith("events")
        body = [json.dumps({"question": QUESTION, "stream": stream}).encode()]
        sent: list[Any] = []
        head = [(b"host", b"testserver"), (b"content-type", b"application/json")]
        head.append((b"content-length", str(len(body[0])).encode()))
        scope = {"type": "http", "method": "POST", "path": "/ask", "headers": head}
        more = {"scheme": "http", "query_string": b"", "root_path": "", "client": ("::1", 1)}
        await api({**scope, **more, "http_version": "1.1"}, receive, send)
        assert await asyncio.to_thread(llm.closed.wait, 1)  # within a second

    llm = Waiting()
    api = api_of(retriever, llm)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, leave()).result(30)


def test_a_key(retriever: Retriever) -> None:
    key = "a key of sixteen characters"
    client = TestClient(api_of(retriever, key=key))
    assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200
    for path in ("/articles", "/openapi.json", "/metrics", "/v1/models", "/nothing"):
        assert client.get(path).json()["error"]["type"] == "authentication_error", path
    assert client.get("/articles", headers={"Authorization": f"Bearer {key}"}).status_code == 200


def test_other_names_and_other_sites(client: TestClient) -> None:
    assert client.get("/healthz", headers={"Host": "evil.example"}).status_code == 400
    asked = client.post("/ask", json={"question": "x"}, headers={"Origin": "http://evil.example"})
    assert asked.status_code == 403
    text = client.post("/ask", content='{"question": "x"}', headers={"Content-Type": "text/plain"})
    assert text.status_code == 415
    long = client.post("/ask", json={"question": "x" * 300_000})
    assert (long.status_code, long.json()["error"]["code"]) == (413, "request_too_long")


def test_the_description(retriever: Retriever) -> None:
    found = TestClient(api_of(retriever, key="sixteen characters")).get(
        "/openapi.json", headers={"Authorization": "Bearer sixteen characters"}
    )
    described = found.json()
    operations = [(path, one) for path, ways in described["paths"].items() for one in ways.values()]
    assert len({one["operationId"] for _, one in operations}) == len(operations)
    for path, one in operations:
        assert one["summary"], path
        failed = {code: told for code, told in one["responses"].items() if int(code) >= 400}
        assert {"400", "413", "429", "500"} <= set(failed), path
    ask = described["paths"]["/ask"]["post"]
    assert set(ask["responses"]["200"]["content"]) == {"application/json", "text/event-stream"}
    assert described["security"] == [{"key": []}]
    assert described["paths"]["/healthz"]["get"]["security"] == []
    assert described["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
