"""What stands around the talk: the header, the drawers of the rooms, and earlier sources."""

import logging
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from rag.retriever import Retriever
from ui.chats.errors import ChatsError
from ui.chats.store import Chats
from ui.inert import inert, inert_words
from ui.sources import render_sources
from ui.texts import ALL, Texts
from ui.texts.chats import CHATS
from ui.visitor import reader_of, texts_of

log = logging.getLogger(__name__)

_NAMES = {"en": "English", "zh-CN": "简体中文", "zh-TW": "繁體中文"}
Drawers = Callable[[str], str]  # the drawers of the rooms, in the language of a code


def render_header(llm: str, articles: int, texts: Texts, *, locked: bool = False) -> str:
    """The header: name, what there is to ask, what answers, the way to the rooms; and out.

    `locked` says that the page is behind a password.
    """
    answering = {"quote": texts.by_quotation, "reader": texts.by_reader}.get(llm, llm)
    held = texts.holdings.format(articles=f"{articles:,}")
    rooms = (
        ("articles", texts.articles, held),
        ("models", texts.models, answering),
        ("chats", texts.chats, ""),
    )
    out = _button("logout", texts.log_out) if locked else ""
    buttons = "".join(_room(name, label, more) for name, label, more in rooms)
    return (
        f'<a class="skip" href="#box">{inert(texts.skip)}</a>'
        f'<div class="masthead" lang="{texts.code}"><h1>引证<span>Yinzheng</span></h1>'
        f'<nav aria-label="引证">{_button("new-chat", texts.new_chat)}{buttons}{_languages(texts)}'
        f'<button type="button" class="button quiet" id="dark" aria-pressed="false">'
        f"{inert(texts.dark)}</button>{out}</nav></div>"
    )


def words(texts: Texts) -> dict[str, str]:
    """What the page's own script says."""
    return {
        "cancel": texts.cancel,
        "close": texts.close,
        "editing": texts.editing,
        "lift": texts.lift,
        "limits": texts.limits,
        "newest": texts.newest,
        "answered": texts.answered,
        "send": texts.send,
        "sources": texts.sources,
        "stop": texts.stop,
        "talk": texts.talk,
        "unreachable": texts.unreachable,
    }


def routes(
    retriever: Retriever,
    llm_name: Callable[[], str],
    chats: Chats,
    drawers: Drawers,
    *,
    locked: bool = False,
) -> APIRouter:
    """The header with the drawers, and the sources of an earlier question.

    `locked` says that the page is behind a password.
    """
    router = APIRouter()

    @router.get("/yz/shell")
    def shell(request: Request) -> dict[str, Any]:
        texts = texts_of(request)
        held = retriever.store.current().manifest.articles
        return {
            "lang": texts.code,
            "header": render_header(llm_name(), held, texts, locked=locked),
            "drawers": drawers(texts.code),
            "words": words(texts),
        }

    @router.get("/yz/sources/{chat}/{turn}")
    def sources(chat: str, turn: int, request: Request) -> Response:
        texts = texts_of(request)
        try:
            found = chats.load(reader_of(request), chat)
        except ChatsError:
            log.exception("a chat could not be read")
            return JSONResponse({"error": CHATS[texts.code].failed}, 500)
        exchange = found.exchange(turn) if found else None
        if exchange is None:
            return JSONResponse({"error": texts.gone}, 404)
        older = inert(texts.older.format(number=turn))
        return HTMLResponse(f"<h2>{older}</h2>{render_sources(exchange, texts)}")

    return router


def _button(name: str, label: str) -> str:
    return f'<button type="button" class="button quiet" id="{name}">{inert(label)}</button>'


def _room(name: str, label: str, more: str) -> str:
    told = f"<small>{inert_words(more)}</small>" if more else ""
    return (
        f'<button type="button" class="button quiet" data-opens="{name}" aria-haspopup="dialog">'
        f"{inert(label)}{told}</button>"
    )


def _languages(texts: Texts) -> str:
    options = "".join(
        f'<option value="{one.code}" lang="{one.code}"'
        f"{' selected' if one is texts else ''}>{_NAMES[one.code]}</option>"
        for one in ALL
    )
    return (
        f'<select id="language" class="button quiet" aria-label="{inert_words(texts.language)}">'
        f"{options}</select>"
    )
