"""Cited answers as LangChain's chat model: blocks, citations, streams, the conversation."""

import asyncio
import json
import threading
import warnings
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from langchain_core._api import LangChainBetaWarning
from langchain_core.caches import InMemoryCache
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    HumanMessage,
    SystemMessage,
    ToolMessage,
    messages_from_dict,
    messages_to_dict,
)
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import ConfigurableField
from pydantic import ValidationError

from rag import Answer, Assistant, Event, Retriever, Turn
from rag.adapters.langchain import YinzhengAssistant
from rag.errors import QuestionError
from rag.judge import Judgement
from rag.prompt import CANNOT_ANSWER
from tests.conftest import SAMPLE, HashEmbedder, ScriptedLLM

BRIDGE = "How many vehicles does the 412-metre bridge carry a day?"
CARRIES = "The 412-metre bridge, opened in 1961, normally carries 21,500 vehicles a day."
K = 3  # passages: reading them all is most of what an answer costs
UNKNOWN = "Who composed the opera about purple elephants on Mars?"


def looped(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine returns, in a loop of a thread of its own: the browser tests leave one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


@pytest.fixture(scope="module")
def found(sample_store: Path) -> Retriever:
    return Retriever(sample_store, embedder=HashEmbedder())


@pytest.fixture
def model(found: Retriever) -> YinzhengAssistant:
    return YinzhengAssistant(assistant=Assistant(found), k=K)


def written(found: Retriever, *replies: str, piece: int = 3) -> YinzhengAssistant:
    """A model that writes these replies, in prose."""
    assistant = Assistant(found, ScriptedLLM(*replies, piece=piece))
    return YinzhengAssistant(assistant=assistant, k=K)


def number(found: Retriever, words: str) -> int:
    """The number under which a passage is shown to a model that is asked about the bridge."""
    hits = Assistant(found).ask(BRIDGE, k=K).hits
    (at,) = [i for i, hit in enumerate(hits, 1) if words in hit.paragraph.text]
    return at


def told(message: AIMessage) -> dict[str, Any]:
    """What a message tells beside its words, but for the times."""
    return {name: v for name, v in message.response_metadata.items() if name != "timings"}


def summed(chunks: Sequence[AIMessageChunk]) -> AIMessageChunk:
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    return whole


async def gathered(model: YinzhengAssistant, asked: Any, **limits: Any) -> list[AIMessageChunk]:
    return [chunk async for chunk in model.astream(asked, **limits)]


def test_a_quotation_is_a_block_with_its_citation(model: YinzhengAssistant) -> None:
    message = model.invoke(BRIDGE)
    (block,) = [b for b in message.content_blocks if CARRIES in b["text"]]
    (citation,) = block["annotations"]
    text = f"{CARRIES}[{citation['extras']['number']}]"
    assert block["text"].strip() == text
    assert block["text"][citation["start_index"] : citation["end_index"]] == CARRIES
    assert citation["type"] == "citation"
    assert citation["cited_text"] == CARRIES
    assert citation["title"].startswith("Harrow Ferry bridge shut until spring")
    extras = citation["extras"]
    raw = (SAMPLE / extras["source"]).read_text("utf-8")
    assert raw[extras["raw"]["start"] : extras["raw"]["end"]] == CARRIES
    assert (extras["date"], extras["support"]) == ("2032-11-14", "supported")
    assert block["extras"] == {"support": "supported", "reasons": []}


def test_a_message_tells_what_the_answer_tells(model: YinzhengAssistant) -> None:
    answer = model.assistant.ask(BRIDGE, k=2)
    message = model.invoke([HumanMessage(BRIDGE)], k=2)
    assert message.text == answer.text
    assert message.response_metadata["hits"] == [hit.to_json() for hit in answer.hits]
    assert message.response_metadata["sentences"] == [s.to_json() for s in answer.sentences]
    assert {n: v for n, v in told(message).items() if n not in ("hits", "sentences")} == {
        "model_name": "quote", "model_provider": "yinzheng", "output_version": "v1",
        "question": BRIDGE, "llm": "quote", "abstained": False, "language": "en",
        "confidence": round(answer.confidence, 4), "passages": [],
    }  # fmt: skip
    assert message.content_blocks == message.content
    assert messages_from_dict(json.loads(json.dumps(messages_to_dict([message])))) == [message]
    assert message.usage_metadata is None


def test_an_abstention_has_words_and_no_citations(model: YinzhengAssistant) -> None:
    message = model.invoke(UNKNOWN)
    assert message.response_metadata["abstained"] is True
    assert message.text == model.assistant.ask(UNKNOWN, k=K).message
    assert message.content == [{"type": "text", "text": message.text, "index": 0}]
    assert summed(list(model.stream(UNKNOWN))).content == message.content


def test_what_a_model_writes_is_told_sentence_by_sentence(found: Retriever) -> None:
    cited = number(found, "412-metre")
    reply = f"The bridge carries 21,500 vehicles a day.[{cited}] It opened in 1850.[{cited}]"
    message = written(found, reply).invoke(BRIDGE)
    assert [block["text"] for block in message.content_blocks] == [
        f"The bridge carries 21,500 vehicles a day.[{cited}]",
        f" It opened in 1850.[{cited}]",
    ]
    for block, words in zip(message.content_blocks, ("The bridge", "It opened"), strict=True):
        for citation in block["annotations"]:
            cut = block["text"][citation["start_index"] : citation["end_index"]]
            assert cut.startswith(words)
            assert cut.endswith(".")
    assert [b["extras"]["support"] for b in message.content_blocks] == ["supported", "unsupported"]
    assert message.text == reply
    model = ScriptedLLM(reply)
    read = Assistant(found, model).ask(BRIDGE, k=K).usage
    assert read is not None
    assert message.usage_metadata == {
        "input_tokens": read.prompt,
        "output_tokens": len(reply),
        "total_tokens": read.prompt + len(reply),
    }
    assert message.response_metadata["passages"]


@pytest.mark.parametrize("later", [False, True])
def test_a_stream_adds_up_to_the_message(found: Retriever, later: bool) -> None:
    cited = number(found, "412-metre")
    reply = (
        f"The bridge carries 21,500 vehicles a day.[{cited}]\n\nIt was opened in 1961. [{cited}]"
    )
    for model in (
        YinzhengAssistant(assistant=Assistant(found), k=K),
        written(found, reply, reply),
        written(found, reply, reply).model_copy(update={"output_version": "v1"}),
    ):
        message = model.invoke(BRIDGE, k=4)
        chunks = looped(gathered(model, BRIDGE, k=4)) if later else [*model.stream(BRIDGE, k=4)]
        whole = summed(chunks)
        assert len(chunks) == len(message.content) + 1
        assert whole.content == message.content
        assert whole.text == message.text
        assert told(whole) == told(message)
        assert whole.usage_metadata == message.usage_metadata
        assert [c.chunk_position for c in chunks] == [None] * len(message.content) + ["last"]


def test_async_calls_give_the_same(model: YinzhengAssistant) -> None:
    questions = [BRIDGE, UNKNOWN, "新桥有多长？"]
    expected = [model.invoke(question) for question in questions]
    assert [m.content for m in model.batch(questions)] == [m.content for m in expected]
    awaited = looped(model.abatch(questions))
    assert [m.content for m in awaited] == [m.content for m in expected]
    assert [told(m) for m in awaited] == [told(m) for m in expected]
    with pytest.raises(QuestionError, match="the question is empty"):
        looped(model.ainvoke(" "))


def test_a_model_that_declines_in_the_end_is_heard(found: Retriever) -> None:
    said = "The bridge stands over the river, as bridges do."
    reply = f"{said} {CANNOT_ANSWER}, as far as these passages go."
    message = written(found, reply).invoke(BRIDGE)
    whole = summed(list(written(found, reply).stream(BRIDGE)))
    assert message.response_metadata["abstained"] is True
    assert whole.response_metadata["abstained"] is True
    assert whole.text == f"{said}\n\n{message.text}"
    assert [block["index"] for block in whole.content_blocks] == [0, 1]


class LateJudge:
    """A judge that believes everything, in the end."""

    name = "late"
    waits = True

    def judge(self, sentence: str, texts: Sequence[str]) -> Judgement:
        return Judgement("supported", "late: of course")


def test_a_verdict_that_comes_late_is_in_the_last_chunk(found: Retriever) -> None:
    reply = f"It is made of cheese.[{number(found, '412-metre')}]"
    llm = ScriptedLLM(reply, reply)
    model = YinzhengAssistant(assistant=Assistant(found, llm, judge=LateJudge()), k=K)
    (block,) = model.invoke(BRIDGE).content_blocks
    whole = summed(list(model.stream(BRIDGE)))
    (streamed,) = whole.content_blocks
    assert (streamed["extras"]["support"], block["extras"]["support"]) == ("unknown", "supported")
    (sentence,) = whole.response_metadata["sentences"]
    assert (sentence["support"], sentence["reasons"][0]) == ("supported", "late: of course")


class Recorded(Assistant):
    """An assistant that keeps what it was asked."""

    def __init__(self, retriever: Retriever) -> None:
        super().__init__(retriever)
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def stream(self, question: str, **options: Any) -> Iterator[Event]:  # type: ignore[override]
        self.calls.append((question, options))
        return super().stream(question, **options)


def test_earlier_messages_are_the_conversation(found: Retriever) -> None:
    assistant = Recorded(found)
    model = YinzhengAssistant(assistant=assistant, k=K)
    first = model.invoke(BRIDGE)
    nothing = model.invoke(UNKNOWN)
    understood = AIMessage("Yes.[1]", response_metadata={"asked": "Is it?", "passages": ["p1"]})
    model.invoke(
        [
            SystemMessage("Answer like a pirate."),
            HumanMessage("A question without an answer"),
            HumanMessage(BRIDGE),
            first,
            HumanMessage(UNKNOWN),
            nothing,
            HumanMessage("And is it?"),
            understood,
            ToolMessage("3", tool_call_id="1"),
            AIMessage("Nobody asked."),
            HumanMessage([{"type": "text", "text": "When was it opened?"}]),
        ]
    )
    question, options = assistant.calls[-1]
    assert question == "When was it opened?"
    assert options["history"] == [
        Turn(BRIDGE, first.text),
        Turn(UNKNOWN, nothing.text, abstained=True),
        Turn("Is it?", "Yes.[1]", ("p1",)),
    ]


def test_a_leaning_question_is_told_as_it_was_understood(found: Retriever) -> None:
    assistant = Assistant(found)
    model = YinzhengAssistant(assistant=assistant, k=K)
    earlier = "How long is the Harrow Ferry bridge?"
    reply = model.invoke(earlier)
    answer: Answer = assistant.ask("And how old?", k=K, history=[Turn(earlier, reply.text)])
    message = model.invoke([("human", earlier), reply, ("human", "And how old?")])
    assert answer.asked
    assert message.response_metadata["asked"] == answer.asked


def test_limits_of_an_object_and_of_a_call(found: Retriever) -> None:
    assistant = Recorded(found)
    usual = {"k": 3, "since": "2031", "until": None, "sources": ["*.md"], "articles": ()}
    model = YinzhengAssistant(assistant=assistant, k=3, since="2031", sources=["*.md"])
    model.invoke(BRIDGE)
    list(model.stream(BRIDGE, k=2, until="2032"))
    looped(model.ainvoke(BRIDGE, since=None))
    looped(gathered(model, BRIDGE, articles=["a1"]))
    configured = model.configurable_fields(k=ConfigurableField(id="k"))
    configured.invoke(BRIDGE, {"configurable": {"k": 4}})
    seen = [{n: o for n, o in options.items() if n in usual} for _, options in assistant.calls]
    changes = ({}, {"k": 2, "until": "2032"}, {"since": None}, {"articles": ["a1"]}, {"k": 4})
    for options, change in zip(seen, changes, strict=True):
        expected = {**usual, **change}
        assert {n: list(v) if isinstance(v, tuple | list) else v for n, v in options.items()} == {
            n: list(v) if isinstance(v, tuple | list) else v for n, v in expected.items()
        }


def test_what_cannot_be_done_is_refused(model: YinzhengAssistant, found: Retriever) -> None:
    with pytest.raises(QuestionError, match="leave `stop` out"):
        model.invoke(BRIDGE, stop=["bridge"])
    with pytest.raises(QuestionError, match="let it be a HumanMessage"):
        model.invoke([HumanMessage(BRIDGE), AIMessage("Yes.")])
    with pytest.raises(QuestionError, match="let it be a HumanMessage"):
        model.invoke([])
    for option in ({"temperature": 0}, {"per_article": 1}):
        with pytest.raises(QuestionError, match="not permitted; a call takes k, since, until, s"):
            model.invoke(BRIDGE, **option)
    with pytest.raises(NotImplementedError):
        model.bind_tools([])
    with pytest.raises(QuestionError, match="'soon' is not a date"):
        YinzhengAssistant(assistant=model.assistant, since="soon")
    with pytest.raises(ValidationError, match="max_tokens"):
        YinzhengAssistant(assistant=model.assistant, max_tokens=5)
    with pytest.raises(ValidationError, match="assistant"):
        YinzhengAssistant()


def test_leaving_a_stream_stops_the_model(found: Retriever) -> None:
    cited = number(found, "412-metre")
    model = written(found, *[f"The bridge carries 21,500 vehicles.[{cited}] " * 40] * 2, piece=1)
    llm: Any = model.assistant.llm
    stream: Any = model.stream(BRIDGE)
    next(stream)
    stream.close()
    assert llm.closed == 1

    async def leave() -> None:
        stream: Any = model.astream(BRIDGE)
        await anext(stream)
        await stream.aclose()

    looped(leave())
    for _ in range(200):
        if llm.closed == 2:
            break
        threading.Event().wait(0.05)
    assert (len(llm.asked), llm.closed) == (2, 2)


def test_a_chain_and_its_text(model: YinzhengAssistant) -> None:
    prompt = ChatPromptTemplate([("system", "Be brief."), ("human", "{question}")])
    chain = prompt | model | StrOutputParser()
    text = model.assistant.ask(BRIDGE, k=K).text
    assert chain.invoke({"question": BRIDGE}) == text
    assert "".join(chain.stream({"question": BRIDGE})) == text


def test_events_of_the_newest_kind_end_with_the_citations(model: YinzhengAssistant) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LangChainBetaWarning)  # told once, if at all
        stream = model.stream_events(BRIDGE, version="v3")
    text = "".join(stream.text)
    output: Any = stream.output
    message = model.invoke(BRIDGE)
    assert text == message.text
    assert [b["annotations"] for b in output.content] == [
        b["annotations"] for b in message.content_blocks
    ]


def test_a_cache_tells_stores_limits_and_models_apart(found: Retriever) -> None:
    cache = InMemoryCache()
    assistant = Recorded(found)
    model = YinzhengAssistant(assistant=assistant, cache=cache, k=K)
    first = model.invoke(BRIDGE)
    assert model.invoke(BRIDGE).content == first.content
    assert len(assistant.calls) == 1
    model.invoke(BRIDGE, k=2)
    YinzhengAssistant(assistant=assistant, cache=cache, k=2).invoke(BRIDGE)  # the same again
    assert len(assistant.calls) == 2
    other = Recorded(found)
    other.unsupported = "drop"
    YinzhengAssistant(assistant=other, cache=cache, k=K).invoke(BRIDGE)
    other.unsupported, other.judge = "flag", LateJudge()
    YinzhengAssistant(assistant=other, cache=cache, k=K).invoke(BRIDGE)
    assert len(other.calls) == 2


def test_what_tracing_is_told(model: YinzhengAssistant, found: Retriever) -> None:
    assert model._get_ls_params() == {
        "ls_provider": "yinzheng",
        "ls_model_name": "quote",
        "ls_model_type": "chat",
    }
    assert model._identifying_params["generation"] == found.store.current().number
