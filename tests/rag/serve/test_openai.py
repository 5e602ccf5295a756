"""/v1 as the openai client sees it, over a live server."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from http.client import HTTPConnection
from itertools import chain
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai import OpenAI

from index.article import Span
from rag import Assistant, Retriever, Turn
from rag.answer import Citation, Hit, Sentence, TextAdded
from rag.errors import ModelBusy, ModelError
from rag.features import candidates
from rag.llm import Request
from rag.policy import Unsupported
from rag.serve.address import LOOPBACK
from rag.serve.app import create_api
from rag.serve.openai_text import Written
from rag.serve.service import Limits, Service
from rag.vetting import Vetting
from rag.written import Declined, WrittenAnswer
from tests.conftest import HashEmbedder, ScriptedLLM
from tests.rag.serve.live import live
from tests.rag.test_public import looped

HANGERS = "How much does the replacement of the hangers cost?"
QUOTED = (
    "All 96 hangers will be replaced, not only the damaged ones.[1] The work will cost £28.6 "
    "million, of which the board will pay £11 million from its reserves and the county the rest.[1]"
)
LIMITS = Limits()


class Failing(ScriptedLLM):
    """Says something, then breaks off."""

    def __init__(self, error: Exception, *, after: str = "") -> None:
        super().__init__(after)
        self._error = error

    def stream(self, request: Request) -> Iterator[str]:
        yield from super().stream(request)
        raise self._error


class Endless(ScriptedLLM):
    """Writes until it is stopped."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()
        self.stopped = threading.Event()

    def stream(self, request: Request) -> Iterator[str]:
        self.begun.set()
        try:
            while True:
                yield "The bridge has hangers. "
                time.sleep(0.005)
        finally:
            self.stopped.set()


@pytest.fixture(scope="module")
def retriever(sample_store: Path) -> Retriever:
    return Retriever(sample_store, embedder=HashEmbedder())


def service_of(
    retriever: Retriever, llm: ScriptedLLM | None = None, *, limits: Limits = LIMITS
) -> Service:
    assistant = Assistant(retriever, llm, answer_style="prose" if llm else "auto")
    return Service(retriever, lambda: nullcontext(assistant), limits=limits)


@contextmanager
def served(service: Service, *, key: str | None = None) -> Iterator[str]:
    """The address of a server that ends with the context."""
    with live(create_api(service, hosts=LOOPBACK, key=key)) as server:
        yield server.url


@contextmanager
def client_of(address: str, *, key: str = "none", retries: int = 0) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{address}/v1", api_key=key, max_retries=retries) as client:
        yield client


def nobody_asks(service: Service) -> bool:
    """Whether all places are free again, within some seconds."""
    ends = time.monotonic() + 20
    while service.asking and time.monotonic() < ends:
        time.sleep(0.01)
    return service.asking == 0


@pytest.fixture(scope="module")
def quoting(retriever: Retriever) -> Iterator[str]:
    with served(service_of(retriever)) as address:
        yield address


@pytest.fixture(scope="module")
def client(quoting: str) -> Iterator[OpenAI]:
    with client_of(quoting) as made:
        yield made


@pytest.fixture
def ask(client: OpenAI) -> Callable[..., Any]:
    """A completion of one question."""

    def completion(question: str = HANGERS, **options: Any) -> Any:
        messages = [{"role": "user", "content": question}]
        return client.chat.completions.create(model="yinzheng", messages=messages, **options)

    return completion


def urls(annotations: Sequence[Any]) -> list[tuple[int, int, str, str]]:
    found = [annotation.url_citation for annotation in annotations]
    return [(one.start_index, one.end_index, one.url, one.title) for one in found]


def test_a_quotation_with_its_citations(ask: Callable[..., Any], quoting: str) -> None:
    before = int(time.time())
    completion = ask()
    assert (completion.object, completion.model) == ("chat.completion", "yinzheng")
    assert re.fullmatch("chatcmpl-[0-9a-f]{24}", completion.id)
    assert before <= completion.created <= int(time.time())
    (choice,) = completion.choices
    assert (choice.index, choice.finish_reason, choice.logprobs) == (0, "stop", None)
    assert (choice.message.role, choice.message.refusal) == ("assistant", None)
    assert choice.message.content == QUOTED
    url = f"{quoting}/articles/a0e83bc8a333fd5c4#pd259921aa73a46c8"
    title = "Harrow Ferry bridge shut until spring after cracked hangers found"
    # The first sentence has 59 characters; a space and 116 more come behind its marker.
    assert urls(choice.message.annotations) == [(59, 62, url, title), (179, 182, url, title)]
    assert len(QUOTED) == 182
    assert completion.usage.model_dump(exclude_none=True) == {
        "prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0,
    }  # fmt: skip


def test_the_whole_answer_stands_beside_it(ask: Callable[..., Any], retriever: Retriever) -> None:
    whole = ask().model_extra["yinzheng"]
    expected = json.loads(json.dumps(Assistant(retriever).ask(HANGERS).to_json()))
    assert {**whole, "timings": None} == {**expected, "timings": None}
    quote = whole["sentences"][0]["citations"][0]["quote"]
    assert quote["text"] == "All 96 hangers will be replaced, not only the damaged ones."


def test_a_cited_address_leads_to_the_paragraph(ask: Callable[..., Any]) -> None:
    (first, _) = ask().choices[0].message.annotations
    article = httpx.get(first.url_citation.url, trust_env=False).json()
    paragraph = first.url_citation.url.partition("#")[2]
    (found,) = [each for each in article["paragraphs"] if paragraph in each.values()]
    assert "All 96 hangers will be replaced" in found["text"]


def test_indices_count_code_points(retriever: Retriever) -> None:
    reply = "😀 吊杆全部更换[1]。 费用为 2860 万英镑 [1]。完。"
    with served(service_of(retriever, ScriptedLLM(reply))) as address, client_of(address) as client:
        completion = client.chat.completions.create(
            model="yinzheng", messages=[{"role": "user", "content": HANGERS}]
        )
    message = completion.choices[0].message
    assert message.content == reply
    assert message.annotations is not None
    assert [u[:2] for u in urls(message.annotations)] == [(8, 11), (26, 29)]
    assert completion.usage is not None
    # The script counts characters as tokens.
    assert completion.usage.completion_tokens == len(reply)
    assert completion.usage.prompt_tokens > 1000
    both = completion.usage.prompt_tokens + completion.usage.completion_tokens
    assert completion.usage.total_tokens == both


# --- streams ---

REPLY = "The hangers [1] cost £28.6 million. All of them are replaced.[1][2] Nobody minds, he said."


def test_a_stream_says_what_a_whole_answer_says(retriever: Retriever) -> None:
    service = service_of(retriever, ScriptedLLM(REPLY, REPLY))
    with served(service) as address, client_of(address) as client:
        ask = partial(
            client.chat.completions.create,
            model="yinzheng",
            messages=[{"role": "user", "content": HANGERS}],
        )
        chunks = list(ask(stream=True))
        whole = ask()
    assert {(c.object, c.model, c.id, c.created) for c in chunks} == {
        ("chat.completion.chunk", "yinzheng", chunks[0].id, chunks[0].created)
    }
    first, *middle, last = chunks
    assert (first.choices[0].delta.role, first.choices[0].delta.content) == ("assistant", "")
    text = "".join(c.choices[0].delta.content or "" for c in chunks)
    assert text == whole.choices[0].message.content == REPLY
    assert len([c for c in middle if c.choices[0].delta.content]) > 5  # as it is written
    assert {c.choices[0].finish_reason for c in (first, *middle)} == {None}
    assert last.choices[0].finish_reason == "stop"
    streamed = [
        a for c in middle for a in (c.choices[0].delta.model_extra or {}).get("annotations", [])
    ]
    assert [a["index"] for a in streamed] == [0, 1, 2]
    assert [{k: a[k] for k in ("type", "url_citation")} for a in streamed] == [
        a.model_dump() for a in whole.choices[0].message.annotations or ()
    ]
    assert [a["url_citation"]["start_index"] for a in streamed] == [12, 61, 64]
    assert all(c.usage is None for c in chunks)
    assert last.model_extra is not None
    assert last.model_extra["yinzheng"]["sentences"] == whole.model_extra["yinzheng"]["sentences"]  # type: ignore[index]


def test_the_clients_own_accumulator_puts_a_stream_together(client: OpenAI) -> None:
    with client.chat.completions.stream(
        model="yinzheng", messages=[{"role": "user", "content": HANGERS}]
    ) as stream:
        kinds = {event.type for event in stream}
        final = stream.get_final_completion()
    assert {"chunk", "content.delta", "content.done"} <= kinds
    assert final.choices[0].message.content == QUOTED
    annotations = final.choices[0].message.annotations
    assert annotations is not None
    assert [u[:2] for u in urls(annotations)] == [(59, 62), (179, 182)]


def test_a_stream_may_end_with_its_usage(retriever: Retriever) -> None:
    service = service_of(retriever, ScriptedLLM(REPLY))
    with served(service) as address, client_of(address) as client:
        chunks = list(
            client.chat.completions.create(
                model="yinzheng",
                messages=[{"role": "user", "content": HANGERS}],
                stream=True,
                stream_options={"include_usage": True},
            )
        )
    assert [c.usage for c in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == len(REPLY)


def test_the_bytes_of_a_stream(quoting: str) -> None:
    body = {"model": "yinzheng", "messages": [{"role": "user", "content": HANGERS}], "stream": True}
    response = httpx.post(f"{quoting}/v1/chat/completions", json=body, trust_env=False)
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    *chunks, done, rest = response.text.split("\n\n")
    assert (done, rest) == ("data: [DONE]", "")
    told = [json.loads(chunk.removeprefix("data: ")) for chunk in chunks]
    assert [sorted(c) for c in told[:-1]] == [
        ["choices", "created", "id", "model", "object"] for _ in told[:-1]
    ]
    assert "yinzheng" in told[-1]


async def _async_answer(address: str) -> tuple[str, str]:
    async with openai.AsyncOpenAI(
        base_url=f"{address}/v1", api_key="none", max_retries=0
    ) as client:
        ask = partial(
            client.chat.completions.create,
            model="yinzheng",
            messages=[{"role": "user", "content": HANGERS}],
        )
        whole = await ask()
        stream = await ask(stream=True)
        text = "".join([c.choices[0].delta.content or "" async for c in stream])
    return whole.choices[0].message.content or "", text


def test_the_asynchronous_client(quoting: str) -> None:
    assert looped(_async_answer(quoting)) == (QUOTED, QUOTED)


def test_what_a_model_takes_back_in_the_end(retriever: Retriever) -> None:
    # Its first words are no refusal, so that a stream shows them; the whole reply is one.
    reply = "What the hangers cost is not stated in any of the passages."
    service = service_of(retriever, ScriptedLLM(reply, reply))
    with served(service) as address, client_of(address) as client:
        ask = partial(
            client.chat.completions.create,
            model="yinzheng",
            messages=[{"role": "user", "content": HANGERS}],
        )
        whole = ask()
        chunks = list(ask(stream=True))
    answer = whole.model_extra["yinzheng"]  # type: ignore[index]
    assert answer["abstained"] is True
    assert whole.choices[0].message.content == answer["answer"]
    assert whole.choices[0].message.annotations == []
    text = "".join(c.choices[0].delta.content or "" for c in chunks)
    assert text == f"{reply}\n\n{answer['answer']}"


def test_an_abstention(ask: Callable[..., Any]) -> None:
    completion = ask("新桥有多长？")
    message, answer = completion.choices[0].message, completion.model_extra["yinzheng"]
    assert (answer["abstained"], answer["sentences"]) == (True, [])
    assert message.content == answer["answer"]
    assert message.content.startswith("这些文章里找不到这个问题的答案")
    assert (message.refusal, message.annotations) == (None, [])
    chunks = list(ask("新桥有多长？", stream=True))
    assert "".join(c.choices[0].delta.content or "" for c in chunks) == message.content


def test_leaving_a_stream_stops_the_model(retriever: Retriever) -> None:
    llm = Endless()
    service = service_of(retriever, llm)
    with served(service) as address, client_of(address) as client:
        stream = client.chat.completions.create(
            model="yinzheng", messages=[{"role": "user", "content": HANGERS}], stream=True
        )
        for chunk in stream:
            if chunk.choices[0].delta.content:
                break
        assert service.asking == 1
        stream.close()
        assert llm.stopped.wait(20)
        assert nobody_asks(service)


def test_leaving_a_whole_answer_stops_the_model(retriever: Retriever) -> None:
    llm = Endless()
    service = service_of(retriever, llm)
    body = json.dumps({"model": "yinzheng", "messages": [{"role": "user", "content": HANGERS}]})
    with served(service) as address:
        connection = HTTPConnection(address.removeprefix("http://"))
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/v1/chat/completions", body, headers)
        assert llm.begun.wait(20)
        connection.close()
        assert llm.stopped.wait(20)
        assert nobody_asks(service)


# --- the conversation, and what else is asked for ---


def asked_of(retriever: Retriever, messages: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """What the service was asked, by keyword, where these messages are sent."""
    service = service_of(retriever)
    asked: dict[str, Any] = {}

    def events(question: str, **options: Any) -> Any:
        asked.update(options, question=question)
        return Service.events(service, question, **options)

    service.events = events  # type: ignore[method-assign, assignment]
    transport = httpx.ASGITransport(create_api(service, hosts=["testserver"]))

    async def post() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
            body = {"model": "yinzheng", "messages": messages, **more}
            return await http.post("/v1/chat/completions", json=body)

    response = looped(post())
    assert response.status_code == 200, response.text
    return asked


def said(role: str, content: Any) -> dict[str, Any]:
    return {"role": role, "content": content}


def test_answered_questions_before_are_the_history(retriever: Retriever) -> None:
    parts = [{"type": "text", "text": "Who will"}, {"type": "text", "text": "pay for it?"}]
    asked = asked_of(
        retriever,
        [
            said("system", "You are a pirate."),
            said("assistant", "Hello! How can I help?"),
            said("user", "When did the bridge open?"),
            said("assistant", "In 1961.[1]"),
            said("user", "This was never answered"),
            said("user", HANGERS),
            said("developer", "Be brief."),
            said("assistant", [{"type": "text", "text": QUOTED}]),
            said("user", parts),
        ],
    )
    assert asked["question"] == "Who will\npay for it?"
    assert asked["history"] == [
        Turn("When did the bridge open?", "In 1961.[1]"),
        Turn(HANGERS, QUOTED),
    ]
    assert (asked["k"], asked["session"], asked["verbatim"]) == (8, "", False)
    assert not asked["filters"]


def test_of_a_long_conversation_the_end_is_looked_at(retriever: Retriever) -> None:
    turns = [
        said(role, f"{role} {n} " + "x" * 9000) for n in range(3) for role in ("user", "assistant")
    ]
    short = [said(role, f"{role} {n}") for n in range(50) for role in ("user", "assistant")]
    asked = asked_of(retriever, [*turns, *short[:-2], said("user", HANGERS)])
    assert [turn.question for turn in asked["history"]] == [
        ("user 2 " + "x" * 9000)[:8000], *(f"user {n}" for n in range(49)),
    ]  # fmt: skip
    assert len(asked["history"][0].answer) == 8000


def test_limits_and_users(retriever: Retriever) -> None:
    own = {
        "k": 3, "since": "2032", "until": "2033-05", "sources": ["*.md"],
        "articles": ["a0e83bc8a333fd5c4"], "verbatim": True,
    }  # fmt: skip
    asked = asked_of(retriever, [said("user", HANGERS)], yinzheng=own, user="u1")
    filters = asked["filters"]
    assert (filters.since, filters.until) == ("2032", "2033-05")
    assert (filters.sources, filters.articles) == (("*.md",), ("a0e83bc8a333fd5c4",))
    assert (asked["k"], asked["verbatim"], asked["session"]) == (3, True, "127.0.0.1 u1")


def test_extra_body_of_the_client(ask: Callable[..., Any]) -> None:
    completion = ask(extra_body={"yinzheng": {"k": 2, "until": "2032-11"}})
    hits = completion.model_extra["yinzheng"]["hits"]
    assert len(hits) == 2
    assert all(hit["date"] <= "2032-11-99" for hit in hits)


def test_what_changes_nothing_is_accepted(ask: Callable[..., Any]) -> None:
    completion = ask(
        temperature=1.5, top_p=0.1, max_tokens=1, max_completion_tokens=1, seed=7, stop=["."],
        user="someone", presence_penalty=1, frequency_penalty=1, logit_bias={"1": 2}, n=1,
        store=True, metadata={"a": "b"}, reasoning_effort="high", tools=[], logprobs=False,
        response_format={"type": "text"}, modalities=["text"], service_tier="auto",
    )  # fmt: skip
    assert completion.choices[0].message.content == QUOTED


# --- errors ---

TOOL = {"type": "function", "function": {"name": "f", "parameters": {}}}


@pytest.mark.parametrize(
    "given",
    [
        {"n": 2},
        {"n": 0},
        {"n": True},
        {"logprobs": 0},
        {"top_logprobs": False},
        {"tools": [TOOL]},
        {"functions": [TOOL["function"]]},
        {"response_format": {"type": "json_object"}},
        {"modalities": ["text", "audio"]},
        {"audio": {"voice": "alloy", "format": "mp3"}},
        {"logprobs": True},
        {"top_logprobs": 2},
    ],
    ids=lambda given: next(iter(given)),
)
def test_what_would_change_the_answer_is_refused(
    ask: Callable[..., Any], given: dict[str, Any]
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        ask(**given)
    (param,) = given
    assert (refused.value.param, refused.value.code) == (param, "unsupported_parameter")
    assert refused.value.type == "invalid_request_error"
    assert param in str(refused.value)


@pytest.mark.parametrize(
    ("messages", "param", "code"),
    [
        ([], "messages", "invalid_request"),
        ([said("system", "x")], "messages", "no_question"),
        ([said("user", "x"), said("assistant", "y")], "messages", "no_question"),
        ([said("user", " ")], "messages", "question_invalid"),
        ([said("user", "x" * 2001)], "messages", "question_invalid"),
        ([said("nobody", "x")], "messages.0.role", "invalid_request"),
        ([said("user", 7)], "messages.0.content", "invalid_request"),
        ([said("user", [{"type": "image_url"}])], "messages.0.content.0.type", "invalid_request"),
        ([said("tool", "x"), said("user", "y")], "messages.0.role", "invalid_request"),
        (
            [{**said("assistant", None), "tool_calls": [TOOL]}, said("user", "y")],
            "messages.0.tool_calls",
            "unsupported_parameter",
        ),
    ],
)
def test_conversations_that_cannot_be_answered(
    client: OpenAI, messages: Any, param: str, code: str
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model="yinzheng", messages=messages)
    assert (refused.value.param, refused.value.code) == (param, code)


@pytest.mark.parametrize(
    ("own", "param"),
    [
        ({"k": 0}, "yinzheng.k"),
        ({"k": 51}, "yinzheng.k"),
        ({"k": "3"}, "yinzheng.k"),
        ({"sources": ["x"] * 101}, "yinzheng.sources"),
        ({"before": "2032"}, "yinzheng.before"),
        ({"since": "May 2032"}, "yinzheng.since"),
    ],
)
def test_limits_of_another_form(ask: Callable[..., Any], own: dict[str, Any], param: str) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        ask(extra_body={"yinzheng": own})
    assert refused.value.param == param


def test_models(client: OpenAI) -> None:
    (model,) = client.models.list().data
    assert (model.id, model.object, model.owned_by) == ("yinzheng", "model", "quote")
    assert client.models.retrieve("yinzheng") == model
    with pytest.raises(openai.NotFoundError) as refused:
        client.models.retrieve("gpt-4o")
    assert (refused.value.code, refused.value.type) == ("model_not_found", "not_found_error")
    with pytest.raises(openai.NotFoundError) as refused:
        client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "x"}])
    assert (refused.value.code, refused.value.param) == ("model_not_found", "model")


def test_keys(retriever: Retriever) -> None:
    key = "0123456789abcdef"
    with served(service_of(retriever), key=key) as address:
        with client_of(address, key=key) as client:
            assert [m.id for m in client.models.list()] == ["yinzheng"]
        with client_of(address, key="wrong") as client, pytest.raises(openai.AuthenticationError):
            client.models.list()


@pytest.mark.parametrize("stream", [False, True])
def test_a_busy_model_is_told_before_a_stream_begins(retriever: Retriever, stream: bool) -> None:
    service = service_of(retriever, Failing(ModelBusy("17 wait", 9)))
    with (
        served(service) as address,
        client_of(address) as client,
        pytest.raises(openai.RateLimitError) as refused,
    ):
        client.chat.completions.create(
            model="yinzheng", messages=[{"role": "user", "content": HANGERS}], stream=stream
        )
    assert refused.value.response.headers["retry-after"] == "9"
    assert (refused.value.code, refused.value.type) == ("model_busy", "rate_limit_error")


def test_the_client_tries_again_when_it_is_told(retriever: Retriever) -> None:
    class BusyOnce(ScriptedLLM):
        def stream(self, request: Request) -> Iterator[str]:
            if not self.asked:
                self.asked.append(request)
                raise ModelBusy("17 wait", 1)
            return super().stream(request)

    service = service_of(retriever, BusyOnce(REPLY))
    with served(service) as address, client_of(address, retries=1) as client:
        begun = time.monotonic()
        completion = client.chat.completions.create(
            model="yinzheng", messages=[{"role": "user", "content": HANGERS}]
        )
    assert completion.choices[0].message.content == REPLY
    assert time.monotonic() - begun >= 1


def test_too_many_at_a_time(retriever: Retriever) -> None:
    service = service_of(retriever, Endless(), limits=Limits(asks=1))
    with served(service) as address, client_of(address) as client:
        ask = partial(
            client.chat.completions.create,
            model="yinzheng",
            messages=[{"role": "user", "content": HANGERS}],
            stream=True,
        )
        with ask():
            with pytest.raises(openai.RateLimitError) as refused:
                ask()
            assert refused.value.code == "too_many_asking"


def test_a_model_that_fails(retriever: Retriever) -> None:
    service = service_of(retriever, Failing(ModelError("/secret/model.gguf broke off")))
    with (
        served(service) as address,
        client_of(address) as client,
        pytest.raises(openai.InternalServerError) as refused,
    ):
        client.chat.completions.create(
            model="yinzheng", messages=[{"role": "user", "content": HANGERS}]
        )
    assert (refused.value.status_code, refused.value.code) == (503, "model_unavailable")
    assert "secret" not in str(refused.value.body)


def test_a_model_that_fails_in_the_midst_of_a_stream(retriever: Retriever) -> None:
    broken = Failing(ModelError("/secret/model.gguf broke off"), after="The hangers are new. ")
    text = ""
    with served(service_of(retriever, broken)) as address, client_of(address) as client:
        stream = client.chat.completions.create(
            model="yinzheng", messages=[{"role": "user", "content": HANGERS}], stream=True
        )
        with pytest.raises(openai.APIError, match="cannot answer now") as refused:
            for chunk in stream:
                text += chunk.choices[0].delta.content or ""
    assert text.strip() == "The hangers are new."
    assert not isinstance(refused.value, openai.APIStatusError)
    assert (refused.value.code, refused.value.type) == ("model_unavailable", "server_error")
    assert "secret" not in str(refused.value.body)


# --- where markers stand ---


def folded(hits: list[Hit], reply: str, unsupported: Unsupported) -> tuple[Written, list[Sentence]]:
    """What is shown of a reply, and its sentences; none where it declines."""
    written = Written(lambda hit: f"{hit.article.id}#{hit.paragraph.id}")
    pieces = (reply[at : at + 7] for at in range(0, len(reply), 7))
    vetting = Vetting(unsupported, None, candidates(hits))
    events = chain(vetting.events(WrittenAnswer(hits).events(pieces)), vetting.ended())
    with suppress(Declined):
        for event in events:
            if isinstance(event, TextAdded):
                written.add(event.text)
            else:
                written.check(event.sentence)
        return written, vetting.sentences
    return written, []


PIECES = st.sampled_from(
    [
        "All 96 hangers will be replaced", "The work will cost £28.6 million", "吊杆全部更换", "😀",
        "[1]", "[2]", "【3】", "[1, 4]", "[9]", " [2]", "[sic]", "[2024年]", "〔1〕",
        ".", "。", "? ", ". ", "\n", "\n\n", " ", "”", "，", "Dr. ",
    ]
)  # fmt: skip


@pytest.fixture(scope="module")
def hits(retriever: Retriever) -> list[Hit]:
    return retriever.search(HANGERS, k=4)


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=24).map("".join), st.sampled_from(["flag", "drop", "quote"]))
def test_every_annotation_is_a_marker_and_its_passage(
    hits: list[Hit], reply: str, unsupported: Unsupported
) -> None:
    written, sentences = folded(hits, "The bridge is shut. " + reply, unsupported)
    places = []
    for annotation in written.annotations:
        cited = annotation["url_citation"]
        marker = written.text[cited["start_index"] : cited["end_index"]]
        assert re.fullmatch(r"\[\d+\]", marker)
        number = int(marker[1:-1])
        hit = hits[number - 1]
        assert cited["url"] == f"{hit.article.id}#{hit.paragraph.id}"
        assert cited["title"] == hit.article.title
        places.append((cited["start_index"], number))
    assert places == sorted(set(places))
    if sentences:
        assert {number for _, number in places} == {
            c.number for s in sentences for c in s.citations
        }
        # every marker that readers see belongs to a sentence
        assert len(places) == len(re.findall(r"\[\d+\]", written.text))


def test_what_looks_like_a_marker_in_an_article_is_none(hits: list[Hit]) -> None:
    hit = hits[0]
    sentence = Sentence("See note [1] there.", (Citation(2, hit, Span(0, 1)),), "supported")
    written = Written(lambda hit: hit.article.id)
    for first in (True, False):
        written.add(("" if first else " ") + sentence.marked)
        written.check(sentence)
    assert written.text == "See note [1] there.[2] See note [1] there.[2]"
    assert [a["url_citation"]["start_index"] for a in written.annotations] == [19, 42]
