"""The routes below /yz/articles, over a real store."""

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from ui.articles.library import Library
from ui.articles.routes import routes
from ui.texts.articles import ARTICLES

NEWS = "---\ntitle: 地铁开通\ndate: 2032-01-01\n---\n\n地铁全长三十公里。\n".encode()


def ended(client: TestClient) -> dict[str, Any]:
    """How the work ended."""
    for _ in range(300):
        told: dict[str, Any] = client.get("/yz/articles/job").json()
        if told["state"] != "running":
            return told
        time.sleep(0.02)
    raise AssertionError("the work did not end")


def upload(client: TestClient, name: str, content: bytes) -> Any:
    return client.put("/yz/articles/upload", params={"name": name}, content=content)


def uploaded_files(folder: Path) -> list[str]:
    files = [*(folder / "coming").rglob("*"), *(folder / "added").rglob("*")]
    return sorted(path.name for path in files if path.is_file())


def test_the_list_has_titles_facts_and_tools(client: TestClient) -> None:
    html = client.get("/yz/articles").text
    assert '<p class="facts count" data-total="4">共 4 篇</p>' in html
    assert html.count('<li class="holding"') == 4
    assert '<p class="facts"><time>2031-05-18</time> · 2031/bridge.md · 林舟、高远</p>' in html
    assert 'aria-label="只问《大桥通车》"' in html
    assert 'data-asked="把《大桥通车》从文章中移除？"' in html
    assert 'data-asked="《茶价》在文件 list.jsonl 中。移除这个文件和其中全部 2 篇文章？"' in html
    assert "data-after" not in html


def test_the_list_is_narrowed(client: TestClient) -> None:
    html = client.get("/yz/articles", params={"q": "大橋", "since": "2031"}).text
    assert "找到 1 篇，共 4 篇" in html
    assert html.count('<li class="holding"') == 1
    none = client.get("/yz/articles", params={"q": "没有这个词"}).text
    assert none == (
        '<p class="facts count" data-total="0">没有符合条件的文章。可以少写几个词，或放宽日期。</p>'
    )


@pytest.mark.parametrize("wrong", [{"since": "昨天"}, {"until": "2031-13"}, {"since": "1"}])
def test_a_wrong_date_gets_words(client: TestClient, wrong: dict[str, str]) -> None:
    answer = client.get("/yz/articles", params=wrong)
    assert answer.status_code == 422
    assert answer.json() == {"error": "日期无法识别，请写成 2022、2022-04 或 2022-04-14。"}


def test_the_rest_of_a_long_list_comes_by_more(
    client: TestClient, library: Library, send: Callable[[str, bytes], str]
) -> None:
    rows = "".join(f'{{"title": "第{n:02}条", "text": "内容{n}。"}}\n' for n in range(60))
    send("many.jsonl", rows.encode())
    client.post("/yz/articles/add")
    ended(client)
    first = client.get("/yz/articles", params={"order": "title"}).text
    assert first.count('<li class="holding"') == 50
    assert 'data-after="50">再显示 14 篇</button>' in first
    rest = client.get("/yz/articles", params={"order": "title", "after": 50}).text
    assert rest.count('<li class="holding"') == 14
    assert "count" not in rest
    assert "data-after" not in rest


def test_facets(client: TestClient) -> None:
    html = client.get("/yz/articles/facets").text
    assert 'data-span="2031">2031 <span class="facts">2</span>' in html
    assert 'data-span="2031-04">2031-04 <span class="facts">1</span>' in html
    assert '<option value="2031/">2031/ (2)</option>' in html
    assert '<option value="list.jsonl">list.jsonl (2)</option>' in html


def test_what_articles_say_stays_text(client: TestClient, library: Library) -> None:
    evil = '{"title": "<img src=x onerror=alert(1)>", "source": "\\"><b>", "text": "x。"}\n'
    upload(client, "<script>.jsonl", evil.encode())
    client.post("/yz/articles/add")
    ended(client)
    html = client.get("/yz/articles").text + client.get("/yz/articles/facets").text
    assert "&lt;img src=x onerror=alert(1)&gt;" in html
    assert not [tag for tag in ("<img", "<script", "<b>") if tag in html]


def test_a_file_is_sent_added_removed_and_brought_back(
    client: TestClient, library: Library
) -> None:
    sent = upload(client, "新闻/metro.md", NEWS)
    assert sent.json() == {"name": "新闻 - metro.md", "outcome": "new", "words": ""}
    assert client.get("/yz/articles/job").json() == {
        "state": "none",
        "number": 0,
        "waiting": "有 1 个文件已上传，还没有添加",
    }
    begun = client.post("/yz/articles/add", json={"names": ["新闻 - metro.md"]})
    assert begun.json()["number"] == 1
    assert ended(client) == {
        "state": "done",
        "number": 1,
        "waiting": "",
        "html": "<p>已添加 1 个文件，1 篇文章。 现共 5 篇。</p>",
    }
    same = upload(client, "新闻/metro.md", NEWS).json()
    assert same["outcome"] == "same"
    assert same["words"] == "新闻 - metro.md 已在文章中，内容相同。"
    found = library.store.refresh().articles()
    article = next(one.id for one in found if one.title == "地铁开通")
    gone = client.post("/yz/articles/remove", json={"article": article}).json()
    assert gone["words"] == "已移除 新闻 - metro.md，共 1 篇。"
    removed = client.get("/yz/articles/removed").text
    assert f'data-undo="{gone["undo"]}" aria-label="恢复 新闻 - metro.md">撤销' in removed
    client.post("/yz/articles/undo", json={"key": gone["undo"]})
    assert ended(client)["html"] == "<p>已恢复 1 篇文章。 现共 5 篇。</p>"
    assert article in {one.id for one in library.store.refresh().articles()}
    assert client.get("/yz/articles/removed").text == ""


def test_faults_are_told_in_the_readers_language(client: TestClient) -> None:
    upload(client, "扫描.pdf", b"nothing of the kind")
    rows = b'{"title": "a", "text": "b."}\nnot json\n'
    upload(client, "rows.jsonl", rows)
    client.post("/yz/articles/add")
    html = ended(client)["html"]
    assert "<li>扫描.pdf：不是 PDF 文件，请改成正确的扩展名</li>" in html
    assert "<li>rows.jsonl 第 2 行：不是 JSON 对象；每行应是一篇文章</li>" in html


@pytest.mark.parametrize(
    ("name", "content", "status", "words"),
    [
        ("x.exe", b"x", 415, "x.exe 的类型不在可读之列"),
        ("a.txt", b"", 422, "a.txt 是空文件。"),
        ("..", b"x", 422, "“..”不能用作文件名"),
    ],
)
def test_what_is_not_taken_is_told(
    client: TestClient, library: Library, name: str, content: bytes, status: int, words: str
) -> None:
    answer = upload(client, name, content)
    assert answer.status_code == status
    assert answer.json()["error"].startswith(words)
    assert uploaded_files(library.store.folder) == []


def test_a_file_that_grows_too_large_on_its_way_leaves_nothing(
    client: TestClient, library: Library
) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(21):
            yield b"x" * 1_000_000

    answer = client.put("/yz/articles/upload", params={"name": "a.txt"}, content=pieces())
    assert answer.status_code == 413
    assert answer.json() == {"error": "a.txt 太大，不能超过 20 MB，请拆成小一些的文件。"}
    assert uploaded_files(library.store.folder) == []


def test_a_sender_who_leaves_half_way_leaves_nothing(client: TestClient, library: Library) -> None:
    parts: list[dict[str, object]] = [
        {"type": "http.request", "body": b"x" * 70_000, "more_body": True},
        {"type": "http.disconnect"},
    ]
    seen: list[list[str]] = []

    async def receive() -> dict[str, object]:
        seen.append(uploaded_files(library.store.folder))
        return parts.pop(0)

    async def send(message: dict[str, object]) -> None: ...

    scope = {
        "type": "http",
        "method": "PUT",
        "path": "/yz/articles/upload",
        "query_string": b"name=a.txt",
        "headers": [(b"content-length", b"140000")],
    }
    asyncio.run(client.app(scope, receive, send))  # type: ignore[arg-type]
    assert len(seen[1]) == 1  # half of it was there
    assert uploaded_files(library.store.folder) == []


def test_nothing_to_cancel_add_or_undo(client: TestClient) -> None:
    cases = (("add", {}), ("cancel", {}), ("undo", {"key": "x"}), ("remove", {"article": "gone"}))
    told = [client.post(f"/yz/articles/{path}", json=body) for path, body in cases]
    assert [answer.status_code for answer in told] == [409, 409, 404, 404]
    texts = ARTICLES["zh-CN"].refusals
    words = [texts["nothing_waits"], texts["too_late"], texts["unknown"], texts["unknown"]]
    assert [answer.json()["error"] for answer in told] == words


def test_what_could_not_be_undone_is_asked_about(client: TestClient, own: Path) -> None:
    (own / "list.jsonl").unlink()
    asked = client.post("/yz/articles/remove", json={"article": "n1"})
    assert asked.status_code == 200
    assert asked.json() == {
        "removed": False,
        "words": "list.jsonl 收入之后有改动，或已不在原处，移除后无法撤销。",
    }
    told = client.post("/yz/articles/remove", json={"article": "n1", "for_good": True}).json()
    assert told == {"removed": True, "words": "已移除 list.jsonl，不可撤销。", "undo": ""}


def test_discard(client: TestClient, library: Library) -> None:
    upload(client, "metro.md", NEWS)
    assert client.post("/yz/articles/discard").json() == {"words": "已丢弃。"}
    assert uploaded_files(library.store.folder) == []


@pytest.mark.parametrize("with_library", [True, False])
def test_where_the_operator_switched_it_off_nothing_can_be_changed(
    library: Library, with_library: bool
) -> None:
    app = FastAPI()
    app.include_router(routes(library if with_library else library.store, manage=False))
    client = TestClient(app, headers={"accept-language": "zh-TW"})
    answers = [
        upload(client, "a.txt", b"x"),
        client.get("/yz/articles/job"),
        client.get("/yz/articles/removed"),
        client.post("/yz/articles/add"),
        client.post("/yz/articles/cancel"),
        client.post("/yz/articles/discard"),
        client.post("/yz/articles/remove", json={"article": "n1"}),
        client.post("/yz/articles/undo", json={"key": "x"}),
    ]
    words = {"error": "這裡不能增減文章：執行者關閉了這項功能。"}
    assert [(answer.status_code, answer.json()) for answer in answers] == [(403, words)] * 8
    listed = client.get("/yz/articles").text
    assert listed.count('<li class="holding"') == 4
    assert "remove" not in listed
    assert uploaded_files(library.store.folder) == []
