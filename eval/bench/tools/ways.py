"""The ways to a search that are compared: each library's own call, HTTP and MCP.

A library that is not installed is told, and is no reason to leave the others out.
"""

import http.client
import importlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from rag.retriever import Retriever

K = 5  # paragraphs; the result of an MCP tool has room for as many of any length


@dataclass(frozen=True)
class Way:
    """How a question is asked, and the ids of the paragraphs in what comes back."""

    name: str
    call: Callable[[str], Any]
    ids: Callable[[Any], list[str]]

    def found(self, question: str) -> list[str]:
        """The ids of the paragraphs for a question."""
        return self.ids(self.call(question))


def plain(retriever: Retriever, name: str) -> Way:
    """The search itself."""
    return Way(
        name,
        lambda question: retriever.search(question, k=K),
        lambda hits: [hit.paragraph.id for hit in hits],
    )


def langchain(retriever: Retriever) -> Way:
    """`invoke`, with LangChain's callbacks around it."""
    made = _adapter("langchain")(retriever=retriever, k=K)
    return Way("LangChain invoke", made.invoke, lambda found: [one.id for one in found])


def llamaindex(retriever: Retriever) -> Way:
    """`retrieve`, with LlamaIndex's events around it."""
    made = _adapter("llamaindex")(retriever=retriever, k=K)
    return Way("LlamaIndex retrieve", made.retrieve, lambda found: [one.node.id_ for one in found])


def haystack(retriever: Retriever) -> Way:
    """`run` of the component, as a pipeline calls it."""
    os.environ.setdefault("HAYSTACK_TELEMETRY_ENABLED", "False")  # before its first import
    made = _adapter("haystack")(retriever=retriever, top_k=K)
    return Way(
        "Haystack run",
        lambda question: made.run(query=question),
        lambda found: [one.id for one in found["documents"]],
    )


LIBRARIES: dict[str, Callable[[Retriever], Way]] = {
    "LangChain": langchain,
    "LlamaIndex": llamaindex,
    "Haystack": haystack,
}


def libraries(retriever: Retriever) -> tuple[list[Way], list[str]]:
    """The ways of the libraries that are there, and a line for each that is not."""
    ways, missing = [], []
    for name, make in LIBRARIES.items():
        try:
            ways.append(make(retriever))
        except ImportError as error:
            missing.append(f"{name}: {error}")
    return ways, missing


@contextmanager
def over_http(port: int) -> Iterator[Way]:
    """POST /search over a connection that stays open, its answer read as JSON."""
    headers = {"Content-Type": "application/json"}

    def call(question: str) -> Any:
        body = json.dumps({"question": question, "k": K})
        connection.request("POST", "/search", body, headers)
        return json.loads(connection.getresponse().read())

    with closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
        yield Way("HTTP POST /search", call, lambda found: _paragraphs(found["hits"]))


def _paragraphs(hits: Sequence[dict[str, Any]]) -> list[str]:
    return [hit["paragraph"] for hit in hits]


def _adapter(module: str) -> Any:
    return importlib.import_module(f"rag.adapters.{module}").YinzhengRetriever
