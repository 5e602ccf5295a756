"""How lines end and begin."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.newspaper.ends import (
    cannot_begin,
    ends_clause,
    ends_closed,
    ends_open,
    open_marks,
)


@pytest.mark.parametrize(
    "text",
    [
        "桥修好了。",
        "桥修好了！",
        "修好了吗？",
        "修好了吗?",
        "修好了!",
        "桥修好了｡",
        "“桥修好了。”",
        "他说：“桥修好了。”）",
        "（桥修好了。）",
        "他想了想……",
        "他想了想……”",
        "The bridge is mended.",
        'She said: "It is mended."',
        "It is mended.)",
    ],
)
def test_closed(text: str) -> None:
    assert ends_closed(text)
    assert not ends_open(text)


@pytest.mark.parametrize(
    "text",
    [
        "桥修",
        "桥修好了，",
        "他说：",
        "石桥、木桥；",
        "《石桥记》",
        "人们叫它“双月桥”",
        "县水利局（原水利科）",
        "长68.",
        "The bridge",
        "the year 1961.",
        "a b .",
        ".",
        "——",
    ],
)
def test_open(text: str) -> None:
    assert ends_open(text)
    assert not ends_closed(text)


def test_nothing_is_neither() -> None:
    assert not ends_open("")
    assert not ends_closed("")
    assert not ends_clause("")
    assert not cannot_begin("")


@pytest.mark.parametrize("mark", "，、；：,;:")
def test_a_clause_ends_at_a_comma_and_the_like(mark: str) -> None:
    assert ends_clause(f"桥修好了{mark}")
    assert cannot_begin(f"{mark}桥修好了")


@pytest.mark.parametrize("text", ["桥修好了。", "桥修好了", "，桥", "桥”"])
def test_no_clause_ends_here(text: str) -> None:
    assert not ends_clause(text)


@pytest.mark.parametrize("text", ["。他走了", "”他说", "）之后", "》一书", "％的人", "！", "…他"])
def test_nothing_begins_with_a_closing_mark(text: str) -> None:
    assert cannot_begin(text)


@pytest.mark.parametrize(
    "text", ["“他走了", "（一）", "《石桥记》", "他走了", "……他走了", "——副题", "7人"]
)
def test_a_sentence_may_begin_so(text: str) -> None:
    assert not cannot_begin(text)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("“石桥", 1),
        ("石桥”", -1),
        ("“石桥”", 0),
        ("“『石桥』", 1),
        ("（见《石桥记》", 1),
        ("石桥》）", -2),
        ("(a", 1),
        ("a)", -1),
        ("", 0),
    ],
)
def test_open_marks(text: str, count: int) -> None:
    assert open_marks(text) == count


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.text(st.sampled_from("山a9。！.,，”)）…— \"'") | st.characters(), max_size=8))
def test_every_text_is_open_or_closed(text: str) -> None:
    assert ends_open(text) + ends_closed(text) == bool(text)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.text(max_size=12), st.text(max_size=12))
def test_open_marks_add_up(one: str, other: str) -> None:
    assert open_marks(one + other) == open_marks(one) + open_marks(other)
