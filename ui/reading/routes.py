"""Where the page fetches articles to read."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from index.generation import Generation
from rag.errors import InputError
from ui.reading.article import render_article
from ui.reading.frame import render_frame
from ui.reading.place import quotes_in, window_in
from ui.reading.printed import render_printed
from ui.texts.reading import READING
from ui.visitor import texts_of

_VIEWS = {"text": render_article, "printed": render_printed}


def routes(current: Callable[[], Generation]) -> APIRouter:
    """The routes of the reading room.

    `GET /yz/reading` is its frame. `GET /yz/articles/{id}/read` is an article: `view` is `text`
    or `printed`, `at` the id of a paragraph, each `quote` a quotation (`paragraph:3-20`), `window`
    what is shown of a long one (`0-80`: paragraphs, or characters of the file). Wrong ones get
    422, an article that is not there 404.

    Args:
        current: the generation that is read.
    """
    router = APIRouter()

    @router.get("/yz/reading")
    def frame(request: Request) -> Response:
        return HTMLResponse(render_frame(texts_of(request).code))

    # An id that a record gives itself may have slashes.
    @router.get("/yz/articles/{article_id:path}/read")
    def read(
        request: Request,
        article_id: str,
        at: str | None = None,
        quote: Annotated[list[str] | None, Query()] = None,
        view: str = "text",
        window: str = "",
    ) -> Response:
        texts = texts_of(request)
        own = READING[texts.code]
        render = _VIEWS.get(view)
        try:
            quotes, shown = quotes_in(quote or ()), window_in(window)
        except InputError:
            render = None
        if render is None:
            return JSONResponse({"error": own.wrong}, 422)
        generation = current()
        article = generation.article(article_id)
        if article is None:
            return JSONResponse({"error": own.gone}, 404)
        paragraphs = generation.article_paragraphs(article_id)
        return HTMLResponse(
            render(article, paragraphs, at=at, quotes=quotes, texts=texts, window=shown)
        )

    return router
