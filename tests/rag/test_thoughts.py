"""What a model writes before its answer is not shown."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.thoughts import PAIRS, TAGS, VisibleText, opened

HARMONY = PAIRS[-1]
ANSWER = "香港回归[1]，𠮷\n"
SPLIT = st.lists(st.integers(0, 120), max_size=8)
REPLIES = [
    *((f"{begin}我想 {begin[:-1]} {end[1:]}\n{end}\n\n{ANSWER}", ANSWER) for begin, end in PAIRS),
    *((f"\n {begin}{end}{ANSWER}", ANSWER) for begin, end in PAIRS[:-1]),
    (f"{HARMONY[1]}{ANSWER}", ANSWER),
    (f"<|channel|>analysis<|message|>想assistant{HARMONY[1]}{ANSWER}", ANSWER),
    (f"<|channel|>commentary<|message|>a<|channel|>analysis{HARMONY[1]}{ANSWER}", ANSWER),
    ("<|channel|>analysis<|message|>想", ""),
    *((f"{begin}想", "") for begin, _ in PAIRS),
    *((f"{begin}{end}", "") for begin, end in PAIRS),
    *((begin[:-1], begin[:-1]) for begin, _ in PAIRS),
    *((f"{begin[:-1]}、{begin}", f"{begin[:-1]}、{begin}") for begin, _ in PAIRS),
    *((f"答{begin}x{end}", f"答{begin}x{end}") for begin, end in PAIRS),
    ("<thinks>a</think>b", "<thinks>a</think>b"),
    ("<THINK>a", "<THINK>a"),
    ("[1] 答", "[1] 答"),
    ("[T", "[T"),
    ("◁", "◁"),
    (" \n", " \n"),
    ("", ""),
    ("</think>答", "</think>答"),
]  # fmt: skip


def shown(data: bytes, places: Sequence[int], *, thinking: bool = False) -> str:
    visible = VisibleText(thinking=thinking)
    borders = [0, *sorted(place for place in places if place <= len(data)), len(data)]
    pieces = [visible.feed(data[a:b]) for a, b in zip(borders, borders[1:], strict=False)]
    return "".join(pieces) + visible.rest()


@pytest.mark.parametrize(("reply", "expected"), REPLIES)
def test_replies_whole_and_byte_by_byte(reply: str, expected: str) -> None:
    data = reply.encode()
    assert shown(data, []) == shown(data, range(1, len(data))) == expected


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(REPLIES), SPLIT)
def test_any_split(reply: tuple[str, str], places: list[int]) -> None:
    assert shown(reply[0].encode(), places) == reply[1]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=40), SPLIT)
def test_any_bytes(data: bytes, places: list[int]) -> None:
    assert shown(data, places) == data.decode("utf-8", "ignore")


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(PAIRS[:-1]), SPLIT)
def test_thoughts_that_the_prompt_has_begun(pair: tuple[str, str], places: list[int]) -> None:
    begin, end = pair
    assert opened(f"<|assistant|>{begin}\n")
    assert not opened(f"{begin}\n\n{end}\n\n") and not opened(f"{begin} x")
    data = f"我想 <t {end}\n{ANSWER}{end}".encode()
    assert shown(data, places, thinking=True) == f"{ANSWER}{end}"


@pytest.mark.parametrize("pair", PAIRS, ids=[begin for begin, _ in PAIRS])
def test_hidden_while_it_thinks(pair: tuple[str, str]) -> None:
    begin, end = pair
    visible, hidden = VisibleText(), []
    for character in f"\n{begin}想{end}":
        visible.feed(character.encode())
        hidden.append(visible.hidden)
    inside = len("想") + len(end)
    assert hidden == [False] * len(begin) + [True] * inside + [False]
    assert visible.feed(b"\n\n") == "" and not visible.hidden
    assert visible.feed(" 答 ".encode()) == "答 "
    assert not VisibleText().hidden and VisibleText(thinking=True).hidden


@pytest.mark.parametrize("pair", PAIRS, ids=[begin for begin, _ in PAIRS])
def test_the_end_that_can_be_forced_ends_them(pair: tuple[str, str]) -> None:
    begin, end = pair
    visible = VisibleText()
    visible.feed(f"{begin}想".encode())
    assert visible.end == end
    assert visible.feed(f"{visible.end}\n\n答".encode()) == "答"


def test_tags_are_single_tokens_where_the_vocabulary_has_them() -> None:
    assert {"<think>", "</think>", "[THINK]", "◁/think▷", "<|channel|>", "<|message|>"} <= TAGS
    assert "<|channel|>final<|message|>" not in TAGS


def test_long_thoughts_are_not_kept() -> None:
    visible = VisibleText()
    visible.feed(b"<think>")
    for _ in range(2000):
        assert visible.feed("想来想去<".encode()) == ""
        assert len(visible._held) < 100
    assert visible.feed("</think>答".encode()) == "答"
