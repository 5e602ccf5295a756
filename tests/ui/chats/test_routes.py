"""The addresses: each reader sees and changes only their own, and is told what is wrong."""

import json
import re
import sqlite3
from contextlib import closing

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from ui.chats.feedback import Feedback
from ui.chats.routes import routes
from ui.conversation import SHOWN
from ui.texts.chats import EN, ZH_CN, ZH_TW


@pytest.fixture
def client(chats, talks):
    """A browser that speaks English, whose reader has one chat."""
    chats.save(talks.reader, talks.talk(talks.answered(1), talks.refused(2)))
    return browser(chats, talks.reader)


def browser(chats, reader: str, *, manage: bool = True, language: str = "en") -> TestClient:
    web = FastAPI()
    web.include_router(routes(chats, Feedback(chats), manage=manage))
    cookies = {"yz_reader": reader} if reader else {}
    return TestClient(web, cookies=cookies, headers={"accept-language": language})


def test_the_list_as_html(client, chats, talks):
    chats.rename(talks.reader, "chat1", "洪水<b>")
    response = client.get("/yz/chats")
    assert response.headers["cache-control"] == "no-store"
    html = response.text
    assert html.startswith(
        '<div class="kept" data-keeping="yes"><ul class="list"><li data-chat="chat1">'
        '<button type="button" class="open" lang="zh-Hans">洪水&lt;b&gt;</button>'
        '<p class="facts"><span class="here" hidden>Open now · </span>'
        '<time datetime="2031-05-18T08:02:00+00:00">2031-05-18</time> · 2 questions</p>'
    )
    assert html.count("洪水&lt;b&gt;") == 4
    assert "<b>" not in html


def test_a_search(client):
    assert "chat1" in client.get("/yz/chats", params={"q": "月亮"}).text
    nothing = client.get("/yz/chats", params={"q": "火星"}).text
    assert nothing == (
        f'<div class="kept" data-keeping="yes"><p class="facts">{EN.found_none}</p></div>'
    )


def test_nothing_asked_yet(chats, talks):
    html = browser(chats, talks.reader, language="zh-TW").get("/yz/chats").text
    assert html == (f'<div class="kept" data-keeping="yes"><p class="facts">{ZH_TW.none}</p></div>')


def test_without_a_cookie_the_reader_is_told_why(chats):
    nobody = browser(chats, "", language="zh-CN")
    chat = {"chat": "chat1", "turn": 1, "verdict": "right"}
    responses = (
        nobody.get("/yz/chats"),
        nobody.post("/yz/chats/clear"),
        nobody.put("/yz/chats/keeping", json={"keep": False}),
        nobody.post("/yz/chats/chat1/rename", json={"title": "x"}),
        nobody.delete("/yz/chats/chat1"),
        nobody.post("/yz/chats/chat1/restore"),
        nobody.get("/yz/chats/chat1/export"),
        nobody.get("/yz/feedback", params={"chat": "chat1"}),
        nobody.post("/yz/feedback", json=chat),
        nobody.delete("/yz/feedback", params={"chat": "chat1", "turn": 1}),
    )
    told = [(response.status_code, response.json()) for response in responses]
    assert told == 10 * [(400, {"error": ZH_CN.no_cookie})]


def test_renaming(client, chats, talks):
    response = client.post("/yz/chats/chat1/rename", json={"title": " 大\n水 "})
    assert response.json() == {"title": "大 水"}
    assert chats.title(talks.reader, "chat1") == "大 水"
    for title in ("", " \u200b", 5, None):
        refused = client.post("/yz/chats/chat1/rename", json={"title": title})
        assert (refused.status_code, refused.json()) == (400, {"error": EN.no_title})
    missing = client.post("/yz/chats/chat2/rename", json={"title": "x"})
    assert (missing.status_code, missing.json()) == (404, {"error": EN.no_chat})


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b"null"])
def test_a_body_that_is_no_object_is_no_title(client, body):
    response = client.post("/yz/chats/chat1/rename", content=body)
    assert (response.status_code, response.json()) == (400, {"error": EN.no_title})


def test_deleting_and_restoring(client, chats, talks):
    assert client.delete("/yz/chats/chat1").json() == {"id": "chat1"}
    again = client.delete("/yz/chats/chat1")
    assert (again.status_code, again.json()) == (404, {"error": EN.no_chat})
    assert client.post("/yz/chats/chat1/restore").json() == {"id": "chat1"}
    late = client.post("/yz/chats/chat1/restore")
    assert (late.status_code, late.json()) == (404, {"error": EN.no_undo})
    assert len(chats.load(talks.reader, "chat1").exchanges) == 2


def test_another_reader_reaches_nothing(client, chats, talks):
    other = browser(chats, "another-0123456789abcdef")
    assert "chat1" not in other.get("/yz/chats").text
    responses = (
        other.post("/yz/chats/chat1/rename", json={"title": "x"}),
        other.delete("/yz/chats/chat1"),
        other.get("/yz/chats/chat1/export"),
        other.post("/yz/feedback", json={"chat": "chat1", "turn": 1, "verdict": "right"}),
    )
    assert [response.status_code for response in responses] == [404, 404, 404, 404]
    assert other.post("/yz/chats/clear").json() == {"cleared": 0}
    assert chats.title(talks.reader, "chat1") == "水位多高？"


def test_clearing(client, chats, talks):
    assert client.post("/yz/chats/clear").json() == {"cleared": 1}
    assert chats.listed(talks.reader) == []


def test_the_switch(client, chats, talks, open_chats):
    assert client.put("/yz/chats/keeping", json={"keep": False}).json() == {"keep": False}
    assert not chats.keeps(talks.reader)
    assert 'data-keeping="no"' in client.get("/yz/chats").text
    client.put("/yz/chats/keeping", json={"keep": True})
    assert chats.keeps(talks.reader)
    assert client.put("/yz/chats/keeping", json={"keep": "no"}).status_code == 400
    never = browser(open_chats(None), talks.reader)
    refused = never.put("/yz/chats/keeping", json={"keep": True})
    assert (refused.status_code, refused.json()) == (400, {"error": EN.kept_never})
    assert 'data-keeping="never"' in never.get("/yz/chats").text


def test_taking_a_chat_along(client, chats, talks):
    plain = client.get("/yz/chats/chat1/export")
    assert plain.headers["content-type"] == "text/markdown; charset=utf-8"
    assert plain.text.startswith("# 水位多高？\n")
    assert "卫小川. 芷河洪水\\[N\\]" in plain.text
    page = client.get("/yz/chats/chat1/export", params={"form": "html", "references": "plain"})
    assert "芷河洪水 · 卫小川 · 2030-07-10 · 要闻 · p. 1" in page.text
    assert page.headers["content-disposition"] == (
        'attachment; filename="yinzheng.html"; '
        "filename*=UTF-8''%E6%B0%B4%E4%BD%8D%E5%A4%9A%E9%AB%98%EF%BC%9F.html"
    )
    assert page.headers["x-content-type-options"] == "nosniff"
    data = client.get("/yz/chats/chat1/export", params={"form": "json"}).json()
    assert [one["question"] for one in data["exchanges"]] == ["水位多高？", "月亮？"]
    for wrong in ({"form": "exe"}, {"references": "apa"}):
        assert client.get("/yz/chats/chat1/export", params=wrong).status_code == 404


def test_a_long_chat_is_taken_along_as_a_whole(client, chats, talks):
    long = [talks.stopped(number) for number in range(1, SHOWN + 2)]
    chats.save(talks.reader, talks.talk(*long[:SHOWN], chat="long"))
    chats.save(talks.reader, talks.talk(*long[1:], chat="long"))
    data = client.get("/yz/chats/long/export", params={"form": "json"}).json()
    assert len(data["exchanges"]) == SHOWN + 1


def test_feedback(client, chats, talks):
    given = {"chat": "chat1", "turn": 1, "verdict": "citation_wrong", "note": "桥", "sentence": 2}
    assert client.post("/yz/feedback", json=given).json() == {"verdict": "citation_wrong"}
    whole = {"chat": "chat1", "turn": 2, "verdict": "right"}
    client.post("/yz/feedback", json=whole)
    assert client.get("/yz/feedback", params={"chat": "chat1"}).json() == [
        {"turn": 1, "sentence": 2, "verdict": "citation_wrong", "note": "桥"},
        {"turn": 2, "sentence": 0, "verdict": "right", "note": ""},
    ]
    place = {"chat": "chat1", "turn": 1, "sentence": 2}
    assert client.delete("/yz/feedback", params=place).json() == {"gone": True}
    assert client.delete("/yz/feedback", params=place).json() == {"gone": False}
    assert [one["turn"] for one in client.get("/yz/feedback?chat=chat1").json()] == [2]


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"verdict": "great"}, 400, EN.no_verdict),
        ({"verdict": None}, 400, EN.no_verdict),
        ({"note": "x" * 2001}, 400, EN.long_note.format(most=2000)),
        ({"note": 5}, 400, EN.long_note.format(most=2000)),
        ({"turn": "1"}, 400, EN.no_answer),
        ({"turn": True}, 400, EN.no_answer),
        ({"turn": 10**30}, 404, EN.no_answer),
        ({"sentence": 9}, 404, EN.no_answer),
        ({"chat": "\ud800"}, 404, EN.no_chat),
        ({"chat": ["chat1"]}, 404, EN.no_chat),
    ],
)
def test_feedback_that_cannot_be_meant(client, change, status, words):
    given = {"chat": "chat1", "turn": 1, "verdict": "right", "note": "", **change}
    response = client.post("/yz/feedback", content=json.dumps(given))
    assert (response.status_code, response.json()) == (status, {"error": words})


def test_everybodys_feedback_is_the_operators(client, chats, talks):
    client.post("/yz/feedback", json={"chat": "chat1", "turn": 1, "verdict": "right"})
    gold = client.get("/yz/feedback.jsonl")
    assert [json.loads(line)["question"] for line in gold.text.splitlines()] == ["水位多高？"]
    assert gold.headers["content-disposition"] == 'attachment; filename="feedback-gold.jsonl"'
    everything = client.get("/yz/feedback.jsonl", params={"kind": "all"}).text
    assert json.loads(everything)["verdict"] == "right"
    refused = browser(chats, talks.reader, manage=False).get("/yz/feedback.jsonl")
    assert (refused.status_code, refused.json()) == (403, {"error": EN.not_here})
    assert client.get("/yz/feedback.jsonl", params={"kind": "x"}).status_code == 403


def test_a_damaged_chat_is_told_in_the_readers_words(client, file, caplog):
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE exchanges SET saved = x'00'")
    response = client.get("/yz/chats/chat1/export")
    assert (response.status_code, response.json()) == (500, {"error": EN.failed})
    assert "delete it from the history" in caplog.text


@pytest.mark.parametrize("chat", ["..%2f..", "a%20b", "%3Cscript%3E", "x" * 65])
def test_ids_of_no_chat(client, chat):
    response = client.delete(f"/yz/chats/{chat}")
    assert response.status_code in (404, 405)
    assert not re.search("script", response.text)
