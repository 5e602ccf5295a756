"""Where the page learns what answers, and chooses another model."""

import json

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, Response

from rag.errors import ModelError
from ui.models.choice import ModelChoice
from ui.models.choosable import QUOTE, shown
from ui.models.drawer import render_models, title_of, trouble_of
from ui.models.opened import Status
from ui.texts.models import MODELS, ModelsTexts
from ui.visitor import texts_of


def routes(choice: ModelChoice, *, manage: bool) -> APIRouter:
    """The routes of the model room.

    `GET /yz/models` is what is in the drawer, `GET /yz/models/status` how far a loading is, `POST
    /yz/models` with `{"name": …}` chooses, `POST /yz/models/cancel` gives up what is loaded. Only
    what is on this computer can be chosen: no path, and nothing that would be downloaded.

    Args:
        choice: of the models.
        manage: whether readers may choose; else both POST give 403.
    """
    router = APIRouter()

    @router.get("/yz/models")
    def models(request: Request) -> Response:
        status, style = choice.status(), choice.assistant.answer_style
        found = choice.found() if manage else []
        code = texts_of(request).code
        return HTMLResponse(render_models(found, status, style, code=code, manage=manage))

    @router.get("/yz/models/status")
    def status(request: Request) -> Response:
        return _told(choice.status(), _texts(request))

    @router.post("/yz/models")
    async def choose(request: Request) -> Response:
        own = _texts(request)
        if not manage:
            return JSONResponse({"error": own.locked}, 403)
        name = _name(await request.body())
        if name is None:
            return JSONResponse({"error": own.unknown}, 422)
        return await run_in_threadpool(_choose, choice, name, own)

    @router.post("/yz/models/cancel")
    def cancel(request: Request) -> Response:
        own = _texts(request)
        if not manage:
            return JSONResponse({"error": own.locked}, 403)
        choice.cancel()
        return _told(choice.status(), own)

    return router


def _choose(choice: ModelChoice, key: str, own: ModelsTexts) -> Response:
    name = QUOTE
    if key not in (QUOTE, "auto"):
        found = next((one for one in choice.found() if one.key == key), None)
        if found is None:
            return JSONResponse({"error": own.unknown}, 404)
        if found.fault is not None and not found.current:
            fault = own.unusable.format(fault=own.fault(shown(found.fault)))
            return JSONResponse({"error": fault}, 409)
        if found.current:
            choice.cancel()  # what answers shall stay
            return _told(choice.status(), own)
        name = found.name
    try:
        choice.choose("auto" if key == "auto" else name)
    except ModelError as error:  # the file went, or became another one, just now
        status = Status("", error=str(error), failed=name)
        return JSONResponse({"error": trouble_of(status, own)}, 409)
    return _told(choice.status(), own)


def _told(status: Status, own: ModelsTexts) -> JSONResponse:
    """A status in the reader's words."""
    return JSONResponse(
        {
            "current": shown(status.current),
            "title": title_of(status.current, own),
            "wanted": title_of(status.wanted, own) if status.wanted else "",
            "share": status.share,
            "error": trouble_of(status, own),
        }
    )


def _name(body: bytes) -> str | None:
    """The name in the body of a request; None if there is none."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        return None
    name = given.get("name") if isinstance(given, dict) else None
    return shown(name) if isinstance(name, str) and name else None


def _texts(request: Request) -> ModelsTexts:
    return MODELS[texts_of(request).code]
