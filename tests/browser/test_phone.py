"""The page on a phone, 390 px wide: the sheet of sources, no sideways scrolling, room to touch."""

import pytest

from rag import Assistant, Retriever
from tests.conftest import HashEmbedder

pytestmark = pytest.mark.browser

QUESTION = "岚浦地铁二号线西起西渡口站，东至槐荫东站，全长多少公里？"
QUOTED = "二号线西起西渡口站，东至槐荫东站，全长27.5公里，设车站22座，其中地下站19座、高架站3座。"
WIDE, HIGH = 390, 844

_SIDEWAYS = """
() => [document.scrollingElement, ...document.querySelectorAll(
  "#header, #talk, #side, #chat .bubble-wrap, #reading, dialog[open], dialog[open] .drawer-body"
)].filter(one => one.clientWidth && one.scrollWidth > one.clientWidth + 1)
  .map(one => `${one.localName}#${one.id}.${one.className} ${one.scrollWidth}`)
"""
_SMALL = """
([selector, least]) => [...document.querySelectorAll(selector)].filter(one => {
  const box = one.getBoundingClientRect(), style = getComputedStyle(one);
  if (!box.width || style.visibility === "hidden" || style.clipPath !== "none") return false;
  if (style.position === "absolute" && box.right < 0) return false;
  return box.height < least - 0.5;
}).map(one => `${Math.round(one.getBoundingClientRect().height)} ${one.outerHTML.slice(0, 90)}`)
"""
_TOUCHED = ".button, .chip, dialog button, #sheet-close, dialog summary, #reading button"
_ALL = "a[href], button, input:not([type=checkbox], [type=radio]), select, summary, textarea"


@pytest.fixture(scope="module")
def managed(serve_all, sample_store):
    return serve_all(Assistant(Retriever(sample_store, embedder=HashEmbedder())))


@pytest.fixture
def tab(managed, open_tab):
    size = {"width": WIDE, "height": HIGH}
    return open_tab(managed, viewport=size, has_touch=True, is_mobile=True)


def fits(tab):
    """Nothing scrolls sideways, and all that is touched is large enough for a finger."""
    assert tab.page.evaluate(_SIDEWAYS) == []
    assert tab.page.evaluate(_SMALL, [_TOUCHED, 40]) == []
    assert tab.page.evaluate(_SMALL, [_ALL, 24]) == []


def sheet(tab):
    """The place of the sheet once it does not move: its upper edge, and whether it is seen."""
    tab.page.evaluate("Promise.all(document.getAnimations().map(one => one.finished))")
    side = tab.page.locator("#side")
    return side.bounding_box()["y"] if side.is_visible() else HIGH


def test_sources_come_up_in_a_sheet_and_go_again(tab):
    page = tab.page
    assert page.locator("#sheet-open").is_hidden()  # there are none yet
    tab.answer(QUESTION)
    assert sheet(tab) == HIGH
    tab.expect("#sheet-open").to_have_text("来源 · 8")
    page.tap("#sheet-open")
    tab.expect("#sheet-open").to_have_attribute("aria-expanded", "true")
    assert sheet(tab) == pytest.approx(HIGH * 0.22, abs=2)
    assert page.inner_text("#panel .source.cited mark") == QUOTED
    page.tap("#sheet-close")
    tab.expect("#side").to_be_hidden()
    tab.expect("#sheet-open").to_have_attribute("aria-expanded", "false")
    page.tap("#sheet-open")
    tab.expect("#side").to_be_visible()
    page.touchscreen.tap(200, 90)  # on the conversation above it
    tab.expect("#side").to_be_hidden()
    tab.check()


def test_a_marker_opens_the_article_in_the_sheet(tab):
    page = tab.page
    tab.answer(QUESTION)
    page.tap("#chat a.cite")
    tab.expect("#reading mark.here").to_have_text(QUOTED)
    top, mark = sheet(tab), page.locator("#reading mark.here").bounding_box()
    tools = page.locator("#reading .reading-tools").bounding_box()
    assert top < tools["y"] and tools["y"] + tools["height"] <= mark["y"]
    assert mark["y"] + mark["height"] <= HIGH
    tab.expect("#tip").to_have_count(0)  # there is no hovering with a finger
    page.tap("#reading .reading-back")
    tab.expect("#panel .source.open").to_be_visible()
    page.tap("#sheet-close")
    tab.expect("#side").to_be_hidden()
    assert 'href="#src-1-1"' in tab.focused()
    tab.check()


def test_nothing_scrolls_sideways_and_all_can_be_touched(tab):
    page = tab.page
    fits(tab)
    tab.answer("白鹭湾马拉松的参赛人数是多少？")
    fits(tab)
    page.tap("#chat a.cite >> nth=0")
    tab.expect("#reading mark.here").to_be_visible()
    sheet(tab)
    fits(tab)
    page.tap("#reading [data-view=printed]")
    tab.expect("#reading .printed").to_be_visible()
    fits(tab)
    page.tap("#reading .reading-back")
    page.tap("#sheet-close")
    page.tap("#chat a.rate")
    tab.expect("#rating").to_be_visible()
    fits(tab)
    page.tap("#rating .close")


@pytest.mark.parametrize(
    ("name", "there"),
    [("articles", ".holding"), ("models", ".now"), ("chats", "#chats-list li")],
)
def test_drawers_fit_the_phone(tab, name, there):
    page = tab.page
    tab.answer("Zzqx wvvk?")
    page.tap(f'[data-opens="{name}"]')
    page.wait_for_selector(f"#{name} {there}")
    unfold = "all => all.forEach((one) => { one.open = true; })"
    page.locator(f"#{name} details").evaluate_all(unfold)
    assert page.locator(f"#{name}").bounding_box() == {
        "x": 0,
        "y": 0,
        "width": WIDE,
        "height": HIGH,
    }
    fits(tab)
    page.tap(f"#{name} .close")
    tab.expect(f"#{name}").to_be_hidden()
    assert f'data-opens="{name}"' in tab.focused()
    tab.check()
