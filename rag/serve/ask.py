"""POST /ask: the cited answer to a question, whole or as it comes."""

import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from rag.answer import (
    AnswerFinished,
    Event,
    QuestionRewritten,
    SentenceChecked,
    SourcesFound,
    TextAdded,
)
from rag.serve.errors import request_id_of, told
from rag.serve.leaving import unless_left
from rag.serve.schemas import AnswerResponse, AskRequest, errors
from rag.serve.service import Service
from rag.serve.started import EventStream, Started

_STREAM = """Server-sent events, each with a JSON object as its data: `asked` {"question"}, the
question as it was understood, where that is not how it was typed; `sources` {"hits"}; `text`
{"text"}, more of the answer; `sentence`, a sentence with its verdict and citations; at last
`answer`, the whole answer as without a stream, or `error` {"error"}. Lines that begin with a colon
are signs of life."""
_ANSWERED: dict[str, Any] = {
    "description": "The answer, or its events: " + _STREAM,
    "content": {
        "text/event-stream": {
            "schema": {
                "type": "object",
                "properties": {
                    "event": {
                        "type": "string",
                        "enum": ["asked", "sources", "text", "sentence", "answer", "error"],
                    },
                    "data": {"type": "string", "contentMediaType": "application/json"},
                },
                "required": ["event", "data"],
            }
        }
    },
}


def routes(service: Service) -> APIRouter:
    """POST /ask."""
    router = APIRouter(tags=["ask"])

    @router.post(
        "/ask",
        operation_id="ask",
        summary="The answer to a question; every sentence cites what proves it",
        response_model=AnswerResponse,
        responses={**errors(415, 422, 503), 200: _ANSWERED},
    )
    async def ask(request: Request, asked: AskRequest) -> Response:
        """Whole, or with `stream` (or Accept: text/event-stream) as it comes."""
        if not asked.stream and not _accepts_events(request):
            answer = service.ask(
                asked.question,
                history=asked.turns,
                k=asked.k,
                filters=asked.filters,
                verbatim=asked.verbatim,
            )
            return JSONResponse((await unless_left(request, answer)).to_json())
        started = Started(
            service.events(
                asked.question,
                history=asked.turns,
                k=asked.k,
                filters=asked.filters,
                verbatim=asked.verbatim,
            )
        )
        await unless_left(request, started.begin())
        return EventStream(started, _written(started, request_id_of(request.scope)))

    return router


def _accepts_events(request: Request) -> bool:
    kinds = [
        kind.partition(";")[0].strip() for kind in request.headers.get("accept", "").split(",")
    ]
    return "text/event-stream" in kinds and "application/json" not in kinds


async def _written(started: Started, request_id: str) -> AsyncIterator[bytes]:
    """The events of an answer as they are sent."""
    try:
        async for event in started.events():
            yield b": waiting\n\n" if event is None else _message(*_named(event))
    except Exception as error:  # noqa: BLE001 - the outermost boundary of a response that has begun
        yield _message("error", told(error, request_id).to_json())


def _named(event: Event) -> tuple[str, dict[str, Any]]:
    """The name of an event and its data."""
    match event:
        case QuestionRewritten():
            return "asked", {"question": event.question}
        case SourcesFound():
            return "sources", {"hits": [hit.to_json() for hit in event.hits]}
        case TextAdded():
            return "text", {"text": event.text}
        case SentenceChecked():
            return "sentence", event.sentence.to_json()
        case AnswerFinished():
            return "answer", event.answer.to_json()


def _message(name: str, data: dict[str, Any]) -> bytes:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"event: {name}\ndata: {text}\n\n".encode("utf-8", "replace")
