import pytest

from index.article import Article, Paragraph, Piece, Span
from rag.answer import Hit
from rag.support import Source, find_quote, support

TEXT = (
    "方舱建设跑出了“加速度”。截至4月12日24时，全市共建成并投入使用方舱医院22处，床位23095张。"
    "他说：“宁可床等人，不要人等床。”"
)


def hit(text: str = TEXT, date: str | None = "2022-04-15") -> Hit:
    span = Span(0, len(text))
    paragraph = Paragraph("p", "a", 0, text, span, (Piece(0, 0, len(text)),))
    return Hit(paragraph, Article("a", "s.txt", "T", text, span, date), 1.0)


def source(text: str = TEXT, date: str | None = "2022-04-15") -> Source:
    return Source(text, date, "T")


@pytest.mark.parametrize(
    ("sentence", "verdict"),
    [
        ("全市共建成并投入使用方舱医院22处，床位23095张。", "supported"),
        ("全市共建成並投入使用方艙醫院２２處，床位23,095張。", "supported"),
        ("全市建成投用方舱医院22处，床位23095张。", "supported"),
        ("全市共建成并投入使用方舱医院22处，床位23096张。", "unsupported"),
        ("截至4月13日24时，全市共建成方舱医院22处。", "unsupported"),
        ("截至2022年4月12日，全市建成方舱医院22处。", "supported"),
        ("截至2021年4月12日，全市建成方舱医院22处。", "unsupported"),
        ("“宁可人等床，不要床等人。”", "unsupported"),
        ("There are 22 hospitals with 23,095 beds.", "unknown"),
        ("There are 22 hospitals with 23,059 beds.", "unsupported"),
        ("市民的生活恢复了正常秩序，商店重新开门。", "unsupported"),  # another paragraph
        ("建起的医院很多，床位超过两万。", "unknown"),
    ],
)
def test_verdicts(sentence: str, verdict: str) -> None:
    assert support(sentence, [source()]).verdict == verdict


def test_an_article_of_an_unknown_year() -> None:
    found = support("全市建成方舱医院22处，4月12日。", [source(date="XXXX-04-15")])
    assert found.verdict == "supported"
    found = support("2022年全市建成方舱医院22处。", [source(date="XXXX-04-15")])
    assert found.reasons == ("date not in the source: 2022-?-?",)


def test_reasons_name_what_is_missing() -> None:
    found = support("床位23096张，4月13日。", [source()])
    assert found.reasons == ("number not in the source: 23096", "date not in the source: ?-04-13")


def test_a_sentence_without_citation_is_unsupported() -> None:
    assert support("床位23095张。", []).reasons == ("cites no paragraph",)


def test_facts_may_stand_in_different_cited_paragraphs() -> None:
    verdict = support("桥长500米，湖深30米。", [source("桥长500米。"), source("湖深30米。")])
    assert verdict.verdict == "supported"
    assert [q.start for q in verdict.quotes] == [0, 0]


def test_the_quote_is_the_sentence_that_carries_the_facts() -> None:
    span = find_quote("There are 23,095 beds.", TEXT)
    assert span.cut(TEXT) == "截至4月12日24时，全市共建成并投入使用方舱医院22处，床位23095张。"
    assert find_quote("nothing in common", "甲。乙。") == Span(0, 4)
