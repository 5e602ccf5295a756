"""The server around the API: what it waits for, and how it stops."""

import logging
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from rag.serve.protocol import Protocol

DRAIN_SECONDS = 30  # that answers under way get to end
_CONNECTIONS = 500  # at once; more are told 503
_LONGEST_HEAD = 16 * 1024  # bytes of a request before its body


class Server(uvicorn.Server):
    """Serves an application; `run(sockets=[…])` blocks until a signal stops it.

    The first SIGTERM or Ctrl-C lets requests under way end, a second one does not.

    Attributes:
        stopped_by: the number of the first signal, if there was one.
    """

    def __init__(self, app: ASGIApp, *, stopping: Callable[[], None]) -> None:
        """Prepare; `stopping` is called as soon as nothing new is to be begun."""
        config = uvicorn.Config(
            app,
            http=Protocol,
            ws="none",
            lifespan="off",
            log_level="error",
            access_log=False,  # questions are nobody else's business
            server_header=False,
            limit_concurrency=_CONNECTIONS,
            h11_max_incomplete_event_size=_LONGEST_HEAD,
            timeout_graceful_shutdown=DRAIN_SECONDS,
        )
        super().__init__(config)
        self.stopped_by: int | None = None
        self._stopping = stopping

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop, or if that is under way already, at once."""
        if self.should_exit:
            self.force_exit = True
        self.should_exit = True
        if self.stopped_by is None:
            self.stopped_by = sig

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take nothing new, and wait for what is under way."""
        self._stopping()
        # What is cut off at the end is no error worth a traceback, which may hold what was asked.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)
