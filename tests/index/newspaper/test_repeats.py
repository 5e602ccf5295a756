"""Fragments printed twice: what is dropped, and the repetitions that are a text's own."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.newspaper.lines import Line, printed_lines
from index.newspaper.repeats import without_repeats
from index.newspaper.seams import Seams

COLUMN = [
    "石匠们用了三年时间修补这座",
    "老桥，他们把河里的石头一块",
    "一块捞起来，再用糯米灰浆砌",
    "回原处。镇里的人每天都来看",
]
OTHER = [
    "今年秋天雨水很少，茶农把水",
    "从山下一桶一桶挑上来，茶树",
    "才没有枯死，新芽晚了七天。",
]


def sorted_out(*words: str) -> tuple[list[str], list[str], list[Line]]:
    """Texts that are kept, texts of the copies, and the kept lines."""
    lines = printed_lines("\n".join(words))
    kept, copies = without_repeats(lines, [True] * len(lines), Seams(lines))
    return [line.text for line in kept], [line.text for line in copies], kept


def test_a_column_without_repeats_stays() -> None:
    texts, copies, kept = sorted_out(*COLUMN, *OTHER)
    assert texts == COLUMN + OTHER
    assert copies == []
    assert all(line.behind is None for line in kept)


def test_the_foot_of_a_column_again_at_the_top_of_the_next() -> None:
    texts, copies, kept = sorted_out(*COLUMN, *OTHER, COLUMN[-1], "热闹，老人们说桥比从前好看")
    assert texts == [*COLUMN, *OTHER, "热闹，老人们说桥比从前好看"]
    assert copies == [COLUMN[-1]]
    assert kept[-1].behind is kept[3]
    assert [line.behind for line in kept[:-1]] == [None] * 7


def test_several_lines_again() -> None:
    texts, copies, kept = sorted_out(*COLUMN, *OTHER, *COLUMN[-2:], "热闹，老人们说桥好看")
    assert texts == [*COLUMN, *OTHER, "热闹，老人们说桥好看"]
    assert copies == COLUMN[-2:]
    assert kept[-1].behind is kept[3]


def test_a_line_that_begins_with_the_end_of_a_line_is_cut() -> None:
    raw = "\n".join([*COLUMN, *OTHER, "镇里的人每天都来看热闹，老人们说"])
    lines = printed_lines(raw)
    kept, copies = without_repeats(lines, [True] * len(lines), Seams(lines))
    assert [line.text for line in copies] == ["镇里的人每天都来看"]
    assert kept[-1].text == "热闹，老人们说"
    assert kept[-1].behind is kept[3]
    assert raw[kept[-1].start : kept[-1].end] == "热闹，老人们说"
    assert raw[copies[0].start : copies[0].end] == "镇里的人每天都来看"
    assert copies[0].start > lines[6].end


def test_a_short_end_of_sentence_of_the_line_before() -> None:
    texts, copies, _ = sorted_out("桥上来了很多施工人员。", "人员。石匠也来了几位，大家")
    assert texts == ["桥上来了很多施工人员。", "石匠也来了几位，大家"]
    assert copies == ["人员。"]


def test_a_copy_whose_first_characters_were_misread() -> None:
    texts, copies, _ = sorted_out("桥上来了很多外地的施工人员。", "圠的施工人员。石匠也来了几位")
    assert texts == ["桥上来了很多外地的施工人员。", "石匠也来了几位"]
    assert copies == ["圠的施工人员。"]


def test_what_is_no_text_is_never_dropped() -> None:
    lines = printed_lines("\n".join([COLUMN[0], OTHER[0], COLUMN[0], OTHER[1]]))
    kept, copies = without_repeats(lines, [True, True, False, True], Seams(lines))
    assert kept == lines
    assert copies == []


def test_what_is_no_text_is_no_source_of_copies() -> None:
    lines = printed_lines("\n".join([COLUMN[0], OTHER[0], COLUMN[0], OTHER[1]]))
    kept, copies = without_repeats(lines, [False, True, True, True], Seams(lines))
    assert kept == lines
    assert copies == []


def numbered(count: int) -> list[str]:
    """Different lines, no end of one of which begins another."""
    return [f"{chr(0x4E00 + 7 * i)}{chr(0x6E00 + 5 * i)}村的石桥修好了没有" for i in range(count)]


def test_a_short_line_far_away_is_no_copy() -> None:
    near, far = numbered(58), numbered(70)
    assert sorted_out(COLUMN[0], *near, COLUMN[0])[1] == [COLUMN[0]]
    assert sorted_out(COLUMN[0], *far, COLUMN[0])[1] == []


def test_a_long_paragraph_far_away_is_a_copy() -> None:
    paragraph = "".join(COLUMN)
    assert sorted_out(paragraph, *numbered(70), paragraph)[1] == [paragraph]


# Repetitions that are the text's own. Taken for a copy may be a whole line of eight characters or
# more that stands twice within sixty lines, a line that stands twice at once, five characters or
# more that end a line and begin the next one (eight: one near it), and a short end of sentence.
@pytest.mark.parametrize(
    "words",
    [
        ["春天来了", "山上的花开了，", "春天来了", "河里的冰化了，", "春天来了"],
        ["月亮啊，", "你照着谁的家，", "月亮啊，", "你照着谁的船，"],
        ["他说的是石桥的石桥", "石桥的石匠听了笑"],
        ["人们一天一天", "一天地等着桥修好"],
        ["石桥今年修好了，老人高兴", "石桥今年修好了，孩子也高兴"],
        ["七个人来修石桥，石桥", "修好了，石桥的名字没有变"],
        ["哈哈", "哈哈", "哈哈"],
        ["一", "一", "一"],
        ["他问：修好了没有？", "没有。再等一年，他答"],
        ["我们的石桥", "你们的石桥", "他们的石桥"],
    ],
)
def test_a_refrain_is_no_copy(words: list[str]) -> None:
    assert sorted_out(*words)[:2] == (words, [])


@settings(derandomize=True, max_examples=150, deadline=None)
@given(
    st.lists(
        st.text(st.sampled_from("山水桥。！，a -"), min_size=1, max_size=14)
        | st.sampled_from(COLUMN)
        | st.sampled_from(["人员。", "施工人员。", "来了很多施工人员。", "春天来了"]),
        max_size=14,
    ),
    st.lists(st.booleans(), min_size=60, max_size=60),
)
def test_nothing_is_lost_and_a_copy_stands_before(words: list[str], text: list[bool]) -> None:
    raw = "\n".join(words)
    lines = printed_lines(raw)
    is_text = text[: len(lines)]
    kept, copies = without_repeats(lines, is_text, Seams(lines))
    offsets = sorted(
        offset
        for line in [*kept, *copies]
        for _, start, length in line.runs(line.text)
        for offset in range(start, start + length)
        if not raw[offset].isspace()
    )
    assert offsets == [i for i, char in enumerate(raw) if not char.isspace()]
    assert [line.start for line in kept] == sorted(line.start for line in kept)
    others = [line for line, own in zip(lines, is_text, strict=True) if not own]
    assert all(any(line is one for one in kept) for line in others)
    for copy in copies:
        assert any(
            line.start < copy.start and line.text.endswith(copy.text[lost:])
            for line in kept
            for lost in range(3)
        )
    for line in kept:
        assert line.behind is None or (line.behind in kept and line.behind.start < line.start)
