"""From a marker to the words that prove it, in a real browser: hover, click, keys, the article."""

import pytest

from rag import Assistant, Retriever
from tests.browser.scripted import ReadyLLM
from tests.conftest import HashEmbedder

pytestmark = pytest.mark.browser

QUESTION = "岚浦地铁二号线西起西渡口站，东至槐荫东站，全长多少公里？"
QUOTED = "二号线西起西渡口站，东至槐荫东站，全长27.5公里，设车站22座，其中地下站19座、高架站3座。"
LENGTH = "二号线西起西渡口站，东至槐荫东站，全长27.5公里"
COST = "工程于2026年3月开工，总投资196.8亿元。"
RUNNERS = "白鹭湾马拉松的参赛人数是多少？"
MARK = "#reading mark.here"
COUNT = "#reading .reading-count"


@pytest.fixture(scope="module")
def written(serve_all, sample_store):
    """A chat in which a model gives two facts of one paragraph."""
    llm = ReadyLLM(f"二号线全长27.5公里。[1]{COST}[1]")
    retriever = Retriever(sample_store, embedder=HashEmbedder())
    return serve_all(Assistant(retriever, llm), manage=False)


def in_sight(page, selector):
    """Whether an element lies within the window, and nothing before it in the side."""
    box, size = page.locator(selector).bounding_box(), page.viewport_size
    return box["y"] >= 0 and box["y"] + box["height"] <= size["height"]


def test_behind_a_marker_stands_what_it_quotes(quoting, open_tab):
    tab = open_tab(quoting)
    page = tab.page
    tab.answer(QUESTION)
    tab.expect("#tip").to_have_count(0)
    page.hover("#chat a.cite")
    tab.expect("#tip strong").to_have_text("《岚浦地铁二号线今日通车》 · 2031-05-18")
    tab.expect("#tip p").to_have_text(f"“{QUOTED}”")
    assert in_sight(page, "#tip")
    page.mouse.move(5, 700)
    tab.expect("#tip").to_be_hidden()
    page.focus("#box textarea")
    page.keyboard.press("Shift+Tab")
    page.locator("#chat a.cite").focus()
    tab.expect("#tip p").to_have_text(f"“{QUOTED}”")
    tab.expect("#chat a.cite").to_have_attribute("aria-describedby", "tip")
    tab.check()


def test_a_click_opens_the_article_at_the_words_and_escape_goes_back(quoting, open_tab):
    tab = open_tab(quoting)
    page = tab.page
    tab.answer(QUESTION)
    page.click("#chat a.cite")
    tab.expect(MARK).to_have_text(QUOTED)
    assert page.inner_text("#reading h2") == "岚浦地铁二号线今日通车"
    assert page.inner_text("#reading .byline") == "沈知远、陆小满"
    assert page.locator("#reading p.at mark").inner_text() == QUOTED
    assert page.locator("#reading p[data-paragraph]").count() == 11
    assert page.locator("#reading h3").all_inner_texts() == [
        "河床下的417天", "票价与时刻", "为何晚了七个月",
    ]  # fmt: skip
    assert in_sight(page, MARK)
    tab.expect(COUNT).to_have_text("引文 1／1")
    tab.expect("#panel").to_be_hidden()
    assert 'id="reading"' in tab.focused()
    page.keyboard.press("Escape")
    tab.expect("#panel .source.open .text mark.here").to_have_text(QUOTED)
    assert page.locator("#reading article").count() == 0
    assert 'href="#src-1-1"' in tab.focused()
    tab.check()


def test_the_article_is_shown_as_printed_too(quoting, open_tab):
    tab = open_tab(quoting)
    page = tab.page
    tab.answer(QUESTION)
    page.click("#chat a.cite")
    tab.expect(MARK).to_have_text(QUOTED)
    page.click("#reading >> text=版面原样")
    tab.expect("#reading .whole").to_have_attribute("data-view", "printed")
    tab.expect(MARK).to_have_text(QUOTED)
    assert in_sight(page, MARK)
    printed = page.inner_text("#reading .printed")
    assert "title: 岚浦地铁二号线今日通车\ndate: 2031-05-18\n" in printed
    assert "## 票价与时刻" in printed
    tab.expect("#reading [data-view=printed][aria-pressed]").to_have_attribute(
        "aria-pressed", "true"
    )
    page.click("#reading .reading-views >> text=正文")
    tab.expect("#reading .whole").to_have_attribute("data-view", "text")
    tab.expect(MARK).to_have_text(QUOTED)
    page.click("#reading .reading-back")
    tab.expect("#panel .source.open").to_be_visible()
    tab.check()


def test_a_card_opens_its_article_with_all_that_is_quoted_of_it(written, open_tab):
    tab = open_tab(written)
    page = tab.page
    tab.answer(QUESTION)
    tab.expect("#panel .text mark").to_have_text([LENGTH, COST])
    page.click("#src-1-1 .text")
    tab.expect(MARK).to_have_text(LENGTH)
    tab.expect(COUNT).to_have_text("引文 1／2")
    page.click("#reading [data-step=next]")
    tab.expect(MARK).to_have_text(COST)
    tab.expect(COUNT).to_have_text("引文 2／2")
    page.keyboard.press("ArrowLeft")
    tab.expect(MARK).to_have_text(LENGTH)
    page.click("#reading [data-step=previous]")  # from the first to the last
    tab.expect(COUNT).to_have_text("引文 2／2")
    page.keyboard.press("Escape")
    assert 'class="open"' in tab.focused()  # of the card
    assert "在文章中查看" in tab.focused()
    tab.check()


def test_arrow_keys_go_from_marker_to_marker_and_enter_opens_one(written, open_tab):
    tab = open_tab(written)
    page = tab.page
    tab.answer(QUESTION)
    tab.answer(QUESTION)
    markers = page.locator("#chat a.cite")
    assert markers.count() == 4
    markers.first.focus()
    seen = []
    for key in ("ArrowRight", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        seen.append(page.evaluate("document.activeElement.hash + document.activeElement.className"))
    assert seen == [
        "#src-1-1cite s2", "#src-2-1cite s1", "#src-2-1cite s2", "#src-2-1cite s2",
        "#src-2-1cite s1", "#src-1-1cite s2",
    ]  # fmt: skip
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    tab.expect(MARK).to_have_text(COST)
    tab.expect(COUNT).to_have_text("引文 1／1")  # what this sentence quotes, and no more
    tab.expect("#chat a.cite.open").to_have_attribute("href", "#src-2-1")
    page.keyboard.press("Escape")
    tab.expect("#panel .source.open mark.here").to_have_text(COST)
    assert "#src-2-1" in tab.focused()
    tab.check()


def test_sources_of_an_earlier_question_come_back_when_its_marker_is_opened(quoting, open_tab):
    tab = open_tab(quoting)
    page = tab.page
    tab.answer(QUESTION)
    tab.answer("纪念票售出多少张？")
    assert page.inner_text("#panel .asked") == "纪念票售出多少张？"
    page.locator('#chat a[href="#src-1-1"]').click()
    tab.expect(MARK).to_have_text(QUOTED)
    page.keyboard.press("Escape")
    tab.expect("#older > h2").to_have_text("第 1 问的来源")
    assert page.inner_text("#older .asked") == QUESTION
    tab.expect("#older .source.open mark.here").to_have_text(QUOTED)
    tab.expect("#panel").to_be_hidden()
    page.click("#older >> text=回到最新")
    tab.expect("#panel .asked").to_be_visible()
    tab.expect("#older").to_be_hidden()
    page.locator('#chat a[href="#src-1-1"]').click()
    tab.expect(MARK).to_have_text(QUOTED)
    tab.answer("白鹭湾马拉松的参赛人数是多少？")  # a new question takes the side over
    assert page.inner_text("#panel .asked") == RUNNERS
    tab.expect("#panel .asked").to_be_visible()
    tab.expect("#reading").to_be_hidden()
    tab.check()


def test_values_that_differ_stand_side_by_side_each_with_its_article(quoting, open_tab):
    tab = open_tab(quoting)
    tab.answer(RUNNERS)
    rows = tab.page.inner_text("#chat .reported").splitlines()
    assert rows[0] == "各篇文章所载："
    assert "12,800人 [1]" in rows[1] and "12,300人 [2]" in rows[2]
    assert "第三届白鹭湾马拉松鸣枪 万余人环湾而跑 · 2031-10-20" in rows[2]
    tab.page.locator("#chat .reported a.cite").last.click()
    tab.expect(MARK).to_have_text("组委会公布，本届赛事参赛人数为12,300人，来自27个城市。")
    tab.check()
