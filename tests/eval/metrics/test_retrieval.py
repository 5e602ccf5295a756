from math import log2

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.metrics import checked
from eval.metrics.retrieval import all_evidence, ndcg, recall, reciprocal_rank
from eval.sets import Evidence, Question
from tests.eval.metrics.made import FAILED, QUESTION, UNANSWERABLE, hit, row

EVIDENCE = tuple(Evidence("a.txt", f"q{number}") for number in range(4))
FOUR = Question("q", "?", "en", "x", True, (("x",),), EVIDENCE)


def written_out(order: list[str], relevant: set[str], depth: int) -> float:
    """nDCG as Järvelin and Kekäläinen have it, with gains of 0 and 1."""
    gains = [1.0 if name in relevant else 0.0 for name in order[:depth]]
    best = [1.0] * min(len(relevant), depth)
    dcg = sum(gain / log2(place + 1) for place, gain in enumerate(gains, 1))
    return dcg / sum(gain / log2(place + 1) for place, gain in enumerate(best, 1))


def test_recall_and_rank_by_hand() -> None:
    shown = row()
    assert [recall(QUESTION, shown, depth) for depth in (1, 2, 3)] == [0.0, 1 / 2, 1.0]
    assert [all_evidence(QUESTION, shown, depth) for depth in (2, 3)] == [0.0, 1.0]
    assert reciprocal_rank(QUESTION, shown) == 1 / 2
    assert reciprocal_rank(QUESTION, row(hits=(0,))) == 0.0


def test_the_source_of_a_hit_must_agree() -> None:
    shown = row(hits=[0, hit(1, source="z.txt"), 2])
    assert recall(QUESTION, shown, 8) == 1 / 2
    assert reciprocal_rank(QUESTION, shown) == 1 / 3


def test_unanswerable_and_failed_questions() -> None:
    for measure in (recall, all_evidence, ndcg):
        assert measure(UNANSWERABLE, row(), 8) is None
        assert measure(QUESTION, checked(FAILED), 8) == 0.0
    assert reciprocal_rank(UNANSWERABLE, row()) is None
    assert reciprocal_rank(QUESTION, checked(FAILED)) == 0.0
    assert ndcg(QUESTION, checked({"error": "", "id": "q1"}), 8) == 0.0


def test_ndcg_by_hand() -> None:
    # hits 2 and 3 of 3 are relevant
    expected = (1 / log2(3) + 1 / log2(4)) / (1 / log2(2) + 1 / log2(3))
    assert ndcg(QUESTION, row(), 8) == pytest.approx(expected, abs=1e-9)
    assert ndcg(QUESTION, row(hits=(1, 2, 0)), 8) == 1.0
    assert ndcg(QUESTION, row(hits=()), 8) == 0.0
    assert ndcg(QUESTION, row(hits=(0,)), 8) == 0.0
    view = checked({"abstained": True, "sentences": [], "hits": []})
    assert ndcg(QUESTION, view, 8) is None  # the row does not tell the relevant paragraphs


def test_evidence_that_the_store_has_not_counts_as_not_found() -> None:
    shown = row(hits=(1, 0), gold=[["p1"], []])
    assert ndcg(QUESTION, shown, 8) == pytest.approx(1 / (1 + 1 / log2(3)), abs=1e-9)
    assert ndcg(QUESTION, row(gold=[[], []]), 8) == 0.0


def test_paragraphs_that_are_one_hit_are_one_relevant_paragraph() -> None:
    again = {"paragraph": "p2", "source": "c.txt"}
    assert ndcg(QUESTION, row(hits=[hit(1, also_in=[again])]), 8) == 1.0
    assert ndcg(QUESTION, row(hits=[hit(0, also_in=[again]), 1]), 8) == 1.0
    # and the same hit again is found only once
    shown = row(hits=[1, 1, 2])
    expected = (1 + 1 / log2(4)) / (1 + 1 / log2(3))
    assert ndcg(QUESTION, shown, 8) == pytest.approx(expected, abs=1e-9)


names = st.sampled_from(["a", "b", "c", "d", "e", "f", "\ud800", "0", "q", "d0", "h0"])


@settings(derandomize=True, deadline=None)
@given(
    order=st.lists(names, unique=True, max_size=11),
    gold=st.lists(st.sets(names, min_size=1, max_size=3), min_size=1, max_size=4),
    depth=st.sampled_from([1, 3, 8]),
)
def test_ndcg_is_the_formula(order: list[str], gold: list[set[str]], depth: int) -> None:
    shown = row(
        hits=[{"paragraph": name, "source": "a.txt", "text": ""} for name in order],
        gold=[sorted(group) for group in gold],
    )
    expected = written_out(order, set().union(*gold), depth)
    assert ndcg(FOUR, shown, depth) == pytest.approx(expected, abs=1e-9)
