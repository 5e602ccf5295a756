"""A client that sends any bytes, right or wrong, and tells what came back."""

import socket
from dataclasses import dataclass

PATIENCE = 10.0  # seconds until a server counts as hanging


@dataclass(frozen=True)
class Reply:
    """What came back over one connection.

    Attributes:
        status: of the first response; None if the connection ended without one.
        head: its status line and headers.
        body: its body, as far as it came.
        more: what came behind it.
    """

    status: int | None
    head: str = ""
    body: bytes = b""
    more: bytes = b""

    def header(self, name: str) -> str | None:
        """The value of a header, if it is there."""
        for line in self.head.split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.lower() == name.lower():
                return value.strip()
        return None


def connected(port: int) -> socket.socket:
    """A connection to a server on this computer."""
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)


def exchange(port: int, *pieces: bytes, behind: float = 0.0) -> Reply:
    """Send pieces over a new connection and read what comes.

    Args:
        port: of the server.
        pieces: each is sent at once.
        behind: seconds to wait for more behind the first response.
    """
    with connected(port) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
        except OSError:
            pass  # refused before all was sent
        return read(connection, behind=behind)


def read(connection: socket.socket, *, behind: float = 0.0) -> Reply:
    """The first response on a connection, and what comes behind it."""
    data, known = b"", None
    while (whole := _whole(data)) is None:
        try:
            piece = connection.recv(65536)
        except (ConnectionResetError, TimeoutError):
            break
        if not piece:
            break
        data += piece
        if data.startswith(b"HTTP/1.1 100 ") and b"\r\n\r\n" in data:
            data = data.partition(b"\r\n\r\n")[2]  # the response is still to come
    head, _, rest = data.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1."):
        return Reply(None, more=data)
    known = len(rest) if whole is None else whole
    more = rest[known:]
    if behind:
        connection.settimeout(behind)
        try:
            while piece := connection.recv(65536):
                more += piece
        except OSError:
            pass
    lines = head.decode("latin-1")
    return Reply(int(lines.split(" ")[1]), lines, rest[:known], more)


def _whole(data: bytes) -> int | None:
    """The length of the body once a response is there as a whole; None before, or if untold."""
    head, found, rest = data.partition(b"\r\n\r\n")
    if not found:
        return None
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
            return length if len(rest) >= length else None
    return None


def request(
    method: str,
    target: str,
    body: bytes | None = None,
    *headers: str,
    host: str = "127.0.0.1",
    version: str = "1.1",
) -> bytes:
    """A request whose parts may be wrong; JSON unless a Content-Type is among the headers."""
    lines = [f"{method} {target} HTTP/{version}"]
    if host:
        lines.append(f"Host: {host}")
    if body is not None:
        if not any(line.lower().startswith("content-type:") for line in headers):
            lines.append("Content-Type: application/json")
        lines.append(f"Content-Length: {len(body)}")
    lines += [*headers, "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + (body or b"")
