"""Hits and answers made by hand, and what tests of the whole page need."""

import asyncio

import pytest

from index.article import Article, Paragraph, Piece, Span
from rag.answer import Answer, Citation, Hit, Sentence, Timings


def paragraph(text: str, *, article: str = "a1", ordinal: int = 0, **facts: object) -> Paragraph:
    pieces = (Piece(0, 0, len(text)),)
    span = Span(0, len(text))
    return Paragraph(f"p{article}{ordinal}", article, ordinal, text, span, pieces, **facts)


def hit(text: str, *, title: str = "桥", source: str = "bridge.md", ordinal: int = 0) -> Hit:
    article = Article("a1", source, title, text, Span(0, len(text)), "2031-05-18", "要闻")
    return Hit(paragraph(text, ordinal=ordinal), article, 0.5)


def sentence(text: str, *cited: tuple[int, Hit, int, int], support: str = "supported") -> Sentence:
    citations = tuple(Citation(n, h, Span(start, end)) for n, h, start, end in cited)
    return Sentence(text, citations, support)


def answer(*sentences: Sentence, hits: tuple[Hit, ...] = (), message: str = "") -> Answer:
    return Answer("问？", "zh", "quote", hits, sentences, Timings(0, 0, 0), message)


class Made:
    """What tests are made of."""

    paragraph = staticmethod(paragraph)
    hit = staticmethod(hit)
    sentence = staticmethod(sentence)
    answer = staticmethod(answer)


@pytest.fixture
def made() -> type[Made]:
    return Made


@pytest.fixture(scope="module")
def closed_loops():
    """Gradio makes event loops and never closes them, which the collector would tell later."""
    made, make = [], asyncio.new_event_loop

    def new_event_loop():
        made.append(make())
        return made[-1]

    asyncio.new_event_loop = new_event_loop
    yield
    asyncio.new_event_loop = make
    asyncio.set_event_loop(None)
    for loop in made:
        loop.close()
