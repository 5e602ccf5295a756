from dataclasses import replace

import pytest

from index.lexical import Lexical, tokens
from rag.answer import Hit
from rag.features import FEATURES, candidates, features
from rag.question import kinds_asked, offers
from rag.quote import answer_by_quotation, reordered
from tests.conftest import HashEmbedder
from tests.rag.test_support import hit

TEXTS = ["江上有桥。新桥长五百米，宽二十米。", "湖水清。湖水深三十米。", "医院有床位23095张。"]


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("有几处，共多少床位？", {"number"}),
        ("什么时候开通？", {"date"}),
        ("谁来主持？", {"person"}),
        ("Where and when did it open?", {"place", "date"}),
        ("¿Cuántos visitantes?", {"people"}),
        ("参加的选手有多少人？", {"people"}),
        ("參賽人數是多少？", {"people"}),
        ("修桥花了多少钱？", {"money"}),
        ("How much did the bridge cost?", {"money"}),
        ("なぜ延期されたのか", {"reason"}),
        ("Кто открыл мост?", {"person"}),
        ("讲讲这座桥", set()),
    ],
)
def test_kinds_asked(question: str, kinds: set[str]) -> None:
    assert kinds_asked(question) == kinds


def test_a_figure_of_the_question_is_no_answer() -> None:
    assert not offers("22处方舱医院", "number", "这22处在哪")
    assert offers("22处方舱医院，床位500张", "number", "这22处有多少床位")


def test_a_sum_of_money_is_no_number_of_people() -> None:
    question = "修桥花了多少钱？"
    assert offers("修桥共用去1,370万元。", "money", question)
    assert not offers("参加的有300人。", "money", question)
    assert offers("参加的有300人。", "people", "有多少人？")
    assert not offers("共300公里。", "people", "有多少人？")


def ask(question: str) -> tuple[list[str], list[Hit]]:
    lexical = Lexical.build([tokens(t) for t in TEXTS])
    found = candidates([hit(text) for text in TEXTS])
    values = features(question, found, lexical, HashEmbedder())
    assert values.shape == (len(found), len(FEATURES))
    hits, found, values = reordered(found, values)
    return [s.marked for s in answer_by_quotation(question, found, values, lexical)], hits


def test_the_sentence_that_answers_is_quoted_and_its_paragraph_comes_first() -> None:
    marked, hits = ask("新桥有多长？")
    assert marked[0] == "新桥长五百米，宽二十米。[1]"
    assert hits[0].paragraph.text == TEXTS[0]
    assert ask("医院有多少床位？")[0][0] == "医院有床位23095张。[1]"


def test_a_question_with_two_parts_may_get_two_sentences() -> None:
    assert {s[:-3] for s in ask("新桥有多长？湖水有多深？")[0]} == {
        "新桥长五百米，宽二十米。", "湖水深三十米。",
    }  # fmt: skip


def test_a_headline_is_never_the_second_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.rag.test_quote.TEXTS", ["新桥长五百米。", "湖水有多深的故事"])
    assert ask("新桥有多长？湖水有多深？")[0] == ["新桥长五百米。[1]"]


def test_another_article_with_another_figure_is_shown_beside_the_first() -> None:
    texts = [
        "本届马拉松参赛人数为12,300人，来自各地。",
        "据统计，本届马拉松参赛人数达12,800人，为历届最多。",
    ]
    texts += ["赛后清运垃圾12吨。"]
    hits = [
        replace(hit(t), article=replace(hit(t).article, id=f"a{i}")) for i, t in enumerate(texts)
    ]
    lexical = Lexical.build([tokens(t) for t in texts])
    found = candidates(hits)
    values = features("本届马拉松参赛人数是多少？", found, lexical, HashEmbedder())
    answer = answer_by_quotation("本届马拉松参赛人数是多少？", found, values, lexical)
    assert {s.text for s in answer} == set(texts[:2])
    # the same figure twice is no conflict, and one article does not contradict itself
    same = [replace(h, article=hits[0].article) for h in hits]
    answer = answer_by_quotation("本届马拉松参赛人数是多少？", candidates(same), values, lexical)
    assert len(answer) == 1
