"""Yinzheng in LlamaIndex's own pipelines; what the plain retriever finds is the oracle."""

import asyncio
import re
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.base.response.schema import (
    AsyncStreamingResponse,
    Response,
    StreamingResponse,
)
from llama_index.core.chat_engine import CondenseQuestionChatEngine, ContextChatEngine
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import CitationQueryEngine, RetrieverQueryEngine
from llama_index.core.response_synthesizers import get_response_synthesizer
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.schema import MetadataMode, NodeWithScore, QueryBundle, TextNode
from llama_index.core.storage.docstore.utils import doc_to_json, json_to_doc
from llama_index.core.tools import QueryEngineTool, RetrieverTool

from index.article import Paragraph, Piece, Span
from rag import Answer, Assistant, Hit, Retriever
from rag.adapters.llamaindex import ParagraphNode, YinzhengQueryEngine, YinzhengRetriever, node
from rag.adapters.metadata import metadata
from rag.errors import InputError, QuestionError, StoreMissing
from tests.conftest import SAMPLE, HashEmbedder, ScriptedLLM
from tests.extras.only import PYTEST, run
from tests.rag.test_public import looped

ROOT = Path(__file__).parents[3]
DRONE = "What did the drone survey show?"
SHUT = (
    "The 412-metre bridge, opened in 1961, normally carries 21,500 vehicles a day. It was shut at "
    "4 p.m. on 9 November, 40 minutes after a drone survey showed the first crack."
)
CLOSED = "Harrow Ferry bridge shut until spring after cracked hangers found"
QUESTIONS = ("新桥有多长？", DRONE, "市场几点开门？", "谁设计了图书馆？")
NOT_THERE = "谁是火星总统？"


@pytest.fixture(scope="module")
def retriever(sample_store: Path) -> Retriever:
    return Retriever(sample_store, embedder=HashEmbedder())


@pytest.fixture
def mock() -> MockLLM:
    """It says what it was told, so that a response holds what the engine showed it."""
    return MockLLM()


def told(nodes: list[NodeWithScore]) -> list[tuple[str, str, float | None, dict[str, Any]]]:
    return [(n.node.node_id, n.text, n.score, n.metadata) for n in nodes]


def expected(hits: list[Hit]) -> list[tuple[str, str, float, dict[str, Any]]]:
    return [(h.paragraph.id, h.paragraph.text, h.score, metadata(h)) for h in hits]


@pytest.mark.parametrize("question", QUESTIONS)
def test_it_finds_what_the_retriever_finds(retriever: Retriever, question: str) -> None:
    found = YinzhengRetriever(retriever=retriever, k=5).retrieve(question)
    assert told(found) == expected(retriever.search(question, k=5))
    assert len(found) == 5


def test_the_first_node(retriever: Retriever) -> None:
    (first,) = YinzhengRetriever(retriever=retriever, k=1).retrieve(DRONE)
    found = first.node
    assert isinstance(found, ParagraphNode)
    assert (found.text, found.metadata["title"]) == (SHUT, CLOSED)
    article = retriever.store.current().article(str(found.ref_doc_id))
    assert article is not None
    assert article.source == "bridge-harrow-ferry.md"
    file = (SAMPLE / article.source).read_text("utf-8")
    assert file[found.start_char_idx : found.end_char_idx] == SHUT
    as_read = f"title: {CLOSED}\ndate: 2032-11-14\n\n{SHUT}"
    assert found.get_content(MetadataMode.LLM) == as_read
    assert found.get_content(MetadataMode.EMBED) == f"title: {CLOSED}\n\n{SHUT}"
    assert found.get_content() == SHUT


def test_a_heading_is_read_where_there_is_one(retriever: Retriever) -> None:
    (found,) = YinzhengRetriever(retriever=retriever, k=1).retrieve("How much are the tolls?")
    heading = "A 34-kilometre detour"
    assert found.text.startswith("Tolls of £2.40")
    assert found.node.get_content(MetadataMode.LLM) == (
        f"title: {CLOSED}\ndate: 2032-11-14\nheading: {heading}\n\n{found.text}"
    )
    assert found.node.get_content(MetadataMode.EMBED) == (
        f"title: {CLOSED}\nheading: {heading}\n\n{found.text}"
    )


def test_offsets_only_where_the_document_has_the_very_words(retriever: Retriever) -> None:
    (hit,) = retriever.search(DRONE, k=1)
    pieces = (Piece(0, 10, 4), Piece(5, 15, 4))  # a line break became a space
    paragraph = Paragraph("p", hit.article.id, 0, "four five", Span(10, 19), pieces)
    found = node(Hit(paragraph, hit.article, 0.5)).node
    assert isinstance(found, TextNode)
    assert (found.start_char_idx, found.end_char_idx) == (None, None)
    assert found.metadata["span"] == {"start": 10, "end": 19}


@pytest.mark.parametrize(
    "options",
    [
        {"since": "2033"},
        {"until": "2031-05"},
        {"since": "2032-11-14", "until": "2032-11-14"},
        {"sources": ["bridge-*", "ferry-harrow-winter.md"]},
        {"per_article": 1},
        {"k": 2},
    ],
)
def test_options_are_those_of_the_search(retriever: Retriever, options: dict[str, Any]) -> None:
    found = YinzhengRetriever(retriever=retriever, **options).retrieve(DRONE)
    assert told(found) == expected(retriever.search(DRONE, **options))
    assert told(found) != expected(retriever.search(DRONE))


def test_limited_to_articles(retriever: Retriever) -> None:
    article = retriever.search(DRONE, k=1)[0].article
    found = YinzhengRetriever(retriever=retriever, articles=[article.id]).retrieve(QUESTIONS[0])
    assert {n.node.ref_doc_id for n in found} == {article.id}
    assert told(found) == expected(retriever.search(QUESTIONS[0], articles=[article.id]))


def test_over_a_store(sample_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.retriever.load_embedder", HashEmbedder)
    found = YinzhengRetriever(str(sample_store), k=3).retrieve(QueryBundle(DRONE))
    monkeypatch.setenv("RAG_STORE", str(sample_store))
    assert told(YinzhengRetriever(k=3).retrieve(DRONE)) == told(found)
    assert [n.text for n in found][0] == SHUT


def test_in_an_event_loop(retriever: Retriever) -> None:
    ours = YinzhengRetriever(retriever=retriever, k=3, since="2031")

    async def ask_all() -> list[list[NodeWithScore]]:
        return await asyncio.gather(*(ours.aretrieve(q) for q in QUESTIONS))

    found = looped(ask_all())
    assert [told(nodes) for nodes in found] == [told(ours.retrieve(q)) for q in QUESTIONS]


def test_in_eight_threads(retriever: Retriever) -> None:
    ours = YinzhengRetriever(retriever=retriever, k=3)
    alone = {q: told(ours.retrieve(q)) for q in QUESTIONS}
    start = threading.Barrier(8)

    def ask(number: int) -> bool:
        start.wait()
        order = QUESTIONS[number % 4 :] + QUESTIONS[: number % 4]
        return all(told(ours.retrieve(q)) == alone[q] for q in order)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [True] * 8


def test_what_cannot_be_used_is_refused(retriever: Retriever, tmp_path: Path) -> None:
    assistant = Assistant(retriever)
    with pytest.raises(QuestionError, match="empty"):
        YinzhengRetriever(retriever=retriever).retrieve(" ")
    with pytest.raises(QuestionError, match="empty"):
        looped(YinzhengRetriever(retriever=retriever).aretrieve(" "))
    with pytest.raises(QuestionError, match="'May' is not a date"):
        YinzhengRetriever(retriever=retriever, since="May")
    with pytest.raises(QuestionError, match=r"sources=\['a.txt'\]"):
        YinzhengRetriever(retriever=retriever, sources="a.txt")
    with pytest.raises(QuestionError, match="per_article is 0"):
        YinzhengRetriever(retriever=retriever, per_article=0)
    with pytest.raises(QuestionError, match="k is 0"):
        YinzhengQueryEngine(assistant, k=0)
    with pytest.raises(InputError, match="not both"):
        YinzhengRetriever("my-store", retriever=retriever)
    with pytest.raises(StoreMissing, match="index build"):
        YinzhengRetriever(tmp_path / "none")
    for streaming in (True, False):  # at once, and not among the texts
        with pytest.raises(QuestionError, match="empty"):
            YinzhengQueryEngine(assistant, streaming=streaming).query(" ")
        with pytest.raises(QuestionError, match="empty"):
            looped(YinzhengQueryEngine(assistant, streaming=streaming).aquery(" "))


def test_nodes_can_be_kept(retriever: Retriever) -> None:
    (found,) = YinzhengRetriever(retriever=retriever, k=1).retrieve(DRONE)
    kept = json_to_doc(doc_to_json(found.node))
    assert isinstance(kept, TextNode)
    assert (kept.node_id, kept.text, kept.metadata) == (
        found.node.node_id,
        SHUT,
        found.node.metadata,
    )
    assert kept.ref_doc_id == found.node.ref_doc_id
    again = deepcopy(found)
    assert (again.score, again.node.hash) == (found.score, found.node.hash)


def test_two_searches_that_find_the_same_count_it_once(retriever: Retriever, mock: MockLLM) -> None:
    everywhere = YinzhengRetriever(retriever=retriever, k=4)
    in_2032 = YinzhengRetriever(retriever=retriever, k=4, since="2032", until="2032")
    first, second = everywhere.retrieve(DRONE), in_2032.retrieve(DRONE)
    scores = [{n.node.node_id: n.score for n in nodes} for nodes in (first, second)]
    both = set(scores[0]) & set(scores[1])
    assert any(scores[0][found] != scores[1][found] for found in both)
    fusion = QueryFusionRetriever(
        [everywhere, in_2032],
        llm=mock,
        num_queries=1,
        mode="reciprocal_rerank",
        similarity_top_k=20,
        use_async=False,
    )
    ranks = [[n.node.node_id for n in nodes] for nodes in (first, second)]
    sums = {
        found: sum(1 / (60 + rank.index(found)) for rank in ranks if found in rank)
        for found in set(ranks[0]) | set(ranks[1])
    }
    fused = fusion.retrieve(DRONE)
    assert {n.node.node_id: n.score for n in fused} == pytest.approx(sums)
    assert len(fused) == len(sums) < 8


def test_a_query_engine_over_it(retriever: Retriever, mock: MockLLM) -> None:
    ours = YinzhengRetriever(retriever=retriever, k=3)
    engine = RetrieverQueryEngine.from_args(ours, llm=mock)
    response = engine.query(DRONE)
    hits = retriever.search(DRONE, k=3)
    assert [n.node.node_id for n in response.source_nodes] == [h.paragraph.id for h in hits]
    shown = str(response)
    assert all(hit.paragraph.text in shown for hit in hits)
    assert f"title: {CLOSED}\ndate: 2032-11-14\n\n{SHUT}" in shown
    assert "span" not in shown
    assert hits[0].article.source not in shown
    assert str(looped(engine.aquery(DRONE))) == shown


def test_citations_of_llamaindex_number_its_nodes(retriever: Retriever, mock: MockLLM) -> None:
    engine = CitationQueryEngine(
        YinzhengRetriever(retriever=retriever, k=2),
        response_synthesizer=get_response_synthesizer(llm=mock),
        llm=mock,
    )
    response = engine.query(DRONE)
    hits = retriever.search(DRONE, k=2)
    assert [n.text for n in response.source_nodes] == [
        f"Source {number}:\n{hit.paragraph.text}\n" for number, hit in enumerate(hits, 1)
    ]
    assert [n.node.ref_doc_id for n in response.source_nodes] == [h.article.id for h in hits]


def test_in_a_chat(retriever: Retriever, mock: MockLLM) -> None:
    chat = ContextChatEngine.from_defaults(YinzhengRetriever(retriever=retriever, k=2), llm=mock)
    response = chat.chat(DRONE)
    assert SHUT in str(response)
    assert [n.node.node_id for n in response.source_nodes] == [
        hit.paragraph.id for hit in retriever.search(DRONE, k=2)
    ]


def test_as_tools(retriever: Retriever) -> None:
    tool = RetrieverTool.from_defaults(YinzhengRetriever(retriever=retriever, k=1))
    assert tool.call(DRONE).content == (f"title: {CLOSED}\ndate: 2032-11-14\n\n{SHUT}\n\n")
    engine = YinzhengQueryEngine(Assistant(retriever))
    answers = QueryEngineTool.from_defaults(engine, name="archive", description="old news")
    done = answers.call(DRONE)
    assert done.content == Assistant(retriever).ask(DRONE).text
    assert looped(answers.acall(input=DRONE)).content == done.content


def proven(response: Response | StreamingResponse, answer: Answer) -> None:
    """A response tells what the plain answer tells, and its places hold what they say."""
    citations = [c for sentence in answer.sentences for c in sentence.citations]
    assert [n.node.node_id for n in response.source_nodes] == list(
        dict.fromkeys(c.paragraph_id for c in citations)
    )
    about = response.metadata
    assert about is not None
    assert about["sentences"] == [sentence.to_json() for sentence in answer.sentences]
    assert about["abstained"] == answer.abstained
    assert about["confidence"] == round(answer.confidence, 4)
    for citation in (c for sentence in about["sentences"] for c in sentence["citations"]):
        file = (SAMPLE / citation["source"]).read_text("utf-8")
        raw = citation["raw"]
        assert file[raw["start"] : raw["end"]] == citation["quote"]["text"]


def test_an_answer(retriever: Retriever) -> None:
    assistant = Assistant(retriever)
    engine = YinzhengQueryEngine(assistant)
    response = engine.query(DRONE)
    assert isinstance(response, Response)
    assert response.response == (
        "It was shut at 4 p.m. on 9 November, 40 minutes after a drone survey showed the first "
        "crack.[1]"
    )
    assert [n.text for n in response.source_nodes] == [SHUT]
    proven(response, assistant.ask(DRONE))
    later = looped(engine.aquery(DRONE))
    assert (later.response, told(later.source_nodes)) == (
        response.response,
        told(response.source_nodes),
    )
    proven(later, assistant.ask(DRONE))


def test_limits_of_an_answer(retriever: Retriever) -> None:
    assistant = Assistant(retriever)
    response = YinzhengQueryEngine(assistant, k=3, until="2031").query(DRONE)
    answer = assistant.ask(DRONE, k=3, until="2031")
    assert str(response) == answer.text != assistant.ask(DRONE).text
    proven(response, answer)


@pytest.mark.parametrize("streaming", [True, False])
def test_an_abstention(retriever: Retriever, streaming: bool) -> None:
    response = YinzhengQueryEngine(Assistant(retriever), streaming=streaming).query(NOT_THERE)
    answer = Assistant(retriever).ask(NOT_THERE)
    assert str(response) == answer.message
    assert (response.source_nodes, response.metadata["abstained"]) == ([], True)


def test_an_answer_of_two_paragraphs(retriever: Retriever) -> None:
    hits = Assistant(retriever).ask(DRONE).hits
    first, second = hits[0].paragraph.text, hits[1].paragraph.text
    reply = f"{second}[2] {first}[1] {second}[2]"
    answer = Assistant(retriever, ScriptedLLM(reply, context_size=40_000)).ask(DRONE)
    assert len(answer.sentences) > 2
    engine = YinzhengQueryEngine(
        Assistant(retriever, ScriptedLLM(reply, context_size=40_000)), streaming=True
    )
    response = engine.query(DRONE)
    assert isinstance(response, StreamingResponse)
    assert (response.source_nodes, response.metadata) == ([], {})
    pieces = list(response.response_gen)
    assert len(pieces) > 5
    assert "".join(pieces) == answer.text
    assert [n.text for n in response.source_nodes] == [second, first]
    proven(response, answer)


def test_a_stream_in_an_event_loop(retriever: Retriever) -> None:
    assistant = Assistant(retriever)

    async def read() -> tuple[str, AsyncStreamingResponse]:
        response = await YinzhengQueryEngine(assistant, streaming=True).aquery(DRONE)
        assert isinstance(response, AsyncStreamingResponse)
        return "".join([text async for text in response.async_response_gen()]), response

    text, response = looped(read())
    assert text == assistant.ask(DRONE).text
    proven(response, assistant.ask(DRONE))


def test_who_leaves_a_stream_stops_the_model(retriever: Retriever) -> None:
    llm = ScriptedLLM(f"{SHUT}[1]" * 50, piece=1, context_size=40_000)
    response = YinzhengQueryEngine(Assistant(retriever, llm), streaming=True).query(DRONE)
    assert isinstance(response, StreamingResponse)
    assert next(iter(response.response_gen))
    assert llm.closed == 0
    response.response_gen.close()
    assert llm.closed == 1


def test_who_leaves_a_stream_in_an_event_loop_stops_the_model(retriever: Retriever) -> None:
    llm = ScriptedLLM(f"{SHUT}[1]" * 5000, piece=1, context_size=400_000)

    async def leave() -> None:
        engine = YinzhengQueryEngine(Assistant(retriever, llm), streaming=True)
        response = await engine.aquery(DRONE)
        texts: AsyncIterator[str] = response.response_gen
        assert await anext(texts)
        await texts.aclose()  # type: ignore[attr-defined]

    looped(leave())
    for _ in range(100):
        if llm.closed:
            break
        threading.Event().wait(0.05)
    assert (len(llm.asked), llm.closed) == (1, 1)


def test_a_conversation_over_the_answers(retriever: Retriever, mock: MockLLM) -> None:
    engine = YinzhengQueryEngine(Assistant(retriever))
    chat = CondenseQuestionChatEngine.from_defaults(engine, llm=mock)
    response = chat.chat(DRONE)
    assert response.response == Assistant(retriever).ask(DRONE).text
    assert [n.text for n in response.source_nodes] == [SHUT]


def test_without_llamaindex_it_says_what_to_install() -> None:
    done = run("", "-c", "import rag.adapters.llamaindex")
    assert done.stderr.splitlines()[-1] == (
        "ImportError: this needs LlamaIndex, which is not installed: "
        'pip install "yinzheng[llamaindex]"'
    )


def test_the_extra_alone_suffices_and_importing_it_asks_nothing_of_the_network() -> None:
    here = str(Path(__file__).relative_to(ROOT))
    chosen = "finds_what or event_loop or query_engine or citations_of or in_a_chat or tools"
    code = (
        "import sys\n"
        "seen = []\n"
        "def watch(event, arguments):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo', 'socket.sendto'):\n"
        "        seen.append((event, arguments))\n"
        "sys.addaudithook(watch)\n"
        "import rag.adapters.llamaindex\n"
        "print(seen, 'haystack' in sys.modules, 'langchain_core' in sys.modules)\n"
        "import pytest\n"
        f"sys.exit(pytest.main([*{PYTEST[2:]!r}, {here!r}, '-k', {chosen!r}]))"
    )
    done = run("llamaindex+pytest", "-c", code)
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stdout + done.stderr
    assert lines[0] == "[] False False"
    assert re.match(r"1[0-9] passed, \d+ deselected", lines[-1]), done.stdout
