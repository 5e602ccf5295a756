"""What a reply may go on with, against a plain reading of the whole reply."""

import re
from collections.abc import Sequence
from itertools import permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.citations import Marker, MarkerParser
from rag.reply_rules import BEGINNINGS, MarkerRule, PointerRule, Rule

CLOSES = {"[": "]", "【": "】", "［": "］"}
OPENING = re.compile("|".join(map(re.escape, CLOSES)).encode())
PARTS = [
    *(
        text.encode()
        for text in ("[", "]", "【", "】", "［", "］", "港", "。", "〔", "x", "\n", "²")
    ),
    *(bytes((byte,)) for byte in b"0123456789\xe3\x80\x90\x91\xef\xbc\xbb\xbd\xff"),
    *(text.encode() for text in ("[1]", "[12]", "【3】", "［10］", "[1", "123", "][", "［1】")),
]
SPLIT = st.lists(st.integers(0, 40), max_size=6)
PASSAGES = (1, 2, 9, 10, 12, 123)


def reading(data: bytes, passages: int) -> str | None:
    """ "outside" or "inside" a marker at the end of a reply; None if a marker in it is wrong."""
    at = 0
    while found := OPENING.search(data, at):
        rest = data[found.end() :]
        close = CLOSES[found[0].decode()]
        markers = [f"{number}{close}".encode() for number in range(1, passages + 1)]
        whole = [marker for marker in markers if rest.startswith(marker)]
        if not whole:
            return "inside" if any(marker.startswith(rest) for marker in markers) else None
        at = found.end() + len(whole[0])
    return "outside"


def cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    borders = [0, *sorted(place for place in places if place <= len(data)), len(data)]
    return [data[a:b] for a, b in zip(borders, borders[1:], strict=False)]


def folded(rule: Rule, pieces: Sequence[bytes]):
    state = rule.start
    for piece in pieces:
        state = rule.step(state, piece)
        if state is None:
            return None
    return state


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=12), SPLIT, st.sampled_from(PASSAGES))
def test_markers_in_any_split(parts: list[bytes], places: list[int], passages: int) -> None:
    rule, data = MarkerRule(passages), b"".join(parts)
    state, expected = folded(rule, cut(data, places)), reading(data, passages)
    assert (state is None) == (expected is None)
    if state is not None:
        assert rule.bound(state) == (expected == "inside")
        assert rule.may_end(state) == (expected == "outside")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=30), SPLIT)
def test_any_bytes(data: bytes, places: list[int]) -> None:
    state, expected = folded(MarkerRule(3), cut(data, places)), reading(data, 3)
    assert (state is None) == (expected is None)


@pytest.mark.parametrize("passages", PASSAGES)
@pytest.mark.parametrize("opening", CLOSES)
def test_every_number_and_no_other(passages: int, opening: str) -> None:
    rule, close = MarkerRule(passages), CLOSES[opening]
    for number in (*range(125), 999, "01", "1 ", "", "١", "１", "a", "-1", "1,2", "1-2", "^1"):
        data = f"是{opening}{number}{close}的".encode()
        expected = isinstance(number, int) and 1 <= number <= passages
        assert (folded(rule, [data]) is not None) == expected, data
        assert (folded(rule, [data[i : i + 1] for i in range(len(data))]) is not None) == expected
    for other in set(CLOSES.values()) - {close}:
        assert folded(rule, [f"{opening}1{other}".encode()]) is None


def test_a_bracket_spread_over_tokens() -> None:
    rule = MarkerRule(12)
    for opening, close in CLOSES.items():
        data = f"{opening}12{close}".encode()
        states = [folded(rule, [data[:end]]) for end in range(len(data) + 1)]
        size = len(opening.encode())
        assert [rule.bound(s) for s in states] == [
            size <= end < len(data) for end in range(len(data) + 1)
        ]
        assert states[-1] == rule.start
    # half a bracket is no bracket, however it goes on
    half = folded(rule, [b"\xe3\x80"])
    assert rule.may_end(half) and not rule.bound(half)
    assert folded(rule, [b"\xe3\x80", b"\x82"]) == folded(rule, ["。".encode()]) == rule.start
    assert rule.bound(folded(rule, [b"\xe3\x80", b"\xe3\x80\x90"]))
    assert rule.bound(folded(rule, [b"\xef\xe3\xef\xbc", b"\xbb"]))
    assert folded(rule, [b"\xe3\x80[\x90"]) is None


def test_in_a_marker_only_the_beginnings_go_on() -> None:
    for rule in (MarkerRule(12), PointerRule(12)):
        seen, waiting = set(), [rule.start]
        while waiting:
            state = waiting.pop()
            if state in seen or len(seen) > 3000:
                continue
            seen.add(state)
            for value in range(256):
                following = rule.step(state, bytes((value,)))
                if following is None:
                    continue
                if rule.bound(state):
                    assert value in BEGINNINGS
                waiting.append(following)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=12), st.sampled_from((1, 3, 12)))
def test_what_the_rule_lets_through_the_parser_keeps(parts: list[bytes], passages: int) -> None:
    data = b"".join(parts)
    if reading(data, passages) != "outside":
        return
    text = data.decode("utf-8", "ignore")
    parser = MarkerParser(passages)
    found = [*parser.feed(text), *parser.close()]
    numbers = [part.number for part in found if isinstance(part, Marker)]
    markers = re.findall(r"\[(\d+)\]|【(\d+)】|［(\d+)］", text)
    assert numbers == [int("".join(groups)) for groups in markers]


# --- pointers ---


def rows(sentences: int) -> set[bytes]:
    """Every whole reply: one to three different numbers, or none."""
    return {b"[0]"} | {
        b"".join(b"[%d]" % number for number in row)
        for count in (1, 2, 3)
        for row in permutations(range(1, sentences + 1), count)
    }


@pytest.mark.parametrize("sentences", [0, 1, 2, 3, 11])
def test_pointers_are_rows_of_different_numbers(sentences: int) -> None:
    rule, expected = PointerRule(sentences), rows(sentences)
    beginnings = {row[:end] for row in expected for end in range(len(row) + 1)}
    reached, ended, waiting = set(), set(), [(b"", rule.start)]
    while waiting:
        text, state = waiting.pop()
        reached.add(text)
        assert rule.bound(state)
        if rule.may_end(state):
            ended.add(text)
        for value in b"[]0123456789 a\xe3":
            following = rule.step(state, bytes((value,)))
            if following is not None:
                waiting.append((text + bytes((value,)), following))
    assert (reached, ended) == (beginnings, expected)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from([b"[", b"]", b"1", b"12", b"[1]", b"[12]", b"[123]", b"[0]", b"][2"])),
    SPLIT,
    st.sampled_from((1, 9, 10, 12, 123)),
)
def test_pointers_in_any_split(parts: list[bytes], places: list[int], sentences: int) -> None:
    rule, data = PointerRule(sentences), b"".join(parts)
    state = folded(rule, cut(data, places))
    whole = re.fullmatch(rb"(\[(0|[1-9]\d*)\])+", data)
    numbers = [int(number) for number in re.findall(rb"\d+", data)]
    right = bool(whole) and len(set(numbers)) == len(numbers) <= 3
    right = right and (numbers == [0] or all(1 <= n <= sentences for n in numbers))
    assert (state is not None and rule.may_end(state)) == right


def test_pointers_stand_in_their_own_brackets() -> None:
    rule = PointerRule(3)
    for text in ("【1】", "［1］", " [1]", "[1] [2]", "[1,2]", "[01]", "[1]\n", "[0][1]", "[1][0]"):
        assert folded(rule, [text.encode()]) is None, text
    tokens = [b"[1", b"]", b"[", b"2]["]
    assert not rule.may_end(folded(rule, tokens))
    assert rule.may_end(folded(rule, [*tokens, b"3]"]))
    for last, second in product(b"123", b"12"):
        assert folded(rule, [*tokens, b"3]", b"[", bytes((last, second))]) is None
