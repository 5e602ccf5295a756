"""Verdicts that wording gives: what is told apart from a source in the same language."""

import time

import pytest

from rag.support import Source, support

TEXT = (
    "省长王建国与市长李长海一同视察了工地。张三在决赛中击败李四夺冠。"
    "大桥全长3.2公里，宽30米，5月1日通车，部分路段没有开放。"
)
ENGLISH = (
    "Anna Bell defeated Maria Torres in the final. The Harrow Ferry bridge is 3.2 km long and 30 m "
    "wide; some lanes stay closed until May."
)


@pytest.mark.parametrize(
    ("sentence", "verdict", "reason"),
    [
        ("张三在决赛中击败李四夺冠。", "supported", ""),
        ("决赛中张三击败李四夺冠。", "supported", ""),
        ("据报道，大桥全长3.2公里，宽30米。", "supported", ""),
        ("李四在决赛中击败张三夺冠。", "unsupported", "“李四” and “张三” changed places"),
        ("王五在决赛中击败李四夺冠。", "partial", "“王五” where the source has “张三”"),
        ("市长王建国视察了工地。", "partial", "“市” where the source has “省”"),
        ("大桥全长30公里，宽3.2米。", "unsupported", "number not in the source: 30公里"),
        ("大桥全长30米，5月1日通车。", "unsupported", "“长30米” where the source has “长3.2公里”"),
        ("大桥部分路段开放。", "unsupported", "leaves out “没有” of the source"),
        ("大桥全部路段没有开放。", "unsupported", "“全部” where the source has “部分”"),
        ("赵六", "unsupported", "hardly any of its words stand in the source"),
        (
            "山上的茶农把新茶卖到了很远的外地，收入翻了好几倍。",
            "unsupported",
            "hardly any of its words stand in the source",
        ),
        ("茶农很高兴。", "unknown", "hardly any of its words stand in the source: not checked"),
    ],
)  # fmt: skip
def test_chinese(sentence: str, verdict: str, reason: str) -> None:
    found = support(sentence, [Source(TEXT, "2022-05-02")])
    assert (found.verdict, "".join(found.reasons[:1])) == (verdict, reason)


@pytest.mark.parametrize(
    ("sentence", "verdict", "reason"),
    [
        ("In the final Anna Bell defeated Maria Torres.", "supported", ""),
        ("According to the article, the Harrow Ferry bridge is 3.2 km long.", "supported", ""),
        (
            "Maria Torres defeated Anna Bell in the final.",
            "unsupported",
            "“Maria Torres” and “Anna Bell” changed places",
        ),
        (
            "All lanes stay closed until May.",
            "unsupported",
            "“All” where the source has “some”",
        ),
        (
            "The Harrow Ferry bridge is not 3.2 km long.",
            "unsupported",
            "“not” denies what the source says",
        ),
        ("Clara Diaz", "unsupported", "hardly any of its words stand in the source"),
    ],
)
def test_english(sentence: str, verdict: str, reason: str) -> None:
    found = support(sentence, [Source(ENGLISH, "2022-05-02")])
    assert (found.verdict, "".join(found.reasons[:1])) == (verdict, reason)


def test_only_whole_words_of_saying_are_left_out() -> None:
    assert support("文章说，雨季开始了。", [Source("雨季开始了。")]).verdict == "supported"
    assert support("文章说明书丢了。", [Source("明书丢了。")]).verdict == "partial"


def test_a_difference_from_one_source_that_another_explains_is_none() -> None:
    other = Source("王五在半决赛中击败赵六。", "2022-05-02")
    said = "王五在半决赛中击败赵六，张三在决赛中击败李四夺冠。"
    assert support(said, [Source(TEXT, "2022-05-02"), other]).verdict == "supported"


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("的" * 400, "的" * 20_000),
        ("不" * 500, "不没" * 5_000),
        ("word " * 500, "word " * 5_000),
        ("1," * 2_000, "1," * 20_000),
        ("“" * 3_000, "”" * 30_000),
    ],
)
def test_hostile_texts_end_soon(sentence: str, source: str) -> None:
    began = time.perf_counter()
    support(sentence, [Source(source)])
    assert time.perf_counter() - began < 20  # some take a second; what grows squarely takes minutes


@pytest.mark.parametrize(
    ("sentence", "source", "verdict"),
    [
        # an English date is not read in a Chinese text, but here it stands
        ("Jan 4, 2022 ...", "Jan 4, 2022 ... 新桥于元旦后通车，全长五百米。", "supported"),
        ("桥长500米。宽20米。", "桥长500米。宽20米。有六条车道。", "supported"),
        ("橋長500米。", "桥长５００米。宽20米。", "supported"),
        # a part of a sentence may have lost the word that turns it around
        ("桥已经修好。", "镇长说，并非桥已经修好。", "unsupported"),
        ("Jan 4, 2022", "Jan 4, 2022 ... 新桥于元旦后通车，全长五百米。", "unsupported"),
    ],
)
def test_whole_sentences_of_the_source_are_supported(
    sentence: str, source: str, verdict: str
) -> None:
    assert support(sentence, [Source(source)]).verdict == verdict


def test_a_character_that_has_two_simplified_forms_is_one() -> None:
    assert (
        support("公交集團回覆：明年恢復。", [Source("公交集团回复：明年恢复。")]).verdict
        == "supported"
    )
