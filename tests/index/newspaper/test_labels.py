"""The search for the best labels, against all labellings, and on any text."""

from itertools import product
from math import exp, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.newspaper.evidence import FEATURES, features_of
from index.newspaper.labels import Label, Weights, labels_of, weights
from index.newspaper.lines import printed_lines
from index.newspaper.seams import Seams

KINDS, LABELS = 2, len(Label)
HEADS = (Label.HEAD, Label.HEAD_ON)


def random_weights(seed: int, features: int) -> Weights:
    rng = np.random.default_rng(seed)
    seam = rng.normal(size=(KINDS, LABELS, features)).astype(np.float32)
    return Weights(seam, rng.normal(size=(LABELS, LABELS)).astype(np.float32))


def worth(path: tuple[int, ...], features: np.ndarray, learned: Weights) -> float:
    """The score of one labelling, as the sum over its lines."""
    total = float(learned.seam[0, path[0]] @ features[0])
    for i in range(1, len(path)):
        kind = int(path[i - 1] in HEADS)
        total += float(learned.seam[kind, path[i]] @ features[i])
        total += float(learned.change[path[i - 1], path[i]])
    return total


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("count", [1, 2, 5])
def test_the_best_of_all_labellings(seed: int, count: int) -> None:
    features = np.random.default_rng(seed + 99).normal(size=(count, 3)).astype(np.float32)
    learned = random_weights(seed, 3)
    labels, _ = labels_of(features, learned)
    best = max(product(range(LABELS), repeat=count), key=lambda p: worth(p, features, learned))
    assert tuple(labels) == best


@pytest.mark.parametrize("seed", range(6))
def test_sureness_is_the_share_among_the_labels_of_one_line(seed: int) -> None:
    features = np.random.default_rng(seed + 7).normal(size=(6, 4)).astype(np.float32)
    learned = random_weights(seed, 4)
    labels, sure = labels_of(features, learned)
    for i, shares in enumerate(sure):
        own = [exp(worth((*labels[:i], k, *labels[i + 1 :]), features, learned)) for k in range(5)]
        assert shares == pytest.approx([value / sum(own) for value in own], rel=1e-4)


def test_the_stored_weights_belong_to_the_features() -> None:
    learned = weights()
    assert learned.seam.shape == (KINDS, LABELS, len(FEATURES))
    assert learned.change.shape == (LABELS, LABELS)
    assert np.isfinite(learned.seam).all()
    assert np.isfinite(learned.change).all()


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.text(st.sampled_from("山水桥。，；：“”（）#-—a9 \u3000\n") | st.characters(), min_size=1))
def test_evidence_is_finite_and_shares_are_shares(raw: str) -> None:
    lines = printed_lines(raw)
    if not lines:
        return
    flags = [False] * (len(lines) + 1)
    table = features_of(lines, flags, flags, Seams(lines))
    assert np.isfinite(table).all()
    labels, sure = labels_of(table, weights())
    assert len(labels) == len(sure) == len(lines)
    for label, shares in zip(labels, sure, strict=True):
        assert sum(shares) == pytest.approx(1)
        assert all(0 <= share <= 1 for share in shares)
        assert log(shares[label] + 1e-300) > log(1e-9)
