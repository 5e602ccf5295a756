"""From the events of an answer to successive conversations, each ready to be shown."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from rag.answer import (
    AnswerFinished,
    Event,
    QuestionRewritten,
    SentenceChecked,
    SourcesFound,
    TextAdded,
)
from rag.background import Answers, Background
from rag.errors import ModelBusy, YinzhengError
from ui.answers import Draft
from ui.conversation import Conversation, Exchange
from ui.texts import Texts

PAUSE = 0.05  # seconds between two repaints while text streams

log = logging.getLogger(__name__)


def answer_last(
    assistant: Answers,
    conversation: Conversation,
    texts: Texts,
    *,
    session: str = "",
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Conversation]:
    """Answer the last question; closing this iterator stops the assistant.

    While there is nothing new, the same conversation comes again every half second: that is when
    the iterator can be closed.

    An error meant for the reader becomes the answer; any other leaves a calm line and is logged.
    """
    if not conversation.running:
        return
    writer = _Writer(conversation.exchanges[-1])
    shown = conversation
    try:
        for changed in _events(assistant, conversation, writer, session, clock):
            if changed:
                shown = conversation.with_last(writer.exchange())
            yield shown
    except ModelBusy as busy:
        trouble = texts.busy.format(seconds=busy.seconds)
        yield conversation.with_last(writer.failed(trouble))
    except YinzhengError as error:
        yield conversation.with_last(writer.failed(str(error)))
    except Exception:  # noqa: BLE001 - the outermost boundary: one answer fails, the page lives on
        log.exception("an answer failed")
        yield conversation.with_last(writer.failed(texts.failed))


def _events(
    assistant: Answers,
    conversation: Conversation,
    writer: "_Writer",
    session: str,
    clock: Callable[[], float],
) -> Iterator[bool]:
    """Hand the events to the writer; yields whether the page should be painted."""
    asked = conversation.exchanges[-1]
    answer = Background(
        assistant,
        asked.question,
        history=conversation.history,
        filters=asked.filters,
        session=session,
        verbatim=asked.verbatim,
    )
    painted, held = clock() - PAUSE, False
    try:
        for event in answer.events():
            if event is None:
                yield writer.wait(answer.ahead) or held
                held = False
                continue
            writer.take(event)
            held = isinstance(event, TextAdded) and clock() - painted < PAUSE
            if not held:
                yield True
                painted = clock()
    finally:
        answer.close()


class _Writer:
    """Collects the events of one answer into the exchange that they amount to."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._draft = Draft()

    def take(self, event: Event) -> None:
        """One more event."""
        if isinstance(event, QuestionRewritten):
            self._exchange = replace(self._exchange, asked=event.question)
        elif isinstance(event, SourcesFound):
            self._exchange = replace(self._exchange, hits=event.hits)
        elif isinstance(event, TextAdded):
            self._draft.add(event.text)
        elif isinstance(event, SentenceChecked):
            self._draft.check(event.sentence)
        else:
            self._finish(event)

    def wait(self, ahead: int) -> bool:
        """So many answers come before this one; returns whether that is news."""
        if self._draft.placed or self._draft.pending or ahead == self._exchange.ahead:
            return False
        self._exchange = replace(self._exchange, ahead=ahead)
        return True

    def exchange(self) -> Exchange:
        """The exchange as it is now."""
        begun = bool(self._draft.placed or self._draft.pending)
        return replace(
            self._exchange,
            placed=tuple(self._draft.placed),
            pending=self._draft.pending,
            ahead=0 if begun else self._exchange.ahead,
        )

    def failed(self, trouble: str) -> Exchange:
        """The exchange when no more events come; what was written stays."""
        return replace(self.exchange(), trouble=trouble, running=False, ahead=0)

    def _finish(self, event: AnswerFinished) -> None:
        answer = event.answer
        self._draft.finish(answer.sentences)
        self._exchange = replace(
            self._exchange,
            answer=answer,
            hits=answer.hits,  # an abstention may show others
            running=False,
            ahead=0,
        )
