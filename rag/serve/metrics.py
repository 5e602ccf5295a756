"""GET /metrics: what the server does, in numbers for Prometheus; for this computer alone.

No label has anything of a question, an article or an address: routes are templates, reasons the
codes of errors.
"""

import json
import re
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from ipaddress import IPv6Address, ip_address
from typing import Any, ParamSpec, TypeVar

from fastapi import APIRouter, Request, Response
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.answer import Answer, AnswerFinished, Event, TextAdded
from rag.errors import ModelBusy, QuestionError
from rag.serve.errors import ApiError
from rag.serve.gauges import State
from rag.serve.schemas import errors
from rag.serve.service import Service, closed_behind

_QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds of a search
_SLOW = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0)  # of an answer
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_CODE = re.compile(r"[a-z_]{1,60}")
_FORWARDED = ("forwarded", "via", "x-real-ip")

_Asked = ParamSpec("_Asked")
_Found = TypeVar("_Found")


class Metrics:
    """Counts and times what a service does, and its requests (see `Counted`)."""

    def __init__(self, service: Service, *, clock: Callable[[], float] = time.monotonic) -> None:
        """From now on the service's searches and answers are counted."""
        self._clock = clock
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "yinzheng_requests",
            "Requests answered",
            ("route", "method", "status"),
            registry=registry,
        )
        self._refused = Counter(
            "yinzheng_refused",
            "Requests refused or failed, by code",
            ("reason",),
            registry=registry,
        )
        self._searches = Histogram(
            "yinzheng_search_seconds",
            "Searches, with the wait for their turn",
            buckets=_QUICK,
            registry=registry,
        )
        self._first_texts = Histogram(
            "yinzheng_first_text_seconds",
            "From question to the first words of its answer",
            buckets=_SLOW,
            registry=registry,
        )
        self._answers = Histogram(
            "yinzheng_answer_seconds",
            "From question to the whole answer",
            buckets=_SLOW,
            registry=registry,
        )
        self._answered = Counter(
            "yinzheng_answers", "Answers given", ("llm", "abstained"), registry=registry
        )
        self._asks = Counter(
            "yinzheng_asks",
            "Questions, by how they ended: answered, refused, failed, or left by who asked",
            ("end",),
            registry=registry,
        )
        registry.register(State(service))
        ProcessCollector(registry=registry)
        service.search = self._timed(service.search)  # type: ignore[method-assign]
        service.events = self._watched(service.events)  # type: ignore[method-assign]

    def routes(self) -> APIRouter:
        """GET /metrics."""
        router = APIRouter(tags=["health"])
        text = {"text/plain": {"schema": {"type": "string"}}}

        @router.get(
            "/metrics",
            operation_id="metrics",
            summary="What the server does, in numbers",
            response_class=Response,
            responses={
                **errors(404),
                200: {"description": "In the form of Prometheus.", "content": text},
            },
        )
        def metrics(request: Request) -> Response:
            """Only for this computer, and not through a proxy; 404 otherwise."""
            if not _is_local(request):
                raise ApiError(404, "not_found", "there is nothing at this address")
            return Response(self.text(), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

        return router

    def text(self) -> bytes:
        """All numbers, as Prometheus reads them."""
        return generate_latest(self._registry)

    def request(self, route: str, method: str, status: int, reason: str) -> None:
        """Count a request; `reason` is the code of an error, if it was one."""
        method = method if method in _METHODS else "other"
        self._requests.labels(route, method, str(status)).inc()
        if reason:
            self._refused.labels(reason).inc()

    def _timed(
        self, search: Callable[_Asked, Coroutine[Any, Any, _Found]]
    ) -> Callable[_Asked, Coroutine[Any, Any, _Found]]:
        async def timed(*args: _Asked.args, **options: _Asked.kwargs) -> _Found:
            begun = self._clock()
            found = await search(*args, **options)
            self._searches.observe(self._clock() - begun)
            return found

        return timed

    def _watched(
        self, ask: Callable[_Asked, AsyncIterator[Event]]
    ) -> Callable[_Asked, AsyncIterator[Event]]:
        async def watched(*args: _Asked.args, **options: _Asked.kwargs) -> AsyncIterator[Event]:
            begun, speaks, end = self._clock(), False, "left"
            events = ask(*args, **options)
            try:
                async with closed_behind(events):
                    async for event in events:
                        if isinstance(event, TextAdded) and not speaks:
                            speaks = True
                            self._first_texts.observe(self._clock() - begun)
                        elif isinstance(event, AnswerFinished):
                            end = "answered"
                            self._finished(event.answer, self._clock() - begun)
                        yield event
            except (ApiError, QuestionError, ModelBusy):
                end = "refused"
                raise
            except Exception:
                end = "failed"
                raise
            finally:
                self._asks.labels(end).inc()

        return watched

    def _finished(self, answer: Answer, seconds: float) -> None:
        self._answers.observe(seconds)
        self._answered.labels(answer.llm, "yes" if answer.abstained else "no").inc()


class Counted:
    """Counts every request, those too that never come to a route; inside of `guard.Requests`."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, reason, json_error = 499, "", False  # nothing is said to callers who have gone

        async def seen(message: Message) -> None:
            nonlocal status, reason, json_error
            if message["type"] == "http.response.start":
                status = message["status"]
                kind = Headers(raw=message["headers"]).get("content-type", "")
                json_error = status >= 400 and kind.startswith("application/json")
            elif json_error and message["type"] == "http.response.body":
                reason, json_error = _code(message.get("body", b"")), False
            await send(message)

        try:
            await self._app(scope, receive, seen)
        except Exception:
            if status == 499:  # what `guard.Requests` says of it
                status, reason = 500, "internal_error"
            raise
        finally:
            route = getattr(scope.get("route"), "path", "none")
            self._metrics.request(route, scope["method"], status, reason)


def _code(body: bytes) -> str:
    """The code in an error of the one form; "other" in place of anything else."""
    try:
        content: Any = json.loads(body)
        code = content["error"]["code"]
    except (ValueError, KeyError, TypeError):
        return "other"
    return code if isinstance(code, str) and _CODE.fullmatch(code) else "other"


def _is_local(request: Request) -> bool:
    """Whether a request comes from this computer, and not through a proxy on it."""
    for name in request.headers:
        if name in _FORWARDED or name.startswith("x-forwarded-"):
            return False
    try:
        address = ip_address(request.client.host if request.client else "")
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback
