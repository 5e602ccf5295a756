"""What stands in front of every route: whence a request may come, with what key, how long it is.

Plain ASGI layers that need Starlette alone; each can stand by itself in front of any application.
"""

import hashlib
import hmac
import math
import re
import secrets
import time
from collections.abc import Callable, Collection
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.serve.bodies import Bodies, SlowReader, SlowReaders
from rag.serve.buckets import Buckets, client_of
from rag.serve.errors import ApiError, told

__all__ = [
    "Bodies",
    "Foreign",
    "Hosts",
    "Key",
    "Requests",
    "SlowReaders",
    "foreign",
    "route_path",
]

TRIES = 10  # wrong keys in a row from one address …
TRIES_BACK = 60.0  # … and the seconds after which one more is allowed
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
_CHANGING = frozenset({"POST", "PUT", "DELETE", "PATCH"})
_PORTS = {"http": 80, "https": 443}
_VERSIONS = frozenset({"1.0", "1.1", "2", "3"})
_LONGEST_HEAD = 16 * 1024  # bytes of names and values
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Requests:
    """Gives every request an id and every response its headers; the outermost layer.

    The caller's own X-Request-ID is kept, where it has a form that can stand in a log. What is
    raised behind this becomes an error of the one form, and a line in the log without any text.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # nothing here uses one
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        name = given if _REQUEST_ID.fullmatch(given) else new_request_id()
        scope.setdefault("state", {})["request_id"] = name
        begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS | {"X-Request-ID": name})
                for other in [key for key in headers if key.startswith("access-control-")]:
                    del headers[other]
            await send(message)

        try:
            refused = _misshapen(scope)
            app = self._app if refused is None else refused.response(close=True)
            await app(scope, receive, send_with_headers)
        except SlowReader:
            return
        except Exception as error:  # noqa: BLE001 - the outermost boundary
            answer = told(error, name)
            if not begun:
                await answer.response(close=True)(scope, receive, send_with_headers)


class Hosts:
    """Refuses names that are not the server's: no foreign site reaches it under one of its own."""

    def __init__(self, app: ASGIApp, *, hosts: Collection[str]) -> None:
        """Let these names through; "*" is any."""
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "http" and "*" not in self._hosts and not self._known(scope):
            refused = ApiError(400, "host_invalid", "this server is not called by that name")
            await refused.response()(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _known(self, scope: Scope) -> bool:
        given = Headers(scope=scope).getlist("host")
        return len(given) == 1 and re.sub(r":\d*$", "", given[0].lower()) in self._hosts


class Foreign:
    """Refuses what other sites make a browser send."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "http" and foreign(scope):
            refused = ApiError(403, "foreign_origin", "another site's page sent this request")
            await refused.response()(scope, receive, send)
            return
        await self._app(scope, receive, send)


class Key:
    """Lets nobody through without the key; wrong ones are counted by the caller's address."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        key: str,
        open_paths: Collection[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Ask for a key.

        Args:
            app: what is behind.
            key: what callers send as `Authorization: Bearer …`.
            open_paths: paths that need none.
            clock: seconds from any moment on.
        """
        self._app = app
        self._key = _digest(key.encode())
        self._open = frozenset(open_paths)
        self._tries = Buckets(TRIES, every=TRIES_BACK, clock=clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "http" and route_path(scope) not in self._open:
            refused = self._refusal(scope)
            if refused is not None:
                await refused.response()(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> ApiError | None:
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        if not given:
            words = "a key is needed: send it as Authorization: Bearer …"
            return ApiError(401, "missing_api_key", words)
        client = client_of(scope.get("client"))
        # A token is taken before the comparison, so that many tries at once gain nothing.
        if wait := math.ceil(self._tries.take(client)):
            words = f"too many wrong keys from this address; try again in {wait} s"
            return ApiError(429, "too_many_wrong_keys", words, retry_after=wait)
        scheme, _, key = given[0].partition(b" ")
        right = hmac.compare_digest(_digest(key.strip()), self._key)
        if len(given) > 1 or scheme.lower() != b"bearer" or not right:
            return ApiError(401, "invalid_api_key", "the key is wrong")
        self._tries.give_back(client)
        return None


def _misshapen(scope: Scope) -> ApiError | None:
    """What is wrong with a request of another HTTP, or with a head that is too long."""
    if scope.get("http_version", "1.1") not in _VERSIONS:
        return ApiError(505, "http_version_unknown", "this server speaks HTTP/1.1")
    if sum(len(name) + len(value) for name, value in scope["headers"]) > _LONGEST_HEAD:
        words = f"the headers are too long: {_LONGEST_HEAD:,} bytes at most"
        return ApiError(431, "headers_too_long", words)
    return None


def new_request_id() -> str:
    """An id that no other request has."""
    return secrets.token_hex(8)


def route_path(scope: Scope) -> str:
    """The path below the place at which the application is mounted."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def foreign(scope: Scope) -> bool:
    """Whether another site made the browser send this."""
    headers = Headers(scope=scope)
    site = headers.get("sec-fetch-site", "none")
    if site not in ("none", "same-origin"):
        linked = headers.get("sec-fetch-mode") == "navigate" and scope["method"] in ("GET", "HEAD")
        if not linked or headers.get("sec-fetch-dest") != "document":
            return True
    origins = headers.getlist("origin")
    if scope["method"] not in _CHANGING or not origins:
        return False
    return len(origins) > 1 or not _same(origins[0], scope["scheme"], headers.get("host", ""))


def _same(origin: str, scheme: str, host: str) -> bool:
    """Whether an origin is this server's. "null", of pages without a place, is not."""
    try:
        given = urlsplit(origin)
        if given.scheme not in _PORTS:
            return False
        # A proxy in front may speak https to the browser and http to us.
        here = urlsplit(f"{given.scheme}://{host}")
        return given.scheme in (scheme, "https") and _place(given) == _place(here)
    except ValueError:  # no port, or no address
        return False


def _place(parts: SplitResult) -> tuple[str | None, int]:
    return parts.hostname, parts.port or _PORTS[parts.scheme]


def _digest(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()
