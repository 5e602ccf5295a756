"""No foreign text can do anything in the page."""

import re

import pytest

from ui.inert import inert, inert_prose, inert_words, lang, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
        ("a\r\n\r\nb\rc", "a<br><br>b<br>c"),
        ("\"quoted\" & 'so'", "&quot;quoted&quot; &amp; &#x27;so&#x27;"),
        ("![](http://evil)", "![](http://evil)"),
        ("left\u202eright\u2066x\u2069", "leftrightx"),
        (
            "zero\u200bwidth\ufeff, tag\U000e0041, nul\x00, line\u2028break",
            "zerowidth, tag, nul, linebreak",
        ),
        ("می\u200cخواهم 👩\u200d🚒", "می\u200cخواهم 👩\u200d🚒"),
        ("half \ud83d", "half \ufffd"),
    ],
)
def test_inert_text_is_escaped_and_on_one_line(text, shown):
    assert inert(text) == shown
    assert "\n" not in inert(text)


def test_words_for_attributes_are_on_one_line_and_quoted():
    assert inert_words(' a\n\n" onmouseover="x ') == "a &quot; onmouseover=&quot;x"


def test_strong_words_are_the_only_markdown():
    assert inert_prose("**31** of *many* __x__ `y`") == "<strong>31</strong> of *many* __x__ `y`"
    assert inert_prose("2 ** 3 ** 4") == "2 ** 3 ** 4"
    assert inert_prose("**<b>**") == "<strong>&lt;b&gt;</strong>"


def test_visible_keeps_line_breaks_and_tabs():
    assert visible("a\r\nb\tc\x0b") == "a\nb\tc"


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("岚浦地铁二号线今日通车", "zh-Hans"),
        ("澄港星橋夜市遷址重開", "zh-Hant"),
        ("霧ヶ沢天文台の高校生ら", "ja"),
        ("Harrow Ferry bridge shut", "en"),
        ("12.5", "und"),
    ],
)
def test_language_tags_choose_the_shapes_of_han_characters(text, tag):
    assert lang(text) == tag


def test_language_tags_are_safe_in_attributes():
    assert re.fullmatch(r"[A-Za-z-]+", lang('" onload="x'))
