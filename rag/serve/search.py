"""POST /search: the paragraphs nearest to a question."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from rag.serve.leaving import unless_left
from rag.serve.schemas import SearchRequest, SearchResponse, errors
from rag.serve.service import Service


def routes(service: Service) -> APIRouter:
    """POST /search."""
    router = APIRouter(tags=["search"])

    @router.post(
        "/search",
        operation_id="search",
        summary="The paragraphs nearest to a question",
        response_model=SearchResponse,
        responses=errors(415, 422, 503),
    )
    async def search(request: Request, asked: SearchRequest) -> JSONResponse:
        """Best first; near-duplicates count once, and stand in `also_in`."""
        found = service.search(asked.question, k=asked.k, filters=asked.filters)
        hits = await unless_left(request, found)
        return JSONResponse({"question": asked.question, "hits": [hit.to_json() for hit in hits]})

    return router
