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
        ("女选手占参赛人数的百分之多少？", {"number"}),
        ("女選手佔參賽人數的比例是多少？", {"number"}),
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


def test_a_foreign_sentence_is_found_by_its_translated_words() -> None:
    texts = ["江上有桥，湖水清。", "医院有床位若干张。", "农民在田里耕种。"]
    lexical = Lexical.build([tokens(text) for text in texts])
    found = candidates([hit(text) for text in texts])
    values = features("How many hospital beds are there?", found, lexical, HashEmbedder())
    shares = values[:, FEATURES.index("translated_abroad")].tolist()
    assert shares[1] > 0.6 > 2 * max(shares[0], shares[2])
    at_home = features("医院有多少床位？", found, lexical, HashEmbedder())
    assert not at_home[:, FEATURES.index("translated_abroad")].any()


def test_a_question_with_two_parts_may_get_two_sentences() -> None:
    assert {s[:-3] for s in ask("新桥有多长？湖水有多深？")[0]} == {
        "新桥长五百米，宽二十米。", "湖水深三十米。",
    }  # fmt: skip


def test_a_headline_is_never_the_second_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.rag.test_quote.TEXTS", ["新桥长五百米。", "湖水有多深的故事"])
    assert ask("新桥有多长？湖水有多深？")[0] == ["新桥长五百米。[1]"]


def quoted(question: str, texts: list[str], *, articles: str, title: str = "T") -> list[str]:
    """What is quoted from these paragraphs; letters name the article of each."""
    hits = []
    for text, letter in zip(texts, articles, strict=True):
        found = hit(text)
        hits.append(replace(found, article=replace(found.article, id=letter, title=title)))
    lexical = Lexical.build([tokens(text) for text in texts])
    cut = candidates(hits)
    values = features(question, cut, lexical, HashEmbedder())
    return [s.text for s in answer_by_quotation(question, cut, values, lexical)]


HOW_MANY = "本届马拉松参赛人数是多少？"
FIRST = "本届马拉松参赛人数为12,300人，来自各地。"
LONGER = (
    "记者从组委会获悉，本届马拉松于清晨鸣枪开跑，参赛人数为12,300人，来自二十多个城市的选手沿海湾奔跑，"
    "沿途市民夹道欢迎，鼓乐不绝，直到黄昏。"
)


@pytest.mark.parametrize(
    ("first", "other", "articles", "shown"),
    [
        (FIRST, "据统计，本届马拉松参赛人数达12,800人，为历届最多。", "ab", True),
        (FIRST, "据统计，本届马拉松参赛人数达12,800人，为历届最多。", "aa", False),  # one article
        (FIRST, "据统计，本届马拉松参赛人数达12,300人，为历届最多。", "ab", False),  # no conflict
        (FIRST, "本届马拉松参赛人数12,800人的故事", "ab", False),  # a headline
        (
            LONGER,
            "本届马拉松参赛人数之外，医疗点、补给站、志愿车辆也都翻番，矿泉水一项便消耗掉12,800箱，垃圾桶添置许多。",
            "ab",
            False,  # about something else
        ),
    ],
)
def test_another_articles_figure_is_shown_when_it_reports_the_same(
    first: str, other: str, articles: str, shown: bool
) -> None:
    answer = quoted(HOW_MANY, [first, other, "赛后清运垃圾12吨。"], articles=articles + "c")
    assert len(answer) == (2 if shown else 1)
    assert (other in answer and first in answer) == shown


def test_a_second_sentence_that_only_repeats_the_title_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rag.quote.SECOND_SHARE", 0.0)  # only what it adds decides here
    texts = ["饭菜样品要冷藏保留48小时。", "丰陵食堂停止外包。"]
    question = "丰陵食堂的饭菜样品要保留多久？"
    assert quoted(question, texts, articles="aa", title="丰陵食堂") == texts[:1]
    assert quoted(question, texts, articles="aa", title="别的题目") == texts
