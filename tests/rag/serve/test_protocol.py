"""Connections that are refused, or left: what may come behind, and for how long."""

import contextlib
import json
import socket
import time
from collections.abc import Iterator

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, Router

from rag.serve import protocol
from rag.serve.guard import Bodies, Requests
from tests.rag.serve.live import Live, live
from tests.rag.serve.raw import connected, exchange, read, request


async def echo(request: Request) -> JSONResponse:
    return JSONResponse({"length": len(await request.body())})


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Live]:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.5)
    app = Router(routes=[Route("/a", echo, methods=["GET", "POST"])])
    with live(Requests(Bodies(app, longest=1000, seconds=5))) as server:
        yield server


def ended(connection: socket.socket, seconds: float = 5.0) -> float:
    """The seconds until the other side ends a connection."""
    begun = time.monotonic()
    connection.settimeout(seconds)
    with contextlib.suppress(ConnectionError):
        while connection.recv(65536):
            pass
    return time.monotonic() - begun


def test_what_is_no_http_is_told_as_anything_else(server: Live) -> None:
    reply = exchange(server.port, b"GARBAGE\r\n\r\n")
    assert reply.status == 400
    assert json.loads(reply.body)["error"]["code"] == "http_invalid"
    assert reply.header("x-request-id") and reply.header("x-content-type-options") == "nosniff"


def test_a_connection_that_says_nothing_or_half_a_head_is_ended(server: Live) -> None:
    for sent in (b"", b"GET /a HTTP/1.1\r\nHost: a\r\n"):
        with connected(server.port) as connection:
            connection.sendall(sent)
            assert 0.3 < ended(connection) < 3
    with connected(server.port) as connection:  # the second request of a connection, too
        connection.sendall(request("GET", "/a"))
        assert read(connection).status == 200
        connection.sendall(b"GET /a HT")
        assert ended(connection) < 3


def test_a_connection_goes_on_behind_a_short_request_that_was_refused(server: Live) -> None:
    head, body = request("POST", "/a", b"x" * 2000).split(b"\r\n\r\n")
    with connected(server.port) as connection:
        connection.sendall(head + b"\r\n\r\n")
        assert read(connection).status == 413
        connection.sendall(body)
        connection.sendall(request("GET", "/a"))
        assert read(connection).body == b'{"length":0}'


def test_a_long_request_that_was_refused_is_not_read(server: Live) -> None:
    head, _, _ = request("POST", "/a", b"x").partition(b"\r\n\r\n")
    head = head.replace(b"Content-Length: 1", b"Content-Length: 9000000")
    with connected(server.port) as connection:
        connection.sendall(head + b"\r\n\r\n")
        assert read(connection).status == 413
        with contextlib.suppress(ConnectionError):
            for _ in range(20):
                connection.sendall(b"x" * 10_000)
        assert ended(connection) < 3


def test_a_fault_behind_a_refusal_ends_the_connection_without_a_sound(
    server: Live, caplog: pytest.LogCaptureFixture
) -> None:
    sent = request(
        "POST", "/a", None, "Content-Type: application/json", "Transfer-Encoding: chunked"
    )
    with connected(server.port) as connection:
        connection.sendall(sent + b"400\r\n" + b"x" * 1024 + b"\r\n")
        assert read(connection).status == 413
        connection.sendall(b"no number\r\n")
        assert ended(connection) < 3
    assert "Traceback" not in caplog.text and "Fatal" not in caplog.text
