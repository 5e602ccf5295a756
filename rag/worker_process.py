"""The far side of `worker.py`: a process that holds one model and answers for it.

    python -m rag.worker_process SOCKET MODEL.gguf OPTIONS

SOCKET is the number of an inherited socket, OPTIONS the arguments of `LlamaCpp` as
JSON, or those of `ReaderEngine` if one of them is "reader". It ends
when the other end of the socket is closed, by whatever means, and whatever it is doing.
"""

import json
import os
import resource
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, NoReturn

from rag import bounds
from rag.errors import ModelError
from rag.llama_settings import Settings
from rag.llm import Message, Request

if TYPE_CHECKING:
    from rag.llamacpp import LlamaCpp
    from rag.reader.engine import ReaderEngine
    from rag.reply import Stream

    Engine = LlamaCpp | ReaderEngine

_EVERY = 0.2  # seconds between two messages on how far loading is
_SIGNS_EVERY = 2.0  # seconds between two signs that an answer gets on


def main(arguments: list[str]) -> NoReturn:
    """Serve until the other end of the socket is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started us decides
    # A dump would hold questions and articles, and writing gigabytes would delay the next process.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    bounds.put_in_force()
    number, path, options = arguments
    server = _Server(socket.socket(fileno=int(number)))
    threading.Thread(target=server.listen, daemon=True).start()
    try:
        server.serve(Path(path), json.loads(options))
    except Exception as error:  # noqa: BLE001 - the outermost boundary
        _die(error)


class _Server:
    """One thread listens, counts and cancels; the other loads and answers."""

    def __init__(self, channel: socket.socket) -> None:
        channel.set_inheritable(False)
        self._channel = channel
        self._sending = threading.Lock()
        self._reported = 0.0  # when
        self._signed = 0.0  # when
        self._asked: SimpleQueue[tuple[int, Request]] = SimpleQueue()
        self._engine: Engine | None = None
        self._changing = threading.Lock()  # of the next two
        self._running: tuple[int, Stream] | None = None
        self._cancelled = 0  # numbers grow, and one answer at a time is asked of us

    def listen(self) -> NoReturn:
        """Take in what is asked, until nobody can ask any more."""
        try:
            with self._channel.makefile("rb") as lines:
                for line in lines:
                    self._take(*json.loads(line))
        except Exception as error:  # noqa: BLE001 - the outermost boundary of this thread
            _die(error)
        os._exit(0)  # while the other thread computes, no other exit is quick

    def serve(self, path: Path, options: dict[str, Any]) -> NoReturn:
        """Load the model, then answer."""
        try:
            engine = self._engine = _load(path, options, self._report)
        except ModelError as error:
            self._send("refused", str(error))
            sys.exit(0)
        engine.tell_computed(self._get_on)
        self._send("ready", engine.name, engine.context_size, engine.answer_style)
        while True:
            while engine.idle(unless=lambda: not self._asked.empty()):
                pass
            self._answer(engine, *self._asked.get())

    def _take(self, kind: str, number: int, content: Any = None) -> None:
        if kind == "stream":
            self._asked.put((number, _request(content)))
            assert self._engine is not None
            self._engine.leave_idle()
        elif kind == "count":
            assert self._engine is not None
            self._send("count", number, self._engine.count_tokens(content))
        elif kind == "cancel":
            self._cancel(number)

    def _cancel(self, number: int) -> None:
        with self._changing:
            self._cancelled = number
            running = self._running
        if running and running[0] == number:
            running[1].close()

    def _answer(self, engine: "Engine", number: int, request: Request) -> None:
        try:
            stream = engine.stream(request)
            with self._changing:
                self._running = (number, stream)
                if self._cancelled == number:
                    stream.close()
            for piece in stream:
                self._send("text", number, piece)
        except ModelError as error:
            self._send("error", number, str(error))
            return
        except ValueError:  # "generator already executing": just now the other thread closes it
            if self._cancelled != number:
                raise
        finally:
            with self._changing:
                self._running = None
        self._send("end", number)

    def _report(self, share: float) -> None:
        """Say how much is loaded, now and then: it is also the sign that loading goes on."""
        now = time.monotonic()
        if now >= self._reported + _EVERY:
            self._reported = now
            self._send("progress", float(share))

    def _get_on(self) -> None:
        """Say now and then that an answer gets on, though there is no text: it reads, or thinks."""
        now, running = time.monotonic(), self._running
        if running is not None and now >= self._signed + _SIGNS_EVERY:
            self._signed = now
            self._send("sign", running[0])

    def _send(self, *message: Any) -> None:
        data = json.dumps(message).encode() + b"\n"
        try:
            with self._sending:
                self._channel.sendall(data)
        except OSError:  # nobody listens any more
            os._exit(0)


def _load(path: Path, options: dict[str, Any], report: Callable[[float], None]) -> "Engine":
    try:
        from rag.llamacpp import LlamaCpp
        from rag.reader.engine import ReaderEngine
    except ModuleNotFoundError as error:
        raise ModelError(
            f"GGUF models need llama-cpp-python ({error.name} is missing): "
            "pip install llama-cpp-python jinja2; --llm quote works without it"
        ) from error
    except (OSError, RuntimeError) as error:  # installed, but its library does not load
        reason = " ".join(str(error).split())[:200]
        raise ModelError(
            f"llama-cpp-python does not start ({reason}): install it again with "
            "pip install --force-reinstall --no-cache-dir llama-cpp-python, or use --llm quote"
        ) from error
    report(0.0)
    if settings := options.get("settings"):
        options["settings"] = Settings(**settings)
    if options.pop("reader", False):
        return ReaderEngine(path, progress=report, **options)
    return LlamaCpp(path, progress=report, **options)


def _request(fields: dict[str, Any]) -> Request:
    """A request from what `dataclasses.asdict` and JSON made of it."""
    frozen: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
    }
    frozen["messages"] = tuple(Message(**message) for message in fields["messages"])
    return Request(**frozen)


def _die(error: Exception) -> NoReturn:
    """End, with a last line that says why; not the error's own text, which may hold the asker's."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    line = f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}"
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - what is printed here is kept
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
