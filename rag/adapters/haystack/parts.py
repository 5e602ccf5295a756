"""Hits, answers and conversations in Haystack's classes."""

from collections.abc import Iterator, Sequence

from haystack import Document
from haystack.dataclasses import (
    ChatMessage,
    ChatRole,
    ComponentInfo,
    GeneratedAnswer,
    StreamingChunk,
)

from rag.adapters.answers import added, cited, outcome
from rag.adapters.metadata import metadata
from rag.answer import Answer, AnswerFinished, Event, Hit, Turn


def document(hit: Hit) -> Document:
    """A hit as a document: its id is the paragraph's, its meta says where it stands."""
    paragraph = hit.paragraph
    return Document(id=paragraph.id, content=paragraph.text, meta=metadata(hit), score=hit.score)


def turns(messages: Sequence[ChatMessage]) -> list[Turn]:
    """The questions of a conversation that were answered, each with its last answer.

    What a system or a tool said is passed over.
    """
    found: list[Turn] = []
    asked: str | None = None
    for message in messages:
        if message.role is ChatRole.USER:
            asked = message.text
        elif message.role is ChatRole.ASSISTANT and asked and message.text:
            found.append(Turn(asked, message.text))
            asked = None
    return found


class Told:
    """An answer as its events come: chunks for a streaming callback, in the end the answer."""

    def __init__(self, info: ComponentInfo) -> None:
        """Nothing is told yet; `info` says which component speaks."""
        self._info = info
        self._began = False
        self._answer: Answer | None = None

    def chunks(self, event: Event) -> Iterator[StreamingChunk]:
        """What an event adds to the text; with the last one, that it is complete."""
        if text := added(event, began=self._began):
            yield StreamingChunk(text, component_info=self._info, index=0, start=not self._began)
            self._began = True
        if isinstance(event, AnswerFinished):
            self._answer = event.answer
            yield StreamingChunk("", component_info=self._info, index=0, finish_reason="stop")

    def answer(self, query: str) -> GeneratedAnswer:
        """The answer, with the paragraphs that it cites in the order of their first markers."""
        assert self._answer is not None, "a stream ends with AnswerFinished"
        documents = [document(hit) for hit in cited(self._answer)]
        return GeneratedAnswer(self._answer.text, query, documents, outcome(self._answer))


def live(component: str, given: str) -> str:
    """Why a component over an object that it was given cannot be saved, and what to do."""
    return (
        f"a {component} over {given}=… cannot be saved: its models are objects of this process; "
        f'make it from a folder and names that a file can hold: {component}("my-store")'
    )
