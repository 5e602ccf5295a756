"""What the page says is read with care."""

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import QuestionError
from rag.filters import Filters
from ui.filters import told
from ui.texts import ALL, EN, ZH_CN
from ui.wire import Wire, read_wire


def test_an_empty_box_says_nothing():
    assert read_wire("") == Wire()
    assert read_wire("{}") == Wire()


def test_limits_and_actions_are_read_and_the_limits_stay():
    text = json.dumps(
        {
            "filters": {"since": "2031", "until": "", "sources": ["a.md"], "articles": ["x"]},
            "again": 3, "editing": 2, "verbatim": True, "chat": "c", "question": "？",
        }
    )  # fmt: skip
    wire = read_wire(text)
    limits = Filters("2031", None, ("a.md",), ("x",))
    assert wire == Wire(limits, 3, 2, True, "c", "？")
    assert read_wire(wire.spent()) == Wire(limits)


@pytest.mark.parametrize(
    "text",
    [
        "x", "[]", "1", '{"filters": 1}', '{"filters": {"since": 1}}', '{"again": true}',
        '{"again": "1"}', '{"chat": []}', '{"filters": {"sources": "a"}}', "[" * 100_000,
        json.dumps({"filters": {"articles": ["a"] * 201}}),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(text):
    with pytest.raises(QuestionError, match="load it again"):
        read_wire(text)


def test_a_limit_that_cannot_be_meant_is_told_in_its_own_words():
    with pytest.raises(QuestionError, match="'2031-13' is not a date"):
        read_wire('{"filters": {"since": "2031-13"}}')


@settings(derandomize=True, max_examples=200)
@given(st.text() | st.recursive(st.none() | st.booleans() | st.integers() | st.text(),
       lambda inner: st.lists(inner) | st.dictionaries(
           st.sampled_from(["filters", "again", "since", "sources", "chat"]) | st.text(), inner),
       max_leaves=8).map(json.dumps))  # fmt: skip
def test_anything_is_read_or_refused(text):
    with contextlib.suppress(QuestionError):
        assert isinstance(read_wire(text), Wire)


def test_limits_are_told_on_one_line():
    limits = Filters("2031-05", "2031-06-01", ("a.md", "b/"), ("x",))
    assert told(limits, EN) == "Only: 2031-05 – 2031-06-01 · a.md · b/ · articles chosen: 1"
    assert told(Filters(until="2031"), ZH_CN) == "限于：… – 2031"
    assert [told(Filters(), texts) for texts in ALL] == ["", "", ""]
