"""How connections are kept from being held open: uvicorn's protocol with two more clocks."""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from rag.serve.errors import ApiError
from rag.serve.guard import HEADERS, new_request_id

HEAD_SECONDS = 10.0  # until the head of a request is there, from its connection or first byte on
READER_SECONDS = 30.0  # that what was sent may lie there untaken
_REST = 64 * 1024  # bytes of a refused request that are read, to come to the next one


class Protocol(H11Protocol):
    """Ends a connection whose request does not come, or whose reader takes nothing.

    What is wrong before there is a request is told in the form of all other errors.
    """

    _head: asyncio.TimerHandle | None = None
    _reader: asyncio.TimerHandle | None = None
    _rest = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._watch_head()

    def data_received(self, data: bytes) -> None:
        """Take more of a request; too much of one that was answered already is thrown away."""
        if self._was_answered():
            self._rest += len(data)
            if self._rest > _REST:
                return
        super().data_received(data)
        self._watch_head()

    def on_response_complete(self) -> None:
        """Wait for the next request, or for the rest of this one."""
        self._rest = 0
        if _doubtful(self.headers):
            self.transport.close()
        super().on_response_complete()
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks."""
        for clock in (self._head, self._reader):
            if clock is not None:
                clock.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """What was sent is not taken fast enough."""
        super().pause_writing()
        self._reader = self.loop.call_later(READER_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """It was taken."""
        if self._reader is not None:
            self._reader.cancel()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Tell that this is no HTTP, unless an answer is under way already."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            answer = ApiError(400, "http_invalid", "this is no HTTP request").response(close=True)
            answer.headers.update(HEADERS | {"X-Request-ID": new_request_id()})
            head = h11.Response(status_code=400, headers=answer.raw_headers, reason=b"Bad Request")
            for event in (head, h11.Data(data=bytes(answer.body)), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _watch_head(self) -> None:
        """Run the clock for as long as a request is waited for."""
        if not self._waits():
            if self._head is not None:
                self._head.cancel()
                self._head = None
        elif self._head is None:
            self._head = self.loop.call_later(HEAD_SECONDS, self._late)

    def _waits(self) -> bool:
        """Whether the next request is not there, or not all of one that was answered already."""
        return self.conn.their_state is h11.IDLE or self._was_answered()

    def _was_answered(self) -> bool:
        """Whether a request was refused before all of it had come."""
        early = self.cycle is not None and self.cycle.response_complete
        return early and self.conn.their_state is h11.SEND_BODY

    def _late(self) -> None:
        self._head = None
        if self._waits():
            self.transport.abort()


def _doubtful(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether a server on the way may see another end of a request (RFC 9112, section 6.1)."""
    return {b"transfer-encoding", b"content-length"} <= {name for name, _ in headers}
