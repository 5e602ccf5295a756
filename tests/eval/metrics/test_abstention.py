from dataclasses import replace

import pytest

from eval.metrics import Row, checked
from eval.metrics.abstention import false_answer, net_score, over_refusal, premise_handled
from eval.sets import Correction
from tests.eval.metrics.made import FAILED, QUESTION, UNANSWERABLE, row, said

RIGHT = said("新橋長500米。", "Two lanes.")
FORBIDDING = replace(QUESTION, forbidden=("600米",))
PREMISE = replace(
    UNANSWERABLE,
    type="false_premise",
    corrections=(Correction(("5月18日",), "a.txt", "…"), Correction(("三座桥",), "b.txt", "…")),
    forbidden=("5月19日",),
)
ABSTAINED, BROKEN = row(), checked(FAILED)


@pytest.mark.parametrize(
    ("given", "refused", "score"),
    [
        (RIGHT, 0.0, 1.0),
        (said("新橋長500米。"), 0.0, -1.0),
        (ABSTAINED, 1.0, 0.0),
        (BROKEN, None, -1.0),
        (said("新橋長500米。", "Two lanes, 600米。"), 0.0, -1.0),
    ],
)
def test_answerable(given: Row, refused: float | None, score: float) -> None:
    assert over_refusal(FORBIDDING, given) == refused
    assert net_score(FORBIDDING, given) == score
    assert false_answer(FORBIDDING, given) is None
    assert premise_handled(FORBIDDING, given) is None


@pytest.mark.parametrize(
    ("given", "answered", "score"),
    [(ABSTAINED, 0.0, 1.0), (RIGHT, 1.0, -1.0), (BROKEN, None, -1.0)],
)
def test_unanswerable(given: Row, answered: float | None, score: float) -> None:
    assert false_answer(UNANSWERABLE, given) == answered
    assert net_score(UNANSWERABLE, given) == score
    assert over_refusal(UNANSWERABLE, given) is None
    assert premise_handled(UNANSWERABLE, given) is None


@pytest.mark.parametrize(
    ("given", "handled"),
    [
        (ABSTAINED, 1.0),
        (said("It opened on May 18."), 1.0),
        (said("共有三座桥。"), 1.0),
        (said("共有两座桥。"), 0.0),
        (said("是5月18日，不是5月19日。"), 0.0),
    ],
)
def test_false_premises(given: Row, handled: float) -> None:
    assert premise_handled(PREMISE, given) == handled
    assert false_answer(PREMISE, given) == 1 - handled
    assert net_score(PREMISE, given) == 2 * handled - 1


def test_a_failed_question_handles_no_premise() -> None:
    assert premise_handled(PREMISE, BROKEN) == 0.0
    assert false_answer(PREMISE, BROKEN) is None
    assert net_score(PREMISE, BROKEN) == -1.0
