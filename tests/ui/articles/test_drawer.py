"""The drawer, and the words it is made of."""

import re
import string
from dataclasses import fields
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args

import pytest

from ui.articles.drawer import render_drawer
from ui.articles.errors import Reason
from ui.articles.job import Status
from ui.articles.told import render_end, stage_words
from ui.texts import ALL
from ui.texts.articles import ARTICLES

SCRIPT = Path(__file__).parents[3] / "ui" / "assets" / "articles.js"
CODES = [texts.code for texts in ALL]


class Elements(HTMLParser):
    """The attributes of all elements, and whether every one that is opened is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag != "input":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def slots(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("manage", [True, False])
def test_every_field_has_a_label_and_every_element_its_end(code: str, manage: bool) -> None:
    elements = Elements(render_drawer(code, manage=manage))
    assert elements.open == []
    labelled = {attrs["for"] for tag, attrs in elements.found if tag == "label"}
    inputs = [attrs for tag, attrs in elements.found if tag in ("input", "select")]
    shown = [attrs for attrs in inputs if "hidden" not in attrs]
    assert {attrs["id"] for attrs in shown} == labelled
    assert len(shown) == 5
    assert any(attrs.get("type") == "file" for attrs in inputs) is manage


def test_the_script_finds_all_words_that_it_says() -> None:
    script = SCRIPT.read_text("utf-8")
    asked = set(re.findall(r"dataset\.(\w+)", script)) | set(
        re.findall(
            r"(\w+)(?=[,}])", re.findall(r"const \{([^}]*\}) = drawer\(\)\.dataset", script)[0]
        )
    )
    _, attrs = Elements(render_drawer("en", manage=True)).found[0]
    given = {re.sub("-(.)", lambda m: m[1].upper(), k[5:]) for k in attrs if k.startswith("data-")}
    of_parts = {"after", "article", "title", "asked", "undo", "span", "total", "forGood"}
    assert asked - of_parts <= given
    assert given - asked == set()


@pytest.mark.parametrize("code", CODES)
def test_every_language_has_every_word_with_the_same_gaps(code: str) -> None:
    texts, english = ARTICLES[code], ARTICLES["en"]
    for field in fields(texts):
        if field.name in ("stages", "refusals", "reasons"):
            continue
        words = getattr(texts, field.name)
        assert words
        assert slots(words) == slots(getattr(english, field.name)), field.name
    assert set(texts.refusals) == set(get_args(Reason))
    for reason, words in texts.refusals.items():
        assert slots(words) == slots(english.refusals[reason])
    assert set(texts.stages) == set(english.stages)


def test_both_ways_of_writing_chinese_know_the_same_reasons() -> None:
    assert set(ARTICLES["zh-CN"].reasons) == set(ARTICLES["zh-TW"].reasons)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("has 30,000,000 bytes, more than the limit of 20,000,000; split it into articles",
         "有 30,000,000 字节，超过上限 20,000,000，请拆成单篇"),
        ("holds pictures of text, but no text; run OCR",
         "是扫描图片，没有文字，请先做文字识别（OCR）"),
        ("pages 2, 3 have no text, the rest was read; try: x",
         "第 2, 3 页没有文字，其余已收入；可先做文字识别（OCR）"),
        ("id 'n1' belongs to /x/y already", "编号 'n1' 已属于另一个文件"),
        ("something that is new", "something that is new"),
    ],
)  # fmt: skip
def test_reasons_are_said_in_the_readers_language(reason: str, words: str) -> None:
    assert ARTICLES["zh-CN"].reason(reason) == words


def test_how_far_the_work_is() -> None:
    texts = ARTICLES["zh-CN"]
    assert stage_words(Status(1, "add", stage="read", done=3, total=10), texts) == (
        "正在读取文件：3/10"
    )
    assert stage_words(Status(1, "add", stage="write", done=0, total=1), texts) == "正在保存"
    shares = [
        Status(1, "add", stage=stage, done=done, total=4).share
        for stage, done in (("read", 0), ("read", 2), ("embed", 0), ("embed", 4), ("write", 4))
    ]
    assert shares == pytest.approx([0, 0.15, 0.3, 0.75, 1])


def test_a_failure_says_what_to_do_and_holds_the_details_inert() -> None:
    status = Status(1, "add", "failed", reason="store_busy", why="process <7>")
    html = render_end(status, ARTICLES["en"])
    assert html == (
        '<p class="wrong">Another program is changing the articles just now. Wait until it is '
        "done, then try again.</p><details><summary>Details</summary><p>process &lt;7&gt;</p>"
        "</details>"
    )
