"""The server over HTTP ("streamable HTTP"), for clients on other computers: behind a key."""

import logging
import socket
from typing import Any

import uvicorn
from mcp.server.lowlevel import Server
from mcp.server.transport_security import TransportSecuritySettings
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.serve.address import allowed_hosts
from rag.serve.bodies import Bodies, SlowReaders
from rag.serve.errors import ApiError
from rag.serve.guard import Foreign, Hosts, Key, Requests, route_path
from rag.serve.protocol import Protocol

PATH = "/mcp"
_LONGEST_BODY = 256 * 1024  # bytes
_BODY_SECONDS = 10.0  # until a request has come as a whole
_READER_SECONDS = 30.0  # that a reader who takes nothing is waited for
_SESSIONS = 100  # open at a time
_IDLE = 1800.0  # seconds after which a session that nobody uses is forgotten
_CONNECTIONS = 500  # at once; more are told 503
_SHUTDOWN = 1  # seconds that streams get when the server stops


def create_http(server: Server[Any], *, host: str, key: str) -> ASGIApp:
    """The application: `server` at `PATH`, and in front of it what keeps strangers out.

    Args:
        server: from `rag.mcp.server.create_server`.
        host: the address that is served, which says by what names it may be called.
        key: what clients send as `Authorization: Bearer …`.
    """
    hosts = allowed_hosts(host)
    app: ASGIApp = server.streamable_http_app(
        streamable_http_path=PATH,
        host=host,
        max_request_body_size=_LONGEST_BODY,
        max_sessions=_SESSIONS,
        session_idle_timeout=_IDLE,
        transport_security=_security(hosts),
    )
    # The last one is the first to see a request.
    app = Bodies(app, longest=_LONGEST_BODY, seconds=_BODY_SECONDS)
    app = Key(app, key=key)
    app = _OnlyPath(app)
    app = Foreign(app)
    app = Hosts(app, hosts=hosts)
    app = SlowReaders(app, seconds=_READER_SECONDS)
    return Requests(app)


def http_server(app: ASGIApp) -> uvicorn.Server:
    """A server for the application; `run(sockets=[…])` blocks until it is told to stop."""
    config = uvicorn.Config(
        app,
        http=Protocol,
        ws="none",
        log_level="error",
        access_log=False,  # questions are nobody else's business
        server_header=False,
        limit_concurrency=_CONNECTIONS,
        timeout_graceful_shutdown=_SHUTDOWN,
    )
    return _Server(config)


class _Server(uvicorn.Server):
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Every client holds a stream open; cutting it off now is no error worth a traceback.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)


class _OnlyPath:
    """There is nothing elsewhere, with or without a key: clients look for a login in vain."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "http" and route_path(scope) != PATH:
            refused = ApiError(404, "not_found", f"there is nothing here; the server is at {PATH}")
            await refused.response()(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _security(hosts: tuple[str, ...]) -> TransportSecuritySettings:
    """The SDK's own checks, behind ours; a server with many names has only ours, and its key."""
    if "*" in hosts:
        return TransportSecuritySettings(enable_dns_rebinding_protection=False)
    names = [name for host in hosts for name in (host, f"{host}:*")]
    origins = [f"{scheme}://{name}" for scheme in ("http", "https") for name in names]
    return TransportSecuritySettings(allowed_hosts=names, allowed_origins=origins)
