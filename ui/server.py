"""Serving the chat: one local address, security headers, no request to anywhere else."""

import hmac
import logging
import socket
from collections.abc import Callable
from pathlib import Path

import gradio as gr
import uvicorn
from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.app import i18n

_ASSETS = Path(__file__).parent / "assets"
_SHUTDOWN = 1  # seconds that open pages get when the server stops

# Gradio's page has inline scripts and styles; everything else must come from this server, so
# that no text in an answer can make the browser call elsewhere.
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class SecurityHeaders:
    """Adds `HEADERS` to every response; a plain ASGI layer, so that closed pages are noticed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def create_web(app: gr.Blocks, *, hosts: tuple[str, ...], password: str | None) -> FastAPI:
    """The web application around the chat.

    Args:
        app: the chat, from `ui.app.build_app`.
        hosts: names under which it may be called ("*" is any); others are refused, so that no
            foreign site can reach a reader's own server under a name of its choice.
        password: asked for, with any user name, if given.
    """
    outer = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    outer.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))
    outer.add_middleware(SecurityHeaders)
    web: FastAPI = gr.mount_gradio_app(
        outer,
        app,
        path="/",
        auth=None if password is None else _checker(password),
        show_error=False,
        max_file_size=1,  # nothing is uploaded here
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        i18n=i18n,
        theme=_theme(),
        css=(_ASSETS / "chat.css").read_text("utf-8"),
        head=f"<script>{(_ASSETS / 'chat.js').read_text('utf-8')}</script>",
    )
    return web


def server(web: FastAPI) -> uvicorn.Server:
    """A server for the application; `run(sockets=[…])` blocks until it is told to stop."""
    config = uvicorn.Config(
        web,
        log_level="warning",
        access_log=False,  # questions are nobody else's business
        timeout_graceful_shutdown=_SHUTDOWN,
        server_header=False,
    )
    return _Server(config)


class _Server(uvicorn.Server):
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Every open page holds a stream; cutting it off now is no error worth a traceback.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)


def _checker(password: str) -> Callable[[str, str], bool]:
    def check(_user: str, given: str) -> bool:
        return hmac.compare_digest(given.encode(), password.encode())

    return check


def _theme() -> gr.themes.Base:
    """Gradio's plainest theme with the fonts of the reader's system: none is downloaded."""
    names = ("system-ui", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif")
    fonts = [gr.themes.Font(name) for name in names]
    mono = [gr.themes.Font("ui-monospace"), gr.themes.Font("monospace")]
    return gr.themes.Base(
        primary_hue="slate", neutral_hue="stone", font=fonts, font_mono=mono, radius_size="md"
    )
