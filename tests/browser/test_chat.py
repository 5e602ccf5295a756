"""The chat in a real browser, over the real assistant."""

import re
import threading
import time

import pytest

from rag import Assistant, Retriever

pytestmark = pytest.mark.browser

QUESTION = "岚浦地铁二号线西起西渡口站，东至槐荫东站，全长多少公里？"


class GatedLLM:
    """Says its pieces one by one, each when `more` is released; knows whether it was closed."""

    name = "gated"
    context_size = 8192
    answer_style = "prose"

    def __init__(self, *pieces):
        self.pieces = pieces
        self.more = threading.Semaphore(0)
        self.closed = threading.Event()

    def count_tokens(self, text):
        return len(text)

    def stream(self, request):
        try:
            for piece in self.pieces:
                assert self.more.acquire(timeout=20)
                yield piece
        finally:
            self.closed.set()


class EndlessLLM(GatedLLM):
    """Never stops by itself."""

    def stream(self, request):
        try:
            while True:
                time.sleep(0.02)
                yield "很长"
        finally:
            self.closed.set()


class SilentLLM(GatedLLM):
    """Says nothing until it is closed, from another thread."""

    def __init__(self, *pieces):
        super().__init__(*pieces)
        self.asked = threading.Event()

    def stream(self, request):
        self.asked.set()
        return self

    def __iter__(self):
        return self

    def __next__(self):
        assert self.closed.wait(20)
        raise StopIteration

    def close(self):
        self.closed.set()


@pytest.fixture
def retriever(sample_store, embedder):
    return Retriever(sample_store, embedder=embedder)


def test_a_question_is_answered_with_words_that_stand_in_its_source(serve, open_tab, retriever):
    tab = open_tab(serve(Assistant(retriever)))
    page = tab.page
    assert "16 篇文章" in page.inner_text(".masthead")
    assert page.locator("#chat .example").count() == 4
    tab.ask(QUESTION)
    page.wait_for_selector("#chat .tools")
    marker = page.locator("#chat a.cite").first
    tip = marker.get_attribute("title")
    quoted = re.search("“(.*)”$", tip)[1]
    assert quoted in page.inner_text("#chat .answer")
    marker.click()
    card = page.locator("#panel .source.open")
    assert card.locator(".text mark.here").inner_text() == quoted
    title = card.locator("h3").inner_text()
    assert title in tip
    assert re.search(r"\d{4}-\d\d-\d\d .*\.md", card.locator(".facts").inner_text())
    card.locator("summary").click()
    assert card.locator(".around .here mark").inner_text() == quoted
    assert not card.locator(".text").is_visible()
    assert card.locator(".around p").count() > 1
    page.keyboard.press("Escape")  # back to the marker
    assert page.evaluate("document.activeElement.className").startswith("cite")
    tab.check()


def test_a_marker_opens_with_the_enter_key_and_turns_do_not_mix(serve, open_tab, retriever):
    tab = open_tab(serve(Assistant(retriever)), locale="en-GB")
    page = tab.page
    tab.ask(QUESTION)
    page.wait_for_selector("#chat .tools")
    tab.ask("How long is the Harrow Ferry suspension bridge over the River Tolle?")
    page.wait_for_selector('#chat a[href^="#src-2-"]')
    page.wait_for_selector("#turn-2.current")
    assert not page.is_visible("#turn-1")
    page.locator('#chat a[href^="#src-1-"]').first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#turn-1.current .source.open .text mark.here")
    assert not page.is_visible("#turn-2")
    tab.check()


def test_sources_come_first_then_the_answer_in_steps(serve, open_tab, retriever):
    llm = GatedLLM("二号线西起西渡口站，", "东至槐荫东站，", "全长27.5公里。[1]")
    tab = open_tab(serve(Assistant(retriever, llm)))
    page = tab.page
    tab.ask(QUESTION)
    page.wait_for_selector("#panel .source")
    assert page.locator("#chat .sentence").count() == 0
    llm.more.release()
    page.wait_for_selector("#chat .sentence:has-text('西渡口站，')")
    assert "槐荫东站" not in page.inner_text("#chat .answer")
    page.wait_for_timeout(100)  # text that follows within 50 ms is painted with the next
    llm.more.release()
    page.wait_for_selector("#chat .sentence:has-text('槐荫东站，')")
    assert page.locator("#chat a.cite").count() == 0
    assert page.locator("#panel mark").count() == 0
    llm.more.release()
    page.wait_for_selector("#chat .tools")
    assert page.locator("#chat a.cite").inner_text() == "[1]"
    assert page.locator("#panel .text mark").count() == 1
    tab.check()


def test_an_abstention_shows_the_nearest_paragraphs(serve, open_tab, retriever):
    tab = open_tab(serve(Assistant(retriever)))
    page = tab.page
    tab.ask("Zzqx wvvk?")
    page.wait_for_selector("#chat .abstained")
    assert page.locator("#chat a.cite").count() == 0
    assert page.inner_text("#panel h2") == "最接近的段落"
    assert page.locator("#panel .source").count() > 1
    tab.check()


def test_stop_ends_the_model_and_the_question_can_be_asked_again(serve, open_tab, retriever):
    llm = EndlessLLM()
    tab = open_tab(serve(Assistant(retriever, llm)))
    page = tab.page
    tab.ask(QUESTION)
    page.wait_for_selector("#chat .sentence")
    page.click("#box .stop-button")
    assert llm.closed.wait(5)
    page.wait_for_selector("#chat .note:has-text('已停止')")
    assert page.locator("#chat .sentence").count() == 1
    llm.closed.clear()
    page.click("#chat button[title='重新回答']")
    page.wait_for_selector("#turn-2")
    assert page.locator("#chat .user-row").count() == 1
    page.click("#box .stop-button")
    assert llm.closed.wait(5)
    tab.check()


@pytest.mark.parametrize("way", ["stop", "close"])
def test_a_model_is_stopped_before_it_says_a_word(serve, open_tab, retriever, way):
    llm = SilentLLM("")
    tab = open_tab(serve(Assistant(retriever, llm)))
    tab.ask(QUESTION)
    tab.page.wait_for_selector("#panel .source")  # the sources are there already
    assert llm.asked.wait(20)
    if way == "close":
        tab.page.close()
    else:
        tab.page.click("#box .stop-button")
        tab.page.wait_for_selector("#chat .note:has-text('已停止')")
    assert llm.closed.wait(5)


def test_a_closed_page_stops_the_model(serve, open_tab, retriever):
    llm = EndlessLLM()
    tab = open_tab(serve(Assistant(retriever, llm)))
    tab.ask(QUESTION)
    tab.page.wait_for_selector("#chat .sentence")
    tab.page.close()
    assert llm.closed.wait(10)


def test_what_a_model_writes_can_load_and_link_nothing(serve, open_tab, retriever):
    hostile = (
        "<img src='http://evil.example/a'>![b](http://evil.example/b)\n\n"
        "![c](http://evil.example/c)\n\n[d](javascript:alert(1)) <script>alert(2)</script>"
        "<form action='http://evil.example/e'><input></form> http://evil.example/f $$x$$ [1]"
    )
    llm = GatedLLM(hostile)
    llm.more.release()
    tab = open_tab(serve(Assistant(retriever, llm)))
    page = tab.page
    tab.ask(QUESTION + " ![q](http://evil.example/q) <img src=http://evil.example/r>")
    page.wait_for_selector("#chat .tools, #chat .abstained")
    page.wait_for_timeout(300)
    assert page.locator("#chat .message :is(img, form, input, script, iframe, .katex)").count() == 0
    links = page.eval_on_selector_all("#chat .message a", "found => found.map(a => a.href)")
    assert all(re.search(r"/#(src-\d+-\d+|copy-\d+)$", link) for link in links)
    assert "[b](http://evil.example/b)" in page.inner_text("#chat .answer")
    tab.check()


def test_on_a_phone_the_sources_stand_below_the_answer(serve, open_tab, retriever):
    size = {"width": 390, "height": 844}
    tab = open_tab(serve(Assistant(retriever)), viewport=size, has_touch=True, color_scheme="dark")
    page = tab.page
    tab.ask(QUESTION)
    page.wait_for_selector("#chat .tools")
    answer, panel = page.locator("#chat .answer"), page.locator("#panel")
    assert panel.bounding_box()["y"] > answer.bounding_box()["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("#chat a.cite").first.tap()
    back = page.locator("#panel .source.open .back")
    back.tap()
    assert page.evaluate("document.activeElement.className").startswith("cite")
    tab.check()


def test_other_host_names_are_refused_and_headers_are_set(serve, open_tab, retriever):
    address = serve(Assistant(retriever))
    tab = open_tab(address)
    response = tab.page.request.get(address, headers={"Host": "evil.example"})
    assert response.status == 400
    headers = tab.page.request.get(address).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "unsafe-eval" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_an_example_is_asked_copied_with_its_sources_and_cleared(serve, open_tab, retriever):
    llm = GatedLLM("二号线全长27.5公里。[1]")
    llm.more.release()
    permissions = ["clipboard-read", "clipboard-write"]
    tab = open_tab(serve(Assistant(retriever, llm)), permissions=permissions)
    page = tab.page
    example = page.locator("#chat .example").first
    question = example.inner_text()
    example.click()
    page.wait_for_selector("#chat a.copy")
    assert page.inner_text("#chat .question") == question
    page.click("#chat a.copy")
    page.wait_for_selector("#chat a.copy:has-text('已复制')")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("二号线全长27.5公里。[1]")
    title = page.locator("#src-1-1 h3").inner_text()
    assert copied.splitlines()[-1].startswith(f"[1] {title} · 20")
    page.click("#chat .top-panel button")
    page.wait_for_selector("#chat .example")
    page.wait_for_selector("#panel .empty")
    tab.check()
