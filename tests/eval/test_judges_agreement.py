import json
import random
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.judges import Agreement, agreement, kappa
from rag.answer import Verdict

S, P, U, N = VERDICTS = ("supported", "partial", "unsupported", "unknown")


def test_kappa_by_hand() -> None:
    # p_o = 35/50, p_e = (25·30 + 25·20)/50² = .5
    assert kappa(np.array([[20, 5, 0], [10, 15, 0]])) == pytest.approx(0.4)
    # p_o = 30/50, p_e = (25·20 + 25·20)/50² = .4; ten unknown agree with nobody
    assert kappa(np.array([[15, 5, 5], [5, 15, 5]])) == pytest.approx(1 / 3)
    assert kappa(np.array([[3, 0, 0], [0, 4, 0]])) == 1.0
    assert kappa(np.array([[0, 3, 0], [3, 0, 0]])) == -1.0
    assert kappa(np.array([[0, 0, 3], [0, 0, 4]])) == 0.0  # it never says a thing


def test_kappa_that_is_not_defined_is_none() -> None:
    assert kappa(np.zeros((2, 3), np.int64)) is None
    assert kappa(np.array([[7, 0, 0], [0, 0, 0]])) is None  # chance would always agree
    assert kappa(np.array([[0, 0, 0], [0, 7, 0]])) is None


def test_agreement_by_hand() -> None:
    others: list[Verdict] = [S, S, S, S, P, U, U, N]
    judged: list[Verdict] = [S, S, U, N, P, U, S, S]
    found = agreement(others, judged, list("abcdefgh"))
    assert found.n == 7 and found.undecided == 1
    assert found.accuracy == 4 / 7
    assert found.balanced_accuracy == pytest.approx((2 / 4 + 2 / 3) / 2)
    # (4/7 − (4·3 + 3·3)/49) / (1 − 21/49)
    assert found.kappa == pytest.approx((4 / 7 - 21 / 49) / (28 / 49))
    assert found.unknown == 1 / 7
    assert found.decided == 6 and found.decided_accuracy == 4 / 6
    assert found.decided_kappa == pytest.approx((4 / 6 - 18 / 36) / (18 / 36))
    assert found.confusion == {
        S: {S: 2, P: 0, U: 1, N: 1},
        P: {S: 0, P: 1, U: 0, N: 0},
        U: {S: 1, P: 0, U: 1, N: 0},
    }
    assert found.low is not None and found.high is not None
    assert found.low < found.kappa < found.high


def test_partial_and_unsupported_are_both_not_supported() -> None:
    found = agreement([P, U, S], [U, P, S], list("abc"))
    assert found.accuracy == 1.0 and found.kappa == 1.0 and not found.poor


def test_without_a_sentence_nothing_is_defined() -> None:
    for found in (agreement([], [], []), agreement([N], [S], ["a"])):
        assert found.n == 0 and found.poor
        assert {found.accuracy, found.kappa, found.low, found.high, found.unknown} == {None}
        assert {found.balanced_accuracy, found.decided_accuracy, found.decided_kappa} == {None}


def test_what_is_poor() -> None:
    # kappa of [[a, b], [b, a]] is (a − b)/(a + b)
    def of(same: int, other: int) -> Agreement:
        pairs = [(S, S), (U, U)] * same + [(S, U), (U, S)] * other
        return agreement([a for a, _ in pairs], [b for _, b in pairs], ["a"] * len(pairs))

    assert of(7, 3).kappa == pytest.approx(0.4) and not of(71, 29).poor
    assert of(69, 31).poor


verdicts = st.sampled_from(VERDICTS)


@settings(derandomize=True, deadline=None)
@given(st.lists(st.tuples(verdicts, verdicts, st.sampled_from("abc")), max_size=20))
def test_kappa_is_that_of_scikit_learn(triples: list[tuple[Verdict, Verdict, str]]) -> None:
    from sklearn.metrics import cohen_kappa_score

    found = agreement(*(list(column) for column in zip(*triples, strict=True))) if triples else (
        agreement([], [], [])
    )  # fmt: skip
    told = [(o == S, "?" if j == N else j == S) for o, j, _ in triples if o != N]
    if len({str(x) for pair in told for x in pair}) > 1:
        ours, theirs = ([str(x) for x in column] for column in zip(*told, strict=True))
        assert found.kappa == pytest.approx(cohen_kappa_score(ours, theirs))
        assert found.accuracy == np.mean([a == b for a, b in told])
    else:
        assert found.kappa is None
    text = json.dumps(found.to_json(), allow_nan=False)  # never NaN
    assert json.loads(text)["n"] == len(told)
    if found.low is not None and found.high is not None:
        assert -1 <= found.low <= found.high <= 1


def test_the_interval_is_that_of_a_slow_bootstrap_over_clusters() -> None:
    chance = random.Random(5)
    triples: list[tuple[Verdict, Verdict, str]] = []
    for cluster in range(40):
        good = chance.random() < 0.7  # some articles are easy for this judge, others are not
        for _ in range(5):
            other = chance.choice((S, U))
            wrong = U if other == S else S
            triples.append((other, other if good or chance.random() < 0.3 else wrong, f"{cluster}"))
    found = agreement([t[0] for t in triples], [t[1] for t in triples], [t[2] for t in triples])
    groups = [[t for t in triples if t[2] == f"{cluster}"] for cluster in range(40)]
    kappas = []
    for _ in range(3000):
        drawn = [t for _ in range(40) for t in chance.choice(groups)]
        table = np.zeros((2, 3), np.int64)
        for other, own, _ in drawn:
            table[int(other != S), int(own != S)] += 1
        kappas.append(kappa(table))
    low, high = np.quantile(kappas, (0.025, 0.975))
    assert found.low == pytest.approx(low, abs=0.03)
    assert found.high == pytest.approx(high, abs=0.03)
    alone = agreement(
        [t[0] for t in triples], [t[1] for t in triples], [f"{n}" for n in range(len(triples))]
    )
    assert alone.kappa == found.kappa
    # Sentences of an article err together: their interval is wider.
    assert (alone.high or 0) - (alone.low or 0) < 0.8 * ((found.high or 0) - (found.low or 0))


def test_the_interval_is_the_same_each_time_and_in_any_order() -> None:
    pairs = list(product(VERDICTS[:3], VERDICTS)) * 2
    others, judged = [o for o, _ in pairs], [j for _, j in pairs]
    clusters = [f"{n}" for n in range(len(pairs))]
    first = agreement(others, judged, clusters)
    assert agreement(others, judged, clusters) == first
