"""From the events of an answer to successive conversations, each ready to be shown."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence

from rag.answer import (
    Answer,
    AnswerFinished,
    Event,
    Hit,
    Sentence,
    SentenceChecked,
    SourcesFound,
    TextAdded,
    Turn,
)
from rag.errors import ModelBusy, YinzhengError
from ui.answers import Draft, render, side_by_side
from ui.background import Answers, Background
from ui.conversation import Conversation, Exchange, copy_link, note
from ui.inert import inert, lang
from ui.sources import Paragraphs, Source, render_sources, with_neighbours
from ui.texts import Texts

PAUSE = 0.05  # seconds between two repaints while text streams

log = logging.getLogger(__name__)


def answer_last(
    assistant: Answers,
    paragraphs: Paragraphs,
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
    writer = _Writer(conversation.exchanges[-1], paragraphs, texts)
    shown = conversation
    try:
        for changed in _events(assistant, conversation, writer, session, clock):
            if changed:
                shown = conversation.with_last(writer.exchange())
            yield shown
    except ModelBusy as busy:
        line = texts.busy.format(seconds=busy.seconds)
        yield conversation.with_last(writer.failed(line))
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
    question = conversation.exchanges[-1].question
    answer = Background(assistant, question, history=conversation.history, session=session)
    painted = clock() - PAUSE
    try:
        for event in answer.events():
            if event is None:
                yield False
                continue
            writer.take(event)
            if not isinstance(event, TextAdded) or clock() - painted >= PAUSE:
                yield True
                painted = clock()
    finally:
        answer.close()


class _Writer:
    """Collects the events of one answer and renders what they amount to."""

    def __init__(self, exchange: Exchange, paragraphs: Paragraphs, texts: Texts) -> None:
        self._asked = exchange
        self._paragraphs = paragraphs
        self._texts = texts
        self._draft = Draft()
        self._sources: tuple[Source, ...] = ()
        self._panel = ""
        self._answer: Answer | None = None

    def take(self, event: Event) -> None:
        """One more event."""
        if isinstance(event, SourcesFound):
            self._find(event.hits)
        elif isinstance(event, TextAdded):
            self._draft.add(event.text)
        elif isinstance(event, SentenceChecked):
            self._draft.check(event.sentence)
            self._paint([item.sentence for item in self._draft.placed])
        else:
            self._finish(event)

    def exchange(self) -> Exchange:
        """What the page shows now."""
        answer, asked = self._answer, self._asked
        if answer is None:
            return Exchange(
                asked.number, asked.question, self._body(), self._waiting(), self._panel
            )
        return Exchange(
            asked.number,
            asked.question,
            self._body() if answer.sentences else _message(answer),
            self._below(answer) if answer.sentences else "",
            self._panel,
            Turn(asked.question, answer.text, answer.passages),
            running=False,
        )

    def failed(self, message: str) -> Exchange:
        """What the page shows when no more events come; what was written stays."""
        line = note(message, self._texts)
        asked = self._asked
        return Exchange(
            asked.number, asked.question, self._body(), line, self._panel, running=False
        )

    def _find(self, hits: Sequence[Hit]) -> None:
        self._draft.hits = hits
        self._sources = with_neighbours(hits, self._paragraphs)
        self._paint([])

    def _finish(self, event: AnswerFinished) -> None:
        self._answer = event.answer
        self._draft.finish(event.answer.sentences)
        if event.answer.hits != tuple(self._draft.hits):  # an abstention may show others
            self._find(event.answer.hits)
        reported = [
            Sentence(report.citation.quote_text, (report.citation,), "supported")
            for report in event.answer.reported
        ]
        self._paint([*event.answer.sentences, *reported], finished=True)

    def _paint(self, sentences: Sequence[Sentence], *, finished: bool = False) -> None:
        self._panel = render_sources(
            self._sources,
            sentences,
            turn=self._asked.number,
            question=self._asked.question,
            texts=self._texts,
            finished=finished,
        )

    def _body(self) -> str:
        return render(self._draft, turn=self._asked.number, texts=self._texts)

    def _below(self, answer: Answer) -> str:
        """What several articles report, what was taken out, and the link that copies the answer."""
        count = len(answer.withdrawn)
        taken = note(self._texts.withdrawn.format(count=count), self._texts) if count else ""
        reported = side_by_side(answer.reported, turn=self._asked.number, texts=self._texts)
        return (
            (reported if answer.reported else "")
            + taken
            + copy_link(self._asked.number, self._texts)
        )

    def _waiting(self) -> str:
        if self._draft.placed or self._draft.pending.strip():
            return ""
        return note(self._texts.reading.format(count=len(self._sources)), self._texts)


def _message(answer: Answer) -> str:
    return f'<div class="abstained" lang="{lang(answer.message)}">{inert(answer.message)}</div>'
