"""The conversation in a real browser: asking, streaming, stopping, changing, following up."""

import pytest

from rag import Assistant, Retriever
from tests.browser.scripted import EndlessLLM, GatedLLM, SilentLLM

pytestmark = pytest.mark.browser

QUESTION = "岚浦地铁二号线西起西渡口站，东至槐荫东站，全长多少公里？"
ANSWER = "二号线西起西渡口站，东至槐荫东站，全长27.5公里，设车站22座，其中地下站19座、高架站3座。"
TICKETS = "纪念票售出多少张？"
FARE = "票价是多少？"
BRIDGE = "How long is the Harrow Ferry suspension bridge over the River Tolle?"
EDITING = "正在修改前面的问题：它和它后面的问答会被替换。"


@pytest.fixture
def retriever(sample_store, embedder):
    return Retriever(sample_store, embedder=embedder)


def test_a_question_is_answered_with_words_of_the_articles(quoting, open_tab):
    tab = open_tab(quoting)
    page = tab.page
    assert page.inner_text('[data-opens="articles"] small') == "40 篇"
    assert page.inner_text('[data-opens="models"] small') == "摘录原文"
    assert page.locator("#chat .example").count() == 4
    answer = tab.answer(QUESTION)
    assert answer.locator(".sentence").inner_text() == f"{ANSWER}[1]"
    card = page.locator("#panel .source.cited")
    assert card.locator("h3").inner_text() == "岚浦地铁二号线今日通车"
    assert card.locator("mark").inner_text() == ANSWER
    assert card.locator(".facts").inner_text() == (
        "2031-05-18 · 要闻 · 沈知远、陆小满 · metro-line-opens.md"
    )
    tab.check()


def test_other_paragraphs_that_were_found_are_folded_away(quoting, open_tab):
    tab = open_tab(quoting)
    tab.answer(QUESTION)
    tab.expect("#panel .source:visible").to_have_count(1)
    summary = tab.page.locator("#panel .others summary")
    assert summary.inner_text() == "其他检索到的段落（7）"
    summary.click()
    tab.expect("#panel .source:visible").to_have_count(8)
    tab.check()


def test_sources_come_first_then_the_answer_in_steps(serve, open_tab, retriever):
    llm = GatedLLM("二号线西起西渡口站，", "东至槐荫东站，", "全长27.5公里。[1]")
    tab = open_tab(serve(Assistant(retriever, llm)))
    page = tab.page
    assert page.inner_text('[data-opens="models"] small') == "gated"
    tab.ask(QUESTION)
    tab.expect("#panel .source").to_have_count(8)
    tab.expect("#chat .note").to_have_text("正在阅读 8 个段落……")
    assert page.locator("#chat .sentence").count() == 0
    llm.more.release()
    tab.expect("#chat .sentence").to_have_text("二号线西起西渡口站，")
    page.wait_for_timeout(100)  # text that follows within 50 ms is painted with the next
    llm.more.release()
    tab.expect("#chat .sentence").to_have_text("二号线西起西渡口站，东至槐荫东站，")
    assert page.locator("#chat a.cite").count() == 0
    assert page.locator("#panel mark").count() == 0
    llm.more.release()
    answer = tab.answered(1)
    assert answer.locator(".sentence").inner_text() == (
        "二号线西起西渡口站，东至槐荫东站，全长27.5公里。[1]"
    )
    tab.expect("#panel .text mark").to_have_text("二号线西起西渡口站，东至槐荫东站，全长27.5公里")
    tab.check()


def test_a_question_in_the_middle_of_an_answer_waits_in_the_box(serve, open_tab, retriever):
    llm = GatedLLM("二号线西起西渡口站，", "全长27.5公里。[1]")
    tab = open_tab(serve(Assistant(retriever, llm)))
    page = tab.page
    tab.ask(QUESTION)
    llm.more.release()
    page.wait_for_selector("#chat .sentence:has-text('西渡口站，')")
    tab.ask("票价是多少？")
    page.wait_for_timeout(700)  # until it would have been asked
    assert page.locator("#chat .question").count() == 1
    assert page.locator("#box .stop-button").count() == 1
    llm.more.release()
    tab.answered(1)
    assert page.locator("#chat a.cite").count() == 1
    assert page.locator("#chat .note").count() == 0
    tab.expect("#box textarea").to_have_value("票价是多少？")
    tab.check()


def test_stop_ends_the_model_and_the_question_can_be_asked_again(serve, open_tab, retriever):
    llm = EndlessLLM()
    tab = open_tab(serve(Assistant(retriever, llm)))
    page = tab.page
    tab.ask(QUESTION)
    page.wait_for_selector("#chat .sentence")
    page.click("#box .stop-button")
    assert llm.closed.wait(5)
    tab.expect("#chat .note").to_have_text("已停止。")
    assert set(page.inner_text("#chat .sentence")) == {"很", "长"}
    assert page.locator("#chat :is(a.copy, a.rate)").count() == 0  # there is no answer
    llm.closed.clear()
    page.click("#chat a.again")
    page.wait_for_selector('#chat .answer[id$="-2"] .sentence')
    tab.expect("#chat .question").to_have_count(1)
    page.click("#box .stop-button")
    assert llm.closed.wait(5)
    tab.expect("#chat .note").to_have_text("已停止。")
    tab.check()


@pytest.mark.parametrize("way", ["stop", "close"])
def test_a_model_is_stopped_before_it_says_a_word(serve, open_tab, retriever, way):
    llm = SilentLLM()
    tab = open_tab(serve(Assistant(retriever, llm)))
    tab.ask(QUESTION)
    tab.page.wait_for_selector("#panel .source")  # the sources are there already
    assert llm.asked.wait(20)
    if way == "close":
        tab.page.close()
    else:
        tab.page.click("#box .stop-button")
        tab.expect("#chat .note").to_have_text("已停止。")
    assert llm.closed.wait(5)


def test_a_closed_page_stops_the_model(serve, open_tab, retriever):
    llm = EndlessLLM()
    tab = open_tab(serve(Assistant(retriever, llm)))
    tab.ask(QUESTION)
    tab.page.wait_for_selector("#chat .sentence")
    tab.page.close()
    assert llm.closed.wait(10)


def test_what_leans_on_the_conversation_is_understood_or_asked_as_typed(quoting, open_tab):
    tab = open_tab(quoting, locale="en")
    tab.answer(BRIDGE)
    answer = tab.answer("When will it open again?")
    understood = answer.locator(".understood")
    assert understood.locator("q").inner_text() == (
        "When will the Harrow Ferry suspension bridge over the River Tolle open again?"
    )
    assert understood.inner_text().startswith("Understood as: ")
    assert "until at least 20 March" in answer.locator(".sentence").inner_text()
    understood.locator("a.verbatim").click()
    answer = tab.answered(3)
    assert answer.locator(".understood").count() == 0
    assert answer.locator(".sentence").inner_text().startswith("An open-top bus parade will leave")
    tab.expect("#chat .question").to_have_count(2)  # the answer took the place of the other
    tab.check()


def test_an_earlier_question_is_changed_and_replaces_what_followed(quoting, open_tab):
    tab = open_tab(quoting)
    page, box = tab.page, "#box textarea"
    tab.answer(QUESTION)
    tab.answer(TICKETS)
    page.locator("#chat a.edit").first.click()
    tab.expect(box).to_have_value(QUESTION)
    tab.expect("#limits .editing").to_have_text(EDITING)
    page.click("#limits >> text=取消")
    tab.expect("#limits").to_be_hidden()
    tab.expect("#chat .question").to_have_count(2)
    page.locator("#chat a.edit").first.click()
    tab.expect("#limits .editing").to_have_text(EDITING)
    page.fill(box, TICKETS)
    page.press(box, "Enter")
    answer = tab.answered(3)
    assert page.locator("#chat .question").all_inner_texts() == [TICKETS]
    assert "23,095张" in answer.locator(".sentence").inner_text()
    tab.expect("#limits").to_be_hidden()
    tab.answer(QUESTION)  # and this one replaces nothing
    assert page.locator("#chat .question").all_inner_texts() == [TICKETS, QUESTION]
    tab.check()


def test_an_example_is_asked_copied_kept_over_a_reload_and_cleared(quoting, open_tab):
    tab = open_tab(quoting, permissions=["clipboard-read", "clipboard-write"])
    page = tab.page
    question = page.locator("#chat .example").first.inner_text()
    page.locator("#chat .example").first.click()
    answer = tab.answered(1)
    assert page.inner_text("#chat .question") == question
    said = answer.locator(".sentence").all_inner_texts()
    title, facts = page.inner_text("#src-1-1 h3"), page.inner_text("#src-1-1 .facts")
    page.click("#chat a.copy")
    tab.expect("#chat a.copy").to_have_text("已复制")
    copied = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert copied[0] == "".join(said)
    assert copied[2] == f"[1] {title} · {facts}"
    page.reload()
    tab.answered(1)
    assert page.locator("#chat .sentence").all_inner_texts() == said
    assert page.inner_text("#src-1-1 h3") == title
    page.click("#new-chat")
    page.wait_for_selector("#chat .example")
    tab.expect("#panel .empty").to_be_visible()
    assert page.locator("#chat .question").count() == 0
    assert "<textarea" in tab.focused()
    page.reload()
    page.wait_for_selector("#chat .example")
    assert page.locator("#chat .question").count() == 0
    tab.check()


def test_where_the_articles_do_not_say_the_nearest_paragraphs_are_shown(quoting, open_tab):
    tab = open_tab(quoting)
    page = tab.page
    answer = tab.answer("长春的大熊猫叫什么名字？")
    assert answer.locator(".abstained").inner_text() == (
        "这些文章里找不到这个问题的答案：“长春的大熊猫叫什么名字？”。最接近的段落列在来源中。"
        "它们没有提到长春、大熊猫。"
    )
    assert answer.locator(".note").inner_text().startswith("可以换个说法")
    assert answer.locator("a.cite").count() == 0
    assert page.inner_text("#panel h2") == "最接近的段落"
    tab.expect("#panel .source:visible").to_have_count(8)
    page.click("#new-chat")  # nothing is to be carried over from the question before
    page.wait_for_selector("#chat .example")
    page.evaluate("yz.setFilters({ until: '2030' })")
    answer = tab.answer(FARE)
    said = answer.locator(".abstained").inner_text()
    assert said.startswith("这些文章里找不到这个问题的答案：“票价是多少？”。")
    assert answer.locator(".note").inner_text() == "可以放宽范围，或在提问框上方去掉范围。"
    tab.check()
