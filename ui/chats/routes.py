"""The addresses under which the page reads and changes kept chats and feedback."""

import logging
import re
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from ui.chats.errors import ChatsError
from ui.chats.export import FORMS, export
from ui.chats.feedback import KINDS, LONGEST_NOTE, OPINIONS, Feedback, Judgement
from ui.chats.listing import render_list
from ui.chats.references import STYLES
from ui.chats.shelf import short_title
from ui.chats.store import Chats
from ui.texts import Texts
from ui.texts.chats import CHATS, ChatsTexts
from ui.visitor import reader_of, texts_of

_CHAT = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ALL = 1_000_000  # exchanges of a chat that is taken along: all

log = logging.getLogger(__name__)


class _Refused(Exception):
    """The request cannot be done; the reader is told why."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


class _Visit:
    """Who asks, in which language, and what was sent along."""

    def __init__(self, request: Request, fields: dict[str, Any]) -> None:
        self.fields = fields
        self.texts: Texts = texts_of(request)
        self.own: ChatsTexts = CHATS[self.texts.code]
        self.reader = reader_of(request)

    def known(self) -> str:
        """The reader's number."""
        if not self.reader:
            raise _Refused(400, self.own.no_cookie)
        return self.reader

    def chat(self, chat: object) -> str:
        """The id of a chat."""
        if not isinstance(chat, str) or not _CHAT.fullmatch(chat):
            raise _Refused(404, self.own.no_chat)
        return chat


async def _visit(request: Request) -> _Visit:
    """The request with its JSON object; anything else that was sent counts as nothing."""
    fields: object = None
    if request.method in ("POST", "PUT"):
        try:
            fields = await request.json()
        except (ValueError, RecursionError):
            fields = None
    return _Visit(request, fields if isinstance(fields, dict) else {})


Visit = Annotated[_Visit, Depends(_visit)]
Number = Annotated[int, Query(ge=0, le=10**9)]


def routes(chats: Chats, feedback: Feedback, *, manage: bool) -> APIRouter:
    """The routes of this room; `manage` says whether feedback may be downloaded here."""
    router = APIRouter()
    _add_chats(router, chats)
    _add_feedback(router, feedback, manage)
    return router


def _add_chats(router: APIRouter, chats: Chats) -> None:
    @router.get("/yz/chats")
    def listed(visit: Visit, q: str = "") -> Response:
        return _told(visit, partial(_listed, chats, visit, q))

    @router.post("/yz/chats/clear")
    def clear(visit: Visit) -> Response:
        return _told(visit, lambda: JSONResponse({"cleared": chats.clear(visit.known())}))

    @router.put("/yz/chats/keeping")
    def keeping(visit: Visit) -> Response:
        return _told(visit, partial(_keeping, chats, visit))

    @router.post("/yz/chats/{chat}/rename")
    def rename(visit: Visit, chat: str) -> Response:
        return _told(visit, partial(_rename, chats, visit, chat))

    @router.delete("/yz/chats/{chat}")
    def delete(visit: Visit, chat: str) -> Response:
        return _told(visit, partial(_done, visit, chat, chats.delete, visit.own.no_chat))

    @router.post("/yz/chats/{chat}/restore")
    def restore(visit: Visit, chat: str) -> Response:
        return _told(visit, partial(_done, visit, chat, chats.restore, visit.own.no_undo))

    @router.get("/yz/chats/{chat}/export")
    def take_along(
        visit: Visit, chat: str, form: str = "md", references: str = "gbt7714"
    ) -> Response:
        return _told(visit, partial(_export, chats, visit, chat, form, references))


def _add_feedback(router: APIRouter, feedback: Feedback, manage: bool) -> None:
    @router.get("/yz/feedback")
    def given(visit: Visit, chat: str = "") -> Response:
        return _told(visit, partial(_given, feedback, visit, chat))

    @router.post("/yz/feedback")
    def give(visit: Visit) -> Response:
        return _told(visit, partial(_give, feedback, visit))

    @router.delete("/yz/feedback")
    def take_back(visit: Visit, turn: Number, chat: str = "", sentence: Number = 0) -> Response:
        return _told(
            visit,
            lambda: JSONResponse(
                {"gone": feedback.take_back(visit.known(), visit.chat(chat), turn, sentence)}
            ),
        )

    @router.get("/yz/feedback.jsonl")
    def everybodys(visit: Visit, kind: str = "gold") -> Response:
        return _told(visit, partial(_everybodys, feedback, visit, kind, manage))


def _told(visit: _Visit, answer: Callable[[], Response]) -> Response:
    """The response, or what went wrong in the reader's words."""
    try:
        response = answer()
    except _Refused as refused:
        return JSONResponse({"error": refused.words}, refused.status)
    except ChatsError as error:
        log.warning("%s", error)
        return JSONResponse({"error": visit.own.failed}, 500)
    response.headers["Cache-Control"] = "no-store"
    return response


def _listed(chats: Chats, visit: _Visit, words: str) -> Response:
    reader = visit.known()
    keeping = ("yes" if chats.keeps(reader) else "no") if chats.permanent else "never"
    summaries = chats.listed(reader, words)
    searched = bool(words.strip())
    return HTMLResponse(render_list(summaries, searched=searched, keeping=keeping, texts=visit.own))


def _keeping(chats: Chats, visit: _Visit) -> Response:
    reader, keep = visit.known(), visit.fields.get("keep")
    if not isinstance(keep, bool) or not chats.permanent:
        raise _Refused(400, visit.own.kept_never if not chats.permanent else visit.own.failed)
    chats.set_keeps(reader, keep)
    return JSONResponse({"keep": keep})


def _rename(chats: Chats, visit: _Visit, chat: str) -> Response:
    reader, title = visit.known(), visit.fields.get("title")
    words = short_title(title) if isinstance(title, str) else ""
    if not words:
        raise _Refused(400, visit.own.no_title)
    if not chats.rename(reader, visit.chat(chat), words):
        raise _Refused(404, visit.own.no_chat)
    return JSONResponse({"title": words})


def _done(visit: _Visit, chat: str, change: Callable[[str, str], bool], otherwise: str) -> Response:
    if not change(visit.known(), visit.chat(chat)):
        raise _Refused(404, otherwise)
    return JSONResponse({"id": chat})


def _export(chats: Chats, visit: _Visit, chat: str, form: str, references: str) -> Response:
    wanted = next((one for one in FORMS if one == form), None)
    style = next((one for one in STYLES if one == references), None)
    conversation = chats.load(visit.known(), visit.chat(chat), _ALL)
    if conversation is None or wanted is None or style is None:
        raise _Refused(404, visit.own.no_chat)
    made = export(conversation, chats.title(visit.reader, chat), wanted, style, visit.texts)
    headers = {"Content-Disposition": made.disposition, "X-Content-Type-Options": "nosniff"}
    return Response(made.data, media_type=made.media, headers=headers)


def _given(feedback: Feedback, visit: _Visit, chat: str) -> Response:
    found = feedback.given(visit.known(), visit.chat(chat))
    return JSONResponse(
        [
            {"turn": o.turn, "sentence": o.sentence, "verdict": o.verdict, "note": o.note}
            for o in found
        ]
    )


def _give(feedback: Feedback, visit: _Visit) -> Response:
    reader, fields, own = visit.known(), visit.fields, visit.own
    chat, note = visit.chat(fields.get("chat")), fields.get("note", "")
    verdict = next((one for one in OPINIONS if one == fields.get("verdict")), None)
    turn, sentence = fields.get("turn"), fields.get("sentence") or 0
    if verdict is None:
        raise _Refused(400, own.no_verdict)
    if not isinstance(note, str) or len(note) > LONGEST_NOTE:
        raise _Refused(400, own.long_note.format(most=LONGEST_NOTE))
    if type(turn) is not int or type(sentence) is not int:
        raise _Refused(400, own.no_answer)
    if not feedback.give(reader, chat, Judgement(turn, sentence, verdict, note)):
        raise _Refused(404, own.no_answer)
    return JSONResponse({"verdict": verdict})


def _everybodys(feedback: Feedback, visit: _Visit, kind: str, manage: bool) -> Response:
    wanted = next((one for one in KINDS if one == kind), None)
    if not manage or wanted is None:
        raise _Refused(403, visit.own.not_here)
    headers = {"Content-Disposition": f'attachment; filename="feedback-{wanted}.jsonl"'}
    lines = list(feedback.export(wanted))  # read at once: an error is told, not cut off
    return Response("".join(lines), media_type="application/jsonl", headers=headers)
