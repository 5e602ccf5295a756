"""The near side of a model's process: starting it, talking to it, telling how it ended.

A message is one line of JSON, a list: what it is, then its parts. The other side is
`worker_process.py`.
"""

import contextlib
import json
import os
import re
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

_LONGEST = 1 << 20  # bytes of a message; a piece of text is a few
_OUTPUT = 8192  # bytes kept of what it printed
_PATIENCE = 0.5  # seconds for a process that has said goodbye to end by itself
# What the process may say, and of which types.
_MESSAGES: dict[str, tuple[type, ...]] = {
    "progress": (float,),  # the share that is loaded
    "ready": (str, int, str),  # name, context size, answer style
    "refused": (str,),  # the whole message of the ModelError
    "text": (int, str),  # of the answer with this number
    "sign": (int,),  # it gets on with the answer
    "end": (int,),
    "error": (int, str),
    "count": (int, int),  # the tokens of the text with this number
}


class ChildLost(Exception):
    """The process is gone or must go; the text says why."""


class Refused(ChildLost):
    """The process says itself why it cannot load the model, in a whole message."""


class Child:
    """A process with a socket of its own; nothing here waits, apart from `gone`.

    Whatever the process or its libraries print cannot get between the messages: only the last of
    it is kept, for the reason why the process died.
    """

    def __init__(self, command: Callable[[int], Sequence[str]]) -> None:
        """Start a process.

        Args:
            command: its arguments, given the number of its end of the socket.

        Raises:
            ChildLost: it does not start.
        """
        self._incoming = self._outgoing = self._output = b""
        self._ending = ""
        self._selector: selectors.BaseSelector | None = None
        self._socket, theirs = socket.socketpair()
        self._socket.setblocking(False)
        with theirs:
            try:
                self._process = subprocess.Popen(
                    command(theirs.fileno()),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    bufsize=0,
                    pass_fds=(theirs.fileno(),),
                    start_new_session=True,  # Ctrl-C is for us, and we decide
                    env=_environment(),
                )
            except OSError as error:
                self._socket.close()
                raise ChildLost(f"its process does not start: {error.strerror}") from error
        assert self._process.stdout is not None
        self._printed = self._process.stdout
        os.set_blocking(self._printed.fileno(), False)

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def register(self, selector: selectors.BaseSelector, heard: Callable[[], None]) -> None:
        """Have `heard` called when there is something for `receive`, or room for `flush`."""
        self._selector = selector
        selector.register(self._socket, selectors.EVENT_READ, heard)
        selector.register(self._printed, selectors.EVENT_READ, self._keep_output)

    def send(self, *message: Any) -> None:
        """Send a message, the rest of it later if the process is slow to read."""
        self._outgoing += json.dumps(message).encode() + b"\n"
        self.flush()

    def flush(self) -> None:
        """Send what waits to be sent, as far as it can be now."""
        while self._outgoing:
            try:
                self._outgoing = self._outgoing[self._socket.send(self._outgoing) :]
            except BlockingIOError:
                break
            except OSError:  # it is gone, as `receive` will tell
                self._outgoing = b""
        if self._selector is not None:
            writing = selectors.EVENT_WRITE if self._outgoing else 0
            key = self._selector.get_key(self._socket)
            if key.events != selectors.EVENT_READ | writing:
                self._selector.modify(self._socket, selectors.EVENT_READ | writing, key.data)

    def receive(self) -> Iterator[list[Any]]:
        """The messages that have come.

        Raises:
            ChildLost: the process is gone, or sends what is none of the messages.
        """
        try:
            data = self._socket.recv(1 << 16)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        if not data:
            raise ChildLost(self.gone(_PATIENCE))
        *lines, self._incoming = (self._incoming + data).split(b"\n")
        for line in lines:
            yield _message(line)
        if len(self._incoming) > _LONGEST:
            raise ChildLost("its process sends a message without an end")

    def gone(self, patience: float = 0.0) -> str:
        """Make sure that the process is gone, at the latest after `patience`; how it ended.

        It ends by itself when its socket is closed.
        """
        if not self._ending:
            self._unregister(self._socket)
            self._unregister(self._printed)
            self._selector = None
            self._socket.close()
            try:
                code = self._process.wait(patience)
            except subprocess.TimeoutExpired:
                self._process.kill()
                with contextlib.suppress(subprocess.TimeoutExpired):  # stuck inside the system
                    self._process.wait(5)
                code = -signal.SIGKILL
            for _ in range(16):
                self._keep_output()
            self._printed.close()
            self._ending = _ending(code, self._output.decode("utf-8", "replace"))
        return self._ending

    def _unregister(self, file: Any) -> None:
        if self._selector is not None and file in self._selector.get_map():
            self._selector.unregister(file)

    def _keep_output(self) -> None:
        if self._printed.closed:
            return
        data = self._printed.read(1 << 16)  # None if there is nothing new, empty at the end
        self._output = (self._output + (data or b""))[-_OUTPUT:]
        if data == b"":
            self._unregister(self._printed)


def python_command(module: str, *arguments: str) -> list[str]:
    """The command that runs one of our modules in an interpreter like this one."""
    return [sys.executable or "python3", "-P", "-m", module, *arguments]


def _environment() -> dict[str, str]:
    """Ours, with the same places to import from: whoever embeds us may have chosen them."""
    places = [os.path.abspath(place) for place in sys.path]  # noqa: PTH100 - "" is the current one
    root = str(Path(__file__).resolve().parent.parent)
    if root not in places:
        places.insert(0, root)
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(places),
        "GGML_NO_BACKTRACE": "1",  # else a dying llama.cpp starts a debugger on itself
    }


def _message(line: bytes) -> list[Any]:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        message = None
    if isinstance(message, list) and message and isinstance(message[0], str):
        kind, *parts = message
        if tuple(map(type, parts)) == _MESSAGES.get(kind):
            return message
    raise ChildLost("its process sends what is no message")


def _ending(code: int, output: str) -> str:
    if code >= 0:
        ending = f"its process ended with code {code}"
    else:
        name = next((s.name for s in signal.Signals if s == -code), f"signal {-code}")
        ending = f"its process died of {name}"
        if code == -signal.SIGKILL:
            ending += ", as happens when memory runs out"
        elif code == -signal.SIGALRM:  # rag.bounds
            ending = "its chat template takes too long"
    line = telling_line(output)
    return f"{ending}: {line}" if line else ending


def telling_line(output: str) -> str:
    """The line that says why a process died, without characters that a terminal obeys."""
    lines = [" ".join(line.split()) for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if "GGML_ASSERT" in line or "what():" in line]
    line = (telling[:1] or lines[-1:] or [""])[0]
    line = re.sub(r"/\S*/(?=[^/\s]+:\d+)", "", line)  # the folder where llama.cpp was built
    return "".join(character for character in line if character.isprintable())[:200]
