"""A small store of a reader's own folder, its library, and the routes over it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from index.build import build
from index.embedder import Embedder
from index.store import Store
from ui.articles.library import Library
from ui.articles.routes import routes

BRIDGE = "---\ntitle: 大桥通车\ndate: 2031-05-18\nauthors: 林舟, 高远\n---\n\n大桥长二千四百米。\n"
FERRY = "---\ntitle: Ferry fares rise\ndate: 2031-04-02\n---\n\nA trip costs four crowns.\n"
LIST = (
    '{"id": "n1", "title": "茶价", "date": "2030-11-01", "text": "春茶每斤九十元。"}\n'
    '{"id": "n2", "title": "夜市", "text": "夜市九点收摊。"}\n'
)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A reader's own folder with three files and four articles."""
    folder = tmp_path / "papers"
    (folder / "2031").mkdir(parents=True)
    (folder / "2031" / "bridge.md").write_text(BRIDGE, "utf-8")
    (folder / "2031" / "ferry.md").write_text(FERRY, "utf-8")
    (folder / "list.jsonl").write_text(LIST, "utf-8")
    return folder


@pytest.fixture
def store(own: Path, tmp_path: Path, embedder: Embedder) -> Store:
    """A store of it."""
    build([own], tmp_path / "store", embedder)
    return Store(tmp_path / "store")


@pytest.fixture
def library(store: Store, embedder: Embedder) -> Library:
    return Library(store, embedder, folder=store.folder)


@pytest.fixture
def send(library: Library) -> Callable[[str, bytes], str]:
    """Puts a file among those that wait, and says what it is."""

    def put(name: str, content: bytes) -> str:
        incoming = library.uploads.begin(name, len(content))
        try:
            incoming.write(content)
            incoming.finish()
        finally:
            incoming.close()
        return library.received(name)

    return put


@pytest.fixture
def client(library: Library) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(routes(library, manage=True))
    with TestClient(app, headers={"accept-language": "zh-CN"}) as client:
        yield client
