"""The password in front of everything: a page that asks for it, and sessions of those who knew it.

Sessions live in memory: after a restart everyone gives the password again.
"""

import hashlib
import hmac
import math
import secrets
import time
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.serve.buckets import Buckets, client_of
from ui.inert import inert
from ui.refusals import refusal, words_for
from ui.texts.gate import GATE, GateTexts
from ui.visitor import texts_of

SESSION = "yz_session"  # cookie
IDLE = 12 * 3600.0  # seconds without a request after which a session ends
SESSIONS = 1000  # at once; the one that was idle longest makes room
TRIES = 10  # wrong passwords in a row from one address …
TRIES_BACK = 60.0  # … and the seconds after which one more is allowed
ALL_TRIES = 100  # the same of all addresses together
ALL_TRIES_BACK = 6.0
LOGIN, LOGOUT = "/yz/login", "/yz/logout"

_STYLE = (Path(__file__).parent / "assets" / "gate.css").read_text("utf-8")
_STYLE_HASH = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# Following a link on another site, browsers keep back the cookie of a session; on a page's own
# request they send it.
_AGAIN = '<!doctype html><meta http-equiv="refresh" content="0"><title>…</title>'


class Sessions:
    """Those who gave the password, by a token that only their browser knows."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: OrderedDict[str, float] = OrderedDict()  # the longest idle first

    def __len__(self) -> int:
        return len(self._seen)

    def begin(self) -> str:
        """A token for a new session."""
        token = secrets.token_urlsafe(32)
        self._seen[token] = self._clock()
        while len(self._seen) > SESSIONS:
            self._seen.popitem(last=False)
        return token

    def has(self, token: str) -> bool:
        """Whether the token is that of a session; if so, it is no longer idle."""
        now = self._clock()
        while self._seen and now - next(iter(self._seen.values())) >= IDLE:
            self._seen.popitem(last=False)
        if token not in self._seen:
            return False
        self._seen[token] = now
        self._seen.move_to_end(token)
        return True

    def end(self, token: str) -> None:
        """Forget the session, if there is one."""
        self._seen.pop(token, None)


class Gate:
    """Lets nobody without the password through to the application behind it.

    A page that is asked for without a session is answered by the one that asks for the password,
    everything else by 401 and words. Wrong passwords are counted by address and in all; whoever
    gave too many waits, and the next is not even compared.
    """

    def __init__(
        self, app: ASGIApp, *, password: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._password = _digest(password)
        self._sessions = Sessions(clock=clock)
        self._tries = Buckets(TRIES, every=TRIES_BACK, clock=clock)
        self._all_tries = Buckets(ALL_TRIES, every=ALL_TRIES_BACK, clock=clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection; of the web, for HTTP and the start of the program only."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        answer = await self._answer(request)
        await (answer or self._app)(scope, receive, send)

    async def _answer(self, request: Request) -> Response | None:
        """What the gate says itself; None for a request that may pass."""
        token = request.cookies.get(SESSION, "")
        path, method = request.url.path, request.method
        if path == LOGIN and method == "POST":
            return await self._enter(request)
        if path == LOGOUT and method == "POST":
            self._sessions.end(token)
            return _to_page(request, "")
        if self._sessions.has(token):
            return _to_page(request) if path == LOGIN else None
        if method == "GET" and "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(_AGAIN) if _linked(request) else _page(request)
        return refusal(401, words_for(request.scope).signed_out)

    async def _enter(self, request: Request) -> Response:
        words, client = words_for(request.scope), client_of(request.scope.get("client"))
        # A token is taken before the comparison, so that many tries at once gain nothing.
        wait = self._tries.take(client)
        if not wait and (wait := self._all_tries.take("")):
            self._tries.give_back(client)
        if wait:
            return _page(request, words.locked, wait=wait)
        if not hmac.compare_digest(_digest(await _given(request)), self._password):
            return _page(request, words.wrong)
        self._tries.give_back(client)
        self._all_tries.give_back("")
        self._sessions.end(request.cookies.get(SESSION, ""))
        return _to_page(request, self._sessions.begin())


def _linked(request: Request) -> bool:
    return request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin")


async def _given(request: Request) -> str:
    """The password in a form that was sent; the guard in front limits its length."""
    body = (await request.body()).decode("utf-8", "replace")
    try:
        fields = parse_qs(body, max_num_fields=8)
    except ValueError:
        return ""
    return fields.get("password", [""])[0]


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _to_page(request: Request, token: str | None = None) -> Response:
    """Back to the page, always the same one; with a new session, or ("") with none any more."""
    answer = RedirectResponse("/", 303, {"Cache-Control": "no-store"})
    secure = request.url.scheme == "https"
    if token:
        answer.set_cookie(SESSION, token, httponly=True, samesite="strict", secure=secure)
    elif token is not None:
        answer.delete_cookie(SESSION, httponly=True, samesite="strict", secure=secure)
    return answer


def _page(request: Request, trouble: str = "", *, wait: float = 0.0) -> Response:
    """The page that asks for the password, with what was wrong."""
    code = texts_of(request).code
    status, seconds = (429, str(math.ceil(wait))) if wait else (401, "")
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": _POLICY}
    if wait:
        headers["Retry-After"] = seconds
    html = _html(code, GATE[code], trouble.replace("{seconds}", seconds))
    return HTMLResponse(html, status, headers)


def _html(code: str, words: GateTexts, trouble: str) -> str:
    described = ' aria-describedby="trouble" aria-invalid="true"' if trouble else ""
    alert = f'<p id="trouble" role="alert">{inert(trouble)}</p>' if trouble else ""
    return (
        f'<!doctype html><html lang="{code}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">'
        f"<title>{inert(words.title)}</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{inert(words.title)}</h1><p>{inert(words.invitation)}</p>"
        f'<form method="post" action="{LOGIN}">'
        '<input name="username" autocomplete="username" value="reader" hidden>'
        f'<label for="password">{inert(words.password)}</label>'
        '<input id="password" name="password" type="password" required autofocus '
        f'autocomplete="current-password" maxlength="1000"{described}>'
        f"{alert}<button>{inert(words.enter)}</button></form></main></body></html>"
    )
