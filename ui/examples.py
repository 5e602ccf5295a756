"""Questions to begin with, made of the articles at hand: such as they answer."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import islice, zip_longest
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.article import Article, Paragraph
from index.generation import Generation
from index.text import is_cjk
from rag import Assistant, YinzhengError
from ui.figures import answers, figure_questions
from ui.inert import lang, visible
from ui.texts import Texts

EXAMPLES = 4
_LOOKED_AT = 24  # articles, spread evenly over the store
_PARAGRAPHS = 400  # likewise
_PATIENCE = 2.0  # seconds to look for examples
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

    @property
    def size(self) -> int:
        """How many paragraphs."""
        ...

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


class Answering(Protocol):
    """What answers at present (a `ui.models.ModelChoice`)."""

    def answering(self) -> AbstractContextManager[Assistant]:
        """The assistant, for as long as it is used."""
        ...


class Examples:
    """Examples for readers of each language, found once for each state of the store."""

    def __init__(self, choice: Answering) -> None:
        self._choice = choice
        self._found: dict[str, tuple[str, ...]] = {}
        self._generation: Generation | None = None
        self._finding = threading.Lock()

    def questions(self, texts: Texts) -> tuple[str, ...]:
        """Questions whose answers the articles have, as quotation finds."""
        with self._finding, self._choice.answering() as assistant:
            generation = assistant.retriever.store.current()
            if generation is not self._generation:
                self._generation, self._found = generation, {}
            if texts.code not in self._found:
                trial = _Trial(Assistant(assistant.retriever))
                found = _chosen(generation, texts, trial)
                if trial.ended:  # a busy computer: better ones may be found next time
                    return found
                self._found[texts.code] = found
            return self._found[texts.code]


class _Trial:
    """Asks questions for as long as a reader may wait for the empty page."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._until = time.monotonic() + _PATIENCE
        self.ended = False

    def answer(self, question: str) -> str:
        """What is quoted; "" where nothing is, or no time is left."""
        if self.ended or time.monotonic() > self._until:
            self.ended = True
            return ""
        try:
            answer = self._assistant.ask(question)
        except YinzhengError:
            return ""
        return "" if answer.abstained else answer.text


def _chosen(generation: Generation, texts: Texts, trial: _Trial) -> tuple[str, ...]:
    """Figures that Chinese articles tell, and titles; where hardly any is answered, others too."""
    figures = islice(_told_figures(generation, trial), EXAMPLES - 1)
    asked = example_questions(generation, texts, EXAMPLES * 3)
    titles = (question for question in asked if trial.answer(question))
    if texts.code.startswith("zh"):
        good = [*figures, *islice(titles, EXAMPLES)]
    else:
        good = [*islice(titles, EXAMPLES - 1), *islice(figures, 1), *islice(titles, 1)]
    rest = (question for question in asked if question not in good)
    return (*good, *rest)[:EXAMPLES]


def _told_figures(generation: Generation, trial: _Trial) -> Iterator[str]:
    """Questions for figures, each of another article, whose answer has the right one."""
    seen: set[str] = set()
    for paragraph in generation.paragraphs(_spread(generation)):
        if paragraph.article_id in seen:
            continue
        for question in figure_questions(paragraph.text):
            if answers(trial.answer(question.text), question):
                seen.add(paragraph.article_id)
                yield question.text
                break


def _spread(holdings: Holdings) -> NDArray[np.int64]:
    """Positions all over a store, not too many."""
    return holdings.positions[:: max(1, holdings.size // _PARAGRAPHS)][: _PARAGRAPHS + 1]


def example_questions(holdings: Holdings, texts: Texts, most: int = EXAMPLES) -> list[str]:
    """Questions made of the store's own titles: of every few, all but one in the page's language.

    Where its titles are in other languages, those take their turns.
    """
    own: list[str] = []
    others: dict[str, list[str]] = {}
    for title in _titles(holdings):
        code = lang(title)
        (own if _speaks(texts, code) else others.setdefault(code, [])).append(title)
    foreign = [title for row in zip_longest(*others.values()) for title in row if title]
    chosen: list[str] = []
    while len(chosen) < most and (own or foreign):
        few, own = own[: EXAMPLES - 1], own[EXAMPLES - 1 :]
        rest = EXAMPLES - len(few)
        chosen += [*few, *foreign[:rest]]
        foreign = foreign[rest:]
    return [_question(title, place) for place, title in enumerate(chosen[:most])]


def _titles(holdings: Holdings) -> list[str]:
    """Titles from all over the store, without reading all of it."""
    step = max(1, holdings.size // _LOOKED_AT)
    positions = holdings.positions[::step][: _LOOKED_AT + 1]
    ids = dict.fromkeys(paragraph.article_id for paragraph in holdings.paragraphs(positions))
    articles = (holdings.article(article_id) for article_id in ids)
    named = (article for article in articles if article and not article.untitled)
    titles = (" ".join(visible(article.title).split()) for article in named)
    return [title for title in dict.fromkeys(titles) if 0 < _width(title) <= _WIDEST_TITLE]


def _width(title: str) -> int:
    return sum(2 if is_cjk(character) else 1 for character in title)


def _question(title: str, place: int) -> str:
    forms = _QUESTIONS.get(lang(title), ("{title}?",))
    return forms[place % len(forms)].format(title=title)


def _speaks(texts: Texts, code: str) -> bool:
    return {"zh-CN": "zh-Hans", "zh-TW": "zh-Hant"}.get(texts.code, texts.code) == code
