from itertools import product
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from eval.statistics import (
    RESAMPLES,
    SEED,
    Estimate,
    McNemar,
    bootstrap_p,
    estimate,
    holm,
    mcnemar,
    paired_difference,
    percentile,
    share,
)


def test_estimates_leave_out_what_is_undefined_and_count_the_rest() -> None:
    assert estimate([]) == estimate([None, None]) == Estimate(0)
    assert estimate([1.0, None, 1.0]) == Estimate(2, 1.0, 1.0, 1.0)
    made = estimate([0.0, 1.0, None] * 50)
    assert (made.n, made.mean) == (100, 0.5)
    # the binomial's 2.5 % and 97.5 % points at n = 100, p = 1/2
    assert made.low == pytest.approx(0.40, abs=0.011)
    assert made.high == pytest.approx(0.60, abs=0.011)
    assert made == estimate([0.0, 1.0, None] * 50)


def test_values_that_are_all_alike_give_a_point() -> None:
    assert estimate([0.1] * 3) == Estimate(3, 0.1, 0.1, 0.1)
    assert estimate([0.1] * 3, ["a", "a", "b"]) == Estimate(3, 0.1, 0.1, 0.1)


def test_a_share_without_a_fault_still_may_have_one_now_and_then() -> None:
    # Clopper & Pearson: (α/2)^(1/n) for n of n
    assert share([1.0] * 3, ["a", "b", "c"]) == Estimate(3, 1.0, pytest.approx(0.292402), 1.0)
    assert share([0.0] * 10) == Estimate(10, 0.0, 0.0, pytest.approx(1 - 0.691503))
    # two articles are two draws, however many questions they have
    assert share([1.0] * 6, ["a", "b"] * 3).low == pytest.approx(0.025**0.5)
    assert share([1.0] * 6, ["a"] * 6).low == pytest.approx(0.025 ** (1 / 6))
    assert share([None, 1.0]) == Estimate(1, 1.0, pytest.approx(0.025), 1.0)
    assert share([]) == Estimate(0)
    for values in ([0.5] * 4, [0.0, 1.0, 1.0]):
        assert share(values) == estimate(values)


def slowly(values: list[float | None], clusters: list[str]) -> Estimate:
    """The cluster bootstrap anew, a resample at a time, of the same draws."""
    groups: dict[str, list[float]] = {}
    for value, cluster in zip(values, clusters, strict=True):
        if value is not None:
            groups.setdefault(cluster, []).append(value)
    kept = list(groups.values())
    draws = np.random.Generator(np.random.PCG64(SEED)).integers(
        len(kept), size=(RESAMPLES, len(kept))
    )
    means = sorted(
        sum(v for d in draw for v in kept[d]) / sum(len(kept[d]) for d in draw) for draw in draws
    )

    def quantile(share: float) -> float:
        place = share * (RESAMPLES - 1)
        below = int(place)
        return means[below] + (place - below) * (means[below + 1] - means[below])

    every = [value for group in kept for value in group]
    return Estimate(len(every), sum(every) / len(every), quantile(0.025), quantile(0.975))


@pytest.mark.parametrize(
    ("values", "clusters"),
    [
        ([1.0, 0.0, 1.0, None, 0.5, 0.25], ["a", "a", "b", "b", "c", "c"]),
        ([1.0, 1.0, 1.0, 0.0, None], ["x", "x", "x", "y", "z"]),
        ([0.0, 1.0, 0.3, 0.9], ["1", "2", "3", "4"]),
        ([0.91, 0.07, 0.5, 0.25, None, 1.0, 0.13], list("aabbccd")),
    ],
)
def test_clusters_are_drawn_whole(values: list[float | None], clusters: list[str]) -> None:
    made, expected = estimate(values, clusters), slowly(values, clusters)
    assert made.n == expected.n
    for name in ("mean", "low", "high"):
        assert getattr(made, name) == pytest.approx(getattr(expected, name), abs=1e-9)


def test_every_value_a_cluster_of_its_own_is_no_cluster_at_all() -> None:
    values = [0.0, 1.0, 0.5, None, 1.0]
    assert estimate(values) == estimate(values, list("abcde"))
    # one article says nothing about others: its questions are drawn instead
    assert estimate(values) == estimate(values, ["a"] * 5)


def test_the_exact_distribution_of_three_clusters() -> None:
    """All 27 resamples of three clusters, counted, give the shares of the resampled means."""
    sums, counts = [3.0, 0.0, 1.0], [3, 1, 2]
    exact = sorted(
        sum(sums[d] for d in draw) / sum(counts[d] for d in draw)
        for draw in product(range(3), repeat=3)
    )
    made = estimate([1.0, 1.0, 1.0, 0.0, 0.0, 1.0], ["a", "a", "a", "b", "c", "c"])
    # 1 of 27 resamples is all b or all a: more than 2.5 % on either side
    assert (exact[0], exact[-1]) == (0.0, 1.0)
    assert (made.low, made.high) == (0.0, 1.0)


def test_clusters_widen_the_interval_as_theory_says() -> None:
    # twenty articles, ten questions each, all alike within an article: as if n were 20
    values = [float(cluster % 2) for cluster in range(20) for _ in range(10)]
    clusters = [str(cluster) for cluster in range(20) for _ in range(10)]
    together, apart = estimate(values, clusters), estimate(values)
    assert together.mean == apart.mean == 0.5
    for made, n in ((together, 20), (apart, 200)):
        assert made.low is not None
        assert made.high is not None
        assert made.high - made.low == pytest.approx(2 * 1.96 * sqrt(0.25 / n), rel=0.15)


def test_the_lists_must_be_of_one_length() -> None:
    with pytest.raises(ValueError, match="zip"):
        estimate([1.0, 2.0], ["a"])
    for compared in (paired_difference, bootstrap_p, mcnemar):
        with pytest.raises(ValueError, match="zip"):
            compared([1.0], [1.0, 0.0])


def test_large_samples_are_resampled_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [0.0, 1.0] * 10
    whole = estimate(values)
    monkeypatch.setattr("eval.statistics._AT_ONCE", RESAMPLES // 3 * len(values))
    assert estimate(values) == whole


def test_paired_difference_and_percentile() -> None:
    made = paired_difference([0.0, 1.0, None, 1.0], [1.0, 1.0, 1.0, None])
    assert (made.n, made.mean, made.low, made.high) == (2, 0.5, 0.0, 1.0)
    assert percentile([], 0.5) is None
    assert percentile([1.0, 2.0, 4.0], 0.5) == 2.0
    assert percentile([0.0, 100.0], 0.95) == pytest.approx(95.0)


def test_the_figures_are_the_same_on_every_machine() -> None:
    made = estimate([0.91, 0.07, 0.5, 0.25, None, 1.0, 0.13], list("aabbccd"))
    assert made == Estimate(6, 0.4766666666666666, 0.274, 0.7825)


def test_bootstrap_p() -> None:
    assert bootstrap_p([], []) is None
    assert bootstrap_p([None, 1.0], [1.0, None]) is None
    assert bootstrap_p([0.5] * 4, [0.5] * 4) == 1.0
    # all move up: no less than what a sign test of three could say
    assert bootstrap_p([0.0] * 3, [1.0] * 3) == 2 / 2**3
    assert bootstrap_p([0.0] * 3, [1.0] * 3, ["a", "a", "b"]) == 2 / 2**2
    assert bootstrap_p([0.0] * 40, [1.0] * 40) == pytest.approx(2 / (RESAMPLES + 1))
    # as often up as down
    assert bootstrap_p([0.0, 1.0] * 20, [1.0, 0.0] * 20) == pytest.approx(1.0, abs=0.15)


def test_bootstrap_p_is_that_of_the_normal_where_many_are_drawn() -> None:
    # 400 differences of mean 0.1 and deviation 1: z = 2, p = 0.0455
    differences = [1.1, -0.9] * 200
    p = bootstrap_p([0.0] * 400, differences)
    assert p == pytest.approx(0.0455, abs=0.01)
    assert bootstrap_p(differences, [0.0] * 400) == pytest.approx(p, abs=0.002)


@settings(derandomize=True, deadline=None)
@given(rose=st.integers(0, 60), fell=st.integers(0, 60), still=st.integers(0, 5))
def test_mcnemar_is_the_binomial_test(rose: int, fell: int, still: int) -> None:
    old = [0.0] * rose + [1.0] * (fell + still) + [None, 1.0]
    new = [1.0] * rose + [0.0] * fell + [1.0] * still + [1.0, None]
    made = mcnemar(old, new)
    assert (made.rose, made.fell) == (rose, fell)
    moved = rose + fell
    expected = binomtest(rose, moved, 0.5).pvalue if moved else 1.0
    assert made.p == (pytest.approx(expected, abs=1e-9) if moved + still else None)


def test_mcnemar_by_hand() -> None:
    assert mcnemar([0.0] * 5, [1.0] * 5) == McNemar(5, 0, 2 / 32)
    assert mcnemar([], []) == mcnemar([None], [1.0]) == McNemar(0, 0, None)
    assert mcnemar([1.0], [1.0]) == McNemar(0, 0, 1.0)
    assert mcnemar([0.0] * 2000 + [1.0] * 2000, [1.0] * 2000 + [0.0] * 2000).p == 1.0
    assert mcnemar([0.0] * 4000, [1.0] * 4000).p == 0.0  # less than the smallest number


def test_holm_by_hand() -> None:
    assert holm({}) == {}
    assert holm({"a": 0.04}) == {"a": 0.04}
    made = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005})
    assert list(made) == ["a", "b", "c", "d"]
    assert made == pytest.approx({"d": 0.02, "a": 0.03, "c": 0.06, "b": 0.06}, abs=1e-12)
    assert holm({"a": 0.9, "b": 0.8}) == {"a": 1.0, "b": 1.0}
