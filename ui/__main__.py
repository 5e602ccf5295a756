"""python -m ui: the chat in the browser."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import YinzhengError
from rag.options import add_answering
from rag.serve import address

if TYPE_CHECKING:
    from rag import Assistant
    from ui.chats.store import Chats

_SHORTEST_PASSWORD = 8  # characters

_EXAMPLES = """examples:
  python -m ui                                  chat at http://127.0.0.1:7860
  python -m ui --store ./store --port 8000      … over a store of your choice, on another port
  python -m ui --llm model.gguf                 let a language model write the answers
  python -m ui --llm model.gguf --answer-style quote    … or point at the sentences that answer
  RAG_PASSWORD=… python -m ui --host 0.0.0.0    for your network, behind this password
  RAG_PASSWORD=… RAG_API_KEY=… python -m ui --host 0.0.0.0    … and an API behind this key
  python -m ui --feedback gold.jsonl            what readers found right, as a set for the eval

The store is --store, else RAG_STORE, else a folder of yours; --llm is a .gguf file,
user/repo:QUANT, quote, reader or auto (RAG_LLM). --answer-style (RAG_ANSWER_STYLE) prose lets the
model write, quote lets it point at sentences, which are shown word for word; auto leaves this to
the model. --unsupported (RAG_UNSUPPORTED) flag marks sentences that their source does not support,
drop leaves them out, quote quotes the articles in their place. --judge (RAG_JUDGE) none, llm (the
language model itself) or a CrossEncoder for natural language inference judges what is worded
otherwise than its source.

Chats and feedback are kept on this computer alone, in --chats (RAG_CHATS), else in your data
folder; each browser sees its own. --no-chats keeps nothing. Readers may add and remove articles and
choose what answers where only this computer gets in; --manage and --no-manage say otherwise.

Other programs ask under /api, as of `python -m rag serve`: where only this computer gets in and no
RAG_PASSWORD is set, anyone may; else with the key in RAG_API_KEY (at least 16 characters), and not
without one. --no-api switches it off.

Nothing is sent to any other computer. Exit codes: 1 cannot start, 2 wrong usage, 130 interrupted
(Ctrl-C).
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the chat until interrupted; returns the exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    try:
        if options.feedback:
            _write_feedback(options)
        else:
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
    parser.add_argument(
        "--manage",
        action=argparse.BooleanOptionalAction,
        help="let readers add and remove articles and choose what answers (default: only where "
        "--host is this computer)",
    )
    parser.add_argument("--no-api", action="store_true", help="serve no API under /api")
    kept = parser.add_mutually_exclusive_group()
    kept.add_argument(
        "--chats", type=Path, metavar="FILE", help="where chats and feedback are kept"
    )
    kept.add_argument("--no-chats", action="store_true", help="keep no chats and no feedback")
    parser.add_argument(
        "--feedback",
        type=Path,
        metavar="FILE",
        help="write what readers found right to a .jsonl that `python -m eval run` takes, and end",
    )
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise ValueError(text)
    return port


def _serve(options: argparse.Namespace) -> None:
    password = os.environ.get("RAG_PASSWORD") or None
    address.check_exposure(
        options.host, password, variable="RAG_PASSWORD", shortest=_SHORTEST_PASSWORD
    )
    key = os.environ.get(address.API_KEY) or None
    closed = _why_no_api(options, password, key)
    listening = address.listen(options.host, options.port)
    from rag import open_assistant
    from rag.loading import loading_bar
    from rag.opening import share_cores

    assistant = open_assistant(
        options.store,
        llm=options.llm,
        embedder=options.embedder,
        answer_style=options.answer_style,
        unsupported=options.unsupported,
        judge=options.judge,
        progress=loading_bar(),
    )
    share_cores()
    from ui.server import server
    from ui.site import create_site

    manage = options.manage
    web = create_site(
        assistant,
        _chats(options, assistant.retriever.store.folder),
        llm=options.llm,
        manage=options.host in address.LOOPBACK if manage is None else manage,
        hosts=address.allowed_hosts(options.host),
        password=password,
        api=not closed,
        key=key,
    )
    url = address.url(options.host, listening.getsockname()[1])
    opened = f"{url}/api  ({'with the key in RAG_API_KEY' if key else 'without a key'})"
    _announce(assistant, url, f"none ({closed})" if closed else opened)
    server(web).run(sockets=[listening])


def _why_no_api(options: argparse.Namespace, password: str | None, key: str | None) -> str:
    """Why there is no API; "" where there is one.

    A password says that others come to this address, if only through a server in front of it:
    without a key the API would be a way around it.

    Raises:
        AddressError: the key is too short.
    """
    if options.no_api:
        return "--no-api"
    if not key and (options.host not in address.LOOPBACK or password):
        return "set a key in RAG_API_KEY to have one"
    if key:
        address.check_exposure(
            options.host, key, variable=address.API_KEY, shortest=address.SHORTEST_KEY
        )
    return ""


def _write_feedback(options: argparse.Namespace) -> None:
    from index.store import default_folder
    from ui.chats.feedback import export_feedback

    store = Path(options.store) if options.store else default_folder()
    count = export_feedback(_kept_in(options), "gold", options.feedback, store=store)
    print(f"{count:,} questions → {options.feedback}", file=sys.stderr)


def _kept_in(options: argparse.Namespace) -> Path:
    from ui.site import default_chats

    given = options.chats or os.environ.get("RAG_CHATS")
    return Path(given) if given else default_chats()


def _chats(options: argparse.Namespace, store: Path) -> "Chats":
    from ui.chats.store import Chats

    return Chats(None if options.no_chats else _kept_in(options), store=store)


def _announce(assistant: "Assistant", url: str, api: str) -> None:
    store = assistant.retriever.store
    answers = "quotation" if assistant.llm_name == "quote" else assistant.llm_name
    print(f"store    {store.folder.resolve()}", file=sys.stderr)
    print(f"articles {store.current().manifest.articles:,}", file=sys.stderr)
    print(f"answers  {answers}", file=sys.stderr)
    print(f"API      {api}", file=sys.stderr)
    print(f"chat     {url}  (Ctrl-C stops)", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
