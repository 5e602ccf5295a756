"""Answers by quotation: parts of a question, and the values of several articles side by side."""

from dataclasses import replace

import pytest

from index.lexical import Lexical, tokens
from rag.features import candidates, features
from rag.quote import Quotation, answer_by_quotation, reordered
from tests.conftest import HashEmbedder
from tests.rag.test_support import hit


def quoted(
    question: str, texts: list[str], *, articles: str = "", title: str = "T"
) -> tuple[Quotation, list[str]]:
    """What is quoted from these paragraphs, and its sentences; letters name their articles."""
    hits = []
    for text, letter in zip(texts, articles or "a" * len(texts), strict=True):
        found = hit(text)
        hits.append(replace(found, article=replace(found.article, id=letter, title=title)))
    lexical, embedder = Lexical.build([tokens(text) for text in texts]), HashEmbedder()
    cut = candidates(hits)
    hits, cut, values = reordered(cut, features(question, cut, lexical, embedder))
    answer = answer_by_quotation(
        question, cut, values, lexical, lambda part: features(part, cut, lexical, embedder)
    )
    return answer, [sentence.text for sentence in answer.sentences]


PLACES = ["江上有桥。新桥长五百米，宽二十米。", "湖水清。湖水深三十米。", "医院有床位23095张。"]


@pytest.mark.parametrize(
    ("question", "sentences"),
    [
        ("医院有多少床位？", ["医院有床位23095张。"]),
        ("新桥有多长？湖水有多深？", ["新桥长五百米，宽二十米。", "湖水深三十米。"]),
        (
            "湖水有多深？医院有多少床位？新桥有多长？",
            ["湖水深三十米。", "医院有床位23095张。", "新桥长五百米，宽二十米。"],
        ),
    ],
)
def test_each_part_of_a_question_gets_its_sentence(question: str, sentences: list[str]) -> None:
    assert quoted(question, PLACES, articles="abc")[1] == sentences


def test_a_part_that_nothing_answers_gets_no_sentence() -> None:
    question = "新桥有多长？火箭什么时候发射？"
    assert quoted(question, PLACES, articles="abc")[1] == ["新桥长五百米，宽二十米。"]


def test_one_sentence_for_both_parts_is_quoted_once() -> None:
    question = "新桥有多长？新桥有多宽？"
    assert quoted(question, PLACES, articles="abc")[1] == ["新桥长五百米，宽二十米。"]


def test_a_headline_answers_no_second_part() -> None:
    texts = ["新桥长五百米。", "湖水有多深的故事"]
    assert quoted("新桥有多长？湖水有多深？", texts, articles="ab")[1] == ["新桥长五百米。"]


def test_the_paragraph_of_the_best_sentence_comes_first() -> None:
    answer, sentences = quoted("医院有多少床位？", PLACES, articles="abc")
    assert sentences == ["医院有床位23095张。"]
    assert answer.sentences[0].citations[0].number == 1
    assert answer.sentences[0].marked == "医院有床位23095张。[1]"


def test_a_second_sentence_that_only_repeats_the_title_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rag.quote.SECOND_SHARE", 0.0)  # only what it adds decides here
    texts = ["饭菜样品要冷藏保留48小时。", "丰陵食堂停止外包。"]
    question = "丰陵食堂的饭菜样品要保留多久？"
    assert quoted(question, texts, title="丰陵食堂")[1] == texts[:1]
    assert quoted(question, texts, title="别的题目")[1] == texts


HOW_MANY = "本届马拉松参赛人数是多少？"
FIRST = "本届马拉松参赛人数为12,300人，来自各地。"
OTHER = "据统计，本届马拉松参赛人数达12,800人，为历届最多。"
SAME = "据统计，本届马拉松参赛人数达1.23万人，为历届最多。"
LITTER = "赛后清运垃圾12吨。"
LONGER = (
    "记者从组委会获悉，本届马拉松于清晨鸣枪开跑，参赛人数为12,300人，来自二十多个城市的选手沿海湾奔跑，"
    "沿途市民夹道欢迎，鼓乐不绝，直到黄昏。"
)
BOTTLES = (
    "本届马拉松参赛人数之外，医疗点、补给站、志愿车辆也都翻番，矿泉水一项便消耗掉12,800箱，"
    "垃圾桶添置许多。"
)


def reported(answer: Quotation) -> set[tuple[str, str]]:
    return {(r.value, r.citation.hit.article.id) for r in answer.reported}


def test_values_that_differ_are_laid_side_by_side_and_both_quoted() -> None:
    answer, sentences = quoted(HOW_MANY, [FIRST, OTHER, LITTER], articles="abc")
    assert reported(answer) == {("12,300人", "a"), ("12,800人", "b")}
    assert set(sentences) == {FIRST, OTHER}


def test_a_value_that_is_repeated_is_reported_and_quoted_once() -> None:
    answer, sentences = quoted(HOW_MANY, [FIRST, SAME, LITTER], articles="abc")
    assert reported(answer) == {("12,300人", "a"), ("1.23万人", "b")}
    assert len(sentences) == 1


@pytest.mark.parametrize(
    ("first", "other", "articles"),
    [
        (FIRST, OTHER, "aac"),  # one article
        (FIRST, "本届马拉松参赛人数12,800人的故事", "abc"),  # a headline
        (LONGER, BOTTLES, "abc"),  # about something else
    ],
)
def test_what_is_no_other_report(first: str, other: str, articles: str) -> None:
    answer, _ = quoted(HOW_MANY, [first, other, LITTER], articles=articles)
    assert answer.reported == ()


def test_reports_tell_their_article() -> None:
    answer, _ = quoted(HOW_MANY, [FIRST, OTHER, LITTER], articles="abc")
    first = answer.reported[0]
    assert first.to_json() == {
        "value": first.value,
        "number": 1,
        "paragraph": "p",
        "article": first.citation.hit.article.id,
        "title": "T",
        "date": "2022-04-15",
    }
