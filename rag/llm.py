"""What the product asks of a language model: a request, and the seam that answers it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from rag.gguf_names import is_bundled_reader, resolve

__all__ = ["LLM", "AnswerStyle", "Message", "Request", "load", "resolve"]

Role = Literal["system", "user", "assistant"]
# Free text with markers, pointers at sentences, or no text but scores of sentences, of which a
# quotation is made: what the bundled reader gives, and nothing else does.
AnswerStyle = Literal["prose", "quote", "reader"]


@dataclass(frozen=True)
class Message:
    """One turn of a conversation; its content is never trusted."""

    role: Role
    content: str


@dataclass(frozen=True)
class Request:
    """What a model is asked, and what binds its reply.

    Attributes:
        messages: the conversation; the last one is the user's.
        max_tokens: the longest reply, in tokens; hidden thoughts do not count.
        max_seconds: the reply ends after so long; no limit unless given.
        passages: texts that stand in the messages, in this order, as passages 1, 2, …: the only
            numbers that a marker may name, and what drafts are taken from.
        pointers: if given, the whole reply is a row of `[n]` with n from 1 to this, or `[0]`.
        stop: the reply ends before any of these texts.
        temperature: 0 takes the likeliest token every time.
        seed: of the choices at other temperatures; the same one chooses the same.
        session: who asks; those who wait take turns by it.
    """

    messages: tuple[Message, ...]
    max_tokens: int
    passages: tuple[str, ...] = ()
    pointers: int | None = None
    stop: tuple[str, ...] = ()
    temperature: float = 0.0
    seed: int = 0
    session: str = ""
    max_seconds: float | None = None


class LLM(Protocol):
    """A language model that answers one request at a time.

    Attributes:
        name: shown with every answer.
        context_size: tokens of prompt and answer together.
        answer_style: the form of answer that suits it.
    """

    name: str
    context_size: int
    answer_style: AnswerStyle

    def count_tokens(self, text: str) -> int:
        """How many tokens `text` takes inside a prompt."""
        ...

    def stream(self, request: Request) -> Iterator[str]:
        """The reply in pieces of text, none empty; closing the iterator stops the work.

        Raises:
            ModelError: the prompt is too long, or the model cannot run.
        """
        ...


def load(name: str, *, progress: Callable[[float], None] | None = None) -> LLM | None:
    """The language model called `name` (see `resolve`), ready to answer; None for quotation.

    It has a process of its own (a `rag.worker.Worker`). `progress` is told the share that is
    loaded, now and then. The bundled reader, whose `answer_style` is "reader", is asked by
    `rag.reader.Reading` alone.

    Raises:
        ModelError: as `resolve`; also llama-cpp-python is missing, or the file does not load.
    """
    path = resolve(name)
    if path is None:
        return None
    from rag.worker import Worker

    return Worker(path, reader=is_bundled_reader(path), progress=progress)
