"""A server on a port of its own, in a thread, as long as a test needs it."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from starlette.types import ASGIApp

from rag.serve.address import listen
from rag.serve.server import Server


@dataclass(frozen=True)
class Live:
    """A server that runs."""

    port: int

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def live(app: ASGIApp) -> Iterator[Live]:
    """Serve an application on a free port, as `python -m rag serve` does.

    The system keeps little of what is sent, so that a reader who takes nothing is soon noticed.
    """
    server = Server(app, stopping=lambda: None)
    server.config.timeout_graceful_shutdown = 1
    with listen("127.0.0.1", 0) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the server did not start"
                time.sleep(0.01)
            yield Live(listening.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(10)
            assert not thread.is_alive(), "the server did not stop"
