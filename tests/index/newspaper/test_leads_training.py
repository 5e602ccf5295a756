"""The recipe of how articles begin: which places are drawn, and what is learnt from them."""

from pathlib import Path

import numpy as np
import pytest

from index.newspaper.contiguity import character_table
from index.newspaper.leads import BITS, LENGTH, Model, load
from index.newspaper.scorer import Classes
from index.training import leads
from index.training.seams import Article, Corpus

FIRST = (
    "记者昨天从县里获悉，双月桥经过两年修复重新开放步行。镇里的老人们都来了，走在最前面的是石匠。"
)
SECOND = "他说，糯米灰浆要熬三天三夜才能用来砌石头。孩子们在桥上跑来跑去，谁也不肯回家去吃晚饭了。"
WHOLE = (
    "茶农们日前把水从山下一桶一桶挑上来保住了新芽。收购站的价格上涨了三成，大家都十分高兴地回家。"
)


@pytest.fixture(scope="module")
def table() -> Classes:
    return character_table()


@pytest.fixture(scope="module")
def corpus(table: Classes) -> Corpus:
    return Corpus.of(
        [Article((FIRST, SECOND), whole=False, dev=False), Article((WHOLE,), True, False)], table
    )


def test_where_articles_and_paragraphs_begin(corpus: Corpus) -> None:
    assert leads.starts(corpus).tolist() == [0, len(FIRST + SECOND)]
    assert leads.later_paragraphs(corpus).tolist() == [len(FIRST)]


def test_where_sentences_begin(corpus: Corpus, table: Classes) -> None:
    inside = {FIRST.index("镇里"), len(FIRST) + SECOND.index("孩子")}
    inside.add(len(FIRST + SECOND) + WHOLE.index("收购"))
    drawn: set[int] = set()
    for seed in range(12):
        found = leads.later_sentences(corpus, table, np.random.default_rng(seed)).tolist()
        assert len(found) == 2  # as many as there are articles
        drawn |= set(found)
    assert drawn == inside


def test_what_was_read_before_is_not_drawn(corpus: Corpus, table: Classes) -> None:
    again = Corpus.of([Article((FIRST, SECOND), False, False)], table, known=corpus)
    assert leads.starts(again).size == leads.later_paragraphs(again).size == 0


def test_beginnings_are_told_from_later_paragraphs(corpus: Corpus) -> None:
    right = corpus.window(leads.starts(corpus), forward=True, length=LENGTH)
    wrong = corpus.window(leads.later_paragraphs(corpus), forward=True, length=LENGTH)
    weights, bias = leads.fit(np.repeat(right, 1500, 0), np.repeat(wrong, 6000, 0), seed=1)
    model = Model(np.rint(weights / leads.STEP).astype(np.int8), leads.STEP, bias)
    assert model.score(right).min() > 0.2
    assert model.score(wrong).max() < -0.2


def test_the_file_holds_what_was_learnt(corpus: Corpus, table: Classes, tmp_path: Path) -> None:
    out = tmp_path / "leads.npz"
    leads.build(table, corpus, out, seed=1)
    found = load(out)
    assert found.weights.shape == (1 << BITS,)
    assert 0 < np.abs(found.weights).max() <= 3  # three steps of Adam, at 0.01 and less
    assert found.scale == pytest.approx(leads.STEP)
