import json

import numpy as np
import pytest

from rag.fusion import (
    SCORES,
    SECOND_SIGNS,
    SIGNS,
    Fusion,
    Sides,
    Weights,
    first_look,
    learnt,
    places,
    probabilities,
    second_look,
)
from rag.matching import MATCHES


def sides(
    cosines: list[float], bm25: list[float], translated: list[float] | None = None, **facts: float
) -> Sides:
    known = {"ideal": 10.0, "mean": 0.1, "spread": 0.1} | facts
    return Sides(np.array(cosines), np.array(bm25), np.array(translated or bm25), **known)


def test_the_first_look() -> None:
    look = first_look(sides([0.5, 0.3, 0.4], [0.0, 8.0, 4.0], [10.0, 8.0, 5.0]))
    columns = dict(zip(SCORES, look.rows.T.tolist(), strict=True))
    assert columns == {
        "lexical": pytest.approx([0, 1, 0.5]),
        "lexical_share": pytest.approx([0, 0.8, 0.4]),
        "lexical_place": pytest.approx([0, 1, 0.5]),
        "translated": pytest.approx([1, 0.8, 0.5]),
        "translated_place": pytest.approx([1, 1 / 2, 1 / 3]),
        "dense": pytest.approx([0, -2, -1]),
        "dense_place": pytest.approx([1, 1 / 3, 1 / 2]),
    }
    signs = {"share": 0.8, "nearness": 4, "gained": 0.2}
    assert dict(zip(SIGNS, look.signs, strict=True)) == pytest.approx(signs)


def test_nothing_found_by_words_is_all_to_gain() -> None:
    look = first_look(sides([0.5, 0.3], [0.0, 0.0]))
    assert look.signs[SIGNS.index("gained")] == 1
    assert look.rows[:, SCORES.index("translated")].tolist() == [0, 0]
    assert look.rows[:, SCORES.index("translated_place")].tolist() == [0, 0]


def test_an_embedder_with_other_cosines_looks_the_same() -> None:
    usual = first_look(sides([0.5, 0.3], [1.0, 2.0]))
    narrow = first_look(sides([0.84, 0.80], [1.0, 2.0], mean=0.76, spread=0.02))
    assert narrow.rows == pytest.approx(usual.rows)
    assert narrow.signs == pytest.approx(usual.signs)


def test_the_second_look() -> None:
    words = np.zeros((2, len(MATCHES)))
    words[:, MATCHES.index("covered")] = [0.25, 0.75]
    words[:, MATCHES.index("telling_sentence")] = [0.5, 0.25]
    words[:, MATCHES.index("script")] = [1.0, 0.5]
    first = first_look(sides([0.5, 0.3, 0.4], [0.0, 8.0, 4.0]))
    look = second_look(first, np.array([2, 0]), words)
    assert look.rows[:, : len(SCORES)].tolist() == first.rows[[2, 0]].tolist()
    assert look.rows[:, len(SCORES) :].tolist() == words.tolist()
    expected = {"share": 0.8, "nearness": 4, "gained": 0, "covered": 0.75, "telling_sentence": 0.5}
    assert dict(zip(SECOND_SIGNS, look.signs, strict=True)) == pytest.approx(
        expected | {"script": 0.75}
    )


def test_two_scores_are_mixed_by_the_signs() -> None:
    home, abroad = np.zeros(len(SCORES)), np.zeros(len(SCORES))
    home[SCORES.index("lexical")], abroad[SCORES.index("dense_place")] = 2.0, 4.0
    look = first_look(sides([0.5, 0.3, 0.4], [0.0, 8.0, 4.0]))
    for bias, expected in (
        (-1.6, [2.0, 1 + 2 / 3, 0.5 + 1]),  # 2 × share - 1.6 = 0: half and half
        (99.0, [0.0, 2.0, 1.0]),
        (-99.0, [4.0, 4 / 3, 2.0]),
    ):
        weights = Weights(home, abroad, np.array([2.0, 0.0, 0.0]), bias)
        assert weights.scores(look) == pytest.approx(expected)


def test_no_two_features_have_one_name() -> None:
    names = (*SCORES, *MATCHES)
    assert len(set(names)) == len(names)


def test_the_weights_are_read_by_name() -> None:
    content = learnt().to_json()
    assert Fusion.read(json.loads(json.dumps(content))).to_json() == content
    del content["second"]["home"]["script"]
    with pytest.raises(KeyError, match="script"):
        Fusion.read(content)


def test_the_learnt_weights_trust_words_at_home_and_cosines_abroad() -> None:
    cosines = [0.5, 0.3]
    at_home = learnt().first.scores(first_look(sides(cosines, [6.0, 9.0])))
    abroad = learnt().first.scores(first_look(sides(cosines, [0.2, 0.3])))
    assert at_home[1] > at_home[0]
    assert abroad[0] > abroad[1]


def test_small_parts() -> None:
    assert places(np.array([0.5, 0.9, 0.5])).tolist() == [2, 1, 3]
    assert probabilities(np.log([1.0, 3.0])) == pytest.approx([0.25, 0.75])
    nothing = first_look(sides([0.0, 0.0], [0.0, 0.0], ideal=0.0, spread=0.0, mean=0.0))
    assert np.isfinite(nothing.rows).all() and np.isfinite(nothing.signs).all()
