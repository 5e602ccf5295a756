import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import ModelError
from rag.reader.request import asked_of, reply_of, request_for, told

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x1e"), min_size=1)


@settings(derandomize=True)
@given(TEXTS, st.lists(st.lists(TEXTS, min_size=1), min_size=1))
def test_what_is_asked_comes_across(question: str, paragraphs: list[list[str]]) -> None:
    assert asked_of(request_for(question, paragraphs)) == (question, paragraphs)


def test_a_sentence_cannot_pass_for_two() -> None:
    request = request_for("问？", [["甲\x1e乙", "丙"]])
    assert asked_of(request) == ("问？", [["甲 乙", "丙"]])


def test_the_session_is_the_requests() -> None:
    assert request_for("问？", [["甲"]], session="s").session == "s"


def test_scores_come_back_in_order() -> None:
    scores, whether = told(reply_of(np.array([1.5, -2.25, 0.0]), np.array([3.0, -1.0])), 3, 2)
    assert scores.tolist() == [1.5, -2.25, 0.0]
    assert whether.tolist() == [3.0, -1.0]


@pytest.mark.parametrize(
    "reply",
    ["", "no JSON", "[]", "{}", '{"scores": [1, 2], "whether": [1]}',
     '{"scores": [1, 2, 3], "whether": []}', '{"scores": "abc", "whether": [1]}'],
)  # fmt: skip
def test_other_replies_are_refused(reply: str) -> None:
    with pytest.raises(ModelError, match="ask again"):
        told(reply, 3, 1)
