"""What the drawer of articles asks the server for: lists, files on their way in, work."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from index.store import Store
from rag.errors import QuestionError, YinzhengError
from rag.filters import Filters
from ui.articles.errors import Reason, Refusal, reason_of
from ui.articles.holdings import Order, Wanted, holdings_of
from ui.articles.library import Library, Received
from ui.articles.names import safe_name
from ui.articles.render import render_facets, render_list, render_removed
from ui.articles.told import refusal_words, render_end, stage_words
from ui.texts.articles import ARTICLES, ArticlesTexts
from ui.visitor import texts_of

_STATUS: dict[Reason, int] = {
    "off": 403, "name": 422, "kind": 415, "empty": 422, "large": 413, "much": 413, "full": 507,
    "unwritable": 507, "unknown": 404, "dates": 422, "failed": 500, "damaged": 500,
}  # fmt: skip
_CONFLICT = 409  # all others: as things are now, it cannot be done
_Word = Annotated[str, Query(max_length=500)]


def routes(held: Library | Store, *, manage: bool) -> APIRouter:
    """The routes below /yz/articles; `manage` lets readers add and remove files.

    Args:
        held: the library; where nothing is to be changed, a store is enough.
        manage: whether articles may be changed from the page; it takes a library.
    """
    router = APIRouter()
    _add_reading(router, held.store if isinstance(held, Library) else held, manage=manage)
    _add_changing(router, held if isinstance(held, Library) and manage else None)
    return router


def _add_reading(router: APIRouter, store: Store, *, manage: bool) -> None:
    @router.get("/yz/articles")
    def listed(
        request: Request,
        q: _Word = "",
        since: _Word = "",
        until: _Word = "",
        source: _Word = "",
        order: Order = "newest",
        after: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    ) -> Response:
        texts = _texts(request)
        try:
            sources = (source,) if source.strip() else ()
            filters = Filters(since.strip() or None, until.strip() or None, sources)
        except QuestionError:
            return _refused(Refusal("dates", "a date has another form"), texts)
        holdings = holdings_of(store.current())
        page = holdings.page(Wanted(q, filters, order), after=after)
        return HTMLResponse(render_list(page, holdings, texts, manage=manage))

    @router.get("/yz/articles/facets")
    def facets(request: Request) -> Response:
        return HTMLResponse(render_facets(holdings_of(store.current()), _texts(request)))


def _add_changing(router: APIRouter, library: Library | None) -> None:
    """The routes that change something; without a library they say that this is switched off."""

    def answer(request: Request, work: Callable[[Library, ArticlesTexts], Any]) -> Response:
        texts = _texts(request)
        try:
            found = work(_there(library), texts)
        except YinzhengError as error:
            return _refused(error, texts)
        return HTMLResponse(found) if isinstance(found, str) else JSONResponse(found)

    @router.put("/yz/articles/upload")
    async def upload(request: Request, name: _Word) -> Response:
        texts = _texts(request)
        try:
            safe, outcome = await _received(_there(library), name, request)
        except YinzhengError as error:
            return _refused(error, texts)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it
        words = {"new": "", "same": texts.same, "replaces": texts.replaces}[outcome]
        told = {"name": safe, "outcome": outcome, "words": words.format(name=safe)}
        return JSONResponse(told)

    @router.post("/yz/articles/add")
    def add(request: Request, names: Annotated[list[str] | None, Body(embed=True)] = None) -> Any:
        def work(library: Library, texts: ArticlesTexts) -> dict[str, Any]:
            library.begin_add(names)
            return _job(library, texts)

        return answer(request, work)

    @router.get("/yz/articles/job")
    def job(request: Request) -> Response:
        return answer(request, _job)

    @router.post("/yz/articles/cancel")
    def cancel(request: Request) -> Response:
        def work(library: Library, texts: ArticlesTexts) -> dict[str, Any]:
            library.cancel()
            return _job(library, texts)

        return answer(request, work)

    @router.post("/yz/articles/discard")
    def discard(request: Request) -> Response:
        def work(library: Library, texts: ArticlesTexts) -> dict[str, Any]:
            library.discard()
            return {"words": texts.discarded}

        return answer(request, work)

    @router.get("/yz/articles/removed")
    def removed(request: Request) -> Response:
        return answer(
            request, lambda library, texts: render_removed(library.trash.entries(), texts)
        )

    @router.post("/yz/articles/remove")
    def remove(
        request: Request,
        article: Annotated[str, Body(max_length=500)],
        for_good: Annotated[bool, Body()] = False,
    ) -> Response:
        return answer(request, lambda library, texts: _removed(library, article, for_good, texts))

    @router.post("/yz/articles/undo")
    def undo(request: Request, key: Annotated[str, Body(embed=True, max_length=100)]) -> Response:
        def work(library: Library, texts: ArticlesTexts) -> dict[str, Any]:
            library.begin_undo(key)
            return _job(library, texts)

        return answer(request, work)


async def _received(library: Library, name: str, request: Request) -> tuple[str, Received]:
    """Take a file in as it comes; whatever goes wrong, nothing of it is left then."""
    safe = safe_name(name)
    told = request.headers.get("content-length", "")
    size = int(told) if told.isdecimal() else 0
    incoming = await run_in_threadpool(library.uploads.begin, safe, size)
    try:
        async for part in request.stream():
            await run_in_threadpool(incoming.write, part)
        await run_in_threadpool(incoming.finish)
    finally:
        incoming.close()
    return safe, await run_in_threadpool(library.received, safe)


def _job(library: Library, texts: ArticlesTexts) -> dict[str, Any]:
    """How far the work is, and what waits."""
    status = library.status()
    if status is not None and status.state == "running":
        return {
            "state": "running",
            "number": status.number,
            "share": round(status.share, 3),
            "words": stage_words(status, texts),
            "stoppable": status.can_stop,
            "waiting": "",
        }
    count = len(library.waiting())
    waiting = texts.waiting.format(count=count) if count else ""
    if status is None:
        return {"state": "none", "number": 0, "waiting": waiting}
    ended = {"state": status.state, "number": status.number, "waiting": waiting}
    return {**ended, "html": render_end(status, texts)}


def _removed(
    library: Library, article: str, for_good: bool, texts: ArticlesTexts
) -> dict[str, Any]:
    """What was removed; or, if that could not be undone, the question whether to do it so."""
    try:
        entry = library.remove(article, for_good=for_good)
    except Refusal as error:
        if error.reason != "no_way_back":
            raise
        return {"removed": False, "words": refusal_words(error, texts)}
    words = texts.gone_for_good if for_good else texts.removed
    told = words.format(file=entry.source, count=entry.articles)
    return {"removed": True, "words": told, "undo": entry.key}


def _there(library: Library | None) -> Library:
    if library is None:
        raise Refusal("off", "articles are not changed from this page")
    return library


def _texts(request: Request) -> ArticlesTexts:
    return ARTICLES[texts_of(request).code]


def _refused(error: YinzhengError, texts: ArticlesTexts) -> JSONResponse:
    status = _STATUS.get(reason_of(error), _CONFLICT)
    return JSONResponse({"error": refusal_words(error, texts)}, status)
