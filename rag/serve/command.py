"""python -m rag serve: the API over a store, until it is stopped."""

import argparse
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import TYPE_CHECKING

from rag.errors import YinzhengError
from rag.options import add_answering
from rag.serve import address

if TYPE_CHECKING:
    from rag.assistant import Assistant

_MISSING = 'the server needs more libraries ({}): pip install "yinzheng[serve]"'

_EXAMPLES = """examples:
  python -m rag serve                           the API at http://127.0.0.1:8000
  python -m rag serve --store ./store --port 9000     … over a store of your choice
  python -m rag serve --llm model.gguf          let a language model write the answers
  RAG_API_KEY=… python -m rag serve --host 0.0.0.0    for your network, behind this key

  curl 127.0.0.1:8000/ask --json '{"question": "What will replacing the hangers cost?"}'

Routes: POST /search, POST /ask, GET /articles, /articles/ID, /paragraphs/ID, for clients of the
OpenAI protocol /v1, for monitors /healthz, /readyz and /metrics; /openapi.json describes them. The
store is --store, else RAG_STORE, else a folder of yours; --llm is a .gguf file, user/repo:QUANT,
quote, reader or auto (RAG_LLM). With RAG_API_KEY (at least 16 characters) every caller has to send
it as Authorization: Bearer …; other computers are only let in with one.

SIGTERM and Ctrl-C let answers under way end, for 30 s at most; a second one does not. Nothing is
sent to any other computer, and nothing that is asked is logged. Exit codes: 0 stopped by SIGTERM,
1 cannot start, 2 wrong usage, 130 interrupted (Ctrl-C).
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until stopped; returns the exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    try:
        with _stopped_while_loading():
            return _serve(options)
    except YinzhengError as error:
        _say(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        _say("stopped")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rag serve",
        description="Answer other programs over HTTP; each sentence cites what proves it.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--store", metavar="DIR", help="folder of the store")
    add_answering(parser)
    parser.add_argument(
        "--reranker", metavar="NAME", help="a cross-encoder to read the best paragraphs once more"
    )
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="H", help="address (default: 127.0.0.1)"
    )
    parser.add_argument(
        "--port", type=_port, default=8000, metavar="P", help="port (default: 8000)"
    )
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise ValueError(text)
    return port


def _serve(options: argparse.Namespace) -> int:
    key = os.environ.get(address.API_KEY) or None
    address.check_exposure(
        options.host, key, variable=address.API_KEY, shortest=address.SHORTEST_KEY
    )
    try:
        from rag.serve.app import create_api
        from rag.serve.server import Server
        from rag.serve.service import Service
    except ModuleNotFoundError as error:
        raise address.AddressError(_MISSING.format(f"{error.name} is missing")) from error
    listening = address.listen(options.host, options.port)
    from rag.opening import assistant_of, share_cores

    assistant = assistant_of(options)
    share_cores()
    service = Service(assistant.retriever, lambda: contextlib.nullcontext(assistant))
    api = create_api(service, hosts=address.allowed_hosts(options.host), key=key)
    _announce(assistant, address.url(options.host, listening.getsockname()[1]), key)
    server = Server(api, stopping=service.close)
    try:
        server.run(sockets=[listening])
    finally:
        _close(assistant)
    if server.stopped_by == signal.SIGINT:
        _say("stopped")
        return 130
    return 0


@contextlib.contextmanager
def _stopped_while_loading() -> Iterator[None]:
    """Have SIGTERM end a start as it ends the server: in good order, and without an error."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise SystemExit(0)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _announce(assistant: "Assistant", url: str, key: str | None) -> None:
    store = assistant.retriever.store
    answers = "quotation" if assistant.llm_name == "quote" else assistant.llm_name
    _say(f"store    {store.folder.resolve()}")
    _say(f"articles {store.current().manifest.articles:,}")
    _say(f"answers  {answers}")
    _say(f"key      {'RAG_API_KEY' if key else 'none: only this computer gets in'}")
    _say(f"API      {url}  (Ctrl-C stops)")


def _close(assistant: "Assistant") -> None:
    """End the language model's process."""
    close = getattr(assistant.llm, "close", None)
    if close is not None:
        close()


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
