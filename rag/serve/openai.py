"""/v1: the chat completions of the OpenAI protocol, for whatever already speaks it.

The last message is the question; what the articles say is the answer, and each citation is an
annotation of it. Beside the protocol's own words stands `yinzheng`, the whole answer.
"""

import json
import secrets
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from rag.answer import Answer, AnswerFinished, Event, Hit, SentenceChecked, TextAdded
from rag.errors import QuestionError
from rag.serve.buckets import client_of
from rag.serve.errors import ApiError, request_id_of, told
from rag.serve.leaving import unless_left
from rag.serve.openai_models import (
    MODEL,
    ChatRequest,
    conversation,
    invalid,
    no_model,
)
from rag.serve.openai_replies import Completion, ModelCard, ModelList
from rag.serve.openai_text import Written
from rag.serve.schemas import LONGEST_TURN, MOST_TURNS, errors
from rag.serve.service import Service, closed_behind
from rag.serve.started import EventStream, Started

_ANSWERED: dict[str, Any] = {
    "description": "The completion; with `stream` its chunks, as server-sent events.",
    "content": {"text/event-stream": {}},
}


class _Route(APIRoute):
    """A route whose callers expect 400 wherever a request is wrong."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler."""
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                raise invalid(error.errors()) from None
            except QuestionError as error:
                raise _refused(error) from None

        return handler


def routes(service: Service) -> APIRouter:
    """POST /v1/chat/completions, GET /v1/models and GET /v1/models/{id}."""
    router = APIRouter(prefix="/v1", tags=["OpenAI"], route_class=_Route)

    @router.post(
        "/chat/completions",
        operation_id="complete_chat",
        summary="The answer to the last message, as a chat completion",
        response_model=Completion,
        responses={**_errors(404, 415, 503), 200: _ANSWERED},
    )
    async def complete(request: Request, chat: ChatRequest) -> Response:
        """Whole, or with `stream` as it comes; other parameters of the protocol change nothing."""
        events = _events(service, request, chat)
        reply = _Reply(Written(_addresses(request)))
        if not chat.stream:
            return JSONResponse(await unless_left(request, _whole(events, reply)))
        started = Started(events)
        await unless_left(request, started.begin())
        stream = _stream(started, reply, chat.include_usage, request_id_of(request.scope))
        return EventStream(started, stream)

    @router.get(
        "/models", operation_id="models", summary="The models: there is one", responses=_errors()
    )
    async def models() -> ModelList:
        """By its owner it says what answers."""
        return ModelList(object="list", data=[_card(service)])

    @router.get("/models/{id}", operation_id="model", summary="The model", responses=_errors(404))
    async def model(id: str) -> ModelCard:
        """As in the list."""
        if id != MODEL:
            raise no_model()
        return _card(service)

    return router


def _events(service: Service, request: Request, chat: ChatRequest) -> AsyncIterator[Event]:
    question, history = conversation(chat.messages, turns=MOST_TURNS, longest=LONGEST_TURN)
    session = f"{client_of(request.client)} {chat.user}" if chat.user else ""
    return service.events(
        question,
        history=history,
        k=chat.yinzheng.k,
        filters=chat.yinzheng.filters,
        session=session,
        verbatim=chat.yinzheng.verbatim,
    )


async def _whole(events: AsyncIterator[Event], reply: "_Reply") -> dict[str, Any]:
    """The completion, once all of it is there."""
    async with closed_behind(events):
        async for event in events:
            if isinstance(event, TextAdded):
                reply.written.add(event.text)
            elif isinstance(event, SentenceChecked):
                reply.written.check(event.sentence)
            elif isinstance(event, AnswerFinished):
                return reply.whole(event.answer)
    raise AssertionError("a stream ends with AnswerFinished")


async def _stream(
    started: Started, reply: "_Reply", include_usage: bool, request_id: str
) -> AsyncIterator[bytes]:
    """The chunks of a completion, and at the end [DONE], or an error."""
    usage = {"usage": None} if include_usage else {}
    yield _data(reply.chunk({"role": "assistant", "content": "", "refusal": None}) | usage)
    try:
        async for event in started.events():
            if event is None:
                yield b": waiting\n\n"
                continue
            for delta in _deltas(event, reply.written):
                yield _data(reply.chunk(delta) | usage)
            if isinstance(event, AnswerFinished):
                answer = event.answer
                last = reply.chunk({}, finish_reason="stop")
                yield _data(last | usage | {"yinzheng": answer.to_json()})
                if include_usage:
                    yield _data(reply.head("chat.completion.chunk", [], usage=_usage(answer)))
    except Exception as error:  # noqa: BLE001 - the outermost boundary of a response that has begun
        yield _data(_wrong(error, request_id).to_json())
        return
    yield b"data: [DONE]\n\n"


def _deltas(event: Event, written: Written) -> list[dict[str, Any]]:
    """What an event adds to a message."""
    text = ""
    if isinstance(event, TextAdded):
        text = written.add(event.text)
    elif isinstance(event, AnswerFinished):
        text = written.finish(event.answer)
    elif isinstance(event, SentenceChecked):
        known = len(written.annotations)
        new = written.check(event.sentence)
        # By "index" clients put lists together that come in pieces.
        indexed = [{"index": place, **found} for place, found in enumerate(new, known)]
        return [{"annotations": indexed}] if indexed else []
    return [{"content": text}] if text else []


@dataclass(frozen=True)
class _Reply:
    """A completion under way, and what all of its chunks have in common."""

    written: Written
    id: str = field(default_factory=lambda: f"chatcmpl-{secrets.token_hex(12)}")
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self, answer: Answer) -> dict[str, Any]:
        """The completion; an abstention has only the words that say so."""
        message = {
            "role": "assistant",
            "content": answer.message if answer.abstained else self.written.text,
            "refusal": None,
            "annotations": [] if answer.abstained else self.written.annotations,
        }
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        head = self.head("chat.completion", [choice], usage=_usage(answer))
        return {**head, "yinzheng": answer.to_json()}

    def chunk(self, delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
        """A piece of it."""
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
        return self.head("chat.completion.chunk", [choice])

    def head(
        self, kind: str, choices: list[dict[str, Any]], usage: dict[str, int] | None = None
    ) -> dict[str, Any]:
        """What stands around the choices."""
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": MODEL,
            "choices": choices,
            **({"usage": usage} if usage is not None else {}),
        }


def _usage(answer: Answer) -> dict[str, int]:
    prompt, reply = (answer.usage.prompt, answer.usage.reply) if answer.usage else (0, 0)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": reply,
        "total_tokens": prompt + reply,
    }


def _card(service: Service) -> ModelCard:
    with service.answering() as assistant:
        return ModelCard(id=MODEL, object="model", created=0, owned_by=assistant.llm_name)


def _addresses(request: Request) -> Callable[[Hit], str]:
    """Where this server shows the article of a hit, at its paragraph."""
    base = f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '')}"
    return lambda hit: f"{base}/articles/{quote(hit.article.id)}#{quote(hit.paragraph.id)}"


def _errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The description of errors; what is wrong with a request is 400 here."""
    return {status: told for status, told in errors(*statuses).items() if status != 422}


def _refused(error: QuestionError) -> ApiError:
    return ApiError(400, "question_invalid", str(error), "messages")


def _wrong(error: Exception, request_id: str) -> ApiError:
    return _refused(error) if isinstance(error, QuestionError) else told(error, request_id)


def _data(content: dict[str, Any]) -> bytes:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return b"data: " + text.encode("utf-8", "replace") + b"\n\n"
