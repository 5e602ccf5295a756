"""How articles begin, by their first characters."""

import numpy as np
import pytest

from index.newspaper.leads import BITS, LENGTH, Model, begins_article, hashed
from index.newspaper.scorer import NOTHING

BEGINNINGS = [
    "石笋镇的双月桥昨天（5月17日）重新开放步行。",
    "记者日前从丰陵县农业局获悉，今年春茶的收购价格上涨三成。",
    "本报青潭5月17日讯 县里召开春耕工作会议。",
    "当地时间5月3日，一艘渡轮在湖面上停了下来。",
]
LATER = [
    "他说，糯米灰浆要熬三天三夜，才能用来砌石头。",
    "不过，新芽比去年晚了七天。",
    "此外，还要把水渠里的石头都搬走。",
    "“我们都来了。”一位老人说。",
]


def test_beginnings_score_above_later_paragraphs() -> None:
    assert begins_article(BEGINNINGS).min() > 0 > begins_article(LATER).max()


def test_white_space_and_script_make_no_difference() -> None:
    plain = begins_article(["记者日前从农业局获悉，今年春茶涨价三成。"])
    assert begins_article(["\u3000\u3000記者 日前從農業局獲悉,今年春茶漲價三成。"]) == plain


def test_no_score_without_chinese() -> None:
    assert begins_article(["", "Harrow Ferry bridge shut", "\u3000"]).tolist() == [0.0] * 3
    assert begins_article([]).tolist() == []


def test_characters_behind_the_window_do_not_count() -> None:
    text = "农" * LENGTH
    assert begins_article([text + "他说"]) == begins_article([text + "日前"])
    assert begins_article([text[1:] + "他"]) != begins_article([text])


def test_white_space_does_not_shorten_the_window() -> None:
    text = "记者昨天从县里获悉，双月桥经过两年修复重新开放步行，他说"
    assert len(text) > LENGTH
    for at in (1, 7, LENGTH - 1, LENGTH):
        assert begins_article([f"{text[:at]} {text[at:]}\u3000"]) == begins_article([text])
    assert begins_article([text[:5] + "\u3000"]) == begins_article([text[:5]])


def test_the_score_is_the_sum_of_what_is_there() -> None:
    rows = np.full((2, LENGTH), NOTHING, np.uint16)
    rows[0, :2] = 5, 7  # two characters, one pair, each by its place too
    buckets, present = hashed(rows)
    assert present.sum(axis=1).tolist() == [6, 0]
    weights = np.zeros(1 << BITS, np.int8)
    weights[buckets[0][present[0]]] = 3
    assert Model(weights, 0.5, -1.0).score(rows) == pytest.approx([6 * 3 * 0.5 - 1.0, -1.0])


def test_a_pair_counts_by_its_place_at_the_front_alone() -> None:
    rows = np.full((2, LENGTH), 9, np.uint16)
    rows[0, 10:12] = rows[1, 12:14] = 5, 7
    kept = [set(b[p].tolist()) for b, p in zip(*hashed(rows), strict=True)]
    assert kept[0] == kept[1]
    rows[0] = rows[1] = 9
    rows[0, 0:2] = rows[1, 2:4] = 5, 7
    kept = [set(b[p].tolist()) for b, p in zip(*hashed(rows), strict=True)]
    assert kept[0] != kept[1]
