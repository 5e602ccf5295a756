"""Yinzheng in Haystack's own pipelines; what the plain retriever finds is the oracle."""

import asyncio
import operator
import os
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"  # read when Haystack is imported

import pytest
from haystack import Document, Pipeline, component
from haystack.components.builders import AnswerBuilder, PromptBuilder
from haystack.core.errors import DeserializationError, PipelineRuntimeError, SerializationError
from haystack.dataclasses import ChatMessage, GeneratedAnswer, StreamingChunk
from haystack.errors import FilterError
from haystack.tools import ComponentTool
from haystack.utils.filters import document_matches_filter
from hypothesis import given, settings
from hypothesis import strategies as st

from index.build import build
from index.embedder import BUNDLED, load_embedder
from rag import Answer, Assistant, Hit, Retriever, Turn
from rag.adapters.haystack import YinzhengAnswerer, YinzhengRetriever
from rag.adapters.haystack.filters import translated
from rag.adapters.haystack.parts import turns
from rag.adapters.metadata import metadata
from rag.errors import InputError, QuestionError, StoreMissing
from rag.filters import Filters
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
OURS = ["rag.adapters.haystack"]
TEMPLATE = (
    "{% for d in documents %}{{ d.meta.title }} ({{ d.meta.date }}): {{ d.content }}\n"
    "{% endfor %}Question: {{ query }}"
)


@component
class Echo:
    """A generator that answers with its prompt."""

    @component.output_types(replies=list[str])
    def run(self, prompt: str) -> dict[str, list[str]]:
        return {"replies": [prompt]}


@pytest.fixture(scope="module")
def retriever(sample_store: Path) -> Retriever:
    return Retriever(sample_store, embedder=HashEmbedder())


def where(field: str, operator: str, value: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


def both(*conditions: Any) -> dict[str, Any]:
    return {"operator": "AND", "conditions": list(conditions)}


def told(documents: list[Document]) -> list[tuple[str, str | None, float | None, dict[str, Any]]]:
    return [(d.id, d.content, d.score, d.meta) for d in documents]


def expected(hits: list[Hit]) -> list[tuple[str, str, float, dict[str, Any]]]:
    return [(h.paragraph.id, h.paragraph.text, h.score, metadata(h)) for h in hits]


@pytest.mark.parametrize("question", QUESTIONS)
def test_it_finds_what_the_retriever_finds(retriever: Retriever, question: str) -> None:
    found = YinzhengRetriever(retriever=retriever, top_k=5).run(question)["documents"]
    assert told(found) == expected(retriever.search(question, k=5))
    assert len(found) == 5


def test_the_first_document(retriever: Retriever) -> None:
    (first,) = YinzhengRetriever(retriever=retriever).run(DRONE, top_k=1)["documents"]
    assert (first.content, first.meta["title"], first.meta["date"]) == (SHUT, CLOSED, "2032-11-14")
    file = (SAMPLE / first.meta["source"]).read_text("utf-8")
    assert file[first.meta["span"]["start"] : first.meta["span"]["end"]] == SHUT
    assert Document.from_dict(first.to_dict()) == first


def test_options(retriever: Retriever) -> None:
    ours = YinzhengRetriever(
        retriever=retriever,
        filters=where("meta.date", ">=", "2033"),
        top_k=4,
        per_article=1,
    )
    own = retriever.search(DRONE, k=4, since="2033", per_article=1)
    assert told(ours.run(DRONE)["documents"]) == expected(own)
    assert told(ours.run(DRONE, filters={})["documents"]) == expected(own)
    given = retriever.search(DRONE, k=2, until="2031", per_article=1)
    in_place = ours.run(DRONE, filters=where("meta.date", "<", "2032"), top_k=2)
    assert told(in_place["documents"]) == expected(given)
    assert expected(own)[:2] != expected(given)


@pytest.mark.parametrize(
    ("comparison", "since", "until"),
    [
        ((">=", "2031"), "2031", None),
        ((">", "2031"), "2032", None),
        ((">", "2031-09"), "2031-10", None),
        ((">", "2031-12"), "2032", None),
        ((">", "2031-01-31"), "2031-02", None),
        ((">", "2031-12-31"), "2032", None),
        ((">", "2031-02-09"), "2031-02-10", None),
        (("<=", "2031-05"), None, "2031-05"),
        (("<", "2031"), None, "2030"),
        (("<", "2031-10"), None, "2031-09"),
        (("<", "2031-01"), None, "2030"),
        (("<", "2031-03-01"), None, "2031-02"),
        (("<", "2031-01-01"), None, "2030"),
        (("<", "2031-02-10"), None, "2031-02-09"),
        (("==", "2031-05"), "2031-05", "2031-05"),
    ],
)
def test_dates(comparison: tuple[str, str], since: str | None, until: str | None) -> None:
    assert translated(where("meta.date", *comparison)) == Filters(since, until)


def test_several_conditions() -> None:
    filters = both(
        where("meta.date", ">=", "2031"),
        both(where("meta.date", ">=", "2031-05-01"), where("meta.date", "<=", "2033-02")),
        where("meta.date", "<=", "2033"),
        where("meta.source", "in", ["a.txt", "2022/*"]),
        where("meta.article", "==", "n1"),
    )
    assert translated(filters) == Filters("2031-05-01", "2033-02", ("a.txt", "2022/*"), ("n1",))
    assert translated(None) == translated({}) == translated(both()) == Filters()
    assert translated(where("source", "==", "a.txt")) == Filters(sources=("a.txt",))


@pytest.mark.parametrize("field", ["meta.source", "meta.article"])
def test_an_empty_list_lets_nothing_pass(retriever: Retriever, field: str) -> None:
    ours = YinzhengRetriever(retriever=retriever)
    assert ours.run(DRONE, filters=where(field, "in", []))["documents"] == []
    answer = YinzhengAnswerer(assistant=Assistant(retriever)).run(
        DRONE, filters=where(field, "in", [])
    )["answers"][0]
    assert (answer.documents, answer.meta["abstained"]) == ([], True)


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        (where("meta.author", "==", "Mo"), r"meta.author == cannot .* possible are meta.date"),
        (where("content", "==", "x"), "content == cannot be used"),
        (where("meta.date", "!=", "2031"), "meta.date != cannot be used"),
        (where("meta.date", "in", ["2031"]), "meta.date in cannot be used"),
        (where("meta.source", "not in", ["a"]), "meta.source not in cannot be used"),
        (where("meta.source", ">", "a"), "meta.source > cannot be used"),
        (where("meta.source", "in", "a.txt"), "takes a list"),
        (where("meta.source", "==", ["a.txt"]), "takes a list"),
        (where("meta.source", "in", ["a.txt", None]), "is text"),
        (where("meta.source", "==", " "), "a source is empty"),
        (where("meta.article", "==", 7), "is text, and 7 is not"),
        (where("meta.date", ">=", 2031), "2031 is not"),
        (where("meta.date", ">=", None), "None is not"),
        (where("meta.date", ">=", "May"), "'May' is not a date"),
        (where("meta.date", ">=", "2031-05-01T00:00:00"), "write YYYY"),
        (where("meta.date", ">", "9999"), "'10000' is not a date"),
        ({"field": "meta.date", "operator": ">="}, "has no value"),
        ({"field": "meta.date", "value": "2031"}, "no filter of Haystack's"),
        ({"date": {"$gte": "2031"}}, "no filter of Haystack's"),
        (["meta.date"], "no filter of Haystack's"),
        ({"operator": "AND"}, "'AND' cannot be used"),
        (both("meta.date"), "no filter of Haystack's"),
        ({"operator": "OR", "conditions": []}, "'OR' cannot be used"),
        ({"operator": "NOT", "conditions": [where("meta.source", "==", "a")]}, "'NOT' cannot"),
        (
            both(where("meta.source", "==", "a"), where("meta.source", "==", "b")),
            "meta.source is limited twice",
        ),
    ],
)
def test_what_cannot_be_translated_is_refused(
    retriever: Retriever, filters: Any, message: str
) -> None:
    with pytest.raises(FilterError, match=message):
        YinzhengRetriever(filters=filters)
    with pytest.raises(FilterError, match=message):
        YinzhengAnswerer(filters=filters)
    with pytest.raises(FilterError, match=message):
        YinzhengRetriever(retriever=retriever).run(DRONE, filters=filters)
    with pytest.raises(FilterError, match=message):
        looped(YinzhengRetriever(retriever=retriever).run_async(DRONE, filters=filters))


COMPARE: dict[str, Callable[[str, str], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "==": operator.eq,
}
YEARS = st.integers(2029, 2034)
DAYS = st.builds("{:04}-{:02}-{:02}".format, YEARS, st.integers(1, 12), st.integers(1, 28))
SOURCES = sorted(path.name for path in SAMPLE.glob("*.md"))
ON_DATE = st.builds(where, st.just("meta.date"), st.sampled_from(sorted(COMPARE)), DAYS)
ON_SOURCE = st.one_of(
    st.builds(where, st.just("meta.source"), st.just("=="), st.sampled_from(SOURCES)),
    st.builds(where, st.just("meta.source"), st.just("in"), st.lists(st.sampled_from(SOURCES))),
)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    dates=st.lists(ON_DATE, max_size=3),
    sources=st.lists(ON_SOURCE, max_size=1),
    nested=st.booleans(),
)
def test_the_same_articles_pass_as_in_haystack_itself(
    retriever: Retriever, dates: list[Any], sources: list[Any], nested: bool
) -> None:
    filters = both(both(*dates), *sources) if nested else both(*sources, *dates)
    assert passing(retriever, translated(filters)) == {
        article.source
        for article in retriever.store.current().articles()
        if document_matches_filter(
            filters, Document(content="", meta={"date": article.date, "source": article.source})
        )
    }


@settings(derandomize=True, max_examples=60, deadline=None)
@given(day=DAYS, length=st.sampled_from([4, 7, 10]), sign=st.sampled_from(sorted(COMPARE)))
def test_a_year_and_a_month_stand_for_all_their_days(
    retriever: Retriever, day: str, length: int, sign: str
) -> None:
    value = day[:length]
    assert passing(retriever, translated(where("meta.date", sign, value))) == {
        article.source
        for article in retriever.store.current().articles()
        if article.date and COMPARE[sign](article.date[:length], value)
    }


def passing(retriever: Retriever, filters: Filters) -> set[str]:
    """The sources of the articles that some limits leave."""
    generation = retriever.store.current()
    allowed = filters.allowed(generation)
    positions = range(generation.size) if allowed is None else allowed
    ids = {p.article_id for p in generation.paragraphs(list(positions))}
    return {article.source for article in generation.articles_named(ids).values()}


def test_in_a_pipeline(retriever: Retriever) -> None:
    pipeline = Pipeline()
    pipeline.add_component("retriever", YinzhengRetriever(retriever=retriever, top_k=3))
    pipeline.add_component("prompt", PromptBuilder(TEMPLATE, required_variables="*"))
    pipeline.add_component("llm", Echo())
    pipeline.add_component("answer", AnswerBuilder())
    pipeline.connect("retriever.documents", "prompt.documents")
    pipeline.connect("prompt.prompt", "llm.prompt")
    pipeline.connect("llm.replies", "answer.replies")
    pipeline.connect("retriever.documents", "answer.documents")
    asked = {name: {"query": DRONE} for name in ("retriever", "prompt", "answer")}
    asked["retriever"]["filters"] = where("meta.date", "<=", "2032")  # type: ignore[assignment]
    (answer,) = pipeline.run(asked)["answer"]["answers"]
    hits = retriever.search(DRONE, k=3, until="2032")
    assert answer.data == (
        "".join(f"{h.article.title} ({h.article.date}): {h.paragraph.text}\n" for h in hits)
        + f"Question: {DRONE}"
    )
    assert [d.id for d in answer.documents] == [h.paragraph.id for h in hits]
    later = looped(pipeline.run_async(asked))["answer"]["answers"]
    assert [a.data for a in later] == [answer.data]
    with pytest.raises(PipelineRuntimeError, match="the question is empty") as raised:
        pipeline.run({**asked, "retriever": {"query": " "}})
    assert isinstance(raised.value.__cause__, QuestionError)


def test_in_an_event_loop(retriever: Retriever) -> None:
    ours = YinzhengRetriever(retriever=retriever, top_k=3)

    async def ask_all() -> list[dict[str, list[Document]]]:
        return await asyncio.gather(*(ours.run_async(q) for q in QUESTIONS))

    assert looped(ask_all()) == [ours.run(q) for q in QUESTIONS]


def test_it_is_opened_once_and_not_before_it_is_needed(
    sample_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str | None] = []

    def load(name: str | None) -> HashEmbedder:
        opened.append(name)
        return HashEmbedder()

    monkeypatch.setattr("rag.adapters.haystack.retriever.load_embedder", load)
    ours = YinzhengRetriever(sample_store, embedder="some-model", top_k=2)
    missing = YinzhengRetriever(tmp_path / "none")
    assert opened == []
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: told(ours.run(DRONE)["documents"]), range(8)))
    ours.warm_up()
    looped(ours.warm_up_async())
    assert opened == ["some-model"]
    assert found == [found[0]] * 8
    assert found[0][0][1] == SHUT
    with pytest.raises(StoreMissing, match="index build"):
        missing.warm_up()


def test_as_a_tool(retriever: Retriever) -> None:
    tool = ComponentTool(YinzhengRetriever(retriever=retriever, top_k=1), name="archive")
    assert tool.invoke(query=DRONE)["documents"][0].content == SHUT
    properties = tool.tool_spec["parameters"]["properties"]
    assert properties["query"] == {
        "description": "the question, in any language.",
        "type": "string",
    }
    assert set(properties) == {"query", "filters", "top_k"}


def test_what_cannot_be_used_is_refused(retriever: Retriever) -> None:
    with pytest.raises(QuestionError, match="empty"):
        YinzhengRetriever(retriever=retriever).run(" ")
    with pytest.raises(QuestionError, match="k is 0"):
        YinzhengRetriever(retriever=retriever).run(DRONE, top_k=0)
    with pytest.raises(QuestionError, match="top_k is 0"):
        YinzhengRetriever(retriever=retriever, top_k=0)
    with pytest.raises(QuestionError, match="per_article is -1"):
        YinzhengRetriever(retriever=retriever, per_article=-1)
    with pytest.raises(QuestionError, match="top_k is 0"):
        YinzhengAnswerer(top_k=0)
    with pytest.raises(InputError, match="has its store"):
        YinzhengRetriever("my-store", retriever=retriever)
    with pytest.raises(InputError, match="has its store"):
        YinzhengAnswerer(assistant=Assistant(retriever), judge="llm")


def test_a_saved_component() -> None:
    filters = both(where("meta.date", ">=", "2031"))
    options = {"embedder": "e", "reranker": "r", "filters": filters, "top_k": 3, "per_article": 2}
    data = YinzhengRetriever(Path("my-store"), **options).to_dict()
    assert data == {
        "type": "rag.adapters.haystack.retriever.YinzhengRetriever",
        "init_parameters": {"store": "my-store", **options},
    }
    assert YinzhengRetriever.from_dict(data).to_dict() == data
    answering = {"llm": "quote", "answer_style": "prose", "unsupported": "drop", "judge": "none"}
    more = {"embedder": "e", "reranker": None, "filters": None, "top_k": 5}
    data = YinzhengAnswerer("my-store", **answering, **more).to_dict()
    assert data == {
        "type": "rag.adapters.haystack.answerer.YinzhengAnswerer",
        "init_parameters": {"store": "my-store", **answering, **more},
    }
    assert YinzhengAnswerer.from_dict(data).to_dict() == data


def test_what_is_alive_cannot_be_saved(retriever: Retriever) -> None:
    pipeline = Pipeline()
    pipeline.add_component("retriever", YinzhengRetriever(retriever=retriever))
    with pytest.raises(
        SerializationError, match=r'make it from .* YinzhengRetriever\("my-store"\)'
    ):
        pipeline.dumps()
    with pytest.raises(SerializationError, match=r"over assistant=… cannot be saved"):
        YinzhengAnswerer(assistant=Assistant(retriever)).to_dict()
    opened = YinzhengRetriever("my-store")
    opened._retriever = retriever
    assert opened.to_dict()["init_parameters"]["store"] == "my-store"


def test_a_saved_pipeline_is_loaded_only_where_it_is_trusted() -> None:
    pipeline = Pipeline()
    pipeline.add_component("retriever", YinzhengRetriever("my-store", top_k=3))
    pipeline.add_component("answerer", YinzhengAnswerer("my-store", llm="quote"))
    saved = pipeline.dumps()
    with pytest.raises(DeserializationError, match="rag.adapters.haystack"):
        Pipeline.loads(saved)
    assert Pipeline.loads(saved, allowed_modules=OURS) == pipeline


def proven(given: GeneratedAnswer, answer: Answer) -> None:
    """It tells what the plain answer tells, and its places hold what they say."""
    assert (given.data, given.query) == (answer.text, answer.question)
    citations = [c for sentence in answer.sentences for c in sentence.citations]
    assert [d.id for d in given.documents] == list(dict.fromkeys(c.paragraph_id for c in citations))
    assert given.meta["sentences"] == [sentence.to_json() for sentence in answer.sentences]
    assert given.meta["abstained"] == answer.abstained
    assert given.meta["confidence"] == round(answer.confidence, 4)
    for citation in (c for sentence in given.meta["sentences"] for c in sentence["citations"]):
        file = (SAMPLE / citation["source"]).read_text("utf-8")
        raw = citation["raw"]
        assert file[raw["start"] : raw["end"]] == citation["quote"]["text"]


def test_an_answer(retriever: Retriever) -> None:
    ours = YinzhengAnswerer(assistant=Assistant(retriever))
    (answer,) = ours.run(DRONE)["answers"]
    assert answer.data == (
        "It was shut at 4 p.m. on 9 November, 40 minutes after a drone survey showed the first "
        "crack.[1]"
    )
    assert [d.content for d in answer.documents] == [SHUT]
    proven(answer, Assistant(retriever).ask(DRONE))
    assert GeneratedAnswer.from_dict(answer.to_dict()) == answer
    (later,) = looped(ours.run_async(DRONE))["answers"]
    proven(later, Assistant(retriever).ask(DRONE))


def test_an_answer_within_limits(retriever: Retriever) -> None:
    ours = YinzhengAnswerer(
        assistant=Assistant(retriever), top_k=3, filters=where("meta.date", "<", "2032")
    )
    (answer,) = ours.run(DRONE)["answers"]
    limited = Assistant(retriever).ask(DRONE, k=3, until="2031")
    assert limited.text != Assistant(retriever).ask(DRONE).text
    proven(answer, limited)


def test_an_abstention(retriever: Retriever) -> None:
    (answer,) = YinzhengAnswerer(assistant=Assistant(retriever)).run("谁是火星总统？")["answers"]
    assert (answer.documents, answer.meta["abstained"]) == ([], True)
    assert answer.data.startswith("这些文章里找不到这个问题的答案")


def test_an_answer_in_a_pipeline_that_streams(retriever: Retriever) -> None:
    hits = Assistant(retriever).ask(DRONE).hits
    reply = f"{hits[1].paragraph.text}[2] {SHUT}[1]"
    answer = Assistant(retriever, ScriptedLLM(reply, context_size=40_000)).ask(DRONE)
    llm = ScriptedLLM(reply, reply, context_size=40_000)
    pipeline = Pipeline()
    pipeline.add_component("answerer", YinzhengAnswerer(assistant=Assistant(retriever, llm)))

    async def read() -> tuple[list[StreamingChunk], dict[str, Any]]:
        handle = pipeline.stream({"answerer": {"query": DRONE}})
        return [chunk async for chunk in handle], handle.result

    chunks, result = looped(read())
    assert "".join(chunk.content for chunk in chunks) == answer.text
    assert [chunk.start for chunk in chunks] == [True] + [False] * (len(chunks) - 1)
    assert [chunk.finish_reason for chunk in chunks] == [None] * (len(chunks) - 1) + ["stop"]
    assert chunks[0].component_info is not None
    assert chunks[0].component_info.name == "answerer"
    proven(result["answerer"]["answers"][0], answer)
    seen: list[StreamingChunk] = []
    done = pipeline.run({"answerer": {"query": DRONE, "streaming_callback": seen.append}})
    assert [chunk.content for chunk in seen] == [chunk.content for chunk in chunks]
    proven(done["answerer"]["answers"][0], answer)


def test_a_conversation(retriever: Retriever) -> None:
    messages = [
        ChatMessage.from_system("be brief"),
        ChatMessage.from_assistant("Good morning."),
        ChatMessage.from_user("Is it open?"),
        ChatMessage.from_user("Is the Harrow Ferry bridge open?"),
        ChatMessage.from_assistant("It is shut.[1]"),
        ChatMessage.from_assistant("Anything else?"),
        ChatMessage.from_user("Why?"),
    ]
    history = [Turn("Is the Harrow Ferry bridge open?", "It is shut.[1]")]
    assert turns(messages) == history
    follow_up = "How long is it?"
    (answer,) = YinzhengAnswerer(assistant=Assistant(retriever)).run(follow_up, history=messages)[
        "answers"
    ]
    plain = Assistant(retriever).ask(follow_up, history=history)
    assert plain.asked
    assert (answer.meta["asked"], answer.data) == (plain.asked, plain.text)


def test_who_leaves_a_stream_stops_the_model(retriever: Retriever) -> None:
    llm = ScriptedLLM(f"{SHUT}[1]" * 5000, piece=1, context_size=400_000)
    pipeline = Pipeline()
    pipeline.add_component("answerer", YinzhengAnswerer(assistant=Assistant(retriever, llm)))

    async def leave() -> None:
        handle = pipeline.stream({"answerer": {"query": DRONE}})
        async for chunk in handle:
            assert chunk.content
            break
        await handle.aclose()

    looped(leave())
    for _ in range(100):
        if llm.closed:
            break
        threading.Event().wait(0.05)
    assert (len(llm.asked), llm.closed) == (1, 1)


def test_a_callback_that_fails_stops_the_model(retriever: Retriever) -> None:
    llm = ScriptedLLM(f"{SHUT}[1]" * 5, piece=1, context_size=40_000)

    def tell(chunk: StreamingChunk) -> None:
        raise BrokenPipeError("the reader has left")

    with pytest.raises(BrokenPipeError, match="has left") as raised:
        YinzhengAnswerer(assistant=Assistant(retriever, llm)).run(DRONE, streaming_callback=tell)
    assert (len(llm.asked), llm.closed) == (1, 1)
    assert raised.tb is not None  # which holds the answer under way: it was not just forgotten


def test_without_haystack_it_says_what_to_install() -> None:
    done = run("", "-c", "import rag.adapters.haystack")
    assert done.stderr.splitlines()[-1] == (
        'ImportError: this needs Haystack, which is not installed: pip install "yinzheng[haystack]"'
    )


def test_the_extra_alone_suffices_for_a_saved_pipeline_without_the_network(tmp_path: Path) -> None:
    build([SAMPLE / "bridge-harrow-ferry.md"], tmp_path / "store", load_embedder())
    saved = tmp_path / "pipeline.yaml"
    pipeline = Pipeline()
    pipeline.add_component(
        "retriever", YinzhengRetriever(tmp_path / "store", embedder=str(BUNDLED), top_k=2)
    )
    pipeline.add_component("answerer", YinzhengAnswerer(tmp_path / "store", llm="quote"))
    saved.write_text(pipeline.dumps(), "utf-8")
    asked = {"retriever": {"query": DRONE}, "answerer": {"query": DRONE}}
    chosen = "finds_what or first_document or test_in_a_pipeline or streams or event_loop or tool"
    code = (
        "import os, sys\n"
        f"os.environ.update(HOME={str(tmp_path)!r}, HAYSTACK_TELEMETRY_ENABLED='True')\n"
        "seen = []\n"
        "def watch(event, arguments):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo', 'socket.sendto'):\n"
        "        seen.append((event, arguments))\n"
        "sys.addaudithook(watch)\n"
        "import rag.adapters.haystack\n"
        "print(seen, 'llama_index' in sys.modules, 'langchain_core' in sys.modules)\n"
        "import haystack.telemetry._telemetry as telemetry\n"
        "assert telemetry.telemetry\n"
        "telemetry.telemetry = None\n"  # from here on as with HAYSTACK_TELEMETRY_ENABLED=False
        "from haystack import Pipeline\n"
        f"pipeline = Pipeline.loads(open({str(saved)!r}).read(), allowed_modules={OURS!r})\n"
        f"done = pipeline.run({asked!r})\n"
        "print([d.id for d in done['retriever']['documents']])\n"
        "print(done['answerer']['answers'][0].data, seen)\n"
        "import pytest\n"
        f"sys.exit(pytest.main([*{PYTEST[2:]!r}, {str(Path(__file__).relative_to(ROOT))!r}, "
        f"'-k', {chosen!r}]))"
    )
    done = run("haystack+pytest+hypothesis", "-c", code)
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stdout + done.stderr
    retriever = Retriever(tmp_path / "store")
    hits = retriever.search(DRONE, k=2)
    answer = Assistant(retriever).ask(DRONE)
    assert lines[:3] == [
        "[] False False",
        str([hit.paragraph.id for hit in hits]),
        f"{answer.text} []",
    ]
    assert "drone survey" in answer.text
    assert re.match(r"\d+ passed, \d+ deselected", lines[-1]), done.stdout
