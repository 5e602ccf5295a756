"""The API as an application: its routes, the guard in front of them, its description."""

import re
from collections.abc import Collection
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from rag.errors import YinzhengError
from rag.serve import articles, ask, guard, health, openai, search
from rag.serve.errors import ApiError, request_id_of, told
from rag.serve.metrics import Counted, Metrics
from rag.serve.service import Service

_ABOUT = """Ask a store of articles: every sentence of an answer cites the paragraph that proves it.

Every error has one form, `{"error": {"message", "type", "param", "code"}}`, and every response an
X-Request-ID, by which the server's log names it."""
_TOO_LONG, _TOO_SHORT, _MISSING = "too_long", "empty", "missing"
_KINDS = {
    "string_too_long": _TOO_LONG,
    "too_long": _TOO_LONG,
    "string_too_short": _TOO_SHORT,
    "missing": _MISSING,
    "extra_forbidden": "unknown",
}
_FORMS = {
    "since": "write YYYY, YYYY-MM or YYYY-MM-DD",
    "until": "write YYYY, YYYY-MM or YYYY-MM-DD",
    "question": "it is empty; ask something",
    "cursor": "give `next` of the page before as it was, or none to begin",
}
_NAME = re.compile(r"[A-Za-z_]{1,40}")
_STATUSES = {
    404: ("not_found", "there is nothing at this address"),
    405: ("method_not_allowed", "this method does not exist here"),
}


def create_api(service: Service, *, hosts: Collection[str], key: str | None = None) -> FastAPI:
    """The API over a service, to be served or mounted.

    Args:
        service: what searches and answers.
        hosts: names under which it may be called ("*" is any).
        key: what callers have to send as `Authorization: Bearer …`, if anything.
    """
    api = FastAPI(
        title="Yinzheng 引证",
        version=_version(),
        description=_ABOUT,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    metrics = Metrics(service)
    for module in (search, ask, articles, openai, health):
        api.include_router(module.routes(service))
    api.include_router(metrics.routes())
    _tell_errors(api)
    if key is not None:
        _describe_key(api)
    limits = service.limits
    # The last one is the first to see a request.
    api.add_middleware(guard.Bodies, longest=limits.body, seconds=limits.body_seconds)
    if key is not None:
        api.add_middleware(guard.Key, key=key, open_paths=(health.HEALTHZ, health.READYZ))
    api.add_middleware(guard.Foreign)
    api.add_middleware(guard.Hosts, hosts=hosts)
    api.add_middleware(Counted, metrics=metrics)
    api.add_middleware(guard.SlowReaders, seconds=limits.reader_seconds)
    api.add_middleware(guard.Requests)
    return api


def _tell_errors(api: FastAPI) -> None:
    """Give every error its one form; what is not named here is caught by `guard.Requests`."""

    async def tell(request: Request, error: Exception) -> Response:
        return told(error, request_id_of(request.scope)).response()

    async def tell_invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return _invalid(error).response()

    async def tell_status(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        code, words = _STATUSES.get(error.status_code, ("request_invalid", "this cannot be read"))
        answer = ApiError(error.status_code, code, words).response()
        answer.headers.update(error.headers or {})  # which methods are allowed
        return answer

    async def tell_nobody(request: Request, error: Exception) -> Response:
        return Response(status_code=499)  # the caller has gone; only the metrics see this

    api.add_exception_handler(ApiError, tell)
    api.add_exception_handler(YinzhengError, tell)
    api.add_exception_handler(RequestValidationError, tell_invalid)
    api.add_exception_handler(HTTPException, tell_status)
    api.add_exception_handler(ClientDisconnect, tell_nobody)


def _invalid(error: RequestValidationError) -> ApiError:
    """The first thing that is wrong: which field, and what is allowed; never what was sent."""
    first = error.errors()[0]
    place = [str(part) for part in first["loc"][1:]]
    if first["type"] == "json_invalid":
        return ApiError(422, "json_invalid", "the request is no JSON object")
    kind = _KINDS.get(first["type"], "invalid")
    if kind == "unknown":
        known = place[-1] if _NAME.fullmatch(place[-1]) else None
        return ApiError(422, "field_unknown", "there is no such field", known)
    field = next(iter(place), "")
    words = first["msg"]
    if first["type"] == "string_pattern_mismatch":
        words = _FORMS.get(field, "has another form")
    where = ".".join(place) or "the request"
    return ApiError(422, f"{field or 'request'}_{kind}", f"{where}: {words}", field or None)


def _describe_key(api: FastAPI) -> None:
    """Say in the description that a key is needed, and where it is not."""
    describe = api.openapi

    def with_key() -> dict[str, Any]:
        found = describe()
        schemes = found.setdefault("components", {}).setdefault("securitySchemes", {})
        schemes["key"] = {"type": "http", "scheme": "bearer", "description": "RAG_API_KEY"}
        found["security"] = [{"key": []}]
        for path in (health.HEALTHZ, health.READYZ):
            for operation in found["paths"][path].values():
                operation["security"] = []
        return found

    api.openapi = with_key  # type: ignore[method-assign]


def _version() -> str:
    try:
        return version("yinzheng")
    except PackageNotFoundError:  # run from a checkout
        return "0"
