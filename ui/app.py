"""The talk: components and events, wired; what they show is made elsewhere."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr

from rag.errors import QuestionError
from ui.answering import answer_last
from ui.chats.errors import ChatsError
from ui.chats.store import Chats
from ui.conversation import Conversation
from ui.examples import Examples
from ui.inert import inert
from ui.invitation import render_empty_panel, render_invitation
from ui.messages import messages
from ui.models.choice import ModelChoice
from ui.sources import render_sources
from ui.texts import EN, Texts
from ui.texts.chats import CHATS
from ui.visitor import reader_of, texts_of
from ui.wire import Wire, read_wire

log = logging.getLogger(__name__)

WAITING = 16  # questions in the queue; more are refused


def build_app(choice: ModelChoice, chats: Chats) -> gr.Blocks:
    """The talk with what answers; `ui.server` serves it with the page's looks and headers.

    Args:
        choice: what answers, which may change while the page is open.
        chats: where what was asked and answered is kept.
    """
    app: gr.Blocks = gr.Blocks(title="引证 Yinzheng", analytics_enabled=False, fill_height=True)
    with app:
        _Page(choice, chats).wire(app)
    app.queue(max_size=WAITING, default_concurrency_limit=1)
    return app


class _Page:
    """The components of one page, and what their events do."""

    def __init__(self, choice: ModelChoice, chats: Chats) -> None:
        self._choice = choice
        self._chats = chats
        self._examples = Examples(choice)
        self._answering: dict[str, object] = {}  # by session; a stopped answer ends a little later
        self.state = gr.State(Conversation())
        with gr.Row(elem_id="desk"):
            with gr.Column(scale=3, min_width=300, elem_id="talk"):
                self.chat = _chatbot()
                self.box = _box()
            with gr.Column(scale=2, min_width=300, elem_id="side"):
                self.panel = _panel()
        # The page's own script speaks through these: see assets/shell.js.
        self.wire_box = gr.Textbox(show_label=False, container=False, elem_id="wire")
        self.ask_button = gr.Button("ask", elem_id="act-ask")
        self.show_button = gr.Button("show", elem_id="act-show")
        self.greet_button = gr.Button("greet", elem_id="act-greet")

    def wire(self, app: gr.Blocks) -> None:
        """Connect the events."""
        greeted = [self.chat, self.panel, self.box]
        app.load(self._greet, [self.state], greeted, **_QUICK)
        self.greet_button.click(self._greet, [self.state], greeted, **_QUICK)
        given = [self.box, self.state, self.wire_box]
        asked = [self.box, self.state, self.chat, self.panel, self.wire_box]
        events = (self.box.submit, self.ask_button.click)
        running = [self._asking(event, given, asked) for event in events]
        # First the cancelling, else one more step of the answer could overwrite its end.
        cancelled = self.box.stop(None, cancels=running, **_QUICK)
        ended = [self.state, self.chat, self.box]
        cancelled.then(self._ended, [self.state], ended, **_QUICK)
        cancelled = self.show_button.click(None, cancels=running, **_QUICK)
        shown = [self.state, self.chat, self.panel, self.box]
        cancelled.then(self._show, [self.state, self.wire_box], shown, **_QUICK)

    def _asking(self, event: Any, given: list[Any], asked: list[Any]) -> Any:
        """A question and its answer, on an event that asks something."""
        answer = event(
            self._ask,
            given,
            asked,
            concurrency_id="answer",
            # What answers has its own queue, in which sessions take turns: let it see them all.
            concurrency_limit=WAITING + 2,
            # A question may come in the moment between an answer and the end of its event; one
            # that comes earlier is left in the box.
            trigger_mode="multiple",
            **_SILENT,
        )
        ended = [self.state, self.chat, self.box]
        answer.then(self._finished, [self.state], ended, **_QUICK)
        # A full queue refuses it before it begins, and then no other event follows.
        answer.failure(self._refused, given, asked, **_QUICK)
        return answer

    def _greet(
        self, conversation: Conversation, request: gr.Request
    ) -> tuple[dict[str, Any], str, dict[str, Any]]:
        """The page in the reader's language, whatever it shows."""
        texts = texts_of(request)
        placeholder = render_invitation(self._examples.questions(texts), texts)
        chat = gr.update(placeholder=placeholder, value=messages(conversation, texts))
        box = gr.update(placeholder=texts.placeholder, label=texts.ask_label)
        return chat, _sources(conversation, texts), box

    def _ask(
        self, typed: str, conversation: Conversation, said: str, request: gr.Request
    ) -> Iterator[tuple[Any, ...]]:
        """The question as it is asked, and then the answer as it comes."""
        session = request.session_hash or ""
        asked, first = self._asked(typed, conversation, said, texts_of(request))
        if asked is conversation:
            yield (gr.skip(),) * 5
            return
        own = self._answering[session] = object()
        try:
            yield first
            for state, chat, panel in self._answer(asked, request):
                yield gr.skip(), state, chat, panel, gr.skip()
        finally:
            if self._answering.get(session) is own:
                del self._answering[session]

    def _asked(
        self, typed: str, conversation: Conversation, said: str, texts: Texts
    ) -> tuple[Conversation, tuple[Any, ...]]:
        """The conversation with what is asked now, and how the page shows it.

        It is the same one where nothing is asked, or an answer is still to come.
        """
        nothing = conversation, (gr.skip(),) * 5
        if conversation.running:
            return nothing
        try:
            wire, trouble = read_wire(said), ""
        except QuestionError as error:
            wire, trouble = Wire(), str(error)
        asked = _asked(typed, conversation, wire)
        if asked is conversation:
            return nothing
        if trouble:
            asked = asked.stopped(trouble)
        box = _busy() if wire.question or wire.again else _busy(value="")
        return asked, (box, asked, messages(asked, texts), _sources(asked, texts), wire.spent())

    def _answer(
        self, conversation: Conversation, request: gr.Request
    ) -> Iterator[tuple[Any, Any, Any]]:
        texts, shown = texts_of(request), conversation
        earlier = messages(replace(conversation, exchanges=conversation.exchanges[:-1]), texts)
        panel, kept = _sources(conversation, texts), False
        session = request.session_hash or ""
        with self._choice.answering() as assistant:
            generation = assistant.retriever.store.current().number
            for step in answer_last(assistant, conversation, texts, session=session):
                if step is shown:
                    yield gr.skip(), gr.skip(), gr.skip()
                    continue
                now = step.with_last(replace(step.exchanges[-1], generation=generation))
                before, panel = panel, _sources(now, texts)
                said = [*earlier, *messages(replace(now, exchanges=now.exchanges[-1:]), texts)]
                yield now, said, gr.skip() if panel == before else panel
                if not kept:  # so that nothing is lost where the page is closed meanwhile
                    self._save(now, request)
                shown, kept = step, True

    def _finished(
        self, conversation: Conversation, request: gr.Request
    ) -> tuple[Conversation, Any, Any]:
        """After an answer; not after a question that came while another one was answered."""
        if request.session_hash in self._answering:
            return gr.skip(), gr.skip(), gr.skip()
        return self._ended(conversation, request)

    def _ended(
        self, conversation: Conversation, request: gr.Request
    ) -> tuple[Conversation, Any, Any]:
        """After an answer, whether it is finished or was stopped."""
        return self._end(conversation, texts_of(request).stopped, request)

    def _refused(
        self, typed: str, conversation: Conversation, said: str, request: gr.Request
    ) -> tuple[Any, ...]:
        """Too many questions wait: this one was not begun, and stays to be asked again."""
        texts = texts_of(request)
        asked, first = self._asked(typed, conversation, said, texts)
        if asked is conversation:
            return (gr.skip(),) * 5
        ended, chat, box = self._end(asked, texts.queue_full, request)
        return {**first[0], **box}, ended, chat, *first[3:]

    def _end(
        self, conversation: Conversation, trouble: str, request: gr.Request
    ) -> tuple[Conversation, Any, Any]:
        ended = conversation.stopped(trouble)
        self._save(ended, request)
        return ended, messages(ended, texts_of(request)), _idle()

    def _show(
        self, conversation: Conversation, said: str, request: gr.Request
    ) -> tuple[Conversation, Any, str, Any]:
        """An earlier chat, or an empty one; what was under way is kept as it is."""
        texts, reader = texts_of(request), reader_of(request)
        if conversation.running and self._chats.title(reader, conversation.id):
            # Unless it was deleted meanwhile.
            self._save(conversation.stopped(texts.stopped), request)
        chat = read_wire(said).chat
        try:
            found = self._chats.load(reader, chat) if chat else None
        except ChatsError as error:
            self._warn(error, texts)
            found = None
        shown = found or Conversation()
        return shown, messages(shown, texts), _sources(shown, texts), _idle()

    def _save(self, conversation: Conversation, request: gr.Request) -> None:
        """Keep a conversation; where this fails the reader is told, and nothing else is lost."""
        try:
            self._chats.save(reader_of(request), conversation)
        except ChatsError as error:
            self._warn(error, texts_of(request))

    def _warn(self, error: ChatsError, texts: Texts) -> None:
        log.error("%s", error)
        gr.Warning(inert(CHATS[texts.code].failed))


# The page shows by itself what goes on; and its events are nobody's interface.
_SILENT: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
_QUICK: dict[str, Any] = {**_SILENT, "queue": False}


def _asked(typed: str, conversation: Conversation, wire: Wire) -> Conversation:
    """The conversation with what is asked now; the same one where nothing is."""
    question, filters = wire.question or typed, wire.filters
    earlier = conversation.exchange(wire.again)
    if earlier is not None:
        question, filters = earlier.question, earlier.filters
    replaced = wire.again or wire.editing
    if not question.strip() or (wire.again and earlier is None):
        return conversation
    if replaced:
        conversation = conversation.before(replaced)
    return conversation.ask(question, filters, verbatim=wire.verbatim)


def _sources(conversation: Conversation, texts: Texts) -> str:
    """The sources of the newest question; those of earlier ones are fetched when asked for."""
    if not conversation.exchanges:
        return render_empty_panel(texts)
    return render_sources(conversation.exchanges[-1], texts)


def _panel() -> gr.Markdown:
    # Not gr.HTML: that one is not sanitised, and it evaluates strings as code in the browser.
    return gr.Markdown(
        render_empty_panel(EN), elem_id="panel", latex_delimiters=[], sanitize_html=True
    )


def _chatbot() -> gr.Chatbot:
    return gr.Chatbot(
        label=EN.talk,
        show_label=False,
        elem_id="chat",
        buttons=[],
        feedback_options=None,
        latex_delimiters=[],  # else text between dollar signs would be rendered as formulas
        allow_tags=True,  # our own HTML; the sanitiser stays on
        sanitize_html=True,
        layout="bubble",
        height="100%",
    )


def _box() -> gr.Textbox:
    return gr.Textbox(
        label=EN.ask_label,
        show_label=False,
        container=False,
        placeholder=EN.placeholder,
        submit_btn=True,
        autofocus=True,
        max_lines=6,
        max_length=2000,
        elem_id="box",
    )


def _busy(**changes: Any) -> dict[str, Any]:
    return gr.update(submit_btn=False, stop_btn=True, **changes)


def _idle() -> dict[str, Any]:
    return gr.update(submit_btn=True, stop_btn=False)
