import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.support import find_quote

TEXT = (
    "方舱建设很快。截至4月12日24时，全市共建成方舱医院22处，床位23095张。"
    "他说：“宁可床等人，不要人等床。”"
)
ENGLISH = (
    "The council met on Monday. It approved the Harrow Ferry bridge, which will cost "
    "$12 million, and closed the old one. Rents rose by 5 %."
)


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("全市建成方舱医院22处。", "全市共建成方舱医院22处"),
        ("床位23095张。", "床位23095张。"),
        ("床位有23095张，方舱医院22处。", "全市共建成方舱医院22处，床位23095张。"),
        ("宁可床等人，不要人等床", "“宁可床等人，不要人等床。”"),
        ("There are 23,095 beds.", "截至4月12日24时，全市共建成方舱医院22处，床位23095张。"),
    ],
)
def test_the_quote_is_the_shortest_run_of_clauses(sentence: str, quote: str) -> None:
    assert find_quote(sentence, TEXT).cut(TEXT) == quote


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("The bridge will cost $12 million.", ENGLISH[27:91]),
        ("It will cost $12 million.", "which will cost $12 million"),
        ("Rents rose by 5 %.", "Rents rose by 5 %."),
        ("The council approved the Harrow Ferry bridge.", ENGLISH[:62]),
        ("桥的造价是1200万美元。", ENGLISH[27:116]),
    ],
)
def test_quotes_in_english(sentence: str, quote: str) -> None:
    assert find_quote(sentence, ENGLISH).cut(ENGLISH) == quote


def test_nothing_in_common_is_the_whole_paragraph() -> None:
    assert find_quote("nothing in common", "甲。乙。").cut("甲。乙。") == "甲。乙。"
    assert find_quote("", "甲。乙。").cut("甲。乙。") == "甲。乙。"
    assert find_quote("甲", "").cut("") == ""


@settings(deadline=None, derandomize=True)
@given(st.text(alphabet="新桥长不。，“”：\n ab.,12", max_size=30), st.text(max_size=60))
def test_a_quote_lies_in_its_paragraph(sentence: str, paragraph: str) -> None:
    for text in (paragraph, paragraph + sentence):
        span = find_quote(sentence, text)
        assert 0 <= span.start <= span.end <= len(text)
