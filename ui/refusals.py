"""Refusing a request in words that the page can show, before any route has seen it."""

import math

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from ui.texts.gate import GATE, GateTexts
from ui.visitor import texts_of


def words_for(scope: Scope) -> GateTexts:
    """The words of the door in the language of whoever asks."""
    return GATE[texts_of(Request(scope)).code]


def refusal(status: int, words: str, *, wait: float = 0.0) -> Response:
    """A refusal; `{seconds}` in the words becomes the seconds to wait, rounded up."""
    seconds = math.ceil(wait)
    said = words.replace("{seconds}", str(seconds))
    headers = {"Cache-Control": "no-store"} | ({"Retry-After": str(seconds)} if wait else {})
    # Gradio's page shows "detail", ours "error".
    return JSONResponse({"error": said, "detail": said}, status, headers)
