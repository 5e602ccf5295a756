"""Whether the server lives, and whether questions are answered."""

import contextlib
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from rag import Assistant, Retriever
from rag.errors import StoreDamaged
from rag.serve.app import create_api
from rag.serve.service import Service
from tests.conftest import HashEmbedder, ScriptedLLM


class Model(ScriptedLLM):
    """A language model that tells how it is."""

    ready = True
    silence = 0.0


@pytest.fixture
def retriever(sample_store: Path) -> Retriever:
    return Retriever(sample_store, embedder=HashEmbedder())


def served(retriever: Retriever, llm: Any) -> tuple[TestClient, Service]:
    service = Service(retriever, lambda: contextlib.nullcontext(Assistant(retriever, llm)))
    return TestClient(create_api(service, hosts=("testserver",))), service


def ready(client: TestClient) -> tuple[int, Any]:
    assert client.get("/healthz").json() == {"ok": True}  # whatever else there is
    answer = client.get("/readyz")
    return answer.status_code, answer.json()


def not_ready(*reasons: str) -> tuple[int, Any]:
    return 503, {"ready": False, "reasons": list(reasons)}


def test_by_quotation_and_with_any_model_it_is_ready(retriever: Retriever) -> None:
    for llm in (None, ScriptedLLM(), Model()):
        assert ready(served(retriever, llm)[0]) == (200, {"ready": True, "generation": 1})


def test_a_model_that_is_started_anew_or_makes_no_progress(retriever: Retriever) -> None:
    llm = Model()
    client, _ = served(retriever, llm)
    llm.ready = False
    assert ready(client) == not_ready("the language model is not ready")
    llm.ready, llm.silence = True, 120.1
    assert ready(client) == not_ready("the language model makes no progress")
    llm.silence = 119.9
    assert ready(client)[0] == 200


def test_a_store_that_cannot_be_read(retriever: Retriever, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise StoreDamaged("/home/store is damaged")

    llm = Model()
    llm.ready = False
    client, _ = served(retriever, llm)
    monkeypatch.setattr(retriever.store, "current", broken)
    reasons = ("the language model is not ready", "the store cannot be read")
    assert ready(client) == not_ready(*reasons)


def test_a_server_that_is_being_stopped(retriever: Retriever) -> None:
    client, service = served(retriever, None)
    service.close()
    assert ready(client) == not_ready("the server is being stopped")
    refused = client.post("/search", json={"question": "x"})
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
