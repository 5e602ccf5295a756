"""Header line and example questions come from the store itself."""

from types import SimpleNamespace

import numpy as np
import pytest

from index.article import Article, Span
from index.store import Store
from ui.masthead import example_questions, render_masthead
from ui.texts import EN, ZH_CN, ZH_TW


@pytest.fixture
def generation(sample_store):
    return Store(sample_store).current()


def test_the_header_says_what_answers_and_how_much_there_is(generation):
    assert render_masthead(generation, "quote", ZH_CN) == (
        '<header class="masthead" lang="zh-CN"><h1>引证<span>Yinzheng</span></h1>'
        f"<p>摘录原文作答 · 16 篇文章，{generation.size} 个段落</p></header>"
    )
    assert "answers written by &lt;b&gt;, on this computer" in render_masthead(
        generation, "<b>", EN
    )


@pytest.mark.parametrize(("texts", "first"), [(ZH_CN, "《"), (EN, "What is the story behind “")])
def test_examples_speak_the_readers_language_first_and_others_too(generation, texts, first):
    questions = example_questions(generation, texts)
    assert len(set(questions)) == 4
    assert questions[0].startswith(first)
    titles = [article.title for article in generation.articles()]
    assert all(any(title in question for title in titles) for question in questions)


def test_traditional_readers_see_a_traditional_example(generation):
    assert example_questions(generation, ZH_TW)[0].endswith("》講的是什麼事？")


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
