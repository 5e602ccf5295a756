import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.citations import Marker, MarkerParser, neutralise, parse


def shown(text: str, passages: int = 3) -> tuple[str, int]:
    parts, removed = parse(text, passages)
    return "".join(f"[{p.number}]" if isinstance(p, Marker) else p for p in parts), removed


@pytest.mark.parametrize(
    ("text", "result", "removed"),
    [
        ("甲。[1] 乙。[2][3]", "甲。[1] 乙。[2][3]", 0),
        ("a [1, 2].", "a [1][2].", 0),
        ("a【1】b［２］c", "a[1]b[2]c", 0),
        ("a[1-3]", "a[1][2][3]", 0),
        ("a[１、３]", "a[1][3]", 0),
        ("a[0] b[4] c[99] d[-1]", "a b c d[-1]", 3),
        ("a[1,9]", "a[1]", 1),
        ("a[2,2]", "a[2]", 0),
        ("[sic] [2024年] [1", "[sic] [2024年] [1", 0),
        ("a[1-999999999]", "a[1]", 1),
        ("a[123456789012345678901234567890]", "a", 1),
    ],
)
def test_markers(text: str, result: str, removed: int) -> None:
    assert shown(text) == (result, removed)


@given(
    st.text(st.one_of(st.sampled_from("[]【】［］0123９,，-– a。"), st.characters()), max_size=60),
    st.lists(st.integers(1, 5), max_size=20),
    st.integers(0, 4),
)
def test_streaming_agrees_with_the_whole_and_markers_always_resolve(
    text: str, sizes: list[int], passages: int
) -> None:
    parser = MarkerParser(passages)
    streamed = []
    at = 0
    for size in [*sizes, len(text)]:
        streamed.extend(parser.feed(text[at : at + size]))
        at += size
    streamed.extend(parser.close())
    whole, removed = parse(text, passages)

    def merged(parts: list[str | Marker]) -> list[str]:
        text = "".join(f"\x00{p.number}\x00" if isinstance(p, Marker) else p for p in parts)
        return text.split("\x00")

    assert merged(streamed) == merged(whole)
    assert parser.removed == removed
    assert all(1 <= p.number <= passages for p in whole if isinstance(p, Marker))


def test_half_a_marker_is_never_let_out() -> None:
    parser = MarkerParser(3)
    assert list(parser.feed("a [")) == ["a "]
    assert list(parser.feed("1")) == []
    assert list(parser.feed("] b")) == [Marker(1), " b"]
    assert list(parser.close()) == []


def test_article_text_cannot_pose_as_a_marker() -> None:
    text = "据[1]和【2, 3】报道[sic]"
    assert neutralise(text) == "据〔1〕和〔2, 3〕报道[sic]"
    assert not any(isinstance(p, Marker) for p in parse(neutralise(text), 9)[0])
    assert not re.search(r"\[\d", neutralise("[[1]] ［２］"))
