"""An exchange as two messages of the chat, each one line of inert HTML."""

from collections.abc import Sequence

from rag.answer import Answer
from ui.answers import render, side_by_side
from ui.conversation import Conversation, Exchange
from ui.filters import told
from ui.inert import inert, inert_words, lang
from ui.texts import Texts
from ui.texts.chats import CHATS


def messages(conversation: Conversation, texts: Texts) -> list[dict[str, str]]:
    """The whole conversation as the chat component takes it."""
    shown = []
    for exchange in conversation.exchanges:
        last = exchange is conversation.exchanges[-1]
        shown.append({"role": "user", "content": render_question(exchange, texts)})
        said = render_answer(exchange, texts, chat=conversation.id, last=last)
        shown.append({"role": "assistant", "content": said})
    return shown


def render_question(exchange: Exchange, texts: Texts) -> str:
    """The question as typed, the limits it was asked with, and the way to change it."""
    words = f"<bdi>{inert(exchange.question)}</bdi>"
    limits = told(exchange.filters, texts)
    facts = f'<div class="facts" lang="{texts.code}">{inert_words(limits)}</div>' if limits else ""
    edit = _tool("edit", exchange.number, texts.edit)
    return (
        f'<div class="question" lang="{lang(exchange.question)}">{words}{facts}</div>'
        f'<div class="asking" lang="{texts.code}">{edit}</div>'
    )


def render_answer(exchange: Exchange, texts: Texts, *, chat: str, last: bool) -> str:
    """What was answered so far, and below it how it stands; `last` of its conversation."""
    parts = [_understood(exchange, texts), _said(exchange, texts)]
    answer = exchange.answer
    if answer is not None:
        parts.append(_below(answer, exchange.number, texts))
    if exchange.trouble:
        parts.append(note(exchange.trouble, texts))
    elif exchange.running:
        parts.append(_progress(exchange, texts))
    if not exchange.running:
        parts.append(_tools(exchange, texts, last=last))
    return f'<div class="answer" id="answer-{chat}-{exchange.number}">{"".join(parts)}</div>'


def note(words: str, texts: Texts) -> str:
    """A quiet line below an answer, on its state."""
    return f'<div class="note" lang="{texts.code}">{inert(words)}</div>'


def _understood(exchange: Exchange, texts: Texts) -> str:
    """How a follow-up question was understood, and the way to ask it as it was typed."""
    if not exchange.asked:
        return ""
    words = f'<q lang="{lang(exchange.asked)}">{inert_words(exchange.asked)}</q>'
    verbatim = "" if exchange.running else " " + _tool("verbatim", exchange.number, texts.verbatim)
    return (
        f'<div class="understood" lang="{texts.code}">{inert(texts.understood)}{words}'
        f"{verbatim}</div>"
    )


def _said(exchange: Exchange, texts: Texts) -> str:
    answer = exchange.answer
    if answer is None or answer.sentences:
        return render(exchange, texts)
    question = inert(exchange.question)  # the reader's own words, in the middle of ours
    message = inert(answer.message).replace(question, f"<bdi>{question}</bdi>", 1)
    return (
        f'<div class="abstained" lang="{lang(answer.message)}">{message}</div>'
        f"{note(_suggestion(exchange, texts), texts)}"
    )


def _suggestion(exchange: Exchange, texts: Texts) -> str:
    """What to try where the articles do not say."""
    if exchange.filters:
        return texts.try_wider
    return texts.try_other_words if exchange.hits else texts.try_more_articles


def _below(answer: Answer, turn: int, texts: Texts) -> str:
    """What several articles report, and how much was taken out."""
    count = len(answer.withdrawn)
    taken = note(texts.withdrawn.format(count=count), texts) if count else ""
    reported = side_by_side(answer.reported, turn=turn, texts=texts) if answer.reported else ""
    return reported + taken


def _progress(exchange: Exchange, texts: Texts) -> str:
    if exchange.placed or exchange.pending.strip():
        return ""
    if exchange.ahead:
        return note(texts.ahead.format(count=exchange.ahead), texts)
    if not exchange.hits:
        return note(texts.searching, texts)
    return note(texts.reading.format(count=len(exchange.hits)), texts)


def _tools(exchange: Exchange, texts: Texts, *, last: bool) -> str:
    number = exchange.number
    found: Sequence[tuple[str, str]] = [("again", texts.retry)] if last else []
    if exchange.answer is not None:
        found = [("copy", texts.copy), *found, ("rate", CHATS[texts.code].rate)]
    parts = [_tool(name, number, words) for name, words in found]
    copied = f'<span class="copied">{inert(texts.copied)}</span>'
    return f'<div class="tools" lang="{texts.code}">{"".join(parts)}{copied}</div>'


def _tool(name: str, number: int, words: str) -> str:
    """A button, as a link: the chat's sanitiser takes the rest of a button's attributes away."""
    return f'<a class="{name}" role="button" href="#{name}-{number}">{inert(words)}</a>'
