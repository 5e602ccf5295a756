"""The way through MCP: the official client, and our server as a process that it speaks to."""

import asyncio
import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from eval.bench.tools.ways import K, Way

_ROOT = Path(__file__).parents[3]
_SERVE = "import sys; from rag.mcp.command import main; sys.exit(main(sys.argv[1:]))"
_START = 120.0  # seconds that the server has until it answers


@contextmanager
def over_mcp(store: Path, embedder: str | None) -> Iterator[Way]:
    """The tool `search` of a server that is started now and ends afterwards.

    The client lives in an event loop of its own thread: a call goes there and back, which is a
    small part of what is measured.
    """
    words = ["-c", _SERVE, "--store", str(store.resolve()), "--llm", "quote"]
    words += ["--embedder", embedder] if embedder else []
    server = StdioServerParameters(command=sys.executable, args=words, cwd=str(_ROOT))
    opened: Future[tuple[Client, asyncio.AbstractEventLoop, asyncio.Event]] = Future()
    thread = threading.Thread(target=lambda: asyncio.run(_hold(server, opened)), daemon=True)
    thread.start()
    client, loop, left = opened.result(_START)

    def call(question: str) -> Any:
        asked = client.call_tool("search", {"query": question, "k": K})
        return asyncio.run_coroutine_threadsafe(asked, loop).result()

    try:
        yield Way("MCP tool search, stdio", call, _ids)
    finally:
        loop.call_soon_threadsafe(left.set)
        thread.join()


async def _hold(
    server: StdioServerParameters,
    opened: "Future[tuple[Client, asyncio.AbstractEventLoop, asyncio.Event]]",
) -> None:
    left = asyncio.Event()
    try:
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere:  # its talk is not ours
            async with Client(stdio_client(server, errlog=nowhere)) as client:
                opened.set_result((client, asyncio.get_running_loop(), left))
                await left.wait()
    except BaseException as error:
        if not opened.done():
            opened.set_exception(error)
        raise


def _ids(found: Any) -> list[str]:
    return [hit["id"] for hit in found.structured_content["results"]]
