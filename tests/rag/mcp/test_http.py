"""The server over HTTP: who gets in, by raw requests, and the SDK's own client behind the key."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag import Retriever, open_store
from rag.mcp.http import create_http, http_server
from rag.serve import address
from tests.conftest import HashEmbedder
from tests.rag.mcp.talking import (
    ASKED,
    BRIDGE,
    ERAS,
    FIRST,
    INITIALIZE,
    Endless,
    Talk,
    fields,
    serving,
    talked_over_http,
)

KEY = "a key of 20 letters."
LLM = Endless()


@pytest.fixture(scope="module")
def port(sample_store: Path) -> Iterator[int]:
    retriever = Retriever(open_store(sample_store), embedder=HashEmbedder())
    app = create_http(serving(retriever, LLM, answer_style="prose"), host="127.0.0.1", key=KEY)
    server, listening = http_server(app), address.listen("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(10)
    assert not thread.is_alive()


def _posted(port: int, body: Any = INITIALIZE, path: str = "/mcp", **headers: str) -> Any:
    """Status, headers and text of a response to a message sent as clients do, but for `headers`."""
    usual = {
        "Authorization": f"Bearer {KEY}",
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
    }
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        body if isinstance(body, bytes) else json.dumps(body).encode(),
        {name: value for name, value in {**usual, **named}.items() if value},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10) as response:
            return response.status, response.headers, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read().decode()


def test_the_key_lets_in(port: int) -> None:
    status, headers, text = _posted(port)
    assert status == 200 and headers["Mcp-Session-Id"]
    assert '"name":"yinzheng"' in text
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Authorization": ""}, 401, "missing_api_key"),
        ({"Authorization": f"Bearer {KEY}x"}, 401, "invalid_api_key"),
        ({"Authorization": f"Basic {KEY}"}, 401, "invalid_api_key"),
        ({"Host": "evil.example"}, 400, "host_invalid"),
        ({"Origin": "https://evil.example"}, 403, "foreign_origin"),
        ({"Origin": "null"}, 403, "foreign_origin"),
        ({"Sec_Fetch_Site": "cross-site"}, 403, "foreign_origin"),
        ({"Content_Type": "text/plain"}, 415, "content_type_invalid"),
    ],
)
def test_everybody_else_stays_out(
    port: int, headers: dict[str, str], status: int, code: str
) -> None:
    found, told, text = _posted(port, **headers)
    assert (found, json.loads(text)["error"]["code"]) == (status, code)
    assert told["WWW-Authenticate"] == ("Bearer" if status == 401 else None)
    assert "yinzheng" not in text


def test_no_login_is_promised_that_is_not_there(port: int) -> None:
    for path in (
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-authorization-server/mcp",
        "/register",
        "/",
    ):
        status, told, text = _posted(port, path=path, Authorization="")
        assert (status, told["WWW-Authenticate"]) == (404, None)
        assert json.loads(text)["error"]["message"].endswith("the server is at /mcp")


def test_long_messages_are_refused(port: int) -> None:
    status, _, text = _posted(port, {**INITIALIZE, "padding": "x" * 256 * 1024})
    assert (status, json.loads(text)["error"]["code"]) == (413, "request_too_long")


def test_messages_that_are_none_are_errors_of_the_protocol(port: int) -> None:
    for body in (b"{", b"[]", b'{"jsonrpc": "2.0"}', b"[" * 10_000):
        status, _, text = _posted(port, body)
        assert status == 400 and json.loads(text)["error"]["code"] in (-32700, -32600, -32602)
    status, _, text = _posted(port, {**INITIALIZE, "method": "tools/list"}, Mcp_Session_Id="x")
    assert status == 404 and "Session not found" in text


@pytest.mark.parametrize("mode", ERAS)
def test_a_client_with_the_key_searches(port: int, mode: str) -> None:
    found = _talked(port, mode, lambda client: client.call_tool("search", {"query": ASKED}))
    assert fields(found)["results"][0]["id"] == FIRST


@pytest.mark.parametrize("mode", ERAS)
def test_a_client_that_leaves_stops_the_model(port: int, mode: str) -> None:
    import anyio

    LLM.began.clear()
    LLM.ended.clear()

    async def talk(client: Any) -> None:
        async with anyio.create_task_group() as tasks:
            arguments = {"question": ASKED, "articles": [BRIDGE]}
            tasks.start_soon(client.call_tool, "ask", arguments)
            assert await anyio.to_thread.run_sync(LLM.began.wait, 10)
            tasks.cancel_scope.cancel()
        with anyio.CancelScope(shield=True):
            assert await anyio.to_thread.run_sync(LLM.ended.wait, 5.0)

    _talked(port, mode, talk)


def _talked(port: int, mode: str, talk: Talk) -> Any:
    headers = {"Authorization": f"Bearer {KEY}"}
    return talked_over_http(f"http://127.0.0.1:{port}/mcp", headers, talk, mode=mode)
