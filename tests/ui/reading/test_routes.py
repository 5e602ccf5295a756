"""Articles over HTTP: both views, what is gone, and wrong addresses."""

import json
import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from index.build import build
from index.store import Store
from tests.conftest import HashEmbedder
from ui.reading.routes import routes

RECORDS = (
    {
        "id": "a/1 ?",
        "title": "桥<通车",
        "date": "1987-04-14",
        "text": "大桥昨天通车。\n桥长五百米。",
    },
    {"id": "a2", "title": "The lake", "text": "The lake is clear."},
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("reading")
    file = folder / "news.jsonl"
    lines = (json.dumps(record, ensure_ascii=False) for record in RECORDS)
    file.write_text("\n".join(lines), "utf-8")
    build([file], folder / "store", HashEmbedder())
    return Store(folder / "store")


@pytest.fixture
def client(store: Store) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(routes(store.current))
    with TestClient(app, headers={"accept-language": "zh-CN"}) as client:
        yield client


def bridge(store: Store) -> tuple[str, list[str]]:
    return "/yz/articles/a%2F1%20%3F/read", [
        paragraph.id for paragraph in store.current().article_paragraphs("a/1 ?")
    ]


def test_an_article_with_a_quotation(client: TestClient, store: Store) -> None:
    url, (first, second) = bridge(store)
    found = client.get(url, params={"at": second, "quote": [f"{second}:2-5", "pgone:0-4"]})
    assert found.status_code == 200
    assert found.headers["content-type"] == "text/html; charset=utf-8"
    assert f'data-quoted="{second}"' in found.text
    assert '<h2 lang="zh-Hans">桥&lt;通车</h2>' in found.text
    assert (
        f'<p id="par-{first}" data-paragraph="{first}" lang="zh-Hans">大桥昨天通车。</p>'
        f'<p id="par-{second}" data-paragraph="{second}" class="cited at" lang="zh-Hans">'
        "桥长<mark>五百米</mark>。</p>"
    ) in found.text


def test_the_same_as_printed(client: TestClient, store: Store) -> None:
    url, (_, second) = bridge(store)
    found = client.get(url, params={"view": "printed", "quote": f"{second}:0-2"})
    printed = found.text.split('<div class="printed">')[1]
    assert re.sub("<(?!br|/?mark)[^>]*>", "", printed) == (
        "大桥昨天通车。<br><mark>桥长</mark>五百米。"
    )


def test_an_article_that_is_gone(client: TestClient) -> None:
    found = client.get("/yz/articles/a3/read", headers={"cookie": "yz_lang=en"})
    assert (found.status_code, found.json()) == (
        404,
        {"error": "This article is no longer among the articles: it was removed or changed."},
    )


@pytest.mark.parametrize(
    "wrong", [{"quote": "p"}, {"view": "x"}, {"window": "5"}, {"quote": "p:4-2"}]
)
def test_wrong_addresses(client: TestClient, wrong: dict[str, str]) -> None:
    found = client.get("/yz/articles/a2/read", params=wrong)
    assert found.status_code == 422
    assert found.json()["error"].startswith("这个地址指不到文章中的位置")


def test_the_frame_speaks_the_readers_language(client: TestClient) -> None:
    html = client.get("/yz/reading", headers={"cookie": "yz_lang=zh-TW"}).text
    assert 'lang="zh-TW"' in html and "回到來源" in html
    assert re.findall(r'data-view="(\w+)" aria-pressed="(\w+)">([^<]*)<', html) == [
        ("text", "true", "內文"),
        ("printed", "false", "版面原樣"),
    ]
    assert "{n}／{all}" in html
