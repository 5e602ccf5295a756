"""What the OpenAPI description promises is so: every operation, by values inside and outside it."""

import contextlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from schemathesis.engine import Status, from_schema
from schemathesis.engine.events import NonFatalError, ScenarioFinished

from rag import Assistant, Retriever
from rag.serve.app import create_api
from rag.serve.service import Service
from tests.conftest import HashEmbedder
from tests.rag.serve.live import Live, live

KEY = "a key of sixteen characters"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
)
OPERATIONS = {
    "POST /search",
    "POST /ask",
    "GET /articles",
    "GET /articles/{id}",
    "GET /paragraphs/{id}",
    "POST /v1/chat/completions",
    "GET /v1/models",
    "GET /v1/models/{id}",
    "GET /healthz",
    "GET /readyz",
}
CONFIG = {
    "seed": 1,
    "max-failures": 50,
    "headers": {"Authorization": f"Bearer {KEY}"},
    "generation": {
        "deterministic": True,
        "max-examples": 15,
        "no-shrink": True,
        "database": "none",
    },
    "checks": {"enabled": False, **{name: {"enabled": True} for name in CHECKS}},
    "phases": {
        "examples": {"enabled": True},
        "coverage": {"enabled": True},
        "fuzzing": {"enabled": True},
        "stateful": {"enabled": False},
    },
}


@pytest.fixture(scope="module")
def server(sample_store: Path) -> Iterator[Live]:
    retriever = Retriever(sample_store, embedder=HashEmbedder())
    assistant = Assistant(retriever)
    service = Service(retriever, lambda: contextlib.nullcontext(assistant))
    with live(create_api(service, hosts=("127.0.0.1",), key=KEY)) as server:
        yield server


def test_every_operation_keeps_its_promises(server: Live, sample_store: Path) -> None:
    schema = schemathesis.openapi.from_url(
        f"{server.url}/openapi.json", config=_config(sample_store), headers=CONFIG["headers"]
    )
    statuses: dict[str, Counter[int]] = {}
    broken: dict[str, str] = {}
    for event in from_schema(schema).execute():
        if isinstance(event, NonFatalError):
            broken[f"{event.label}: {event.value!r}"[:300]] = ""
        elif isinstance(event, ScenarioFinished) and event.label:
            seen = statuses.setdefault(event.label, Counter())
            answered = (sent.response for sent in event.recorder.interactions.values())
            seen.update(response.status_code for response in answered if response)
            broken |= dict(_failures(event))
    assert not broken, "\n".join(f"{name}\n    {what}" for name, what in broken.items())
    assert set(statuses) >= OPERATIONS
    for name in OPERATIONS:  # each was also used as it is meant to be, and as it is not
        assert statuses[name][200] >= 1, name
        assert statuses[name][405] >= 1, name
    assert sum(seen.total() for seen in statuses.values()) >= 500


def _config(store: Path) -> schemathesis.Config:
    """The configuration, with a paragraph that is there."""
    generation = Retriever(store, embedder=HashEmbedder()).store.current()
    (paragraph,) = generation.paragraphs([0])
    known = {"include-name": "GET /paragraphs/{id}", "parameters": {"id": paragraph.id}}
    return schemathesis.Config.from_dict({**CONFIG, "operations": [known]})


def _failures(event: ScenarioFinished) -> Iterator[tuple[str, str]]:
    """What broke, and by which request."""
    for case, checks in event.recorder.checks.items():
        sent = event.recorder.interactions[case].request
        for check in checks:
            if check.status == Status.FAILURE:
                what = check.failure_info.failure
                body = (sent.body or b"")[:200]
                yield (
                    f"{event.label} {check.name}: {what.title}",
                    f"{sent.method} {sent.uri} {body!r} → {what.message[:400]}",
                )
