"""What stands in front of every route: headers, whence a request may come, how long it may be.

Plain ASGI layers: they see a stream piece by piece, and notice a page that is closed.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.serve.guard import foreign
from ui.refusals import refusal, words_for

LONGEST_BODY = 64 * 1024  # bytes of a request
UPLOAD = ("PUT", "/yz/articles/upload")  # has a limit of its own

# Everything must come from this server, so that no text in an answer can make the browser call
# elsewhere. Gradio writes styles into its elements; its page's scripts are named by their hashes
# (see `ui.page`), which takes the place of "script-src 'self'" there.
_POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "media-src": "'none'",
    "frame-src": "'none'",
    "worker-src": "'none'",
    "manifest-src": "'none'",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # Nothing is told to others. "no-referrer" would make our own forms come from nowhere, too.
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def policy(script_hashes: tuple[str, ...] = ()) -> str:
    """The Content-Security-Policy, with the inline scripts that may run ("sha256-…")."""
    scripts = " ".join(("'self'", *(f"'{found}'" for found in script_hashes)))
    return "; ".join(f"{k} {v}" for k, v in (_POLICY | {"script-src": scripts}).items())


class SecurityHeaders:
    """Adds `HEADERS` and a policy to every response that has none; lets no other site read one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        path = scope.get("path", "")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers.setdefault("Content-Security-Policy", policy())
                if path == "/" or path.startswith("/yz/"):
                    headers.setdefault("Cache-Control", "no-store")
                for name in [name for name in headers if name.startswith("access-control-")]:
                    del headers[name]  # Gradio gives leave to others
            await send(message)

        await self._app(scope, receive, send_with_headers)


class Guard:
    """Refuses what other sites make a browser send, bodies that are too long, and WebSockets.

    Other sites may link to the page, and nothing else.
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
        elif foreign(scope):
            await refusal(403, words_for(scope).foreign)(scope, receive, send)
        elif (scope["method"], scope["path"]) == UPLOAD:
            await self._app(scope, receive, send)
        else:
            await self._with_limit(scope, receive, send)

    async def _with_limit(self, scope: Scope, receive: Receive, send: Send) -> None:
        told = Headers(scope=scope).get("content-length", "0")
        too_large = refusal(413, words_for(scope).too_large)
        if not told.isascii() or not told.isdigit() or int(told[:20]) > LONGEST_BODY:
            await too_large(scope, receive, send)
            return
        length, begun, refused = 0, False, False

        async def counted() -> Message:
            nonlocal length, refused
            message = await receive()
            length += len(message.get("body", b""))
            if length <= LONGEST_BODY:
                return message
            if not (begun or refused):
                await too_large(scope, receive, send)
            refused = True  # the application is told that nobody is there any more
            return {"type": "http.disconnect"}

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            if not refused:
                await send(message)

        try:
            await self._app(scope, counted, watched)
        except ClientDisconnect:
            if not refused:
                raise
