import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.bench.llm.markers import read_markers
from rag.citations import Marker, MarkerParser, neutralise, parse

HOSTILE = "[]【】［］[]0123９①٣,，-–.†:%^ a。字\n\u200b\u0301\ud800\x00"


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
        ("a[0] b[4] c[99] d[-1]", "a b c d", 4),
        ("a[1,9]", "a[1]", 1),
        ("a[2,2]", "a[2]", 0),
        ("[sic] [2024年] [1a] [x] [ ] []", "[sic] [2024年] [1a] [x] [ ] []", 0),
        ("[50%] [12:30] [$5] [30℃] [2∶0] [½]", "[50%] [12:30] [$5] [30℃] [2∶0] [½]", 0),
        ("〔1〕 ①② m² (1) {1} <1>", "〔1〕 ①② m² (1) {1} <1>", 0),
        ("[sic [1]] [1 of 3]", "[sic [1]] [1 of 3]", 0),
        ("a[1-999999999]", "a[1]", 1),
        ("a[123456789012345678901234567890]", "a", 1),
        ("a[1][2]b", "a[1][2]b", 0),
        ("a[1 2] b[1,,2] c[,3,] d[1；2]", "a[1][2] b[1][2] c[3] d[1][2]", 0),
        ("a[3-1] b[1–2] c[2 - 3]", "a[3][1] b[1][2] c[2][3]", 0),
        ("a[1.5] b[1-] c[(1)] d[1*] e[#9]", "a b c d e", 5),
        ("a[^1] b[1](http://x) c[^7]", "a[1] b[1](http://x) c", 1),
        ("a[٣] b[१] c[𝟏] d[①] e[²] f[❸] g[٩]", "a[3] b[1] c[1] d[1] e[2] f[3] g", 1),
        ("a【1] b[2】 c〖3〗 d⟦1⟧ e﹇2﹈", "a[1] b[2] c[3] d[1] e[2]", 0),
        ("a[[1]] b[1[2]] c[[[3]]]", "a[1] b[1][2] c[3]", 0),
        ("a[[9]8] b[[1]9] c[9[1]]", "a b[1] c[1]", 4),
        ("a[1[2] b", "a[1[2] b", 0),
        ("a【1†source】 b【4:0†L3-L7】 c[1†", "a[1] b c", 2),
        ("a[\u200b9\u0301\x00] b[1\u202e\n]", "a b[1]", 1),
        ("a[1" + " " * 60 + "]b[9" + "\u200b" * 60 + "]", "a[1]b", 1),
        ("a[" + "9" * 60 + "]", "a", 1),
        ("a [1", "a ", 1),
        ("a [[1], 9", "a [1]", 1),
        ("a [", "a [", 0),
        ("a[†9] b[9†9†9]", "a b", 2),
        ("a[,[2] –] b[-[9]]", "a[2] b", 1),
        ("a [12:", "a [12:", 0),
    ],
)
def test_markers(text: str, result: str, removed: int) -> None:
    assert shown(text) == (result, removed)


@given(
    st.text(st.one_of(st.sampled_from(HOSTILE), st.characters()), max_size=60),
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
    words = "".join(part for part in whole if isinstance(part, str))
    assert read_markers(words) == []
    result, _ = shown(text, passages)
    assert all(found in map(str, range(1, passages + 1)) for found in read_markers(result))


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
    assert neutralise("[\u200b1\n] [^2] [①] ⟦3⟧") == "〔\u200b1\n〕 〔^2〕 〔①〕 〔3〕"
    assert neutralise("[[1]†A] [【9]†A") == "〔〔1〕†A〕 〔〔9〕†A"
    assert neutralise("【本报讯】[2024年] [9") == "【本报讯】[2024年] 〔9"


@given(st.text(st.one_of(st.sampled_from(HOSTILE), st.characters()), max_size=60), st.text(HOSTILE))
def test_no_parser_finds_a_marker_in_neutralised_text(text: str, after: str) -> None:
    neutral = neutralise(text)
    assert shown(neutral, 9) == (neutral, 0)
    assert read_markers(neutral) == []
    assert neutralise(neutral) == neutral
    assert all(new in (old, "〔", "〕") for old, new in zip(text, neutral, strict=True))
    # nor does what comes after an article close a bracket of it
    parts, removed = parse(neutral + after, 9)
    alone, removed_alone = parse(after, 9)
    assert removed == removed_alone
    assert [p for p in parts if isinstance(p, Marker)] == [
        p for p in alone if isinstance(p, Marker)
    ]


@pytest.mark.parametrize("unit", ["[", "]", "[1", "[1]", "[[1]", "1]]", "[9" + " " * 98, "[ -1"])
def test_time_grows_with_the_text_only(unit: str) -> None:
    def seconds(length: int) -> float:
        text = unit * (length // len(unit))
        start = time.process_time()
        parse("[" + text + "]", 3)
        neutralise("[" + text + "]")
        return time.process_time() - start

    assert seconds(100_000) < 5  # a quadratic parser takes minutes


def test_markers_deep_inside_brackets() -> None:
    depth = 50_000
    assert shown("[" * depth + "1" + "]" * depth) == ("[1]", 0)
    assert shown("[9" * depth + "]" * depth) == ("", depth)
