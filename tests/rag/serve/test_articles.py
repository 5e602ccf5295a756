"""The articles of a store, page by page, and one by one."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from index.build import build
from rag import Assistant, Retriever
from rag.serve.app import create_api
from rag.serve.schemas import ArticleResponse, ParagraphResponse
from rag.serve.service import Service
from tests.conftest import HashEmbedder


def client_of(store: Path) -> tuple[TestClient, Retriever]:
    retriever = Retriever(store, embedder=HashEmbedder())
    service = Service(retriever, lambda: contextlib.nullcontext(Assistant(retriever)))
    return TestClient(create_api(service, hosts=("testserver",))), retriever


@pytest.fixture(scope="module")
def served(sample_store: Path) -> tuple[TestClient, Retriever]:
    return client_of(sample_store)


def pages(client: TestClient, **limits: Any) -> list[list[str]]:
    found: list[list[str]] = []
    cursor = None
    while cursor is not None or not found:
        wanted = {**limits, **({"cursor": cursor} if cursor else {})}
        answer = client.get("/articles", params=wanted)
        assert answer.status_code == 200, answer.text
        found.append([article["id"] for article in answer.json()["articles"]])
        cursor = answer.json()["next"]
    return found


@settings(derandomize=True, max_examples=15, deadline=None)
@given(size=st.integers(1, 60))
def test_all_articles_once_and_in_order(served: tuple[TestClient, Retriever], size: int) -> None:
    client, retriever = served
    every = [placed.article.id for placed in retriever.store.current().placed(texts=False)]
    assert len(every) == 40
    found = pages(client, limit=size)
    assert [id_ for page in found for id_ in page] == every
    assert {len(page) for page in found[:-1]} <= {size} and 1 <= len(found[-1]) <= size


def test_what_is_told_of_an_article(served: tuple[TestClient, Retriever]) -> None:
    client, retriever = served
    listed = client.get("/articles", params={"source": "bridge-double-moon.md"}).json()
    (article,) = listed["articles"]
    assert listed["next"] is None
    assert {key: article[key] for key in ("title", "date", "section", "source")} == {
        "title": "石笋镇双月桥修复完工 老石头回去了八成",
        "date": "2033-04-02",
        "section": "地方",
        "source": "bridge-double-moon.md",
    }
    whole = client.get(f"/articles/{article['id']}").json()
    ArticleResponse.model_validate(whole)
    own = retriever.store.current().article_paragraphs(article["id"])
    raw = retriever.store.current().article(article["id"])
    assert raw is not None
    assert [one["text"] for one in whole["paragraphs"]] == [one.text for one in own]
    first = whole["paragraphs"][0]
    assert raw.raw[first["span"]["start"] : first["span"]["end"]] == first["text"]
    one = client.get(f"/paragraphs/{first['id']}").json()
    ParagraphResponse.model_validate(one)
    assert one == {**first, "article": article}


def test_limits(served: tuple[TestClient, Retriever]) -> None:
    client, retriever = served
    articles = [placed.article for placed in retriever.store.current().placed(texts=False)]
    wanted = [a.id for a in articles if a.date and "2033-04" <= a.date[:7] <= "2033-06"]
    assert [i for page in pages(client, limit=2, since="2033-04", until="2033-06") for i in page]
    assert sum(pages(client, limit=2, since="2033-04", until="2033-06"), []) == wanted
    named = [a.id for a in articles if a.source.startswith("b")]
    assert sum(pages(client, limit=3, source="b*"), []) == named
    both = sum(pages(client, limit=3, source=["b*", "ferry-*"]), [])
    assert set(named) < set(both)
    assert pages(client, source="none") == [[]]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=0", "limit_invalid"),
        ("limit=201", "limit_invalid"),
        ("limit=x", "limit_invalid"),
        ("cursor=x", "cursor_invalid"),
        ("cursor=1.0", "cursor_invalid"),
        ("since=x", "since_invalid"),
        ("&".join(["source=a"] * 101), "source_too_long"),
    ],
)
def test_what_cannot_be_listed(served: tuple[TestClient, Retriever], query: str, code: str) -> None:
    answer = served[0].get(f"/articles?{query}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)


@pytest.mark.parametrize("id_", ["x", "a/b", "..%2F..", "%00", "a" * 4000])
def test_what_is_not_there(served: tuple[TestClient, Retriever], id_: str) -> None:
    for kind in ("article", "paragraph"):
        answer = served[0].get(f"/{kind}s/{id_}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, f"{kind}_not_found")


def test_ids_with_slashes_and_a_store_that_changes(tmp_path: Path) -> None:
    file = tmp_path / "news.jsonl"

    def write(*numbers: int) -> None:
        rows = [
            {"id": f"news/{n}", "title": f"Day {n}", "text": f"It rained on day {n}."}
            for n in numbers
        ]
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        build([file], tmp_path / "store", HashEmbedder())

    write(1, 2, 3, 4)
    client, retriever = client_of(tmp_path / "store")
    assert client.get("/articles/news/3").json()["title"] == "Day 3"
    first = client.get("/articles", params={"limit": 2}).json()
    assert [article["id"] for article in first["articles"]] == ["news/1", "news/2"]
    write(1, 2, 3, 4, 5)
    retriever.store.refresh()
    rest = client.get("/articles", params={"limit": 9, "cursor": first["next"]}).json()
    assert [article["id"] for article in rest["articles"]] == ["news/3", "news/4", "news/5"]
    write(1)
    retriever.store.refresh()
    after = client.get("/articles", params={"cursor": first["next"]}).json()
    assert after == {"articles": [], "next": None}
