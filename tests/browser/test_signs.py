"""Sentences that their sources do not support, in a real browser: signs, and their reasons."""

import pytest

from rag import Assistant, Retriever
from tests.browser.scripted import ReadyLLM
from tests.conftest import HashEmbedder

pytestmark = pytest.mark.browser

QUESTION = "岚浦地铁二号线西起西渡口站，东至槐荫东站，全长多少公里？"
SAID = (
    "二号线全长27.5公里。[1]",
    "全程运行31分钟。[1]",
    "二号线西起西渡口站，东至槐荫东站，设车站22座，非常方便居民。[1]",
    "二号线很受欢迎，市民普遍认为它改变了生活。[1]",
)


@pytest.fixture
def tab(serve_all, sample_store, open_tab):
    """A page with an answer of which one sentence is right."""
    retriever = Retriever(sample_store, embedder=HashEmbedder())
    made = open_tab(serve_all(Assistant(retriever, ReadyLLM(*SAID)), manage=False))
    made.answer(QUESTION)
    return made


def clipped(sign):
    """Whether a sign takes no place and shows nothing."""
    style = sign.evaluate(
        "sign => [getComputedStyle(sign).position, getComputedStyle(sign).clipPath]"
    )
    return style == ["absolute", "inset(50%)"]


def test_each_kind_of_doubt_has_its_sign_and_its_reason(tab):
    page = tab.page
    sentences = page.locator("#chat .sentence")
    assert sentences.all_inner_texts() == list(SAID)
    classes = sentences.evaluate_all("all => all.map(one => one.className)")
    assert classes == [
        "sentence", "sentence unsupported", "sentence partial", "sentence unknown",
    ]  # fmt: skip
    signs = page.locator("#chat a.doubt")
    assert signs.all_inner_texts() == ["原文中没有", "原文只部分支持", "未核对"]
    underlined = "all => all.map(one => getComputedStyle(one).textDecorationLine)"
    assert sentences.evaluate_all(underlined) == ["none", "none", "underline", "none"]
    # A partial support is a quiet matter: its sign is there for the keyboard alone.
    assert [clipped(sign) for sign in signs.all()] == [False, True, False]
    page.hover("#chat a.doubt.unsupported")
    tab.expect("#tip").to_have_text("原文中没有：数字 31分钟")
    lines = "one => { const [r] = one.getClientRects(); return [r.x + 9, r.y + r.height / 2]; }"
    page.mouse.move(*sentences.nth(2).evaluate(lines))  # an element of several lines has no middle
    tab.expect("#tip").to_have_text("原文只部分支持：“非常方便居民”")
    page.hover("#chat a.doubt.unknown")
    tab.expect("#tip").to_have_text("未核对：措辞与原文不同")
    tab.check()


def test_the_reasons_are_told_to_who_comes_by_keyboard(tab):
    page = tab.page
    page.focus("#box textarea")
    page.keyboard.press("Shift+Tab")
    page.locator("#chat a.cite").nth(1).focus()
    page.keyboard.press("Tab")
    assert 'class="doubt unsupported"' in tab.focused()
    tab.expect("#tip").to_have_text("原文中没有：数字 31分钟")
    tab.expect("#chat a.doubt.unsupported").to_have_attribute("aria-describedby", "tip")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert 'class="doubt partial"' in tab.focused()
    tab.expect("#tip").to_have_text("原文只部分支持：“非常方便居民”")
    assert not clipped(page.locator("#chat a.doubt.partial"))
    page.keyboard.press("Escape")
    tab.expect("#tip").to_be_hidden()
    page.keyboard.press("Tab")
    assert clipped(page.locator("#chat a.doubt.partial"))
    tab.check()
