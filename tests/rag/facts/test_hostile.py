"""Texts that nobody writes: no crash, no time that grows with the square of the length."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.facts import facts, missing

_SIGNS = (
    "0123456789,.，、/-–~ 年月日号点时分半万亿千百十一二三两零第至到%百分之$€kmMay Friday"
    "«“”《》王说市世纪公元前零下届"
)


@pytest.mark.parametrize(
    "piece",
    ["1", ",1", "1,234", "零", "一万", "万", "1/", "1月", "4月1日至", "百分之", "三分之", "two ",
     "hundred ", "million ", "May 1 ", "1930s ", "7:55 ", "A1-", "“", "王", "Anna ", "1 234 ", "两",
     "《", "1点", "a las ", "half a ", "第", "$", "1-", "多", "…", "one hundred ", "2022年", "XIX-",
     "siglo X ", "19th century ", "公元前1年", "221 BC ", "零下", "-5°C ", "三年前", "1,", "4万5",
     "two years ago ", "个半小时", "first place ", "四点八二", "五千瓦", "5 kW·h ", "5 d'", "63年",
     "5 cubic metres "],
)  # fmt: skip
def test_long_repetitions_take_linear_time(piece: str) -> None:
    def seconds(size: int) -> float:
        text = piece * (size // len(piece))
        start = time.process_time()
        read = facts(text, date="2022-04-15")
        assert read.asserted is not None
        assert read.offered.digits is not None
        return time.process_time() - start

    short = min(seconds(3_000) for _ in range(2))
    # Eight times the text takes about eight times as long, 64 if it grows squarely.
    assert min(seconds(24_000) for _ in range(2)) < 40 * max(short, 0.03)


@pytest.mark.parametrize(
    "piece", ["hundred ", "one hundred ", "thousand ", "9", "千", "two million "]
)
def test_numbers_without_end(piece: str) -> None:
    text = piece * 2200
    assert [lost for lost in missing(facts(text), [facts(text)]) if lost.hard] == []


@given(st.text(alphabet=_SIGNS, max_size=60), st.text(alphabet=_SIGNS, max_size=60))
@settings(max_examples=120, deadline=None, derandomize=True)
def test_whatever_is_written_can_be_read(sentence: str, source: str) -> None:
    read = facts(sentence)
    for lost in missing(read, [facts(source, date="2022-04-15")]):
        assert lost.fact.span.cut(sentence) == lost.fact.text
        assert lost.reason
    assert all(0 <= f.span.start <= f.span.end <= len(sentence) for f in read.asserted)


@given(st.text(alphabet=_SIGNS, max_size=80))
@settings(max_examples=120, deadline=None, derandomize=True)
def test_a_text_says_what_it_says(text: str) -> None:
    assert [m for m in missing(facts(text), [facts(text)]) if m.hard] == []


@given(st.text(max_size=80))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_any_characters(text: str) -> None:
    read = facts(text)
    assert [f.span.cut(text) for f in read.asserted] == [f.text for f in read.asserted]
    assert [m for m in missing(read, [read]) if m.hard] == []
