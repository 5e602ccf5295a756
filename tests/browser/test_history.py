"""Kept chats in a real browser: the drawer of them, verdicts on answers, chats taken along."""

import json

import pytest

from rag import Assistant, Retriever
from tests.conftest import HashEmbedder
from ui.texts.chats import ZH_CN as TEXTS

pytestmark = pytest.mark.browser

QUESTION = "岚浦地铁二号线西起西渡口站，东至槐荫东站，全长多少公里？"
QUOTED = "二号线西起西渡口站，东至槐荫东站，全长27.5公里，设车站22座，其中地下站19座、高架站3座。"
TICKETS = "纪念票售出多少张？"
RUNNERS = "白鹭湾马拉松的参赛人数是多少？"
ROWS = "#chats-list li[data-chat]"


@pytest.fixture(scope="module")
def managed(serve_all, sample_store):
    """A chat over the sample articles whose reader also runs it."""
    return serve_all(Assistant(Retriever(sample_store, embedder=HashEmbedder())))


def listed(tab):
    return tab.page.locator(f"{ROWS} .open").all_inner_texts()


def asked(tab):
    return tab.page.locator("#chat .question").all_inner_texts()


def new_chat(tab):
    tab.page.click("#new-chat")
    tab.page.wait_for_selector("#chat .example")


def test_chats_are_listed_found_opened_renamed_deleted_and_brought_back(quoting, open_tab):
    tab = open_tab(quoting)
    page = tab.page
    tab.answer(QUESTION)
    tab.answer(TICKETS)
    new_chat(tab)
    tab.answer(RUNNERS)
    tab.drawer("chats")
    tab.expect(ROWS).to_have_count(2)
    assert listed(tab)[0] == RUNNERS
    assert QUESTION.startswith(listed(tab)[1].rstrip("…"))
    tab.expect(f"{ROWS} >> nth=0 >> .here").to_be_visible()
    tab.expect(f"{ROWS} >> nth=1 >> .here").to_be_hidden()
    assert page.inner_text(f"{ROWS} >> nth=1 >> .facts").endswith("2 个问题")
    page.fill("#chats-search", "23,095张")  # stands in an answer
    tab.expect(ROWS).to_have_count(1)
    page.click(f"{ROWS} .open")
    tab.answered(2)
    assert asked(tab) == [QUESTION, TICKETS]
    assert page.inner_text("#panel .asked") == TICKETS

    tab.drawer("chats")
    page.fill("#chats-search", "")
    tab.expect(ROWS).to_have_count(2)
    page.click(f"{ROWS}:has-text('岚浦') .rename")
    page.fill(f"{ROWS}:has-text('岚浦') .retitle input", "二号线")
    page.keyboard.press("Enter")
    tab.expect(f"{ROWS} .open").to_have_text([RUNNERS, "二号线"])
    page.click(f"{ROWS}:has-text('二号线') .delete")
    tab.expect(f"{ROWS} .open").to_have_text([RUNNERS])
    page.wait_for_selector("#chat .example", state="attached")  # it was the one on the page
    tab.expect("#notice span").to_have_text(TEXTS.deleted.format(title="二号线"))
    page.click("#notice button")
    tab.expect(ROWS).to_have_count(2)
    page.keyboard.press("Escape")
    tab.answered(2)
    assert asked(tab) == [QUESTION, TICKETS]
    tab.check()


def test_nothing_is_kept_where_that_is_switched_off_and_all_is_cleared(quoting, open_tab):
    tab = open_tab(quoting)
    page = tab.page
    tab.answer(TICKETS)
    tab.drawer("chats")
    tab.expect(ROWS).to_have_count(1)
    page.uncheck("#chats-keep")
    tab.expect("#chats-where").to_have_text(TEXTS.kept_not)
    page.keyboard.press("Escape")
    page.reload()
    tab.answered(1)
    tab.drawer("chats")
    tab.expect("#chats-keep").not_to_be_checked()
    page.check("#chats-keep")
    tab.expect("#chats-where").to_have_text(TEXTS.kept_where)
    page.click("#chats .clear")
    tab.expect("#chats-sure").to_have_text(TEXTS.clear_sure)
    page.click("#chats .confirm .cancel")
    tab.expect(ROWS).to_have_count(1)
    page.click("#chats .clear")
    page.click("#chats .sure")
    tab.expect("#chats-list").to_have_text(TEXTS.none)
    tab.expect("#notice").to_have_text(TEXTS.cleared.format(count=1))
    page.keyboard.press("Escape")
    page.wait_for_selector("#chat .example")
    assert asked(tab) == []
    tab.check()


def test_what_is_kept_outlives_the_server_and_what_is_not_does_not(serve, open_tab, sample_store):
    assistant = Assistant(Retriever(sample_store, embedder=HashEmbedder()))
    address = serve(assistant)
    tab = open_tab(address)
    page = tab.page
    tab.answer(QUESTION)
    tab.drawer("chats")
    page.uncheck("#chats-keep")
    tab.expect("#chats-where").to_have_text(TEXTS.kept_not)
    page.keyboard.press("Escape")
    new_chat(tab)
    tab.answer(RUNNERS)

    serve.stop(address)
    assert serve(assistant, port=int(address.rsplit(":", 1)[1])) == address
    page.reload()
    page.wait_for_selector("#chat .example")
    tab.drawer("chats")
    tab.expect(ROWS).to_have_count(1)
    page.click(f"{ROWS} .open")
    answer = tab.answered(1)
    assert answer.locator(".sentence").inner_text() == f"{QUOTED}[1]"
    assert page.inner_text("#panel mark") == QUOTED
    answer = tab.answer(TICKETS)  # it goes on where it was
    assert answer.get_attribute("id").endswith("-2")
    page.click('#chat a[href="#src-1-1"]')
    tab.expect("#reading mark.here").to_have_text(QUOTED)


def test_each_browser_sees_its_own_chats(quoting, open_tab):
    tab = open_tab(quoting)
    tab.answer(TICKETS)
    other = open_tab(quoting)
    other.drawer("chats")
    other.expect("#chats-list").to_have_text(TEXTS.none)
    chat = tab.page.evaluate("yz.chat().id")
    assert other.page.request.get(f"{quoting}/yz/sources/{chat}/1").status == 404
    assert tab.page.request.get(f"{quoting}/yz/sources/{chat}/1").status == 200


def test_a_verdict_is_given_changed_downloaded_and_taken_back(managed, open_tab):
    tab = open_tab(managed)
    page = tab.page
    tab.answer(RUNNERS)
    page.click("#chat a.rate")
    tab.expect("#rating").to_be_visible()
    tab.expect("#rating .verdict >> nth=0").to_be_focused()
    page.click("#rating [type=submit]")
    tab.expect("#rating .state").to_have_text(TEXTS.choose_first)
    page.click("#rating [data-verdict=wrong]")
    page.fill("#rating-note", "应以晨报为准")
    page.select_option("#rating-about", "1")
    page.click("#rating [data-verdict=wrong]")
    page.fill("#rating-note", "应以晨报为准")
    page.click("#rating [type=submit]")
    tab.expect("#rating .state").to_have_text(TEXTS.sent)
    tab.expect("#chat a.rate.rated").to_have_count(1)
    page.keyboard.press("Escape")
    tab.expect("#rating").to_be_hidden()
    assert 'class="rate' in tab.focused()

    lines = page.request.get(f"{managed}/yz/feedback.jsonl?kind=all").text().splitlines()
    told = json.loads(lines[-1])
    assert told["question"] == RUNNERS
    assert (told["verdict"], told["note"], told["sentence"]) == ("wrong", "应以晨报为准", 1)

    page.reload()
    tab.answered(1)
    page.click("#chat a.rate")
    page.select_option("#rating-about", "1")
    tab.expect("#rating-note").to_have_value("应以晨报为准")
    tab.expect("#rating [data-verdict=wrong]").to_have_attribute("aria-pressed", "true")
    page.click("#rating .take-back")
    tab.expect("#rating .state").to_have_text(TEXTS.taken_back)
    left = page.request.get(f"{managed}/yz/feedback.jsonl?kind=all").text()
    assert RUNNERS not in left
    tab.check()


@pytest.mark.parametrize(
    ("form", "inside"),
    [
        ("md", "沈知远, 陆小满. 岚浦地铁二号线今日通车\\[N\\]. 2031-05-18"),
        ("html", "<mark>二号线西起西渡口站"),
        ("json", '"title": "岚浦地铁二号线今日通车"'),
    ],
)
def test_a_chat_is_taken_along_with_its_references(quoting, open_tab, form, inside):
    tab = open_tab(quoting)
    page = tab.page
    tab.answer(QUESTION)
    tab.drawer("chats")
    page.select_option("#chats-form", form)
    with page.expect_download() as downloaded:
        page.click("#chats .download")
    assert downloaded.value.suggested_filename.endswith(f".{form}")
    text = downloaded.value.path().read_text("utf-8")
    assert QUESTION in text
    assert inside in text
    tab.check()
