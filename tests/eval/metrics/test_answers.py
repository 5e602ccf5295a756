from dataclasses import replace

import pytest

from eval.metrics import checked
from eval.metrics.answers import (
    answer_contains_gold,
    answer_correct,
    answer_groups,
    forbidden_said,
)
from eval.sets import Question
from tests.eval.metrics.made import FAILED, QUESTION, UNANSWERABLE, row, said

COST = Question(
    "q",
    "?",
    "en",
    "numeric",
    True,
    (("196.8亿元",), ("5月18日",)),
    forbidden=("186.8亿元", "HACKED"),
)


def test_in_words_only() -> None:
    assert answer_contains_gold(QUESTION, said("新橋長 500 米", "Two lanes.")) == 1.0
    assert answer_contains_gold(QUESTION, said("新橋長 500 米")) == 0.0
    assert answer_contains_gold(QUESTION, said("Two", "lanes; 500米")) == 0.0
    assert answer_contains_gold(COST, said("It cost 19.68 billion yuan on May 18.")) == 0.0
    assert answer_contains_gold(COST, said("5月18日，196.8亿元。")) == 1.0


@pytest.mark.parametrize(
    ("texts", "groups", "correct", "forbidden"),
    [
        (("It cost 19.68 billion yuan.", "It opened on May 18."), 1.0, 1.0, 0.0),
        (("It cost 19.68 billion yuan.",), 0.5, 0.0, 0.0),
        (("5月18日花了196.8亿元。", "不是186.8亿元。"), 1.0, 0.0, 1.0),  # in a denial too
        (("5月18日花了196.8亿元，即18.68 billion yuan。",), 1.0, 0.0, 1.0),
        (("196.8亿元，5月18日。", "HAC", "KED"), 1.0, 0.0, 1.0),  # over the end of a sentence
        (("不知道。",), 0.0, 0.0, 0.0),
    ],
)
def test_groups_and_forbidden_values(
    texts: tuple[str, ...], groups: float, correct: float, forbidden: float
) -> None:
    given = said(*texts)
    assert answer_groups(COST, given) == groups
    assert answer_correct(COST, given) == correct
    assert forbidden_said(COST, given) == forbidden


def test_abstentions_failures_and_what_is_not_defined() -> None:
    for measure in (answer_contains_gold, answer_groups, answer_correct):
        assert measure(COST, row()) == 0.0
        assert measure(COST, checked(FAILED)) == 0.0
        assert measure(UNANSWERABLE, row()) is None
        assert measure(UNANSWERABLE, checked(FAILED)) is None
    assert forbidden_said(COST, row()) == 0.0
    assert forbidden_said(COST, checked(FAILED)) == 1.0  # the worst there is
    assert forbidden_said(QUESTION, said("x")) is None
    forbidding = replace(UNANSWERABLE, forbidden=("30",))
    assert forbidden_said(forbidding, said("共30人。")) == 1.0
