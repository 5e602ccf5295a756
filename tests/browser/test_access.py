"""Who gets in and how the page speaks: the password, other hosts, headers, languages, the dark."""

import re

import pytest

from rag import Assistant, Retriever
from tests.conftest import HashEmbedder

pytestmark = pytest.mark.browser

QUESTION = "岚浦地铁二号线西起西渡口站，东至槐荫东站，全长多少公里？"
NOWHERE = "长春的大熊猫叫什么名字？"


def test_the_password_is_asked_for_before_anything_is_shown(serve, open_page, sample_store):
    retriever = Retriever(sample_store, embedder=HashEmbedder())
    address = serve(Assistant(retriever), password="晨报 1907", manage=False)
    tab = open_page(locale="zh-TW")
    page = tab.page
    assert page.request.get(f"{address}/yz/shell").status == 401
    page.goto(address)
    assert page.inner_text("main p") == "本資料庫須輸入密碼方可閱覽。"
    page.fill("#password", "晨報 1907")
    page.press("#password", "Enter")
    tab.expect("#trouble").to_have_text("密碼不正確，請重新輸入。")
    assert page.locator("#chat").count() == 0
    page.fill("#password", "晨报 1907")
    page.click("main button")
    tab.ready(address)
    assert "27.5公里" in tab.answer(QUESTION).inner_text()
    page.click("#chat a.cite")
    tab.expect("#reading mark.here").to_be_visible()
    page.reload()
    tab.answered(1)
    page.evaluate("fetch('/yz/logout', { method: 'POST' })")
    later = page.context.new_page()
    later.goto(address)
    assert later.locator("#password").is_visible()


def test_other_host_names_are_refused_and_headers_are_set(quoting, open_tab):
    tab = open_tab(quoting)
    request = tab.page.request
    assert request.get(quoting, headers={"Host": "evil.example"}).status == 400
    headers = request.get(quoting).headers
    policy = dict(
        rule.strip().split(" ", 1) for rule in headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'self'"
    assert re.fullmatch(r"'self'( 'sha256-[\w+/]{43}=')+", policy["script-src"])
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    foreign = {"Origin": "http://evil.example"}
    assert request.post(f"{quoting}/yz/chats/clear", headers=foreign).status == 403
    evil = "const s = document.createElement('script'); s.textContent = 'window.owned = 1';"
    tab.page.evaluate(f"() => {{ {evil} document.body.append(s); }}")
    assert tab.page.evaluate("window.owned === undefined")


@pytest.mark.parametrize(
    ("locale", "invitation", "placeholder", "held"),
    [
        ("en-GB", "What would you like to know?", "Ask about the articles…", "40"),
        ("zh-TW", "想查什麼？", "就這些文章提問……", "40 篇"),
    ],
)
def test_the_page_greets_in_the_language_of_the_browser(
    quoting, open_tab, locale, invitation, placeholder, held
):
    tab = open_tab(quoting, locale=locale)
    page = tab.page
    tab.expect("#chat .invitation strong").to_have_text(invitation)
    tab.expect("#box textarea").to_have_attribute("placeholder", placeholder)
    assert page.inner_text('[data-opens="articles"] small') == held
    assert page.evaluate("document.documentElement.lang") == locale.replace("-GB", "")
    tab.check()


def test_another_language_is_chosen_for_all_of_the_page(quoting, open_tab):
    tab = open_tab(quoting)
    page = tab.page
    tab.answer(NOWHERE)
    tab.answer(QUESTION)
    page.click("#chat a.cite")
    tab.expect("#reading .reading-back").to_have_text("← 回到来源")
    page.select_option("#language", "en")
    tab.expect("#new-chat").to_have_text("New")
    tab.expect("#language").to_be_focused()
    tab.expect("#reading .reading-back").to_have_text("← Back to the sources")
    tab.expect("#reading .reading-count").to_have_text("Quotation 1 of 1")
    tab.expect("#box textarea").to_have_attribute("placeholder", "Ask about the articles…")
    tab.expect("#chat a.copy").to_have_text(["Copy with sources"] * 2)
    tab.expect("#chat .note").to_have_text(re.compile("^Try other words, a name or a date"))
    assert page.locator("#chat .question").all_inner_texts() == [NOWHERE, QUESTION]
    for name, title in (("articles", "Articles"), ("models", "Model"), ("chats", "History")):
        tab.drawer(name)
        assert page.inner_text(f"#{name}-title") == title
        page.keyboard.press("Escape")
        tab.expect(f"#{name}").to_be_hidden()
    page.click("#reading .reading-back")
    tab.expect("#panel h2").to_have_text("Sources")
    page.reload()  # the choice is kept
    tab.answered(2)
    assert page.inner_text("#new-chat") == "New"
    tab.check()


def test_the_dark_is_switched_on_and_kept(quoting, open_tab):
    tab = open_tab(quoting, color_scheme="light")
    page = tab.page
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.click("#dark")
    tab.expect("#dark").to_have_attribute("aria-pressed", "true")
    dark = page.evaluate(paper)
    assert brightness(light) > 200 and brightness(dark) < 60
    page.reload()
    page.wait_for_selector("#chat .example")
    tab.expect("#dark").to_have_attribute("aria-pressed", "true")
    assert page.evaluate(paper) == dark
    page.click("#dark")
    assert page.evaluate(paper) == light
    tab.check()


def brightness(colour):
    return sum(map(int, re.findall(r"\d+", colour)[:3])) / 3
