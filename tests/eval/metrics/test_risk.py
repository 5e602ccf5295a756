from itertools import permutations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.metrics.risk import Curve, Point, risk_coverage
from rag.errors import InputError


def test_by_hand() -> None:
    curve = risk_coverage([(0.9, True), (0.5, False), (None, False), (0.7, True), (0.4, False)])
    assert curve.n == 5
    assert curve.points == (
        Point(0.9, 1 / 5, 0.0),
        Point(0.7, 2 / 5, 0.0),
        Point(0.5, 3 / 5, 1 / 3),
        Point(0.4, 4 / 5, 1 / 2),
    )
    assert curve.aurc == pytest.approx((0 + 0 + 1 / 3 + 1 / 2) / 4, abs=1e-12)
    assert curve.to_json()["points"][0] == {"confidence": 0.9, "coverage": 0.2, "risk": 0.0}


def test_ties_come_in_together_with_their_errors_spread_evenly() -> None:
    curve = risk_coverage([(1.0, True), (0.5, True), (0.5, False)])
    assert curve.points == (Point(1.0, 1 / 3, 0.0), Point(0.5, 1.0, 1 / 3))
    # in one order the risks are 0, 0, 1/3, in the other 0, 1/2, 1/3
    assert curve.aurc == pytest.approx((0 + 1 / 4 + 1 / 3) / 3, abs=1e-12)


def test_without_answers_there_is_no_area() -> None:
    assert risk_coverage([]) == Curve((), None, 0)
    assert risk_coverage([(None, False)] * 3) == Curve((), None, 3)


@pytest.mark.parametrize("confidence", [float("nan"), float("inf")])
def test_a_confidence_is_a_finite_number(confidence: float) -> None:
    with pytest.raises(InputError, match="finite"):
        risk_coverage([(confidence, True)])


pairs = st.lists(
    st.tuples(st.sampled_from([None, 0.0, 0.25, 0.5, 1.0]), st.booleans()), min_size=1, max_size=6
)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(pairs)
def test_the_area_is_the_mean_over_all_orders_of_ties(
    drawn: list[tuple[float | None, bool]],
) -> None:
    curve = risk_coverage(drawn)
    shuffled = drawn.copy()
    Random(len(drawn)).shuffle(shuffled)
    assert risk_coverage(shuffled) == curve
    answered = [(sure, right) for sure, right in drawn if sure is not None]
    if not answered:
        assert curve.aurc is None
        return
    areas = []
    for order in permutations(answered):
        if list(order) == sorted(order, key=lambda pair: -pair[0]):
            wrong = [not right for _, right in order]
            areas.append(sum(sum(wrong[:i]) / i for i in range(1, len(wrong) + 1)) / len(wrong))
    assert curve.aurc == pytest.approx(sum(areas) / len(areas), abs=1e-9)
    assert curve.points[-1].coverage == len(answered) / len(drawn)
    assert curve.points[-1].risk == pytest.approx(
        sum(not right for _, right in answered) / len(answered), abs=1e-12
    )
