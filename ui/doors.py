"""Which doors of the application are open: Gradio has many that this page never uses."""

import re

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.serve.buckets import Buckets, client_of
from ui.refusals import refusal, words_for
from ui.visitor import READER, new_reader, reader_of

QUESTIONS = 240  # of one address at once: a whole office may have the same …
QUESTIONS_BACK = 0.25  # … and the seconds after which one more is allowed
_YEAR = 365 * 24 * 3600

_JOIN = "/gradio_api/queue/join"
_BEAT = re.compile(r"/gradio_api/heartbeat/[A-Za-z0-9_-]{1,64}")
_OPEN = {
    "GET": re.compile(
        r"/|/(?:yz|assets|static)/.+|/favicon\.ico|/theme\.css|/robots\.txt"
        rf"|{_BEAT.pattern}|/gradio_api/(?:queue/data|app_id/?)"
    ),
    "POST": re.compile(r"/yz/.+|/gradio_api/(?:queue/join|run/predict|cancel|reset)/?"),
    "PUT": re.compile(r"/yz/.+"),
    "DELETE": re.compile(r"/yz/.+"),
}
_OPEN["HEAD"] = _OPEN["GET"]


class Doors:
    """Opens what the page uses and answers 404 to everything else; numbers browsers.

    Questions of one address beyond `QUESTIONS` get 429 and words, and so do those that Gradio's
    queue has no place for: of its own refusal the page would show an English line.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._questions = Buckets(QUESTIONS, every=QUESTIONS_BACK)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method, path = scope["method"], scope["path"]
        if method not in _OPEN or not _OPEN[method].fullmatch(path):
            await refusal(404, words_for(scope).absent)(scope, receive, send)
        elif path.rstrip("/") == _JOIN:
            await self._ask(scope, receive, send)
        elif path == "/":
            # Gradio reads parameters here: names of pages, of saved states.
            scope = {**scope, "query_string": b""}
            await self._app(scope, receive, _numbered(scope, send))
        elif _BEAT.fullmatch(path):
            await self._app(scope, receive, _numbered(scope, send))
        else:
            await self._app(scope, receive, send)

    async def _ask(self, scope: Scope, receive: Receive, send: Send) -> None:
        wait = self._questions.take(client_of(scope.get("client")))
        if wait:
            answer = refusal(429, words_for(scope).too_fast, wait=wait)
            await answer(scope, receive, send)
            return
        full = refusal(429, words_for(scope).full, wait=5)
        await self._app(scope, receive, _instead(503, full, scope, receive, send))


def _instead(status: int, other: Response, scope: Scope, receive: Receive, send: Send) -> Send:
    """Sends another response in place of one with this status."""
    replaced = False

    async def chosen(message: Message) -> None:
        nonlocal replaced
        if message["type"] == "http.response.start" and message["status"] == status:
            replaced = True
            await other(scope, receive, send)
        elif not replaced:
            await send(message)

    return chosen


def _numbered(scope: Scope, send: Send) -> Send:
    """Sends a response that gives the browser a number if it has none.

    Coming from another site, a browser keeps its number to itself: a new one would replace it.
    The page's heartbeat follows in a moment, and that request is the page's own.
    """
    request = Request(scope)
    site = request.headers.get("sec-fetch-site", "none")
    if reader_of(request) or site not in ("none", "same-origin"):
        return send
    secure = request.url.scheme == "https"

    async def with_cookie(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer = Response()
            answer.set_cookie(
                READER, new_reader(), _YEAR, httponly=True, samesite="strict", secure=secure
            )
            cookie = answer.headers["set-cookie"]
            MutableHeaders(scope=message).append("set-cookie", cookie)
        await send(message)

    return with_cookie
