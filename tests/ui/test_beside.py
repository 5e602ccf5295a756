"""The API beside the chat: which requests go where, and what opens which door."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.responses import JSONResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from rag import Assistant, Retriever
from tests.conftest import HashEmbedder
from ui.beside import Beside
from ui.chats.store import Chats
from ui.site import create_site

pytestmark = pytest.mark.usefixtures("closed_loops")

KEY, PASSWORD = "a key of sixteen characters", "long enough"
BEARER = {"Authorization": f"Bearer {KEY}"}
LOCAL = ("127.0.0.1", 50000)
OPEN = {"/healthz", "/readyz"}

Site = Callable[..., TestClient]


async def told(scope: Scope, receive: Receive, send: Send) -> None:
    """Says how it was reached."""
    place = {"root": scope.get("root_path", ""), "path": scope["path"]}
    await JSONResponse(place)(scope, receive, send)


async def chat(scope: Scope, receive: Receive, send: Send) -> None:
    await JSONResponse({"chat": scope["path"]})(scope, receive, send)


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/api", "/api"),
        ("/api/", "/api/"),
        ("/api/search", "/api/search"),
        ("/api/articles/a%2Fb", "/api/articles/a/b"),
        ("/%61pi/search", "/api/search"),
        ("/api%2Fsearch", "/api/search"),
    ],
)
def test_what_is_below_api_is_the_apis(target: str, path: str) -> None:
    answer = TestClient(Beside(chat, api=told)).get(target)
    assert answer.json() == {"root": "/api", "path": path}


@pytest.mark.parametrize("target", ["/", "/apis", "/API/search", "/yz/api/search", "/gradio_api/x"])
def test_everything_else_is_the_chats(target: str) -> None:
    assert TestClient(Beside(chat, api=told)).get(target).json() == {"chat": target}


def test_below_a_proxys_path_it_is_found_as_well() -> None:
    client = TestClient(Beside(chat, api=told), root_path="/news")
    assert client.get("/news/api/x").json() == {"root": "/news/api", "path": "/news/api/x"}
    assert client.get("/news/yz").json() == {"chat": "/news/yz"}


@pytest.fixture(scope="module")
def assistant(sample_store: Path) -> Assistant:
    return Assistant(Retriever(sample_store, embedder=HashEmbedder()))


@pytest.fixture(scope="module")
def site(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The whole site, anew or again for the same options."""
    made: dict[tuple[object, ...], object] = {}
    store = assistant.retriever.store.folder

    def of(password: str | None = None, key: str | None = None, *, api: bool = True) -> TestClient:
        options = (password, key, api)
        if options not in made:
            chats = Chats(tmp_path_factory.mktemp("chats") / "chats.sqlite", store=store)
            made[options] = create_site(
                assistant, chats, hosts=("testserver",), password=password, api=api, key=key
            )
        return TestClient(made[options], client=LOCAL)

    return of


def routes_of_api(client: TestClient) -> list[tuple[str, str]]:
    """Methods and paths of all that the API describes; names are those of nothing."""
    described = client.get("/api/openapi.json", headers=BEARER).json()["paths"]
    found = [
        (method.upper(), re.sub(r"\{[^}]*\}", "x", path))
        for path, methods in described.items()
        for method in methods
    ]
    assert {("POST", "/search"), ("POST", "/v1/chat/completions"), ("GET", "/healthz")} < set(found)
    return [*found, ("GET", "/openapi.json"), ("GET", "/nothing"), ("POST", ""), ("GET", "/")]


def signed_in(client: TestClient) -> TestClient:
    login = {"password": PASSWORD}
    assert client.post("/yz/login", data=login, follow_redirects=False).status_code == 303
    return client


@pytest.mark.parametrize("password", [None, PASSWORD])
def test_without_a_key_the_api_asks_for_nothing(site: Site, password: str | None) -> None:
    client = site(password)
    for method, path in routes_of_api(client):
        status = client.request(method, f"/api{path}").status_code
        assert status not in (401, 403, 500), (method, path)
    answer = client.post("/api/search", json={"question": "双月桥有多长？", "k": 2})
    assert [hit["source"] for hit in answer.json()["hits"]] == ["bridge-double-moon.md"] * 2


@pytest.mark.parametrize("password", [None, PASSWORD])
def test_with_a_key_nothing_else_opens_the_api(site: Site, password: str | None) -> None:
    client = site(password, KEY)
    if password:
        signed_in(client)  # its cookie is sent from now on
    wrong = {"Authorization": f"Bearer {PASSWORD}"}
    assert client.get("/api/articles", headers=wrong).status_code == 401
    for method, path in routes_of_api(client):
        without = client.request(method, f"/api{path}").status_code
        assert (without == 401) == (path not in OPEN), (method, path)
        given = client.request(method, f"/api{path}", headers=BEARER).status_code
        assert given not in (401, 403, 500), (method, path)


CHAT = (
    ("GET", "/"),
    ("GET", "/yz/articles"),
    ("GET", "/yz/chats"),
    ("GET", "/yz/models"),
    ("GET", "/theme.css"),
    ("POST", "/gradio_api/queue/join"),
    ("POST", "/gradio_api/run/predict"),
    ("PUT", "/yz/articles/upload"),
    ("DELETE", "/yz/chats/x"),
    ("GET", "/config"),
    ("GET", "/apis"),
    ("GET", "//api/articles"),
    ("GET", "/yz/%2e%2e/api/articles"),
)


@pytest.mark.parametrize("key", [None, KEY])
def test_the_key_opens_nothing_of_the_chat(site: Site, key: str | None) -> None:
    client = site(PASSWORD, key)
    for method, path in CHAT:
        url = f"http://testserver{path}"
        assert client.request(method, url).status_code == 401, (method, path)
        assert client.request(method, url, headers=BEARER).status_code == 401, (method, path)
    assert client.get("/", headers={**BEARER, "Accept": "text/html"}).status_code == 401
    assert "window.gradio_config" in signed_in(client).get("/").text


@pytest.mark.parametrize("key", [None, KEY])
def test_the_chat_is_as_without_an_api(site: Site, key: str | None) -> None:
    alone, beside = site(api=False), site(None, key)
    for method, path in CHAT:
        url = f"http://testserver{path}"
        first, second = alone.request(method, url), beside.request(method, url)
        assert first.status_code == second.status_code, (method, path)
        policy = "content-security-policy"
        assert re.sub("sha256-[^']*", "", first.headers[policy]) == re.sub(
            "sha256-[^']*", "", second.headers[policy]
        )


def test_without_an_api_there_is_none(site: Site) -> None:
    client = site(api=False)
    for path in ("/api", "/api/healthz", "/api/articles", "/api/openapi.json"):
        assert client.get(path).status_code == 404
    assert client.post("/api/search", json={"question": "x"}).status_code == 404


def test_both_refuse_other_names_and_other_sites(site: Site) -> None:
    client = site()
    for path in ("/api/articles", "/yz/articles", "/"):
        assert client.get(path, headers={"Host": "evil.example"}).status_code == 400
    evil = {"Origin": "http://evil.example"}
    asked = client.post("/api/search", json={"question": "x"}, headers=evil)
    assert (asked.status_code, asked.json()["error"]["code"]) == (403, "foreign_origin")
    assert client.get("/api/articles", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_the_api_sets_no_cookie_and_has_its_own_policy(site: Site) -> None:
    answer = site().get("/api/articles")
    assert "set-cookie" not in answer.headers
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["x-request-id"]


def test_what_a_citation_leads_to_is_there(site: Site) -> None:
    client = site(None, KEY)
    asked = {"model": "yinzheng", "messages": [{"role": "user", "content": "双月桥有多长？"}]}
    answer = client.post("/api/v1/chat/completions", json=asked, headers=BEARER).json()
    (cited, *_) = answer["choices"][0]["message"]["annotations"]
    url = cited["url_citation"]["url"]
    assert url.startswith("http://testserver/api/articles/")
    article = client.get(url, headers=BEARER).json()
    wanted = url.partition("#")[2]
    assert wanted in [paragraph["id"] for paragraph in article["paragraphs"]]
    servers = client.get("/api/openapi.json", headers=BEARER).json()["servers"]
    assert servers == [{"url": "/api"}]


def test_what_answers_in_the_chat_answers_here(site: Site) -> None:
    client = site()
    answer = client.post("/api/ask", json={"question": "双月桥有多长？"}).json()
    assert answer["llm"] == "quote"
    events = client.post("/api/ask", json={"question": "双月桥有多长？", "stream": True}).text
    names = re.findall(r"^event: (\w+)$", events, re.MULTILINE)
    assert (names[0], names[-1]) == ("sources", "answer")
    last = json.loads(events.rstrip().rpartition("data: ")[2])
    assert last["sentences"] == answer["sentences"]
