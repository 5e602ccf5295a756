"""The drawer and the form, in each language, labelled and complete."""

import re
import string
from dataclasses import fields
from html.parser import HTMLParser

import pytest

from ui.chats.drawer import render_drawer
from ui.texts import ALL
from ui.texts.chats import CHATS, EN


class Elements(HTMLParser):
    """The elements of a fragment, and whether each is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag != "input":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("code", CHATS)
def test_every_control_has_a_label_and_every_element_an_end(code):
    elements = Elements(render_drawer(code))
    assert elements.open == []
    ids = [attributes["id"] for _, attributes in elements.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    labelled = {attributes["for"] for tag, attributes in elements.found if "for" in attributes}
    controls = {
        attributes["id"]
        for tag, attributes in elements.found
        if tag in ("input", "select", "textarea") and attributes.get("type") != "checkbox"
    }
    assert controls == labelled
    named = {v for _, a in elements.found for k, v in a.items() if k.startswith("aria-labelled")}
    assert named <= set(ids)
    dialogs = [attributes for tag, attributes in elements.found if tag == "dialog"]
    assert [(one["id"], one["class"], one["lang"]) for one in dialogs] == [
        ("chats", "drawer", code), ("rating", "rating", code),
    ]  # fmt: skip


def test_the_choices():
    html = render_drawer("en")
    assert re.findall(r'<option value="(\w+)">([^<]*)', html) == [
        ("md", "Markdown"), ("html", "HTML"), ("json", "JSON"),
        ("gbt7714", "GB/T 7714-2015"), ("plain", "Plain"), ("0", "The whole answer"),
    ]  # fmt: skip
    assert re.findall(r'data-verdict="(\w+)" aria-pressed="(\w+)">([^<]*)', html) == [
        ("right", "false", "Right"), ("wrong", "false", "Wrong"),
        ("citation_wrong", "false", "Wrong source"),
    ]  # fmt: skip


def test_the_languages_are_those_of_the_page():
    assert list(CHATS) == [texts.code for texts in ALL]


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("code", CHATS)
def test_no_string_is_missing_and_all_have_the_same_gaps(code):
    texts = CHATS[code]
    for one in fields(texts):
        value, english = getattr(texts, one.name), getattr(EN, one.name)
        if isinstance(value, dict):
            assert value.keys() == english.keys()
            assert all(value.values())
        else:
            assert value
            assert gaps(value) == gaps(english), one.name
