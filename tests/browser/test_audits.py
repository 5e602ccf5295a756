"""What the page owes readers who cannot see or point, in each of its main states."""

import pytest

from tests.browser.audits import serious

pytestmark = pytest.mark.browser

QUESTION = "岚浦地铁二号线西起西渡口站，东至槐荫东站，全长多少公里？"
DESK = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


@pytest.mark.parametrize(
    ("locale", "scheme", "size"),
    [("zh-CN", "light", DESK), ("en-GB", "dark", DESK), ("zh-TW", "light", PHONE),
     ("zh-CN", "dark", PHONE)],
)  # fmt: skip
def test_no_state_of_the_page_has_a_serious_fault(open_tab, quoting, locale, scheme, size):
    tab = open_tab(quoting, locale=locale, color_scheme=scheme, **size)
    page = tab.page
    found = {"empty": serious(page)}
    tab.answer(QUESTION)
    found["answer"] = serious(page)
    page.locator("#chat a.cite").first.click()
    page.locator("#reading mark").first.wait_for()
    found["reading"] = serious(page)
    page.locator("#reading [data-view=printed]").click()
    page.locator("#reading .printed").wait_for()
    found["printed"] = serious(page)
    page.keyboard.press("Escape")
    if page.locator("body.sheet").count():
        page.locator("#sheet-close").click()
    tab.answer("Zzqx wvvk?")
    found["abstention"] = serious(page)
    for room in ("articles", "models", "chats"):
        tab.drawer(room)
        found[room] = serious(page)
        page.keyboard.press("Escape")
        tab.expect(f"#{room}").to_be_hidden()
    assert {state: faults for state, faults in found.items() if faults} == {}
