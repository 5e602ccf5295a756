"""python -m rag mcp: the store for assistants that speak the Model Context Protocol."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NoReturn

from rag.errors import YinzhengError
from rag.options import add_answering
from rag.serve import address

if TYPE_CHECKING:
    import socket

    from mcp.server.lowlevel import Server

    from rag.assistant import Assistant
    from rag.retriever import Retriever

_HOST, _PORT = "127.0.0.1", 8765
_INTERRUPTED = 130

log = logging.getLogger(__name__)

_EXAMPLES = """examples:
  python -m rag mcp --store my-store                 for a client that starts it by itself
  python -m rag mcp --store my-store --llm quote     ask answers with the articles' own words
  RAG_API_KEY=… python -m rag mcp --http             at http://127.0.0.1:8765/mcp
  RAG_API_KEY=… python -m rag mcp --http --host 0.0.0.0    for your network

Clients speak to it over its input and output, and end it by closing them; messages for people are
on stderr. With --http it is a server at /mcp, and clients send the key in RAG_API_KEY (16
characters or more) as "Authorization: Bearer …". The store is --store, else RAG_STORE, else a
folder of yours; the language model (--llm, RAG_LLM) is loaded when something is asked for the first
time. Exit codes: 0 the client has gone, 1 cannot start, 2 wrong usage, 130 interrupted.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until the client leaves, or until interrupted; returns the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if not options.http and (options.host, options.port) != (None, None):
        parser.error("--host and --port need --http")
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    try:
        listening = _listening(options) if options.http else None
        with _output_elsewhere():
            server = _server(options)
        if listening is not None:
            _serve_http(server, options.host or _HOST, listening)
        else:
            _serve_stdio(server)
    except YinzhengError as error:
        _tell(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        _tell("stopped")
        return _INTERRUPTED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rag mcp",
        description="Let an assistant that speaks the Model Context Protocol search a store, read "
        "it and ask it.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--store", metavar="DIR", help="folder of the store")
    add_answering(parser)
    parser.add_argument("--http", action="store_true", help="serve HTTP, behind RAG_API_KEY")
    parser.add_argument("--host", metavar="H", help=f"address with --http (default: {_HOST})")
    parser.add_argument(
        "--port", type=_port, metavar="P", help=f"port with --http (default: {_PORT})"
    )
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise ValueError(text)
    return port


def _server(options: argparse.Namespace) -> "Server[Any]":
    try:
        from rag.mcp.server import create_server
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in ("mcp", "mcp_types"):
            raise
        raise YinzhengError(
            'the library of the protocol is missing; install it by pip install "yinzheng[mcp]"'
        ) from error
    from index.embedder import load_embedder
    from index.store import Store
    from rag.llm import resolve
    from rag.opening import share_cores
    from rag.reranker import load_reranker
    from rag.retriever import Retriever

    name = options.llm or os.environ.get("RAG_LLM") or "auto"
    resolve(name)  # wrong names are told before anything slow happens
    store = Store(options.store)
    retriever = Retriever(
        store, embedder=load_embedder(options.embedder), reranker=load_reranker(None)
    )
    share_cores()
    return create_server(retriever, _opening(options, retriever, name))


def _opening(
    options: argparse.Namespace, retriever: "Retriever", name: str
) -> "Callable[[], Assistant]":
    """What opens the assistant; choices that do not exist are told now, not when somebody asks."""
    from rag.assistant import Assistant
    from rag.judge import load_judge
    from rag.llm import load
    from rag.loading import loading_bar
    from rag.policy import unsupported_choice
    from rag.style import style_choice

    style = style_choice(options.answer_style)
    policy = unsupported_choice(options.unsupported)

    def opening() -> Assistant:
        model = load(name, progress=loading_bar())
        judge = load_judge(options.judge, model)
        return Assistant(retriever, model, answer_style=style, unsupported=policy, judge=judge)

    return opening


def _serve_stdio(server: "Server[Any]") -> None:
    """Speak over this process's input and output until the client closes one of them."""
    from mcp.server.stdio import stdio_server

    if sys.stdin.isatty():
        _tell("waiting for a client to speak the protocol here; Ctrl-D ends this")

    async def serve() -> None:
        with suppress(NotImplementedError):  # of Windows, where Ctrl-C comes another way
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, _leave)
        async with stdio_server() as (reading, writing):
            await server.run(reading, writing, server.create_initialization_options())

    try:
        asyncio.run(serve())
    except* BrokenPipeError:
        log.warning("the client does not read any more")


def _leave() -> NoReturn:
    """End at once: a thread that waits for the client's next line would keep the process alive."""
    _tell("stopped")
    os._exit(_INTERRUPTED)


def _listening(options: argparse.Namespace) -> "socket.socket":
    """A listening socket, if there is a key that keeps strangers out.

    Raises:
        AddressError: there is none, or it is too short, or the port is in use.
    """
    key, host = os.environ.get(address.API_KEY), options.host or _HOST
    if not key:
        raise address.AddressError(
            f"--http needs a key: set {address.API_KEY} to {address.SHORTEST_KEY} characters or "
            "more that clients send as a bearer token"
        )
    address.check_exposure(host, key, variable=address.API_KEY, shortest=address.SHORTEST_KEY)
    return address.listen(host, _PORT if options.port is None else options.port)


def _serve_http(server: "Server[Any]", host: str, listening: "socket.socket") -> None:
    from rag.mcp.http import PATH, create_http, http_server

    app = create_http(server, host=host, key=os.environ[address.API_KEY])
    url = address.url(host, listening.getsockname()[1])
    _tell(f"mcp      {url}{PATH}  (Ctrl-C stops)")
    http_server(app).run(sockets=[listening])


@contextmanager
def _output_elsewhere() -> Iterator[None]:
    """Whatever is printed while the store opens goes to stderr: stdout is the protocol's."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def _tell(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
