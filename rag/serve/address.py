"""The address that something is served at, and who gets in there."""

import errno
import socket

from rag.errors import YinzhengError

LOOPBACK = ("127.0.0.1", "localhost", "::1")
API_KEY, SHORTEST_KEY = "RAG_API_KEY", 16  # what other programs send; characters at least
_ANY = ("0.0.0.0", "::")


class AddressError(YinzhengError):
    """Nothing can be served at this address."""


def check_exposure(host: str, secret: str | None, *, variable: str, shortest: int) -> None:
    """Make sure that only this computer gets in without a secret, and that it is a real one.

    Args:
        host: the address that is served.
        secret: what others have to know, if anything.
        variable: the environment variable that it is taken from, for messages.
        shortest: characters that it must have.

    Raises:
        AddressError: others would get in, or the secret is too short.
    """
    if secret and len(secret) < shortest:
        raise AddressError(
            f"{variable} is too short: give it at least {shortest} characters, or leave it out"
        )
    if host not in LOOPBACK and not secret:
        raise AddressError(
            f"--host {host} lets other computers in: set what they have to know in {variable}, "
            "or leave --host out"
        )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, opened before anything slow so that a busy port is told at once.

    Raises:
        AddressError: the port is in use, or the address is not one of this computer.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        # Of a socket that does not say TCP, asyncio leaves Nagle's delay on: 40 ms a response.
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    except OSError as error:
        raise _refused(host, port, error) from error
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen()
    except OSError as error:
        listening.close()
        raise _refused(host, port, error) from error
    return listening


def allowed_hosts(host: str) -> tuple[str, ...]:
    """Names that browsers may call the server by ("*" is any)."""
    # An open address has many names, and there is a password in front of it.
    return ("*",) if host in _ANY else tuple(dict.fromkeys((*LOOPBACK, "[::1]", host)))


def url(host: str, port: int) -> str:
    """The address as a browser takes it."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _refused(host: str, port: int, error: OSError) -> AddressError:
    if error.errno == errno.EADDRINUSE:
        return AddressError(f"port {port} is in use; give another one with --port")
    reason = error.strerror or str(error)
    return AddressError(f"cannot serve at {host}, port {port} ({reason}); see --host and --port")
