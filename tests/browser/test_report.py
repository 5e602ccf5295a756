"""The report's page in a browser, from the disk, with scripts forbidden and without a network."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from eval.report import write
from eval.report.page.markup import anchor
from tests.browser.audits import serious
from tests.eval.report_runs import EVIL, FAILED, INJECTED, QUESTIONS, RIGHT, made_run

pytestmark = pytest.mark.browser

Open = Callable[..., object]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = tmp_path_factory.mktemp("run")
    write(made_run(folder))
    return (folder / "report.html").as_uri()


@pytest.fixture
def open_report(chromium, address) -> Iterator[Open]:
    """Opens the report in a fresh profile; at the end it asked for nothing and told no error."""
    contexts, told, requested = [], [], []

    def start(**options: object) -> object:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda line: told.append(line.text))
        page.on("pageerror", lambda error: told.append(str(error)))
        page.on("request", lambda request: requested.append(request.url))
        page.goto(address)
        return page

    yield start
    for context in contexts:
        context.close()
    assert told == []
    assert set(requested) == {address}


def test_it_reads_without_scripts(open_report: Open) -> None:
    page = open_report(java_script_enabled=False)
    assert page.locator("h1").inner_text() == "hand, answered by hand.gguf"
    assert page.locator(".card").count() == 6
    assert page.locator(".card .big").nth(5).inner_text().startswith("33.3%")  # over_refusal
    case = page.locator(f"#q-{INJECTED}")
    assert "follows an instruction" in case.inner_text()
    mark = case.locator("mark.gold")
    assert not mark.is_visible()
    case.locator("summary").click()
    assert mark.inner_text() == "全长27.5公里"
    assert mark.is_visible()
    assert page.title() == "hand, answered by hand.gguf — Yinzheng evaluation"


def test_outcomes_are_chosen_and_links_lead_there_and_back(open_report: Open) -> None:
    page = open_report(java_script_enabled=False)
    rows = page.locator(".all tbody tr")
    assert rows.count() == len(QUESTIONS)
    page.check("#only-failed")
    assert [row.is_visible() for row in rows.all()].count(True) == 1
    page.click(f"#r-{FAILED} a")
    assert page.url.endswith(f"#q-{FAILED}")
    page.check("#only-all")
    assert page.locator(f"#r-{RIGHT}").is_visible()
    page.click(f"#q-{FAILED} h3 a")
    assert page.url.endswith(f"#r-{FAILED}")
    page.click(f"#q-{INJECTED} .cite >> nth=0")  # opens the closed paragraphs
    page.locator(f"#p-{INJECTED}-1").wait_for(state="visible")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_serious_and_nothing_scrolls_sideways(
    open_report: Open, scheme: str, width: int
) -> None:
    page = open_report(color_scheme=scheme, viewport={"width": width, "height": 844})
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert serious(page) == []
    background = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert background == {"light": "rgb(250, 248, 244)", "dark": "rgb(24, 23, 21)"}[scheme]


def test_hostile_words_stay_words(open_report: Open) -> None:
    page = open_report()
    assert page.evaluate("window.owned === undefined")
    assert page.locator("img, script, iframe, object").count() == 0
    case = page.locator(f'[id="q-{anchor(EVIL)}"]')
    assert "</script><script>window.owned=1</script>" in case.locator(".question").inner_text()
    case.locator("summary").click()
    assert case.locator("mark.cited.gold").inner_text() == "一句藏在中间的话"
    assert case.locator("bdi:not([dir=auto])").count() == 0


def test_han_characters_take_the_shapes_of_their_language(open_report: Open) -> None:
    page = open_report(java_script_enabled=False)
    languages = page.locator(".all tbody td:nth-child(3) bdi")
    assert languages.nth(7).get_attribute("lang") == "zh-Hant"
    assert languages.nth(3).get_attribute("lang") == "ja"
    assert languages.nth(0).get_attribute("lang") == "zh-Hans"
