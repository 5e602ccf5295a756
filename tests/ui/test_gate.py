"""The password: who gets in, for how long, and how guessing ends."""

import re

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from ui.gate import ALL_TRIES, IDLE, SESSION, SESSIONS, TRIES, Gate, Sessions
from ui.texts import ALL
from ui.texts.gate import GATE

PASSWORD = "报纸 & päss+word"
PAGE = {"Accept": "text/html,application/xhtml+xml"}


class Clock:
    def __init__(self):
        self.now = 5.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def visit(clock):
    """Opens a browser without a session, at an address."""
    inside = Starlette(
        routes=[
            Route(path, lambda _: PlainTextResponse("inside"), methods=["GET", "POST"])
            for path in ("/", "/yz/x")
        ]
    )
    gate = Gate(inside, password=PASSWORD, clock=clock)

    def start(address="192.0.2.1", **options):
        client = TestClient(gate, client=(address, 50000), follow_redirects=False, **options)
        client.headers["accept-language"] = "zh-CN"
        return client

    return start


def enter(client, password=PASSWORD, **options):
    return client.post("/yz/login", data={"password": password}, **options)


def test_a_page_is_answered_by_the_question_for_the_password(visit):
    page = visit().get("/", headers=PAGE)
    assert page.status_code == 401
    assert page.headers["cache-control"] == "no-store"
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy and "script-src" not in policy
    assert '<html lang="zh-CN">' in page.text
    assert '<form method="post" action="/yz/login">' in page.text
    assert re.search('<label for="password">密码</label><input id="password"', page.text)
    assert 'autocomplete="current-password"' in page.text and " autofocus " in page.text
    assert "inside" not in page.text and "role=" not in page.text


@pytest.mark.parametrize(("language", "words"), [("en-GB", "Password"), ("zh-TW", "密碼")])
def test_its_languages(visit, language, words):
    client = visit()
    client.headers["accept-language"] = language
    assert f">{words}</label>" in client.get("/", headers=PAGE).text
    client.cookies.set("yz_lang", "zh-CN")
    assert ">密码</label>" in client.get("/", headers=PAGE).text


@pytest.mark.parametrize(
    ("method", "path", "accept"),
    [("GET", "/", "*/*"), ("GET", "/yz/x", "application/json"), ("POST", "/yz/x", "text/html")],
)
def test_all_else_is_refused_in_words(visit, method, path, accept):
    answer = visit().request(method, path, headers={"Accept": accept})
    words = "登录已失效。请刷新页面，重新输入密码。"
    assert (answer.status_code, answer.json()) == (401, {"error": words, "detail": words})


def test_the_password_lets_in_and_the_cookie_is_kept_close(visit):
    client = visit()
    answer = enter(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert re.fullmatch(rf"{SESSION}=[\w-]{{43}}; HttpOnly; Path=/; SameSite=strict", cookie)
    assert client.get("/").text == client.post("/yz/x").text == "inside"
    assert client.get("/yz/login").headers["location"] == "/"
    other = visit()
    assert other.get("/").status_code == 401
    other.cookies.set(SESSION, "x" * 43)
    assert other.get("/").status_code == 401


def test_over_https_the_cookie_stays_there(visit):
    assert enter(visit(base_url="https://testserver")).headers["set-cookie"].endswith("; Secure")


def test_the_way_on_is_always_the_page(visit):
    for query in ("?next=https://evil.example/", "?next=//evil.example"):
        answer = visit().post(f"/yz/login{query}", data={"password": PASSWORD, "next": "//evil"})
        assert answer.headers["location"] == "/"


@pytest.mark.parametrize(
    "body",
    [
        b"password=nearly",
        b"password=",
        b"",
        b"\xff\xfe",
        b"user=x&" * 20 + b"password=x",
        b"Password=%E6%8A%A5%E7%BA%B8+%26+p%C3%A4ss%2Bword",
    ],
)
def test_a_wrong_password(visit, body):
    client = visit()
    answer = client.post("/yz/login", content=body)
    assert answer.status_code == 401 and "set-cookie" not in answer.headers
    assert '<p id="trouble" role="alert">密码不对，请重新输入。</p>' in answer.text
    assert 'aria-describedby="trouble" aria-invalid="true"' in answer.text
    assert "nearly" not in answer.text
    assert client.get("/").status_code == 401


def test_signing_out_ends_this_session_alone(visit):
    one, other = visit(), visit()
    enter(one)
    enter(other)
    stolen = one.cookies[SESSION]
    assert one.get("/yz/logout").status_code == 404  # a link signs nobody out: passed on inside
    assert one.post("/yz/logout").headers["location"] == "/"
    assert SESSION not in one.cookies
    one.cookies.set(SESSION, stolen)
    assert one.get("/").status_code == 401
    assert other.get("/").text == "inside"


def test_an_idle_session_ends(visit, clock):
    client = visit()
    enter(client)
    clock.now += IDLE - 1
    assert client.get("/").text == "inside"
    clock.now += IDLE - 1
    assert client.get("/").text == "inside"
    clock.now += IDLE
    assert client.get("/").status_code == 401


def test_sessions_are_bounded():
    sessions = Sessions(clock=Clock())
    tokens = [sessions.begin() for _ in range(SESSIONS)]
    assert sessions.has(tokens[0])  # and so it is the last to go
    sessions.begin()
    assert len(sessions) == SESSIONS
    assert [sessions.has(token) for token in tokens[:3]] == [True, False, True]
    assert len(set(tokens)) == SESSIONS


def test_guessing_is_locked_out_by_address_and_opens_again(visit, clock):
    client = visit()
    assert [enter(client, "guess").status_code for _ in range(TRIES)] == [401] * TRIES
    locked = enter(client)  # even with the right one
    assert (locked.status_code, locked.headers["retry-after"]) == (429, "60")
    assert "尝试次数过多，请在 60 秒后再试。" in locked.text
    assert enter(visit("192.0.2.2")).status_code == 303
    clock.now += 60
    assert enter(client).status_code == 303
    assert enter(visit(), "guess").status_code == 401  # the right one cost no try


def test_guessing_from_many_addresses_is_locked_out_too(visit, clock):
    for number in range(ALL_TRIES):
        assert enter(visit(f"198.51.100.{number}"), "guess").status_code == 401
    locked = enter(visit("203.0.113.9"))
    assert (locked.status_code, locked.headers["retry-after"]) == (429, "6")
    clock.now += 6
    assert enter(visit("203.0.113.9")).status_code == 303


def test_those_inside_are_not_disturbed_by_guessing(visit):
    client = visit()
    enter(client)
    for _ in range(TRIES + 1):
        enter(visit(), "guess")
    assert client.get("/").text == "inside"


def test_a_link_on_another_site_leads_in_where_there_is_a_session(visit):
    client = visit()
    headers = {**PAGE, "Sec-Fetch-Site": "cross-site"}  # the browser keeps a strict cookie back
    page = client.get("/", headers=headers)
    assert page.text.startswith('<!doctype html><meta http-equiv="refresh" content="0">')
    again = client.get("/", headers={**PAGE, "Sec-Fetch-Site": "same-origin"})
    assert "密码" in again.text


def test_the_words_are_there_in_every_language():
    assert sorted(GATE) == sorted(texts.code for texts in ALL)
    for code, words in GATE.items():
        assert all(vars(words).values()), code
        for name in ("locked", "too_fast"):
            assert getattr(words, name).count("{seconds}") == 1
