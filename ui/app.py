"""The chat page: components and events, wired; what they show is made elsewhere."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from rag import Assistant
from ui.answering import answer_last
from ui.conversation import Conversation
from ui.masthead import (
    example_questions,
    render_empty_panel,
    render_invitation,
    render_masthead,
)
from ui.texts import ALL, EN, Texts, texts_for

WAITING = 16  # questions in the queue; more are refused

i18n = gr.I18n(
    **{
        texts.code: {
            "ask_placeholder": texts.placeholder,
            "chat_label": texts.invitation,
            "chatbot.retry": texts.retry,
        }
        for texts in ALL
    }
)


def build_app(assistant: Assistant) -> gr.Blocks:
    """The chat over an assistant; `ui.server` serves it with the page's looks and headers."""
    app: gr.Blocks = gr.Blocks(title="引证 Yinzheng", analytics_enabled=False, fill_height=True)
    with app:
        _Page(assistant).wire(app)
    app.queue(max_size=WAITING, default_concurrency_limit=1)
    return app


class _Page:
    """The components of one page, and what their events do."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        # A language model has its own queue, in which sessions take turns: let it see them all.
        self._at_once = WAITING + 2 if assistant.llm else 1
        self.state = gr.State(Conversation())
        self.masthead = _html(render_masthead(self._store(), assistant.llm_name, EN), "masthead")
        with gr.Row(elem_id="desk"):
            with gr.Column(scale=3, min_width=300, elem_id="talk"):
                self.chat = _chatbot()
                self.box = _box()
            with gr.Column(scale=2, min_width=300, elem_id="side"):
                self.panel = _html(render_empty_panel(EN), "panel")

    def wire(self, app: gr.Blocks) -> None:
        """Connect the events."""
        app.load(self._greet, None, [self.masthead, self.chat, self.panel], **_QUICK)
        begun = [self.box, self.state, self.chat]
        starts = [
            self.box.submit(self._ask, [self.box, self.state], begun, **_QUICK),
            self.chat.example_select(self._ask_example, [self.state], begun, **_QUICK),
            self.chat.retry(self._ask_again, [self.state], begun, **_QUICK),
        ]
        running = [self._answering(start) for start in starts]
        # First the cancelling, else one more step of the answer could overwrite its end.
        cancelled = self.box.stop(None, cancels=running, **_QUICK)
        cancelled.then(self._ended, [self.state], [self.state, self.chat, self.box], **_QUICK)
        cleared = [self.state, self.chat, self.panel, self.box]
        cancelled = self.chat.clear(None, cancels=running, **_QUICK)
        cancelled.then(self._clear, None, cleared, **_QUICK)

    def _answering(self, start: Any) -> Any:
        """The answer that follows an event which asked something."""
        answer = start.then(
            self._answer,
            [self.state],
            [self.state, self.chat, self.panel],
            concurrency_id="answer",
            concurrency_limit=self._at_once,
            **_SILENT,
        )
        answer.then(self._ended, [self.state], [self.state, self.chat, self.box], **_QUICK)
        return answer

    def _greet(self, request: gr.Request) -> tuple[str, dict[str, Any], str]:
        texts = _texts(request)
        examples = [{"text": question} for question in example_questions(self._store(), texts)]
        return (
            render_masthead(self._store(), self._assistant.llm_name, texts),
            gr.update(placeholder=render_invitation(texts), examples=examples),
            render_empty_panel(texts),
        )

    def _ask(
        self, question: str, conversation: Conversation, request: gr.Request
    ) -> tuple[Any, Any, Any]:
        if conversation.running or not question.strip():
            return gr.skip(), gr.skip(), gr.skip()
        asked = conversation.ask(question, _texts(request))
        return _busy(value=""), asked, asked.messages()

    def _ask_example(
        self, conversation: Conversation, chosen: gr.SelectData, request: gr.Request
    ) -> tuple[Any, Any, Any]:
        return self._ask(str(chosen.value["text"]), conversation, request)

    def _ask_again(self, conversation: Conversation, request: gr.Request) -> tuple[Any, Any, Any]:
        if conversation.running:
            return gr.skip(), gr.skip(), gr.skip()
        asked = conversation.ask_again(_texts(request))
        return _busy(), asked, asked.messages()

    def _answer(
        self, conversation: Conversation, request: gr.Request
    ) -> Iterator[tuple[Any, Any, Any]]:
        texts, shown = _texts(request), conversation
        session = request.session_hash or ""
        steps = answer_last(self._assistant, self._store(), conversation, texts, session=session)
        for step in steps:
            if step is shown:
                yield gr.skip(), gr.skip(), gr.skip()
                continue
            yield step, step.messages(), gr.skip() if step.panel == shown.panel else step.panel
            shown = step

    def _ended(
        self, conversation: Conversation, request: gr.Request
    ) -> tuple[Conversation, Any, Any]:
        """After an answer, however it ended: stopped, refused by a full queue, or finished."""
        ended = conversation.stopped(_texts(request))
        return ended, ended.messages(), _idle()

    def _clear(self, request: gr.Request) -> tuple[Conversation, Any, str, Any]:
        return Conversation(), [], render_empty_panel(_texts(request)), _idle()

    def _store(self) -> Any:
        return self._assistant.retriever.store.current()


# The page shows by itself what goes on; and its events are nobody's interface.
_SILENT: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
_QUICK: dict[str, Any] = {**_SILENT, "queue": False}


def _html(value: str, elem_id: str) -> gr.Markdown:
    # Not gr.HTML: that one is not sanitised, and it evaluates strings as code in the browser.
    return gr.Markdown(value, elem_id=elem_id, latex_delimiters=[], sanitize_html=True)


def _chatbot() -> gr.Chatbot:
    return gr.Chatbot(
        label=i18n("chat_label"),
        show_label=False,
        elem_id="chat",
        buttons=[],
        feedback_options=None,
        latex_delimiters=[],  # else text between dollar signs would be rendered as formulas
        allow_tags=True,  # our own HTML; the sanitiser stays on
        sanitize_html=True,
        layout="bubble",
        height="100%",
        placeholder=render_invitation(EN),
    )


def _box() -> gr.Textbox:
    return gr.Textbox(
        show_label=False,
        container=False,
        placeholder=i18n("ask_placeholder"),
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


def _texts(request: gr.Request) -> Texts:
    return texts_for(request.headers.get("accept-language", ""))
