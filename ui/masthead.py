"""What the page shows before anything is asked: a header line and questions to begin with."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.article import Article, Paragraph
from index.generation import Manifest
from index.text import is_cjk
from ui.inert import inert, lang, visible
from ui.texts import Texts

EXAMPLES = 4
_LOOKED_AT = 24  # articles, spread evenly over the store
_WIDEST_TITLE = 90  # a Han character counts twice; a wider title makes a clumsy question

_QUESTIONS = {
    "zh-Hans": ("《{title}》讲的是什么事？", "《{title}》的起因是什么？"),
    "zh-Hant": ("《{title}》講的是什麼事？", "《{title}》的起因是什麼？"),
    "ja": ("「{title}」とはどんな出来事ですか。", "「{title}」のきっかけは何ですか。"),
    "ko": ("「{title}」은 어떤 일인가요?",),
    "en": ("What is the story behind “{title}”?", "What led to “{title}”?"),
    "es": ("¿Qué hay detrás de «{title}»?",),
    "fr": ("Que s’est-il passé : « {title} » ?",),
    "de": ("Was steckt hinter „{title}“?",),
    "pt": ("O que há por trás de “{title}”?",),
    "it": ("Che cosa c’è dietro «{title}»?",),
    "ru": ("Что стоит за новостью «{title}»?",),
}


class Holdings(Protocol):
    """What a store holds (an `index.generation.Generation`)."""

    manifest: Manifest
    size: int

    @property
    def positions(self) -> NDArray[np.int64]:
        """The positions of all paragraphs."""
        ...

    def paragraphs(self, positions: Sequence[int] | NDArray[np.int64]) -> list[Paragraph]:
        """The paragraphs at some positions."""
        ...

    def article(self, article_id: str) -> Article | None:
        """The article with this id."""
        ...


def render_masthead(holdings: Holdings, llm_name: str, texts: Texts) -> str:
    """The header: name, what answers, how much there is to ask about."""
    answering = texts.by_quotation if llm_name == "quote" else texts.by_model.format(name=llm_name)
    facts = texts.holdings.format(
        articles=f"{holdings.manifest.articles:,}", paragraphs=f"{holdings.manifest.paragraphs:,}"
    )
    return (
        f'<header class="masthead" lang="{texts.code}"><h1>引证<span>Yinzheng</span></h1>'
        f"<p>{inert(answering)} · {inert(facts)}</p></header>"
    )


def render_empty_panel(texts: Texts) -> str:
    """The panel before the first question."""
    return (
        f'<section class="empty" lang="{texts.code}"><h2>{inert(texts.sources)}</h2>'
        f"<p>{inert(texts.no_sources)}</p></section>"
    )


def render_invitation(texts: Texts) -> str:
    """The empty chat."""
    return (
        f'<div class="invitation" lang="{texts.code}"><strong>{inert(texts.invitation)}</strong>'
        f"<br>{inert(texts.tagline)}</div>"
    )


def example_questions(holdings: Holdings, texts: Texts) -> list[str]:
    """Questions made of the store's own titles: the page's language first, then other ones."""
    by_language: dict[str, list[str]] = {}
    for title in _titles(holdings):
        by_language.setdefault(lang(title), []).append(title)
    order = sorted(by_language, key=lambda code: not _speaks(texts, code))
    questions: list[str] = []
    turn = 0
    while len(questions) < EXAMPLES and any(by_language.values()):
        for code in order:
            titles = by_language[code]
            if titles and len(questions) < EXAMPLES:
                questions.append(_question(titles.pop(0), code, turn))
        turn += 1
    return questions


def _titles(holdings: Holdings) -> list[str]:
    """Titles from all over the store, without reading all of it."""
    step = max(1, holdings.size // _LOOKED_AT)
    positions = holdings.positions[::step][: _LOOKED_AT + 1]
    ids = dict.fromkeys(paragraph.article_id for paragraph in holdings.paragraphs(positions))
    articles = (holdings.article(article_id) for article_id in ids)
    titles = (" ".join(visible(article.title).split()) for article in articles if article)
    return [title for title in dict.fromkeys(titles) if 0 < _width(title) <= _WIDEST_TITLE]


def _width(title: str) -> int:
    return sum(2 if is_cjk(character) else 1 for character in title)


def _question(title: str, code: str, turn: int) -> str:
    forms = _QUESTIONS.get(code, ("{title}?",))
    return forms[turn % len(forms)].format(title=title)


def _speaks(texts: Texts, code: str) -> bool:
    return {"zh-CN": "zh-Hans", "zh-TW": "zh-Hant"}.get(texts.code, texts.code) == code
