"""The drawer of articles in a real browser: looking, asking only some, adding and removing."""

import shutil
import threading

import pytest

from rag import Assistant, Retriever
from tests.conftest import HashEmbedder
from ui.texts import ZH_CN
from ui.texts.articles import ARTICLES

pytestmark = pytest.mark.browser

TEXTS = ARTICLES["zh-CN"]
QUESTION = "岚浦地铁二号线西起西渡口站，东至槐荫东站，全长多少公里？"
FARE = "地铁全程票价是多少？"
RUNNERS = "白鹭湾马拉松的参赛人数是多少？"
EVENING = "白鹭湾马拉松落幕 78岁老人跑完全程"
MORNING = "第三届白鹭湾马拉松鸣枪 万余人环湾而跑"
CLOCK = "# 钟楼重响\n\n停摆九年的白沙钟楼昨日重新敲响，铜钟重3,750公斤，由钟表匠郁长庚修复。\n"
WEIGHT = "白沙钟楼的铜钟重多少公斤？"


class GatedEmbedder(HashEmbedder):
    """Embeds the paragraphs of a new article when it is let."""

    def __init__(self):
        super().__init__()
        self.let = threading.Event()

    def embed(self, texts, *, kind):
        if kind == "passage" and any("铜钟" in text for text in texts):
            assert self.let.wait(20)
        return super().embed(texts, kind=kind)


@pytest.fixture
def library(serve, sample_store, tmp_path):
    """Opens a chat over articles that may be changed, whose paragraphs an embedder takes in."""

    def start(embedder):
        store = shutil.copytree(sample_store, tmp_path / "store")
        return serve(Assistant(Retriever(store, embedder=embedder)))

    return start


def titles(tab):
    return tab.page.locator("#articles .holding button.open").all_inner_texts()


def test_articles_are_looked_through_and_nothing_is_changed_where_that_is_off(quoting, open_tab):
    tab = open_tab(quoting)
    page = tab.page
    tab.drawer("articles")
    tab.expect("#articles .holding").to_have_count(40)
    tab.expect("#articles .count").to_have_text("共 40 篇")
    page.fill("#articles [name=q]", "地铁")
    tab.expect("#articles .count").to_have_text("找到 1 篇，共 40 篇")
    assert titles(tab) == ["岚浦地铁二号线今日通车"]
    assert page.inner_text("#articles .holding .facts") == (
        "2031-05-18 · metro-line-opens.md · 要闻 · 沈知远、陆小满"
    )
    page.click("#articles button.reset")
    tab.expect("#articles .holding").to_have_count(40)
    page.fill("#articles [name=since]", "2031-10")
    page.fill("#articles [name=until]", "2031-10")
    tab.expect("#articles .holding").to_have_count(2)
    assert titles(tab) == [MORNING, EVENING]  # the newest first
    page.fill("#articles [name=until]", "2031-13")
    tab.expect("#articles .wrong").to_have_text(TEXTS.wrong_date.format(value="2031-13"))
    tab.expect("#articles [name=until]").to_have_attribute("aria-invalid", "true")
    assert page.locator("#articles :is(.adding, .remove, [type=file])").count() == 0
    tab.check()
    put = "fetch('/yz/articles/upload?name=a.md', { method: 'PUT', body: 'x' }).then(r => r.status)"
    assert page.evaluate(put) == 403


def test_a_whole_article_is_read_from_the_list(quoting, open_tab):
    tab = open_tab(quoting)
    page = tab.page
    tab.drawer("articles")
    page.click(f"#articles .holding >> text={MORNING}")
    tab.expect("#articles").to_be_hidden()
    tab.expect("#reading h2").to_have_text(MORNING)
    assert page.locator("#reading mark").count() == 0
    page.click("#reading .reading-back")
    tab.expect("#panel").to_be_visible()
    tab.check()


def test_questions_are_limited_by_date_until_the_limit_is_lifted(quoting, open_tab):
    tab = open_tab(quoting)
    page = tab.page
    tab.drawer("articles")
    page.fill("#articles [name=until]", "2030")
    page.click("#articles button.these")
    tab.expect("#articles").to_be_hidden()
    tab.expect("#notice").to_have_text(TEXTS.limited)
    tab.expect("#limits .chip bdi").to_have_text("… – 2030")
    answer = tab.answer(FARE)
    assert answer.locator(".abstained").count() == 1
    assert page.inner_text("#chat .question .facts") == "限于：… – 2030"
    dates = page.locator("#panel .source time").all_inner_texts()
    assert dates and max(dates) < "2031"
    page.click("#limits .chip")
    tab.expect("#limits").to_be_hidden()
    tab.expect("#box textarea").to_be_focused()
    answer = tab.answer(FARE)
    assert "全程票价6元" in answer.locator(".sentence").inner_text()
    assert page.locator("#chat .question .facts").count() == 1  # of the first one
    tab.check()


def test_questions_are_limited_to_a_source_and_to_one_article(quoting, open_tab):
    tab = open_tab(quoting)
    page = tab.page
    tab.drawer("articles")
    page.fill("#articles [name=source]", "marathon-lanpu-morning.md")
    tab.expect("#articles .holding").to_have_count(1)
    page.click("#articles button.these")
    tab.expect("#limits .chip bdi").to_have_text("marathon-lanpu-morning.md")
    answer = tab.answer(RUNNERS)
    assert "12,300人" in answer.inner_text() and "12,800" not in answer.inner_text()
    page.click("#limits .chip")
    tab.drawer("articles")
    page.click(f"#articles .holding:has-text('{EVENING}') button.only")
    page.keyboard.press("Escape")
    tab.expect("#limits .chip bdi").to_have_text(EVENING)
    answer = tab.answer(RUNNERS)
    assert "12,800人" in answer.inner_text() and "12,300" not in answer.inner_text()
    assert page.locator("#chat .question .facts").last.inner_text() == (
        ZH_CN.limited.format(limits=ZH_CN.only_articles.format(count=1))
    )
    tab.check()


def test_a_file_that_is_added_answers_and_so_do_the_others_meanwhile(library, open_tab):
    embedder = GatedEmbedder()
    tab = open_tab(library(embedder))
    page = tab.page
    tab.answer(WEIGHT)
    tab.expect("#chat .abstained").to_have_count(1)
    tab.drawer("articles")
    page.click("#articles .sending summary")
    with page.expect_file_chooser() as chosen:
        page.click("#articles button.choose")
    chosen.value.set_files({"name": "钟楼.md", "mimeType": "", "buffer": CLOCK.encode()})
    tab.expect("#articles .work .stage").to_have_text(TEXTS.stages["embed"])
    assert 0 <= float(page.get_attribute("#articles progress", "value") or 0) < 1
    page.keyboard.press("Escape")
    assert "27.5公里" in tab.answer(QUESTION).inner_text()
    embedder.let.set()
    done = TEXTS.added.format(files=1, articles=1)
    tab.expect("#notice").to_have_text(f"{done} {TEXTS.holds.format(total=41)}")
    tab.expect('[data-opens="articles"] small').to_have_text("41 篇")
    assert "3,750公斤" in tab.answer(WEIGHT).locator(".sentence").inner_text()
    page.locator("#chat a.cite").last.click()
    tab.expect("#reading h2").to_have_text("钟楼重响")
    tab.check()


def test_files_are_dropped_reported_removed_and_brought_back(library, open_tab):
    tab = open_tab(library(HashEmbedder()))
    page = tab.page
    tab.drawer("articles")
    tab.expect("#articles .holding").to_have_count(40)
    make = """words => {
      const carried = new DataTransfer();
      for (const [name, text] of words) carried.items.add(new File([text], name));
      return carried;
    }"""
    files = [["钟楼.md", CLOCK], ["坏.pdf", "no pdf at all"], ["程序.exe", "MZ"]]
    carried = {"dataTransfer": page.evaluate_handle(make, files)}
    page.dispatch_event("#articles .adding", "dragover", carried)
    tab.expect("#articles .adding.dropping").to_have_count(1)
    page.dispatch_event("#articles .adding", "drop", carried)
    report = page.locator("#articles .report")
    report.locator("p").first.wait_for()
    done = TEXTS.added.format(files=1, articles=1)
    assert report.locator("p").first.inner_text() == f"{done} {TEXTS.holds.format(total=41)}"
    assert report.locator(".faults li").count() == 1
    assert report.locator(".faults li").inner_text().startswith("坏.pdf")
    assert page.inner_text("#articles .notes li") == TEXTS.other_kinds.format(count=1)
    tab.expect("#articles .holding").to_have_count(41)

    row = "#articles .holding:has-text('钟楼重响')"
    page.click(f"{row} button.remove")
    tab.expect(f"{row} .confirm p >> nth=0").to_have_text(TEXTS.removing.format(title="钟楼重响"))
    page.click(f"{row} .confirm button.no")
    tab.expect("#articles .confirm").to_have_count(0)
    page.click(f"{row} button.remove")
    page.click(f"{row} .confirm button.yes")
    tab.expect("#articles .holding").to_have_count(40)
    tab.expect("#notice span").to_have_text(TEXTS.removed.format(file="钟楼.md", count=1))
    tab.expect('[data-opens="articles"] small').to_have_text("40 篇")
    page.click("#notice button")
    tab.expect("#articles .holding").to_have_count(41)
    assert page.locator(row).count() == 1
    tab.check()
