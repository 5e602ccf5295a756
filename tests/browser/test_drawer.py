"""The drawer of articles in a browser: looking through, adding, removing, asking only some."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index.embedder import Embedder
from index.store import Store
from rag import Assistant
from rag.retriever import Retriever
from tests.ui.articles.conftest import own, store  # noqa: F401 - fixtures

pytestmark = pytest.mark.browser
NEWS = "---\ntitle: 地铁开通\ndate: 2032-01-01\n---\n\n地铁全长三十公里。\n"


@pytest.fixture
def tab(
    store: Store,  # noqa: F811
    embedder: Embedder,
    serve: Callable[..., str],
    open_tab: Callable[..., Any],
) -> Any:
    """The page with the drawer open."""
    tab = open_tab(serve(Assistant(Retriever(store, embedder=embedder))))
    tab.page.click('[data-opens="articles"]')
    tab.page.wait_for_selector("#articles .holding")
    return tab


def titles(tab: Any) -> list[str]:
    found: list[str] = tab.page.locator("#articles .holding .open").all_inner_texts()
    return found


def limits(tab: Any) -> dict[str, Any]:
    found: dict[str, Any] = tab.page.evaluate("yz.filters()")
    return found


def test_words_and_dates_narrow_the_list_and_the_questions(tab: Any) -> None:
    assert titles(tab) == ["大桥通车", "Ferry fares rise", "茶价", "夜市"]
    tab.page.fill("#articles-q", "ferry")
    tab.page.wait_for_selector("text=找到 1 篇，共 4 篇")
    assert titles(tab) == ["Ferry fares rise"]
    tab.page.fill("#articles-q", "")
    tab.page.fill("#articles-since", "2031-5")
    tab.page.wait_for_selector("text=“2031-5”不是日期")
    assert tab.page.get_attribute("#articles-since", "aria-invalid") == "true"
    tab.page.fill("#articles-since", "2031-05")
    tab.page.wait_for_selector("#articles .open >> text=大桥通车")
    assert titles(tab) == ["大桥通车"]
    tab.page.fill("#articles-until", "2030")
    tab.page.wait_for_selector("text=起始日期晚于截止日期")
    tab.page.fill("#articles-since", "")
    tab.page.fill("#articles-source", "2031")
    tab.page.fill("#articles-until", "2031-04")
    tab.page.wait_for_selector("text=找到 1 篇，共 4 篇")
    tab.page.click("#articles .these")
    assert limits(tab) == {"since": "", "until": "2031-04", "sources": ["2031"], "articles": []}
    assert not tab.page.evaluate("document.getElementById('articles').open")
    tab.page.evaluate("yz.setFilters({until: null, sources: []})")
    tab.page.click('[data-opens="articles"]')
    tab.page.wait_for_selector("text=共 4 篇")
    assert tab.page.input_value("#articles-source") == ""
    tab.page.click('[aria-label="只问《茶价》"]')
    assert limits(tab)["articles"] == [{"id": "n1", "title": "茶价"}]
    tab.page.evaluate("yz.setFilters({articles: []})")
    if not tab.page.evaluate("document.getElementById('articles').open"):
        tab.page.click('[data-opens="articles"]')
    tab.page.fill("#articles-q", "list.jsonl")
    tab.page.wait_for_selector("text=找到 2 篇，共 4 篇")
    tab.page.click("#articles .these")
    assert [one["id"] for one in limits(tab)["articles"]] == ["n1", "n2"]
    tab.check()


def test_files_are_added_dropped_removed_and_brought_back(tab: Any, tmp_path: Path) -> None:
    (tmp_path / "地铁.md").write_text(NEWS, "utf-8")
    (tmp_path / "坏.pdf").write_text("no pdf", "utf-8")
    (tmp_path / "x.exe").write_text("x", "utf-8")
    files = [str(tmp_path / name) for name in ("地铁.md", "坏.pdf", "x.exe")]
    tab.page.set_input_files("#articles input.files", files)
    tab.page.wait_for_selector("text=已添加 1 个文件，1 篇文章。 现共 5 篇。")
    tab.page.wait_for_selector("text=坏.pdf：不是 PDF 文件，请改成正确的扩展名")
    tab.page.wait_for_selector("text=有 1 个其他类型的文件没有上传")
    tab.page.wait_for_selector("#articles .holding >> text=地铁开通")
    tab.page.click('[aria-label="移除《地铁开通》"]')
    tab.page.wait_for_selector("text=把《地铁开通》从文章中移除？")
    assert tab.page.evaluate("document.activeElement.className") == "button yes"
    tab.page.click("#articles .no")
    assert tab.page.evaluate("document.activeElement.className") == "button quiet remove"
    tab.page.click('[aria-label="移除《地铁开通》"]')
    tab.page.click("#articles .yes")
    tab.page.wait_for_selector("#notice >> text=已移除 地铁.md，共 1 篇。")
    assert titles(tab) == ["大桥通车", "Ferry fares rise", "茶价", "夜市"]
    tab.page.click("#notice button")
    tab.page.wait_for_selector("text=已恢复 1 篇文章。 现共 5 篇。")
    tab.page.wait_for_selector("#articles .holding >> text=地铁开通")
    script = """text => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([text], "dropped.md"));
        const over = {bubbles: true, cancelable: true, dataTransfer: transfer};
        document.body.dispatchEvent(new DragEvent("dragover", over));
        const marked = document.querySelector("#articles .adding.dropping") !== null;
        document.body.dispatchEvent(new DragEvent("drop", over));
        return marked;
    }"""
    assert tab.page.evaluate(script, NEWS.replace("地铁", "铁路"))
    tab.page.wait_for_selector("#articles .holding >> text=铁路开通")
    assert tab.page.locator("#articles .dropping").count() == 0
    assert tab.page.get_attribute("#articles .sending", "open") is not None
    tab.check()
