"""Questions to begin with come from the store itself, and are such as it answers."""

from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest

from index.article import Article, Span
from index.store import Store
from rag import Assistant, Retriever
from rag.errors import QuestionError
from ui.examples import Examples, example_questions
from ui.inert import lang
from ui.invitation import render_empty_panel, render_invitation
from ui.texts import EN, ZH_CN, ZH_TW


@pytest.fixture
def generation(sample_store):
    return Store(sample_store).current()


@pytest.mark.parametrize(("texts", "code"), [(ZH_CN, "zh-Hans"), (EN, "en")])
def test_examples_speak_the_readers_language_and_others_too(generation, texts, code):
    questions = example_questions(generation, texts)
    assert len(set(questions)) == 4
    assert [lang(question) == code for question in questions] == [i < 3 for i in range(4)]
    titles = [" ".join(article.title.split()) for article in generation.articles()]
    assert all(any(title in question for title in titles) for question in questions)


def test_traditional_readers_see_a_traditional_example(generation):
    assert example_questions(generation, ZH_TW)[0].endswith("》講的是什麼事？")


def test_more_examples_keep_the_mixture(generation):
    codes = [lang(question) for question in example_questions(generation, ZH_CN, 8)]
    assert [code == "zh-Hans" for code in codes] == [True, True, True, False] * 2


def test_a_store_without_usable_titles_has_no_examples():
    article = Article("a", "s", "t" * 200, "", Span(0, 0))
    empty = SimpleNamespace(
        size=0, positions=np.arange(0), paragraphs=lambda _: [], article=lambda _: article
    )
    assert example_questions(empty, EN) == []
    one = SimpleNamespace(
        size=1,
        positions=np.arange(1),
        paragraphs=lambda positions: [SimpleNamespace(article_id="a") for _ in positions],
        article=lambda _: article,
    )
    assert example_questions(one, EN) == []


class Choice:
    """What answers, and how often it was asked for."""

    def __init__(self, assistant):
        self.assistant, self.used = assistant, 0

    @contextmanager
    def answering(self):
        self.used += 1
        yield self.assistant


def assistant_of(sample_store, embedder):
    return Assistant(Retriever(sample_store, embedder=embedder))


def test_examples_are_such_as_the_articles_answer(sample_store, embedder, monkeypatch):
    monkeypatch.setattr("ui.examples._PATIENCE", 60)
    assistant = assistant_of(sample_store, embedder)
    for texts in (ZH_CN, EN):
        found = Examples(Choice(assistant)).questions(texts)
        assert len(set(found)) == 4
        assert not any(assistant.ask(question).abstained for question in found)
    assert sum("多少" in question for question in found) == 1
    chinese = Examples(Choice(assistant)).questions(ZH_CN)
    assert [question.endswith("？") and "多少" in question for question in chinese[:3]] == [
        True
    ] * 3


def test_examples_are_found_once_for_each_state_of_the_store(sample_store, embedder, monkeypatch):
    assistant = assistant_of(sample_store, embedder)
    asked = []

    def ask(self, question, **_):
        asked.append(question)
        return SimpleNamespace(abstained=False, text="")

    monkeypatch.setattr(Assistant, "ask", ask)
    examples = Examples(Choice(assistant))
    found = examples.questions(EN)
    count = len(asked)
    assert examples.questions(EN) == found
    assert len(asked) == count > 0


def test_nobody_waits_for_examples_on_a_busy_computer(sample_store, embedder, monkeypatch):
    monkeypatch.setattr("ui.examples._PATIENCE", -1)
    examples = Examples(Choice(assistant_of(sample_store, embedder)))
    assert len(set(examples.questions(EN))) == 4  # untried
    monkeypatch.setattr("ui.examples._PATIENCE", 60)
    assert any("多少" in question for question in examples.questions(EN))


def test_where_nothing_is_answered_there_are_examples_all_the_same(
    sample_store, embedder, monkeypatch
):
    def refuse(self, question, **_):
        raise QuestionError("no")

    monkeypatch.setattr(Assistant, "ask", refuse)
    assistant = assistant_of(sample_store, embedder)
    assert len(Examples(Choice(assistant)).questions(ZH_CN)) == 4


def test_the_invitation_has_the_examples_as_buttons():
    html = render_invitation(["《<b>》讲的是什么事？"], ZH_CN)
    assert "<strong>想查什么？</strong>" in html
    assert html.endswith(
        '<div class="examples"><a class="example" role="button" href="#example-1" lang="zh-Hans">'
        "《&lt;b&gt;》讲的是什么事？</a></div>"
    )
    assert "examples" not in render_invitation([], ZH_CN)
    assert "<h2>来源</h2>" in render_empty_panel(ZH_CN)
