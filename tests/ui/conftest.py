"""Hits and answers made by hand."""

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
