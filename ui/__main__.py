"""python -m ui: the chat in the browser."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.errors import YinzhengError
from rag.options import add_answering
from ui import address

if TYPE_CHECKING:
    from rag import Assistant

_EXAMPLES = """examples:
  python -m ui                                  chat at http://127.0.0.1:7860
  python -m ui --store ./store --port 8000      … over a store of your choice, on another port
  python -m ui --llm model.gguf                 let a language model write the answers
  python -m ui --llm model.gguf --answer-style quote    … or point at the sentences that answer
  RAG_PASSWORD=… python -m ui --host 0.0.0.0    for your network; any user name, this password

The store is --store, else RAG_STORE, else a folder of yours; --llm is a .gguf file,
user/repo:QUANT, quote or auto (RAG_LLM). --answer-style (RAG_ANSWER_STYLE) prose lets the model
write, quote lets it point at sentences, which are shown word for word; auto leaves this to the
model. --unsupported (RAG_UNSUPPORTED) flag marks sentences that their source does not support, drop
leaves them out, quote quotes the articles in their place. --judge (RAG_JUDGE) none, llm (the
language model itself) or a CrossEncoder for natural language inference judges what is worded
otherwise than its source. Nothing is sent to any other computer. Exit codes: 1 cannot start, 2
wrong usage, 130 interrupted (Ctrl-C).
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the chat until interrupted; returns the exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    try:
        _serve(options)
    except YinzhengError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ui",
        description="Ask the articles of a store in the browser; sources stand beside the answer.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--store", metavar="DIR", help="folder of the store")
    add_answering(parser)
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="H", help="address (default: 127.0.0.1)"
    )
    parser.add_argument(
        "--port", type=_port, default=7860, metavar="P", help="port (default: 7860)"
    )
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise ValueError(text)
    return port


def _serve(options: argparse.Namespace) -> None:
    password = os.environ.get("RAG_PASSWORD") or None
    address.check_exposure(options.host, password)
    listening = address.listen(options.host, options.port)
    from rag import open_assistant
    from rag.loading import loading_bar

    assistant = open_assistant(
        options.store,
        llm=options.llm,
        embedder=options.embedder,
        answer_style=options.answer_style,
        unsupported=options.unsupported,
        judge=options.judge,
        progress=loading_bar(),
    )
    from ui.app import build_app
    from ui.server import create_web, server

    hosts = address.allowed_hosts(options.host)
    web = create_web(build_app(assistant), hosts=hosts, password=password)
    _announce(assistant, address.url(options.host, listening.getsockname()[1]))
    server(web).run(sockets=[listening])


def _announce(assistant: "Assistant", url: str) -> None:
    store = assistant.retriever.store
    answers = "quotation" if assistant.llm_name == "quote" else assistant.llm_name
    print(f"store    {store.folder.resolve()}", file=sys.stderr)
    print(f"articles {store.current().manifest.articles:,}", file=sys.stderr)
    print(f"answers  {answers}", file=sys.stderr)
    print(f"chat     {url}  (Ctrl-C stops)", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
