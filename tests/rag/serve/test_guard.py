"""The layers in front of the API, each by itself."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route, Router
from starlette.testclient import TestClient

from rag.errors import ModelError
from rag.serve.guard import Bodies, Foreign, Hosts, Key, Requests, SlowReaders, route_path

KEY = "sixteen characters"


async def echo(request: Request) -> PlainTextResponse:
    body = await request.body()
    return PlainTextResponse(
        f"{len(body)} {route_path(request.scope)}", headers={"Access-Control-Allow-Origin": "*"}
    )


async def fail(request: Request) -> PlainTextResponse:
    kind = request.query_params["kind"]
    raise ModelError("model.gguf broke") if kind == "model" else ValueError("a secret question")


def behind(layer: Any, **options: Any) -> TestClient:
    everything = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]
    app = Router(routes=[Route("/fail", fail), Route("/{rest:path}", echo, methods=everything)])
    return TestClient(Requests(layer(app, **options) if layer else app))


def code(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def test_every_response_has_an_id_and_headers() -> None:
    client = behind(None)
    first, second = client.get("/a"), client.get("/a")
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert len(first.headers["x-request-id"]) == 16
    assert first.headers["x-content-type-options"] == "nosniff"
    assert first.headers["cache-control"] == "no-store"
    assert first.headers["content-security-policy"].startswith("default-src 'none'")
    assert "access-control-allow-origin" not in first.headers


@pytest.mark.parametrize(
    ("given", "kept"),
    [("abc-1.2_3", True), ("a" * 64, True), ("a" * 65, False), ("a b", False), ("", False)],
)
def test_the_callers_own_id_is_kept_where_it_is_harmless(given: str, kept: bool) -> None:
    answer = behind(None).get("/a", headers={"X-Request-ID": given})
    assert (answer.headers["x-request-id"] == given) is kept


def test_what_fails_is_told_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    client = behind(None)
    answer = client.get("/fail?kind=other", headers={"X-Request-ID": "r1"})
    assert code(answer) == (500, "internal_error")
    assert answer.json()["error"] == {
        "message": "the server failed; the server's log says more under r1",
        "type": "server_error",
        "param": None,
        "code": "internal_error",
    }
    assert answer.headers["x-request-id"] == "r1"
    assert "secret" not in answer.text + caplog.text
    assert "request r1: ValueError in test_guard.py, line" in caplog.text
    answer = client.get("/fail?kind=model", headers={"X-Request-ID": "r2"})
    assert code(answer) == (503, "model_unavailable")
    assert "gguf" not in answer.text
    assert "request r2: ModelError: model.gguf broke" in caplog.text


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("archive.example", 200),
        ("ARCHIVE.example:8000", 200),
        ("[::1]:8000", 200),
        ("archive.example.", 400),
        ("archive.example:80:80", 400),
        ("evil.example", 400),
        ("", 400),
    ],
)
def test_names(host: str, status: int) -> None:
    client = behind(Hosts, hosts=("archive.example", "[::1]"))
    assert client.get("/a", headers={"Host": host}).status_code == status
    assert behind(Hosts, hosts=("*",)).get("/a", headers={"Host": host}).status_code == 200


def test_two_names_are_none() -> None:
    client = behind(Hosts, hosts=("a.example",))
    assert code(client.get("/", headers=[("Host", "a.example")] * 2)) == (400, "host_invalid")


def test_other_sites_are_refused() -> None:
    client = behind(Foreign)
    assert client.post("/a", headers={"Origin": "http://testserver"}).status_code == 200
    refused = client.post("/a", headers={"Origin": "http://evil.example"})
    assert code(refused) == (403, "foreign_origin")
    assert client.get("/a", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (f"Bearer {KEY}", 200),
        (f"bearer {KEY}", 200),
        (f"Bearer  {KEY} ", 200),
        (f"Basic {KEY}", 401),
        (KEY, 401),
        (f"Bearer {KEY}x", 401),
        (f"Bearer {KEY[:-1]}", 401),
        ("Bearer", 401),
        ("", 401),
    ],
)
def test_keys(header: str, expected: int) -> None:
    answer = behind(Key, key=KEY).get("/a", headers={"Authorization": header})
    assert answer.status_code == expected
    if expected == 401:
        assert answer.json()["error"]["type"] == "authentication_error"
        assert answer.headers["www-authenticate"] == "Bearer"
        assert KEY not in answer.text


def test_a_key_of_any_script() -> None:
    client = behind(Key, key="十六个字的钥匙也是可以用的啊啊啊")
    sent = "Bearer 十六个字的钥匙也是可以用的啊啊啊".encode()
    assert client.get("/a", headers={b"Authorization": sent}).status_code == 200  # type: ignore[dict-item]


def test_no_key_and_open_paths() -> None:
    client = behind(Key, key=KEY, open_paths=("/healthz",))
    assert code(client.get("/a")) == (401, "missing_api_key")
    assert client.get("/healthz").status_code == 200
    assert client.get("/healthz/").status_code == 401
    twice = [("Authorization", f"Bearer {KEY}")] * 2
    assert code(client.get("/a", headers=twice)) == (401, "invalid_api_key")


def test_open_paths_below_a_place() -> None:
    app = Router(routes=[Route("/{rest:path}", echo)])
    client = TestClient(Key(app, key=KEY, open_paths=("/healthz",)), root_path="/api")
    assert client.get("/api/healthz").text == "0 /healthz"
    assert client.get("/api/a").status_code == 401


def test_who_guesses_is_locked_out_for_a_minute_and_others_are_not() -> None:
    now = [0.0]
    app = Router(routes=[Route("/a", echo)])
    layer = Key(app, key=KEY, clock=lambda: now[0])
    bad, good = {"Authorization": "Bearer no"}, {"Authorization": f"Bearer {KEY}"}
    guesser, other = TestClient(layer, client=("1.2.3.4", 1)), TestClient(layer)
    for _ in range(20):
        assert guesser.get("/a", headers=good).status_code == 200  # counts for nothing
    for _ in range(10):
        assert code(guesser.get("/a", headers=bad)) == (401, "invalid_api_key")
    locked = guesser.get("/a", headers=good)
    assert code(locked) == (429, "too_many_wrong_keys")
    assert locked.headers["retry-after"] == "60"
    assert other.get("/a", headers=good).status_code == 200
    now[0] = 60.0
    assert guesser.get("/a", headers=good).status_code == 200


def test_bodies_of_limited_length() -> None:
    client = behind(Bodies, longest=1000, seconds=5)
    json = {"Content-Type": "application/json"}

    def chunks(length: int) -> Any:
        return (b"x" * 100 for _ in range(length // 100))

    assert client.post("/a", content=b"x" * 1000, headers=json).text == "1000 /a"
    assert client.post("/a", content=chunks(1000), headers=json).text == "1000 /a"
    refused = client.post("/a", content=b"x" * 1001, headers=json)
    assert code(refused) == (413, "request_too_long")
    assert code(client.post("/a", content=chunks(1100), headers=json)) == (413, "request_too_long")
    assert client.get("/a").text == "0 /a"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 200),
        ("Application/JSON; charset=utf-8", 200),
        ("application/json+x", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("", 415),
    ],
)
def test_bodies_are_json(kind: str, status: int) -> None:
    client = behind(Bodies, longest=1000, seconds=5)
    answer = client.post("/a", content=b"{}", headers={"Content-Type": kind})
    assert answer.status_code == status
    assert client.post("/a", headers={"Content-Type": kind}).status_code == 200  # no body at all


def test_bodies_are_not_compressed() -> None:
    client = behind(Bodies, longest=1000, seconds=5)
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert code(client.post("/a", content=b"{}", headers=headers)) == (415, "content_type_invalid")


def call(app: Any, messages: list[Any], headers: list[tuple[bytes, bytes]], **slow: Any) -> Any:
    """What an application sends to a caller who says this, and then nothing more."""

    async def exchange() -> list[Any]:
        sent = []

        async def receive() -> Any:
            if messages:
                return messages.pop(0)
            await asyncio.sleep(60)
            raise AssertionError("it waited to the end")

        async def send(message: Any) -> None:
            sent.append(message)
            if len(sent) > slow.get("takes", 100):
                await asyncio.sleep(60)

        scope = {"type": "http", "method": "POST", "path": "/a", "headers": headers, "scheme": "h"}
        await app(scope | {"query_string": b"", "root_path": ""}, receive, send)
        return sent

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, exchange()).result(20)


def test_a_body_that_does_not_come() -> None:
    app = Router(routes=[Route("/a", echo, methods=["POST"])])
    begun = [{"type": "http.request", "body": b"{", "more_body": True}]
    head = [(b"content-type", b"application/json"), (b"content-length", b"9")]
    start, body = call(Bodies(app, longest=1000, seconds=0.05), begun, head)
    assert start["status"] == 408
    assert b'"request_timeout"' in body["body"]
    gone = [{"type": "http.disconnect"}]
    assert call(Bodies(app, longest=1000, seconds=5), gone, head) == []


@pytest.mark.parametrize("length", [b"-1", b"1 1", "١".encode(), b"9" * 400])
def test_a_length_that_is_none(length: bytes) -> None:
    app = Router(routes=[Route("/a", echo, methods=["POST"])])
    start, _ = call(Bodies(app, longest=1000, seconds=5), [], [(b"content-length", length)])
    assert start["status"] == (413 if length.startswith(b"9") else 400)


def test_a_length_beside_chunks() -> None:
    app = Router(routes=[Route("/a", echo, methods=["POST"])])
    head = [(b"content-length", b"2"), (b"transfer-encoding", b"chunked")]
    start, _ = call(Bodies(app, longest=1000, seconds=5), [], head)
    assert start["status"] == 400
    assert (b"connection", b"close") in start["headers"]


def test_a_reader_who_takes_nothing_is_left(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    ended = []

    async def pieces() -> Any:
        try:
            while True:
                yield b"x"
        finally:
            ended.append(True)

    async def stream(request: Request) -> StreamingResponse:
        return StreamingResponse(pieces())

    app = Router(routes=[Route("/a", stream, methods=["POST"])])
    asked = [{"type": "http.request", "body": b"", "more_body": False}]
    sent = call(Requests(SlowReaders(app, seconds=0.05)), asked, [], takes=3)
    assert len(sent) == 4 and ended == [True]
    assert "its reader takes nothing" in caplog.text


def test_another_http_and_a_long_head() -> None:
    app = Requests(Router(routes=[Route("/a", echo, methods=["POST"])]))
    start, body = call(app, [], [(b"x", b"y" * 16384)])
    assert (start["status"], b"headers_too_long" in body["body"]) == (431, True)
    scope = {"type": "http", "method": "GET", "path": "/a", "headers": [], "http_version": "3.7"}
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, app(scope, None, send)).result(5)  # type: ignore[arg-type]
    assert sent[0]["status"] == 505
