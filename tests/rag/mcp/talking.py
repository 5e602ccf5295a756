"""Talking to a server as its clients do, from tests."""

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import mcp_types as types
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

from rag import Assistant, Retriever
from rag.llm import Request
from rag.mcp.server import create_server
from tests.conftest import ScriptedLLM

BRIDGE = "a0e83bc8a333fd5c4"  # Harrow Ferry bridge shut …
FIRST = "p1614cfd66ad7b20b"  # its first paragraph
ASKED = "How many steel hangers of the Harrow Ferry suspension bridge have cracks?"
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "by hand", "version": "0"},
    },
}
ERAS = ("legacy", "auto")  # the handshake of 2025 in frames, and the requests of 2026


Talk = Callable[[Client], Coroutine[Any, Any, Any]]


def talked(server: Any, talk: Talk, *, mode: str = "legacy") -> Any:
    """What a talk with a server comes to, in a loop of a thread of its own."""
    return looped(_connected(server, talk, mode))


def talked_over_http(url: str, headers: dict[str, str], talk: Talk, *, mode: str) -> Any:
    """The same with a server at a URL, with these headers on all requests."""

    async def connected() -> Any:
        async with httpx2.AsyncClient(headers=headers, trust_env=False) as http:
            return await _connected(streamable_http_client(url, http_client=http), talk, mode)

    return looped(connected())


async def _connected(server: Any, talk: Talk, mode: str) -> Any:
    async with asyncio.timeout(30):
        async with Client(server, mode=mode, cache=None) as client:
            return await talk(client)


def looped(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine returns, in a loop of a thread of its own: the browser tests leave one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def called(server: Any, tool: str, mode: str = "legacy", **arguments: Any) -> types.CallToolResult:
    """What one tool returns."""
    return talked(server, lambda client: client.call_tool(tool, arguments), mode=mode)


def fields(result: types.CallToolResult) -> dict[str, Any]:
    """The values of a result, which its text has to have as well."""
    assert not result.is_error, result.content
    (content,) = result.content
    assert json.loads(content.text) == result.structured_content
    return result.structured_content


def fault(result: types.CallToolResult) -> str:
    """What a tool says went wrong."""
    assert result.is_error and result.structured_content is None
    (content,) = result.content
    return content.text


def serving(retriever: Retriever, llm: Any = None, **settings: Any) -> Any:
    """A server over a store, with an assistant that is ready."""
    return create_server(retriever, lambda: Assistant(retriever, llm, **settings))


class Endless(ScriptedLLM):
    """A model that writes for as long as somebody listens."""

    def __init__(self) -> None:
        super().__init__()
        self.began, self.ended = threading.Event(), threading.Event()

    def stream(self, request: Request) -> Iterator[str]:
        self.began.set()
        try:
            while True:
                yield "The bridge is shut. "
                threading.Event().wait(0.01)
        finally:
            self.ended.set()
