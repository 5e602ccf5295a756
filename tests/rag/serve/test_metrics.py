"""What /metrics counts, exactly, and who gets to see it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.routing import Mount

from rag import Assistant, Retriever
from rag.errors import ModelBusy, ModelError, StoreDamaged
from rag.filters import Filters
from rag.llm import Request
from rag.serve.app import create_api
from rag.serve.metrics import Metrics
from rag.serve.service import Limits, Service
from tests.conftest import HashEmbedder, ScriptedLLM
from tests.rag.test_public import looped

HANGERS = "How much does the replacement of the hangers cost?"
NOWHERE = "新桥有多长？"
KEY = "0123456789abcdef"
LIMITS = Limits()


class Broken(ScriptedLLM):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def stream(self, request: Request) -> Iterator[str]:
        raise self._error


class Clock:
    """Goes on by a second each time that it is looked at."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


@pytest.fixture(scope="module")
def retriever(sample_store: Path) -> Retriever:
    return Retriever(sample_store, embedder=HashEmbedder())


def service_of(retriever: Retriever, llm: Any = None, limits: Limits = LIMITS) -> Service:
    assistant = Assistant(retriever, llm, answer_style="prose" if llm else "auto")
    return Service(retriever, lambda: nullcontext(assistant), limits=limits)


class Caller:
    """Calls an API in this process, as if from an address."""

    def __init__(self, service: Service, *, client: str = "127.0.0.1", key: str | None = None):
        api = create_api(service, hosts=("localhost",), key=key)
        self._transport = httpx.ASGITransport(
            api, client=(client, 5000), raise_app_exceptions=False
        )

    async def __call__(self, method: str, path: str, **options: Any) -> httpx.Response:
        async with httpx.AsyncClient(
            transport=self._transport, base_url="http://localhost"
        ) as http:
            return await http.request(method, path, **options)

    async def metrics(self) -> dict[str, float]:
        """Every sample by its name and labels, as they are written."""
        response = await self("GET", "/metrics")
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        return samples(response.text)


def samples(text: str) -> dict[str, float]:
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


def counts(found: dict[str, float], name: str) -> dict[str, float]:
    """The samples of one counter, by their labels."""
    return {
        sample.removeprefix(name).strip("{}"): value
        for sample, value in found.items()
        if sample.startswith(name + "{")
    }


def ask_of(caller: Caller) -> Callable[..., Any]:
    async def ask(question: str, **more: Any) -> httpx.Response:
        return await caller("POST", "/ask", json={"question": question, **more})

    return ask


def test_requests_by_route_method_and_status(retriever: Retriever) -> None:
    async def calls() -> dict[str, float]:
        call = Caller(service_of(retriever))
        ask = ask_of(call)
        for question in (HANGERS, HANGERS, NOWHERE, " ", "x" * 2001):
            await ask(question)
        await ask(HANGERS, stream=True)
        await call("POST", "/search", json={"question": HANGERS})
        messages = [{"role": "user", "content": HANGERS}]
        for model in ("yinzheng", "gpt-4o"):
            await call("POST", "/v1/chat/completions", json={"model": model, "messages": messages})
        await call("GET", "/articles/a0e83bc8a333fd5c4")
        for name in ("secret-1", "secret-2"):
            await call("GET", f"/articles/{name}")
            await call("GET", f"/{name}")
        await call("BREW", "/ask")
        await call("POST", "/ask", content="x" * 300_000)
        await call("GET", "/v1/models", headers={"host": "evil.example"})
        await call("GET", "/v1/models", headers={"origin": "null", "sec-fetch-site": "cross-site"})
        return await call.metrics()

    found = looped(calls())
    assert counts(found, "yinzheng_requests_total") == {
        "method=POST,route=/ask,status=200": 4,
        "method=POST,route=/ask,status=422": 2,
        "method=POST,route=/search,status=200": 1,
        "method=POST,route=/v1/chat/completions,status=200": 1,
        "method=POST,route=/v1/chat/completions,status=404": 1,
        "method=GET,route=/articles/{id:path},status=200": 1,
        "method=GET,route=/articles/{id:path},status=404": 2,
        "method=GET,route=none,status=404": 2,
        "method=other,route=/ask,status=405": 1,
        "method=POST,route=none,status=413": 1,
        "method=GET,route=none,status=400": 1,
        "method=GET,route=none,status=403": 1,
    }
    assert counts(found, "yinzheng_refused_total") == {
        "reason=question_invalid": 1,
        "reason=question_too_long": 1,
        "reason=model_not_found": 1,
        "reason=article_not_found": 2,
        "reason=not_found": 2,
        "reason=method_not_allowed": 1,
        "reason=request_too_long": 1,
        "reason=host_invalid": 1,
        "reason=foreign_origin": 1,
    }
    assert not [name for name in found if "secret" in name or "BREW" in name]


def test_answers_and_how_questions_end(retriever: Retriever) -> None:
    async def calls() -> dict[str, float]:
        call = Caller(service_of(retriever))
        ask = ask_of(call)
        for question in (HANGERS, HANGERS, NOWHERE):
            await ask(question)
        await ask(HANGERS, stream=True)
        await call("POST", "/search", json={"question": HANGERS})
        await call("POST", "/search", json={"question": "\0"})
        return await call.metrics()

    found = looped(calls())
    assert counts(found, "yinzheng_answers_total") == {
        "abstained=no,llm=quote": 3,
        "abstained=yes,llm=quote": 1,
    }
    assert counts(found, "yinzheng_asks_total") == {"end=answered": 4}
    assert found["yinzheng_answer_seconds_count"] == 4
    assert found["yinzheng_first_text_seconds_count"] == 3  # an abstention says nothing before
    assert found["yinzheng_search_seconds_count"] == 1
    assert (found["yinzheng_asks_under_way"], found["yinzheng_searches_under_way"]) == (0, 0)


@pytest.mark.parametrize(
    ("error", "end", "reason"),
    [
        (ModelBusy("17 wait", 3), "refused", "model_busy"),
        (ModelError("it broke off"), "failed", "model_unavailable"),
        (RuntimeError(HANGERS), "failed", "internal_error"),
    ],
)
def test_answers_that_fail(retriever: Retriever, error: Exception, end: str, reason: str) -> None:
    async def calls() -> dict[str, float]:
        call = Caller(service_of(retriever, Broken(error)))
        await ask_of(call)(HANGERS)
        return await call.metrics()

    found = looped(calls())
    assert counts(found, "yinzheng_asks_total") == {f"end={end}": 1}
    assert counts(found, "yinzheng_refused_total") == {f"reason={reason}": 1}
    assert counts(found, "yinzheng_answers_total") == {}
    assert found["yinzheng_answer_seconds_count"] == 0


def test_who_is_sent_away(retriever: Retriever) -> None:
    async def calls() -> dict[str, float]:
        call = Caller(service_of(retriever, limits=Limits(asks=0, searches=0)))
        await ask_of(call)(HANGERS)
        await call("POST", "/search", json={"question": HANGERS})
        return await call.metrics()

    found = looped(calls())
    assert counts(found, "yinzheng_asks_total") == {"end=refused": 1}
    assert counts(found, "yinzheng_refused_total") == {
        "reason=too_many_asking": 1,
        "reason=too_many_searching": 1,
    }
    assert found["yinzheng_search_seconds_count"] == 0


def test_times(retriever: Retriever) -> None:
    """Each look at the clock is a second later: begun, first text, end."""
    service = service_of(retriever)
    metrics = Metrics(service, clock=Clock())

    async def calls() -> dict[str, float]:
        await service.search(HANGERS, k=1, filters=Filters())
        await service.ask(HANGERS, k=8, filters=Filters())
        return samples(metrics.text().decode())

    found = looped(calls())
    assert found["yinzheng_search_seconds_sum"] == 1.0
    assert found["yinzheng_first_text_seconds_sum"] == 1.0
    assert found["yinzheng_answer_seconds_sum"] == 2.0
    assert found["yinzheng_search_seconds_bucket{le=0.5}"] == 0
    assert found["yinzheng_search_seconds_bucket{le=1.0}"] == 1
    assert found["yinzheng_answer_seconds_bucket{le=1.0}"] == 0
    assert found["yinzheng_answer_seconds_bucket{le=2.5}"] == 1


def test_what_is_under_way_and_who_leaves(retriever: Retriever) -> None:
    service = service_of(retriever)
    metrics = Metrics(service)

    async def calls() -> tuple[dict[str, float], dict[str, float]]:
        events: AsyncIterator[Any] = service.events(HANGERS, k=8, filters=Filters())
        await anext(events)
        during = samples(metrics.text().decode())
        await events.aclose()  # type: ignore[attr-defined]
        return during, samples(metrics.text().decode())

    during, after = looped(calls())
    assert (during["yinzheng_asks_under_way"], after["yinzheng_asks_under_way"]) == (1, 0)
    assert counts(during, "yinzheng_asks_total") == {}
    assert counts(after, "yinzheng_asks_total") == {"end=left": 1}


def test_the_store_the_model_and_the_process(retriever: Retriever) -> None:
    async def metrics(llm: Any) -> dict[str, float]:
        return await Caller(service_of(retriever, llm)).metrics()

    found = looped(metrics(None))
    generation = retriever.store.current()
    assert found["yinzheng_store_readable"] == 1
    assert found["yinzheng_store_articles"] == 40
    assert found["yinzheng_store_paragraphs"] == generation.manifest.paragraphs > 300
    assert found["yinzheng_store_generation"] == generation.number
    assert found["process_resident_memory_bytes"] > 10_000_000
    assert not [name for name in found if "model" in name]
    llm: Any = ScriptedLLM()
    assert looped(metrics(llm))["yinzheng_model_ready"] == 1
    llm.ready, llm.waiting = False, 5
    found = looped(metrics(llm))
    assert (found["yinzheng_model_ready"], found["yinzheng_model_waiting"]) == (0, 5)


def test_a_store_that_cannot_be_read(retriever: Retriever, monkeypatch: pytest.MonkeyPatch) -> None:
    service = service_of(retriever)

    def damaged() -> Any:
        raise StoreDamaged("x")

    monkeypatch.setattr(service, "generation", damaged)
    found = looped(Caller(service).metrics())
    assert [name for name in found if "store" in name] == ["yinzheng_store_readable"]
    assert found["yinzheng_store_readable"] == 0


@pytest.mark.parametrize(
    ("client", "header", "status"),
    [
        ("127.0.0.1", "", 200),
        ("127.9.9.9", "", 200),
        ("::1", "", 200),
        ("::ffff:127.0.0.1", "", 200),
        ("192.168.0.7", "", 404),
        ("::ffff:192.168.0.7", "", 404),
        ("", "", 404),
        ("127.0.0.1", "Forwarded", 404),
        ("127.0.0.1", "Via", 404),
        ("127.0.0.1", "X-Real-IP", 404),
        ("127.0.0.1", "X-Forwarded-For", 404),
        ("::1", "x-forwarded-host", 404),
    ],
)
def test_who_sees_them(retriever: Retriever, client: str, header: str, status: int) -> None:
    call = Caller(service_of(retriever), client=client)
    headers = {header: "127.0.0.1"} if header else {}
    response = looped(call("GET", "/metrics", headers=headers))
    assert response.status_code == status
    nothing = looped(call("GET", "/nothing"))
    if status == 404:  # as where there is nothing at all
        assert response.json() == nothing.json()


def test_a_key_is_for_them_too(retriever: Retriever) -> None:
    call = Caller(service_of(retriever), key=KEY)

    async def calls() -> tuple[int, dict[str, float]]:
        without = await call("GET", "/metrics")
        given = await call("GET", "/metrics", headers={"Authorization": f"Bearer {KEY}"})
        return without.status_code, samples(given.text)

    status, found = looped(calls())
    assert status == 401
    assert counts(found, "yinzheng_refused_total") == {"reason=missing_api_key": 1}


def test_mounted_below_another_address(retriever: Retriever) -> None:
    site = Starlette(
        routes=[Mount("/api", create_api(service_of(retriever), hosts=("localhost",)))]
    )
    transport = httpx.ASGITransport(site)

    async def calls() -> tuple[Any, Any, dict[str, float]]:
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            messages = [{"role": "user", "content": HANGERS}]
            body = {"model": "yinzheng", "messages": messages}
            told = (await http.post("/api/v1/chat/completions", json=body)).json()
            url = told["choices"][0]["message"]["annotations"][0]["url_citation"]["url"]
            article = (await http.get(url)).json()
            return url, article, samples((await http.get("/api/metrics")).text)

    url, article, found = looped(calls())
    assert url == "http://localhost/api/articles/a0e83bc8a333fd5c4#pd259921aa73a46c8"
    assert article["title"] == "Harrow Ferry bridge shut until spring after cracked hangers found"
    assert counts(found, "yinzheng_requests_total") == {
        "method=POST,route=/v1/chat/completions,status=200": 1,
        "method=GET,route=/articles/{id:path},status=200": 1,
    }


def test_two_servers_count_each_for_itself(retriever: Retriever) -> None:
    first, second = Caller(service_of(retriever)), Caller(service_of(retriever))

    async def calls() -> tuple[dict[str, float], dict[str, float]]:
        await asyncio.gather(*(ask_of(first)(HANGERS) for _ in range(3)))
        return await first.metrics(), await second.metrics()

    one, other = looped(calls())
    assert counts(one, "yinzheng_asks_total") == {"end=answered": 3}
    assert counts(other, "yinzheng_asks_total") == {}
