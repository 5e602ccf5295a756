"""The header, the drawers and earlier sources come from the page's own routes."""

import re
from dataclasses import replace

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from rag import Retriever
from ui.chats.store import Chats
from ui.conversation import Conversation
from ui.shell import render_header, routes
from ui.texts import EN, ZH_CN
from ui.visitor import new_reader


@pytest.fixture
def chats(tmp_path):
    return Chats(None, store=tmp_path)


@pytest.fixture
def client(sample_store, embedder, chats):
    app = FastAPI()
    retriever = Retriever(sample_store, embedder=embedder)
    app.include_router(routes(retriever, lambda: "quote", chats, lambda code: f"<i>{code}</i>"))
    return TestClient(app)


def test_the_header_says_what_answers_and_how_much_there_is():
    html = render_header("quote", 1234, ZH_CN)
    assert re.findall(r'data-opens="(\w+)"', html) == ["articles", "models", "chats"]
    assert "文章<small>1,234 篇</small>" in html
    assert "模型<small>摘录原文</small>" in html
    assert "Model<small>&lt;b&gt;.gguf</small>" in render_header("<b>.gguf", 1, EN)
    assert '<option value="zh-CN" lang="zh-CN" selected>简体中文</option>' in html
    assert 'id="logout"' not in html
    assert 'id="logout">退出</button>' in render_header("quote", 1, ZH_CN, locked=True)


def test_the_shell_comes_in_the_language_chosen(client):
    found = client.get("/yz/shell", headers={"accept-language": "zh-TW"}).json()
    assert (found["lang"], found["drawers"]) == ("zh-TW", "<i>zh-TW</i>")
    assert "40 篇" in found["header"]
    client.cookies.set("yz_lang", "en")
    found = client.get("/yz/shell", headers={"accept-language": "zh-TW"}).json()
    assert found["lang"] == "en"
    assert found["words"]["newest"] == EN.newest


def test_the_sources_of_an_earlier_question_are_its_readers_alone(client, chats, made):
    asked = Conversation().ask("多长？")
    hit = made.hit("全长27.5公里。", title="二号线")
    answer = made.answer(made.sentence("全长27.5公里。", (1, hit, 0, 9)), hits=(hit,))
    last = replace(asked.exchanges[-1], hits=(hit,), answer=answer, running=False)
    reader = new_reader()
    chats.save(reader, asked.with_last(last))
    address = f"/yz/sources/{asked.id}/1"
    client.cookies.set("yz_reader", reader)
    html = client.get(address, headers={"accept-language": "zh-CN"}).text
    assert html.startswith("<h2>第 1 问的来源</h2>")
    assert '<mark class="s1">全长27.5公里。</mark>' in html
    assert client.get(f"/yz/sources/{asked.id}/2").status_code == 404
    client.cookies.set("yz_reader", new_reader())
    gone = client.get(address)
    assert (gone.status_code, gone.json()) == (404, {"error": EN.gone})
