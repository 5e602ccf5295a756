"""The drawer of models in a real browser: choosing what answers, while answers go on."""

import os
import threading
from functools import partial
from importlib.util import find_spec

import pytest
from huggingface_hub import constants

from rag import Assistant, Retriever, llm
from tests.conftest import HashEmbedder
from tests.tiny_gguf import write_tiny_gguf
from ui.models.choice import ModelChoice
from ui.texts.models import MODELS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        "CI" not in os.environ and find_spec("llama_cpp") is None,  # there, that is a failure
        reason="llama-cpp-python is not built: make gguf",
    ),
]

TEXTS = MODELS["zh-CN"]
QUESTION = "岚浦地铁二号线西起西渡口站，东至槐荫东站，全长多少公里？"
TINY = "#models li:has-text('tiny') input"
QUOTE = "#models input[value=quote]"
USE = "#models .models-form [type=submit]"
ANSWERS = '[data-opens="models"] small'


class Gate:
    """`rag.llm.load`, when it is let."""

    def __init__(self):
        self.let = threading.Event()

    def __call__(self, name, *, progress):
        progress(0.25)
        assert self.let.wait(20)
        return llm.load(name, progress=progress)


@pytest.fixture
def gate():
    return Gate()


@pytest.fixture
def tab(serve, open_tab, sample_store, gate, tmp_path, monkeypatch):
    """A page over a computer with a small model, and with a file that is none."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.delenv("RAG_LLM", raising=False)
    (tmp_path / "models").mkdir()
    write_tiny_gguf(tmp_path / "models" / "tiny.gguf")
    (tmp_path / "models" / "broken.gguf").write_bytes(b"<!doctype html>")
    monkeypatch.setattr("ui.site.ModelChoice", partial(ModelChoice, load=gate))
    return open_tab(serve(Assistant(Retriever(sample_store, embedder=HashEmbedder()))))


def test_a_model_is_chosen_while_answers_go_on_and_quotation_again(tab, gate):
    page = tab.page
    tab.drawer("models")
    tab.expect("#models .now .name").to_have_text("摘录原文")
    tab.expect(QUOTE).to_be_checked()
    tab.expect(USE).to_be_disabled()
    broken = page.locator("#models li:has-text('broken')")
    assert broken.locator("input").is_disabled()
    assert "不能使用：不是 GGUF 文件" in broken.inner_text()
    page.check(TINY)
    page.click(USE)
    tab.expect("#models .models-progress .words").to_have_text(TEXTS.loading.format(name="tiny"))
    tab.expect("#models .models-progress .share").to_have_text("25%")
    page.keyboard.press("Escape")
    assert "27.5公里" in tab.answer(QUESTION).inner_text()
    assert page.inner_text(ANSWERS) == "摘录原文"
    gate.let.set()
    tab.expect("#notice").to_have_text(TEXTS.ready.format(name="tiny"))
    tab.expect(ANSWERS).to_have_text("tiny")
    tab.drawer("models")
    tab.expect("#models .now .name").to_have_text("tiny")
    page.check(QUOTE)
    page.click(USE)
    tab.expect("#models .now .name").to_have_text("摘录原文")
    tab.expect("#notice").to_have_text(TEXTS.ready_quotation)
    tab.expect(ANSWERS).to_have_text("摘录原文")
    tab.check()


def test_a_loading_is_given_up_and_a_file_that_does_not_load_is_told(tab, gate, tmp_path):
    page = tab.page
    tab.drawer("models")
    page.check(TINY)
    page.click(USE)
    page.click("#models .models-cancel")
    tab.expect("#notice").to_have_text(TEXTS.cancelled)
    tab.expect(QUOTE).to_be_checked()
    gate.let.set()
    file = tmp_path / "models" / "tiny.gguf"
    file.write_bytes(file.read_bytes()[:100_000])
    page.check(TINY)
    page.click(USE)
    tab.expect("#models .models-trouble").to_contain_text("tiny 没能加载：")
    tab.expect("#models .now .name").to_have_text("摘录原文")
    page.keyboard.press("Escape")
    assert "27.5公里" in tab.answer(QUESTION).inner_text()
    tab.check()


def test_readers_choose_no_model_where_that_is_off(quoting, open_tab):
    tab = open_tab(quoting)
    tab.drawer("models")
    tab.expect("#models .facts").to_have_text(TEXTS.locked)
    assert tab.page.locator("#models :is(input, form)").count() == 0
    post = """fetch('/yz/models', {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"name": "quote"}',
    }).then(r => r.status)"""
    tab.check()
    assert tab.page.evaluate(post) == 403
