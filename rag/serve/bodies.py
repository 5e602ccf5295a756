"""What comes in and what goes out, each in its time: requests of limited length, slow readers."""

import asyncio
import logging

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.serve.errors import ApiError, request_id_of

log = logging.getLogger(__name__)


class Bodies:
    """Takes a request's body as a whole before anything is done: short, in time, and JSON."""

    def __init__(self, app: ASGIApp, *, longest: int, seconds: float) -> None:
        """Set the limits, in bytes and seconds."""
        self._app = app
        self._longest = longest
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            body = await self._body(scope, receive)
        except ApiError as refused:
            # Where a request ends whose length is in doubt, nobody knows.
            await refused.response(close=refused.status == 400)(scope, receive, send)
            return
        if body is None:  # the caller has gone
            return
        first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive_again() -> Message:
            return first.pop() if first else await receive()

        await self._app(scope, receive_again, send)

    async def _body(self, scope: Scope, receive: Receive) -> bytes | None:
        headers = Headers(scope=scope)
        told_length = headers.get("content-length", "0")
        if "transfer-encoding" in headers and "content-length" in headers:
            # Servers on the way may see another end of this request than we do.
            raise ApiError(400, "content_length_invalid", "Content-Length beside chunks")
        if not told_length.isascii() or not told_length.isdigit():
            raise ApiError(400, "content_length_invalid", "Content-Length is no number")
        if int(told_length[:20]) > self._longest:
            raise self._too_long()
        if told_length == "0" and "transfer-encoding" not in headers:
            return b""
        chunks: list[bytes] = []
        length, more = 0, True
        try:
            async with asyncio.timeout(self._seconds):
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    chunks.append(message.get("body", b""))
                    length += len(chunks[-1])
                    more = message.get("more_body", False)
                    if length > self._longest:
                        raise self._too_long()
        except TimeoutError:
            words = f"the request did not come within {self._seconds:g} s"
            raise ApiError(408, "request_timeout", words) from None
        if length and not _is_json(headers):
            words = "send JSON: Content-Type: application/json, not compressed"
            raise ApiError(415, "content_type_invalid", words)
        return b"".join(chunks)

    def _too_long(self) -> ApiError:
        words = f"the request is too long: {self._longest:,} bytes at most"
        return ApiError(413, "request_too_long", words)


class SlowReader(Exception):
    """Nobody takes what is sent."""


class SlowReaders:
    """Leaves a reader who takes nothing any more: what it was sent is stopped."""

    def __init__(self, app: ASGIApp, *, seconds: float) -> None:
        """Wait so many seconds for each piece to be taken."""
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection.

        Raises:
            SlowReader: it was left; `Requests` takes note.
        """

        async def send_in_time(message: Message) -> None:
            try:
                async with asyncio.timeout(self._seconds):
                    await send(message)
            except TimeoutError as error:
                log.warning("request %s: its reader takes nothing", request_id_of(scope))
                raise SlowReader from error

        await self._app(scope, receive, send_in_time)


def _is_json(headers: Headers) -> bool:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    coding = headers.get("content-encoding", "identity").strip().lower()
    return kind == "application/json" and coding == "identity"
