"""Gradio's page as it leaves the house: with our looks and scripts, and a policy made for it.

Its inline scripts are the only ones that may run: the policy names them by their SHA-256, so that
nothing which gets into the page later can.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fastapi import APIRouter
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.guard import policy
from ui.visitor import texts_of

_FOLDER = Path(__file__).parent / "assets"
_ORDER = ("shell", "chat", "citations", "talk", "reading", "articles", "chats", "models")
_FOREVER = "private, max-age=31536000, immutable"  # the address changes with the content

_INLINE = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)
_MANIFEST = re.compile(rb'<link rel="manifest"[^>]*>')
_BODY = re.compile(rb"<body[^>]*>")
_LANGUAGE = re.compile(rb'(<html\s[^>]*?lang=")[^"]*')


@dataclass(frozen=True)
class Assets:
    """Our style sheets and our scripts, each as one file."""

    css: bytes
    js: bytes

    @cached_property
    def css_path(self) -> str:
        """Where the style sheet is served."""
        return f"/yz/assets/{_name(self.css)}.css"

    @cached_property
    def js_path(self) -> str:
        """Where the script is served."""
        return f"/yz/assets/{_name(self.js)}.js"

    def router(self) -> APIRouter:
        """Serves the two files."""
        router = APIRouter()
        for path, content, kind in (
            (self.css_path, self.css, "text/css; charset=utf-8"),
            (self.js_path, self.js, "text/javascript; charset=utf-8"),
        ):
            router.add_route(path, _serving(content, kind), methods=["GET"])
        return router


def read_assets(folder: Path = _FOLDER) -> Assets:
    """The files of the page, put together in a fixed order."""
    return Assets(_together(folder, "css", b"\n"), _together(folder, "js", b"\n;\n"))


class Page:
    """Changes Gradio's page at "/" and leaves everything else alone."""

    def __init__(self, app: ASGIApp, *, assets: Assets) -> None:
        self._app = app
        self._assets = assets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        code = texts_of(Request(scope)).code
        plain = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        start: Message = {}
        parts: list[bytes] = []

        async def changed(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                if not _is_html(message):
                    await send(message)
                return
            if not _is_html(start):
                await send(message)
                return
            parts.append(message.get("body", b""))
            if message.get("more_body"):
                return
            body = dressed(b"".join(parts), self._assets, code)
            headers = MutableHeaders(scope=start)
            headers["content-length"] = str(len(body))
            headers["content-security-policy"] = policy(script_hashes(body))
            await send(start)
            await send({**message, "body": body})

        await self._app({**scope, "headers": plain}, receive, changed)


def dressed(html: bytes, assets: Assets, code: str) -> bytes:
    """The page with our files and its language, and without a manifest: it is no program."""
    script = f'<script src="{assets.js_path}" defer></script></head>'
    # At the start of the body: after all that Gradio puts into the head, so that ours counts.
    sheet = f'<link rel="stylesheet" href="{assets.css_path}">'
    html = _MANIFEST.sub(b"", html, count=1)
    html = _LANGUAGE.sub(rb"\g<1>" + code.encode(), html, count=1)
    html = html.replace(b"</head>", script.encode(), 1)
    return _BODY.sub(lambda found: found[0] + sheet.encode(), html, count=1)


def script_hashes(html: bytes) -> tuple[str, ...]:
    """The inline scripts of a page, as a policy names them."""
    digests = (hashlib.sha256(found).digest() for found in _INLINE.findall(html))
    return tuple(f"sha256-{b64encode(digest).decode()}" for digest in digests)


def _is_html(start: Message) -> bool:
    return Headers(raw=start.get("headers", [])).get("content-type", "").startswith("text/html")


def _serving(content: bytes, kind: str) -> Callable[[Request], Response]:
    def serve(_request: Request) -> Response:
        return Response(content, media_type=kind, headers={"Cache-Control": _FOREVER})

    return serve


def _together(folder: Path, ending: str, between: bytes) -> bytes:
    paths = (folder / f"{name}.{ending}" for name in _ORDER)
    return between.join(path.read_bytes() for path in paths if path.is_file())


def _name(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
