"""Names of uploaded files, safe on every system."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ui.articles.errors import Refusal
from ui.articles.names import LONGEST, safe_name


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        ("新闻.txt", "新闻.txt"),
        ("2022-04-14 芬兰 考虑.md", "2022-04-14 芬兰 考虑.md"),
        ("四月/14/01.txt", "四月 - 14 - 01.txt"),
        ("C:\\papers\\a.txt", "C_ - papers - a.txt"),
        ("../../etc/passwd.txt", "etc - passwd.txt"),
        ("/abs.txt", "abs.txt"),
        (".hidden.txt", "hidden.txt"),
        (".txt", "txt"),
        ("...x.md", "x.md"),
        ("a\x00b\nc.txt", "ab_c.txt"),
        ('what? "now" <b>|*.txt', "what_ _now_ _b___.txt"),
        ("con.txt", "_con.txt"),
        ("COM1.md", "_COM1.md"),
        ("lpt9", "_lpt9"),
        ("console.txt", "console.txt"),
        ("a.txt. ", "a.txt"),
        ("  spaced   out.txt", "spaced out.txt"),
        ("e\u0301t\u00e9.txt", "été.txt"),
        ("right\u202eto left.txt", "rightto left.txt"),
    ],
)
def test_names_stay_the_readers_own_and_become_safe(given_name: str, safe: str) -> None:
    assert safe_name(given_name) == safe


@pytest.mark.parametrize("nothing", ["", ".", "..", "/", "../..", " . ", "\u202e"])
def test_what_is_no_name_is_refused(nothing: str) -> None:
    with pytest.raises(Refusal) as refused:
        safe_name(nothing)
    assert refused.value.reason == "name"


def test_a_long_name_is_cut_between_characters_and_marked_by_all_of_it() -> None:
    first, second = safe_name("报" * 60 + "甲.txt"), safe_name("报" * 60 + "乙.txt")
    assert first.startswith("报" * 35 + "~")
    assert first.endswith(".txt")
    assert len(first.encode()) == 105 + 1 + 8 + 4
    assert first != second


@settings(derandomize=True, max_examples=300)
@given(st.text(max_size=200))
def test_any_name_is_refused_or_safe_and_then_stays(given_name: str) -> None:
    try:
        name = safe_name(given_name)
    except Refusal:
        return
    assert len(name.encode()) <= LONGEST
    assert not set(name) & set('/\\<>:"|?*\0')
    assert not name.startswith((".", " "))
    assert not name.endswith((".", " "))
    assert safe_name(name) == name
