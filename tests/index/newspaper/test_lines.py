"""Printed lines: where they are cut, what their text is, and how it maps to the raw file."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index.newspaper.lines import Line, printed_lines, without_gaps

MIXED = st.text(st.sampled_from("山水a1é（。，”-… \u3000\t\xa0\n") | st.characters(), max_size=60)


def closed(text: str) -> str:
    """`text` without its white space."""
    return "".join(text.split())


def printed(raw: str, line: Line, text: str) -> str:
    """What stands in the raw file where `text` of the line is said to be printed."""
    found = []
    end = 0
    for at, start, length in line.runs(text):
        assert at >= end
        assert length > 0
        assert not text[end:at].strip()
        assert text[at : at + length] == raw[start : start + length]
        assert line.start <= start <= start + length <= line.end
        found.append(raw[start : start + length])
        end = at + length
    assert not text[end:].strip()
    return "".join(found)


@settings(derandomize=True, max_examples=250, deadline=None)
@example("4月14日电）Par Émile\u3000\u3000\u3000\u3000（新华社北京4月")
@example("a水-水（a。\u3000\u3000\ta-（1（水\t。1-\t1（aa山\u3000。")
@given(MIXED)
def test_every_printed_character_is_on_one_line(raw: str) -> None:
    lines = printed_lines(raw)
    assert closed("".join(line.printed for line in lines)) == closed(raw)
    for line in lines:
        assert raw[line.start : line.end] == line.printed
        assert line.text == line.text.strip() != ""
        assert line.printed == line.printed.strip()
        assert closed(line.text) == closed(line.printed)
    for one, other in zip(lines, lines[1:], strict=False):
        assert one.end <= other.start
        assert one.row <= other.row
        assert other.soft == (one.row == other.row)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(MIXED)
def test_text_and_shown_are_mapped_to_the_raw_file(raw: str) -> None:
    for line in printed_lines(raw):
        for text in (line.text, line.shown):
            assert closed(printed(raw, line, text)) == closed(line.printed)


@settings(derandomize=True, max_examples=200, deadline=None)
@example("4月14日电）Par Émile\u3000\u3000\u3000\u3000（新华社北京4月", 14)
@example("a山-山1山-水。-山（。水水 \u3000a-a-山aa 。。山 ", 1)
@given(MIXED, st.integers(1, 40))
def test_split_loses_nothing(raw: str, count: int) -> None:
    for line in printed_lines(raw):
        first, second = line.split(count)
        halves = [first] if second is None else [first, second]
        assert closed("".join(half.text for half in halves)) == closed(line.text)
        assert closed(first.text) == closed(line.text[:count])
        for half in halves:
            assert half.text
            assert half.text == half.text.strip()
            assert raw[half.start : half.end] == half.printed
            assert half.row == line.row
            for text in (half.text, half.shown):
                assert closed(printed(raw, half, text)) == closed(half.printed)


def test_split_at_a_place_inside_spaced_text() -> None:
    (line,) = printed_lines("  春 天 来 了 吗")
    first, second = line.split(2)
    assert second is not None
    assert (first.text, first.printed, first.start) == ("春天", "春 天", 2)
    assert (second.text, second.printed, second.start) == ("来了吗", "来 了 吗", 6)
    assert second.soft
    assert list(second.runs(second.text)) == [(0, 6, 1), (1, 8, 1), (2, 10, 1)]


def test_split_behind_the_last_character_leaves_nothing() -> None:
    (line,) = printed_lines("石桥修好了")
    assert line.split(5) == (line, None)
    assert line.split(99) == (line, None)


def test_rows_blank_lines_and_indents() -> None:
    raw = "\n\n第一行\r\n　　第二行\r \n\x0c第三行"
    found = [(line.text, line.row, line.blank, line.indent) for line in printed_lines(raw)]
    assert found == [("第一行", 2, 2, 0), ("第二行", 3, 0, 2), ("第三行", 6, 2, 0)]


@pytest.mark.parametrize(
    "mark", ["\n", "\r\n", "\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
)
def test_every_line_separator_ends_a_line(mark: str) -> None:
    assert [line.text for line in printed_lines(f"上一行{mark}下一行")] == ["上一行", "下一行"]


@pytest.mark.parametrize("space", [" ", "\t", "\u3000", "\xa0", "\u2003", "\x1f", " \u3000\t "])
def test_white_space_between_chinese_characters_is_not_the_text_s(space: str) -> None:
    (line,) = printed_lines(f"老桥{space}修好了")
    assert line.text == "老桥修好了"
    assert line.shown == "老桥 修好了"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("去年 12 月", "去年12月"),
        ("共 5 个 站", "共5个站"),
        ("Harrow Ferry", "Harrow Ferry"),
        ("Harrow  \t Ferry", "Harrow Ferry"),
        ("坐 metro 去", "坐 metro 去"),
        ("他说 “好 ”", "他说“好”"),
        ("山\u3000\u3000水", "山水"),
    ],
)
def test_gaps(words: str, text: str) -> None:
    assert without_gaps(words) == text


def test_a_headline_set_wide_apart() -> None:
    (line,) = printed_lines("新 桥 今 日 通 车")
    assert line.spaced
    assert line.text == line.shown == "新桥今日通车"


def test_a_headline_of_two_halves_is_not_set_wide_apart() -> None:
    (line,) = printed_lines("新桥今日通车 两岸居民欢喜")
    assert not line.spaced
    assert line.text == "新桥今日通车两岸居民欢喜"
    assert line.shown == "新桥今日通车 两岸居民欢喜"


def test_lines_joined_by_spaces_are_parted() -> None:
    raw = "工人们用了三年时间修补石桥 他们把河里的石头一块一块捞起 来，再用糯米灰浆砌回原处。"
    first, second, third = printed_lines(raw)
    assert first.text == "工人们用了三年时间修补石桥"
    assert second.text == "他们把河里的石头一块一块捞起"
    assert third.text == "来，再用糯米灰浆砌回原处。"
    assert [line.soft for line in (first, second, third)] == [False, True, True]
    assert [line.row for line in (first, second, third)] == [0, 0, 0]


def test_a_long_line_of_english_is_one_line() -> None:
    raw = "The old bridge over the river was mended in three years by seven masons."
    assert [line.text for line in printed_lines(raw)] == [raw]


def test_width_counts_chinese_characters() -> None:
    widths = [line.width for line in printed_lines("石桥修好\nbridge\n石桥ab\n石，桥")]
    assert widths == [4.0, 3.0, 3.0, 3.0]
