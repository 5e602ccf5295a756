"""Conversations made by hand: two articles, an answer with a doubt, a refusal, a stopped one."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from index.article import Article, Paragraph, Piece, Span
from rag.answer import Answer, Citation, Hit, Reported, Sentence, Timings
from rag.filters import Filters
from ui.chats.store import Chats
from ui.conversation import Conversation, Exchange, Placed

READER = "reader-0123456789abcdef"


def hit(text: str, article: Article, ordinal: int = 0) -> Hit:
    key = f"p{article.id}{ordinal}"
    pieces = (Piece(0, 5, len(text)),)
    paragraph = Paragraph(key, article.id, ordinal, text, Span(5, 5 + len(text)), pieces)
    return Hit(paragraph, article, 0.5, 1, None)


FLOOD = Article(
    "a1", "flood.md", "芷河洪水", "原文" * 9, Span(0, 18), "2030-07-10", "要闻", ("卫小川",), page=1
)
BRIDGE = Article(
    "a2", "Tolle Gazette", "Bridge shut", "raw", Span(0, 3), "2032-11-14", "Local",
    ("Idris Calloway", "Nell Pashley"),
)  # fmt: skip
WATER = hit("水位涨至46.82米，为第二高。", FLOOD)
MOVED = hit("全县共转移18,640人。", FLOOD, 1)
HANGERS = hit("Cracks in 17 of 96 hangers.", BRIDGE)

LEVEL = Sentence("水位涨至46.82米。", (Citation(1, WATER, Span(0, 10)),), "supported")
PEOPLE = Sentence(
    "转移了18,641人，桥也裂了。",
    (Citation(2, MOVED, Span(3, 11)), Citation(3, HANGERS, Span(0, 12))),
    "unsupported",
    ("number not in the source: 18,641",),
)
ANSWER = Answer(
    "水位多高？", "zh", "quote", (WATER, MOVED, HANGERS), (LEVEL, PEOPLE), Timings(1.0, 2.0, 3.5),
    asked="芷河水位多高？",
)  # fmt: skip
REFUSAL = Answer("月亮？", "zh", "quote", (WATER,), (), Timings(0, 0, 0), "文章里没有提到。")


def answered(number: int = 1, question: str = "水位多高？", **changes: object) -> Exchange:
    placed = (
        Placed("", LEVEL, ((len(LEVEL.text) - 1, 1),)),
        Placed("", PEOPLE, ((10, 2), (len(PEOPLE.text), 3))),
    )
    exchange = Exchange(
        number, question, at=f"2031-05-18T08:0{number}:00+00:00", asked="芷河水位多高？",
        hits=ANSWER.hits, placed=placed, answer=ANSWER, generation=4, running=False,
    )  # fmt: skip
    return replace(exchange, **changes)


def refused(number: int = 2) -> Exchange:
    return Exchange(
        number, "月亮？", Filters(since="2030", sources=("flood.md",)),
        f"2031-05-18T08:0{number}:00+00:00", hits=REFUSAL.hits, answer=REFUSAL, generation=4,
        running=False,
    )  # fmt: skip


def stopped(number: int = 3) -> Exchange:
    return Exchange(
        number, "还有呢？", at=f"2031-05-18T08:0{number}:00+00:00", pending="写到一半",
        trouble="已停止。", running=False,
    )  # fmt: skip


def reported(number: int = 1) -> Exchange:
    value = Reported("46.82米", LEVEL.citations[0])
    answer = replace(ANSWER, sentences=(LEVEL,), reported=(value,), withdrawn=(PEOPLE,))
    return answered(number, answer=answer, placed=(Placed("", LEVEL, ((10, 1),)),))


def talk(*exchanges: Exchange, chat: str = "chat1") -> Conversation:
    return Conversation(chat, exchanges, exchanges[-1].number)


class Talks:
    """What tests are made of."""

    reader = READER
    flood, bridge = FLOOD, BRIDGE
    hit = staticmethod(hit)
    answered = staticmethod(answered)
    refused = staticmethod(refused)
    stopped = staticmethod(stopped)
    reported = staticmethod(reported)
    talk = staticmethod(talk)


@pytest.fixture
def talks() -> type[Talks]:
    return Talks


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "chats.sqlite"


@pytest.fixture
def open_chats(file: Path, tmp_path: Path) -> Callable[..., Chats]:
    """Opens chats over one store, closed in the end; `path` and `store` may be others."""
    opened: list[Chats] = []

    def opening(path: Path | None = file, store: Path = tmp_path / "store") -> Chats:
        opened.append(Chats(path, store=store))
        return opened[-1]

    yield opening
    for chats in opened:
        chats.close()


@pytest.fixture
def chats(open_chats: Callable[..., Chats]) -> Chats:
    return open_chats()
