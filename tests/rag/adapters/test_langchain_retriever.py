"""Paragraphs as LangChain's documents: what they hold, limits, callbacks, copies, chains."""

import asyncio
import copy
import pickle
import warnings
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from langchain_core._api import LangChainBetaWarning
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.load import dumpd
from langchain_core.runnables import (
    ConfigurableField,
    RunnableConfig,
    RunnableLambda,
    RunnablePassthrough,
)
from langchain_core.tools import create_retriever_tool
from pydantic import ValidationError

from rag import Retriever
from rag.adapters.langchain import YinzhengRetriever
from rag.adapters.metadata import metadata
from rag.errors import InputError, QuestionError, StoreMissing
from tests.conftest import SAMPLE, HashEmbedder

BRIDGE = "How long is the suspension bridge over the River Tolle?"


def looped(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine returns, in a loop of a thread of its own: the browser tests leave one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


@pytest.fixture(scope="module")
def found(sample_store: Path) -> Retriever:
    return Retriever(sample_store, embedder=HashEmbedder())


@pytest.fixture
def retriever(found: Retriever) -> YinzhengRetriever:
    return YinzhengRetriever(retriever=found)


def ids(documents: list[Document]) -> list[str | None]:
    return [document.id for document in documents]


def searched(found: Retriever, question: str = BRIDGE, **limits: Any) -> list[str]:
    return [hit.paragraph.id for hit in found.search(question, **limits)]


def test_a_document_is_a_paragraph_of_the_file(retriever: YinzhengRetriever) -> None:
    document = retriever.invoke(BRIDGE)[0]
    told = document.metadata
    raw = (SAMPLE / "bridge-harrow-ferry.md").read_text("utf-8")
    assert document.page_content.startswith("HARROW FERRY — The suspension bridge over the River")
    assert raw[told["span"]["start"] : told["span"]["end"]] == document.page_content
    assert told["title"] == "Harrow Ferry bridge shut until spring after cracked hangers found"
    assert (told["source"], told["date"]) == ("bridge-harrow-ferry.md", "2032-11-14")
    assert (told["section"], told["authors"]) == ("Local", ["Idris Calloway", "Nell Pashley"])
    assert document.id == told["paragraph"]


def test_documents_are_the_hits(retriever: YinzhengRetriever, found: Retriever) -> None:
    documents, hits = retriever.invoke(BRIDGE), found.search(BRIDGE)
    assert len(documents) == 8
    assert ids(documents) == [hit.paragraph.id for hit in hits]
    assert [d.metadata for d in documents] == [metadata(hit) for hit in hits]


@pytest.mark.parametrize(
    "limits",
    [
        {"k": 3},
        {"since": "2033"},
        {"until": "2030-12"},
        {"sources": ["ferry-harrow-winter.md", "flood-qingtan.md"]},
        {"k": 20, "per_article": 1},
        {"k": 2, "since": "2031-05", "until": "2032", "sources": ["*.md"]},
    ],
)
def test_limits_of_an_object_and_of_a_call(found: Retriever, limits: dict[str, Any]) -> None:
    expected = searched(found, **limits)
    assert expected != searched(found)
    assert ids(YinzhengRetriever(retriever=found, **limits).invoke(BRIDGE)) == expected
    plain = YinzhengRetriever(retriever=found)
    assert ids(plain.invoke(BRIDGE, **limits)) == expected
    assert ids(looped(plain.ainvoke(BRIDGE, **limits))) == expected
    assert ids(plain.invoke(BRIDGE)) == searched(found)


def test_articles_limit_and_a_call_may_lift_a_limit(found: Retriever) -> None:
    (article,) = {hit.article.id for hit in found.search(BRIDGE, k=1)}
    one = YinzhengRetriever(retriever=found, articles=[article], until="2032", k=4)
    assert {d.metadata["article"] for d in one.invoke(BRIDGE)} == {article}
    assert ids(one.invoke(BRIDGE, articles=(), until=None)) == searched(found, k=4)


def test_what_cannot_be_meant_is_refused(found: Retriever) -> None:
    for limits in ({"k": 0}, {"per_article": 0}, {"since": "soon"}, {"sources": [" "]}):
        with pytest.raises(QuestionError):
            YinzhengRetriever(retriever=found, **limits)
        with pytest.raises(QuestionError):
            YinzhengRetriever(retriever=found).invoke(BRIDGE, **limits)
    retriever = YinzhengRetriever(retriever=found)
    with pytest.raises(QuestionError, match="the question is empty"):
        retriever.invoke(" ")
    with pytest.raises(QuestionError, match="the question is empty"):
        looped(retriever.ainvoke(" "))
    for limits in ({"top_k": 3}, {"since": 2031}, {"sources": "a.md"}, {"k": "many"}):
        (name,) = limits
        with pytest.raises(QuestionError, match=f"^{name}: .*; a call takes k, since, until, s"):
            retriever.invoke(BRIDGE, **limits)


def test_misspelt_and_mistyped_fields_are_told(found: Retriever) -> None:
    for wrong in ({"sinse": "2031"}, {"sources": "a.md"}, {"k": "many"}):
        with pytest.raises(ValidationError, match=next(iter(wrong))):
            YinzhengRetriever(retriever=found, **wrong)


def test_stores_that_cannot_be_opened(
    found: Retriever, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StoreMissing, match="python -m index build"):
        YinzhengRetriever(store=tmp_path / "none")
    monkeypatch.setenv("RAG_STORE", str(tmp_path / "default"))
    with pytest.raises(StoreMissing, match=str(tmp_path / "default")):
        YinzhengRetriever()
    with pytest.raises(InputError, match="give one of them"):
        YinzhengRetriever(store=tmp_path, retriever=found)


class Heard(BaseCallbackHandler):
    def __init__(self) -> None:
        self.events: list[Any] = []

    def on_retriever_start(self, serialized: Any, query: str, **told: Any) -> None:
        self.events.append(("start", query, told["name"], told["metadata"]["ls_retriever_name"]))

    def on_retriever_end(self, documents: Any, *, run_id: UUID, **told: Any) -> None:
        self.events.append(("end", ids(documents), told["tags"]))

    def on_retriever_error(self, error: BaseException, **told: Any) -> None:
        self.events.append(("error", type(error)))


@pytest.mark.parametrize("later", [False, True])
def test_callbacks_hear_of_it(found: Retriever, later: bool) -> None:
    heard = Heard()
    retriever = YinzhengRetriever(retriever=found, k=2, tags=["archive"])

    def ask(question: str) -> Any:
        config: RunnableConfig = {"callbacks": [heard]}
        if later:
            return looped(retriever.ainvoke(question, config))
        return retriever.invoke(question, config)

    ask(BRIDGE)
    with pytest.raises(QuestionError):
        ask("")
    assert heard.events == [
        ("start", BRIDGE, "YinzhengRetriever", "yinzheng"),
        ("end", searched(found, k=2), ["archive"]),
        ("start", "", "YinzhengRetriever", "yinzheng"),
        ("error", QuestionError),
    ]


def test_batches(retriever: YinzhengRetriever, found: Retriever) -> None:
    questions = [BRIDGE, "新桥有多长？", "谁设计了图书馆？", BRIDGE]
    expected = [searched(found, q, k=3) for q in questions]
    assert [ids(d) for d in retriever.batch(questions, k=3)] == expected
    assert [ids(d) for d in looped(retriever.abatch(questions, k=3))] == expected
    kept = retriever.batch([BRIDGE, " "], return_exceptions=True)
    assert ids(kept[0]) == searched(found)
    assert isinstance(kept[1], QuestionError)


def test_a_chain(retriever: YinzhengRetriever) -> None:
    titles = RunnableLambda(lambda documents: [d.metadata["title"] for d in documents])
    chain = {"titles": retriever | titles, "question": RunnablePassthrough()} | RunnableLambda(
        lambda told: f"{told['question']} {told['titles'][0]}"
    )
    assert chain.invoke(BRIDGE) == (
        f"{BRIDGE} Harrow Ferry bridge shut until spring after cracked hangers found"
    )


def test_fields_are_configurable_and_the_store_is_opened_once(
    sample_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[HashEmbedder] = []

    def load_embedder() -> HashEmbedder:
        made.append(HashEmbedder())
        return made[-1]

    monkeypatch.setattr("rag.retriever.load_embedder", load_embedder)
    retriever = YinzhengRetriever(store=sample_store, k=5).configurable_fields(
        k=ConfigurableField(id="k"), since=ConfigurableField(id="since")
    )
    found = Retriever(sample_store, embedder=HashEmbedder())
    assert ids(retriever.invoke(BRIDGE)) == searched(found, k=5)
    configured = {"configurable": {"k": 2, "since": "2033"}}
    assert ids(retriever.invoke(BRIDGE, configured)) == searched(found, k=2, since="2033")
    assert ids(retriever.with_config(configurable={"k": 1}).invoke(BRIDGE)) == searched(found, k=1)
    with pytest.raises(QuestionError, match="k is 0"):
        retriever.invoke(BRIDGE, {"configurable": {"k": 0}})
    assert len(made) == 1


def test_as_a_tool(retriever: YinzhengRetriever, found: Retriever) -> None:
    first = found.search(BRIDGE, k=1)[0].paragraph.text
    tool = create_retriever_tool(retriever, "archive", "Searches the newspaper archive.")
    assert str(tool.invoke({"query": BRIDGE})).startswith(first)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LangChainBetaWarning)  # told once
        tool = retriever.as_tool(name="archive", description="Searches the newspaper archive.")
    assert tool.invoke(BRIDGE)[0].page_content == first


def test_copies_share_the_open_store(retriever: YinzhengRetriever, found: Retriever) -> None:
    for copied in (copy.copy(retriever), copy.deepcopy(retriever), retriever.model_copy()):
        assert copied is not retriever
        assert copied.retriever is found
        assert copied == retriever


def test_pickled_it_is_opened_anew(
    sample_store: Path, retriever: YinzhengRetriever, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.retriever.load_embedder", HashEmbedder)
    made = YinzhengRetriever(store=str(sample_store), k=2, since="2033", tags=["a"])
    again = pickle.loads(pickle.dumps(made))  # noqa: S301 - what was just written
    assert again.retriever is not made.retriever
    assert (again.store, again.k, again.since, again.tags) == (sample_store, 2, "2033", ["a"])
    assert again.invoke(BRIDGE) == made.invoke(BRIDGE)
    with pytest.raises(TypeError, match=r"make it over a store: YinzhengRetriever\(store="):
        pickle.dumps(retriever)


def test_langchain_s_own_form_leaves_it_out(retriever: YinzhengRetriever) -> None:
    assert dumpd(retriever)["type"] == "not_implemented"
