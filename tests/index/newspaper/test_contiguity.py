"""The seam model: what it looks at, that its numbers stay the same, and cut sentences."""

import numpy as np
import pytest

from index.newspaper.contiguity import continues, opens_paragraph

# Invented sentences, each cut inside a word.
SEAMS = [
    ("今年入春以来，沿江各县的农", "民抓紧时间修补堤坝，准备迎接汛期"),
    ("这座新建的纺织工", "厂已经安装完毕，月底可以开工"),
    ("大会决定由三个委员", "会分头起草文件，下周再行讨论"),
    ("代表们一致认为，这次会", "议开得很成功，达到了预期的目的"),
    ("轮船上午八时从码头出", "发，傍晚抵达对岸的小城"),
    ("老教师把一生的心血都献给了教", "育事业，学生遍布全省"),
    ("据气象台预报，明后两天将有大", "雨，渔船应当及早回港避风"),
    ("铁路局增开了六对旅客列", "车，方便群众回乡过节"),
    ("医疗队员翻山越岭，为牧民治", "病送药，受到热烈欢迎"),
    ("双方就进一步发展经济合", "作交换了意见，并签署了协定"),
    ("图书馆新到了一批科学技", "术书籍，供读者借阅"),
    ("去年全县粮食产", "量比前年增加了两成"),
    ("青年突击队连续奋战了三天三", "夜，终于把缺口堵住"),
    ("他们利用废旧材料试制成功一种新型机", "器，节约了大量资金"),
    ("城市居民的生活水", "平有了显著的提高"),
    ("为了保护森林资", "源，林区建立了巡查制度"),
]


def test_written_forms_score_alike() -> None:
    plain = continues(["上海的农业部門增产12"], ["3吨，abc"])
    assert plain[0] != 0
    assert continues(["上海的农业部門增产４５"], ["６吨,ABC"]) == plain
    assert continues(["農業部门"], ["負責"]) == continues(["农业部門"], ["负责"])


def test_white_space_does_not_count() -> None:
    spaced = continues(["农 业 部\u3000门\u200b \n", "农业部门"], ["\u3000 负\u3000责", "负责"])
    assert spaced[0] == spaced[1] != 0
    assert opens_paragraph(["\u3000\u3000新 华社北"]) == opens_paragraph(["新华社北京十日电"])


def test_only_four_characters_on_either_side_count() -> None:
    near = continues(["早春的田野里"], ["到处是人们"])
    assert continues(["。，的田野里"], ["到处是人，"]) == near
    assert continues(["早春的日野里"], ["到处是人们"]) != near


def test_no_evidence_without_chinese() -> None:
    befores = ["", "他们", "the govern-", "1957", "。", "\u3000", "他们", "abc"]
    afters = ["他们", "", "ment of the", "8.5%", "、", "他们", "\u200b", ""]
    assert continues(befores, afters).tolist() == [0.0] * len(befores)
    assert opens_paragraph(["", "Peking", "\u3000", "——"]).tolist() == [0.0] * 4
    assert continues([], []).tolist() == opens_paragraph([]).tolist() == []


def test_chinese_on_one_side_is_enough() -> None:
    assert continues(["他买了一台X", "1957"], ["光机", "年秋"]).all()


def test_characters_outside_the_basic_plane_are_rare_ones() -> None:
    assert continues(["他姓\U00020bb7"], ["，是"]) == continues(["他姓\U00020bb8"], ["，是"])


def test_unequal_numbers_of_lines() -> None:
    with pytest.raises(ValueError, match="2 lines before, but 1 lines after"):
        continues(["甲", "乙"], ["丙"])


def test_a_row_scores_alike_in_any_batch() -> None:
    before, after = "代表们一致认为，这次会", "议开得很成功"
    alone = continues([before], [after])[0]
    many = continues([before] * 9000, [after] * 8999 + ["厂已经"])
    np.testing.assert_allclose(many[:8999], alone, rtol=1e-5)
    assert many[8999] != pytest.approx(alone, abs=0.1)


def test_cut_words_are_put_together() -> None:
    """Each line end against its own continuation and the next five of the list.

    14 of 16 are right with the bundled file; by chance it would be two or three.
    """
    right = 0
    for number, (before, _) in enumerate(SEAMS):
        afters = [SEAMS[(number + step) % len(SEAMS)][1] for step in range(6)]
        scores = continues([before] * 6, afters)
        right += int(scores.argmax()) == 0
    assert right >= 13


def test_scores_are_log_odds_of_a_sensible_size() -> None:
    own = continues([b for b, _ in SEAMS], [a for _, a in SEAMS])
    foreign = continues([b for b, _ in SEAMS], [a for _, a in SEAMS[1:] + SEAMS[:1]])
    assert np.median(own) > 1
    assert np.median(foreign) < -1


def test_paragraph_openings() -> None:
    starts = ["新华社北京四月十日电", "本报讯", "据悉，这座桥", "与此同时，各地", "在上海，工人们"]
    middles = ["的工作已经完成", "了三百多人", "，他们还", "展的需要", "们都说好"]
    assert opens_paragraph(starts).min() > 0 > opens_paragraph(middles).max()
