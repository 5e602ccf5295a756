"""Serving the chat: one local address, guarded, no request to anywhere else."""

import logging
import socket
from collections.abc import Sequence

import gradio as gr
import uvicorn
from fastapi import APIRouter, FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp

from rag.serve.protocol import Protocol
from ui.beside import Beside
from ui.doors import Doors
from ui.gate import Gate
from ui.guard import Guard, SecurityHeaders
from ui.page import Page, read_assets

_SHUTDOWN = 1  # seconds that open pages get when the server stops


def create_web(
    app: gr.Blocks,
    *,
    hosts: tuple[str, ...],
    password: str | None,
    routers: Sequence[APIRouter] = (),
    api: ASGIApp | None = None,
) -> FastAPI:
    """The web application around the chat.

    Args:
        app: the chat, from `ui.app.build_app`.
        hosts: names under which it may be called ("*" is any); others are refused, so that no
            foreign site can reach a reader's own server under a name of its choice.
        password: asked for before anything is shown, if given.
        routers: what is served beside the conversation, all of it under /yz/.
        api: stands under /api, with a guard of its own; nothing of the chat's lies in front of it.
    """
    outer = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    assets = read_assets()
    for router in (assets.router(), *routers):
        outer.include_router(router)
    _mount(outer, app)
    # The last one is the first to see a request.
    outer.add_middleware(Page, assets=assets)
    outer.add_middleware(Doors)
    if password is not None:
        outer.add_middleware(Gate, password=password)
    outer.add_middleware(Guard)
    outer.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)
    outer.add_middleware(SecurityHeaders)
    if api is not None:
        outer.add_middleware(Beside, api=api)
    return outer


def _mount(outer: FastAPI, app: gr.Blocks) -> None:
    """Put Gradio behind all other routes, with everything off that this page does without."""
    gr.mount_gradio_app(
        outer,
        app,
        path="/",
        show_error=False,
        max_file_size=1,  # nothing is uploaded here
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=_theme(),
    )


def server(web: FastAPI) -> uvicorn.Server:
    """A server for the application; `run(sockets=[…])` blocks until it is told to stop."""
    config = uvicorn.Config(
        web,
        http=Protocol,
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


def _theme() -> gr.themes.Base:
    """Gradio's plainest theme with the fonts of the reader's system: none is downloaded."""
    names = ("system-ui", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif")
    fonts = [gr.themes.Font(name) for name in names]
    mono = [gr.themes.Font("ui-monospace"), gr.themes.Font("monospace")]
    return gr.themes.Base(
        primary_hue="slate", neutral_hue="stone", font=fonts, font_mono=mono, radius_size="md"
    )
