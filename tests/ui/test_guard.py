"""Whence a request may come, how long it may be, and which doors are open."""

import asyncio

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from ui.doors import QUESTIONS, Doors
from ui.guard import LONGEST_BODY, Guard, SecurityHeaders, policy
from ui.visitor import reader_of

EVERY = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]


async def echo(request):
    body = await request.body()
    headers = {"Access-Control-Allow-Origin": "http://evil.example", "X-Length": str(len(body))}
    return PlainTextResponse(f"{request.url.path}?{request.url.query}", headers=headers)


async def accept(socket):
    await socket.accept()


def behind(layer):
    routes = [Route("/{path:path}", echo, methods=EVERY), WebSocketRoute("/ws", accept)]
    return layer(Starlette(routes=routes))


@pytest.fixture
def guarded():
    return TestClient(behind(Guard), base_url="http://archive.example:7860")


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),  # no browser
        ({"Origin": "http://archive.example:7860"}, True),
        ({"Origin": "http://ARCHIVE.example:7860"}, True),
        ({"Origin": "https://archive.example:7860"}, True),  # a proxy that speaks https
        ({"Origin": "http://archive.example"}, False),
        ({"Origin": "http://archive.example:7861"}, False),
        ({"Origin": "http://archive.example:7860.evil.example"}, False),
        ({"Origin": "http://evil.example:7860"}, False),
        ({"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"}, False),
        ({"Origin": "ftp://archive.example:7860"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Origin": "http://archive.example:x"}, False),
        ({"Origin": "http://[::1"}, False),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
    ],
)
def test_what_changes_something_comes_from_the_page_itself(guarded, headers, allowed):
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = guarded.request(method, "/yz/x", headers=headers)
        assert answer.status_code == (200 if allowed else 403)
    if not allowed:
        words = "This request came from another site and was refused."
        assert answer.json() == {"error": words, "detail": words}


def test_two_origins_are_none(guarded):
    headers = [("Origin", "http://archive.example:7860")] * 2
    assert guarded.post("/yz/x", headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("scheme", "host", "origin", "allowed"),
    [
        ("https", "a.example", "https://a.example", True),
        ("https", "a.example", "https://a.example:443", True),
        ("https", "a.example", "http://a.example", False),  # on the way it may have been changed
        ("http", "a.example", "http://a.example:80", True),
        ("http", "a.example", "https://a.example", True),
        ("http", "[::1]:7860", "http://[::1]:7860", True),
        ("http", "[::1]:7860", "http://localhost:7860", False),
    ],
)
def test_schemes_and_ports(guarded, scheme, host, origin, allowed):
    guarded.base_url = f"{scheme}://{host}"
    answer = guarded.post("/", headers={"Origin": origin, "Host": host})
    assert answer.status_code == (200 if allowed else 403)


def test_other_sites_may_link_to_the_page_and_do_nothing_else(guarded):
    link = {
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "document",
    }
    assert guarded.get("/", headers=link).status_code == 200
    assert guarded.post("/", headers=link).status_code == 403
    for changed in ({"Sec-Fetch-Dest": "iframe"}, {"Sec-Fetch-Mode": "no-cors"}):
        assert guarded.get("/", headers=link | changed).status_code == 403


def test_there_are_no_web_sockets(guarded):
    with pytest.raises(WebSocketDisconnect), guarded.websocket_connect("/ws"):
        pass


def chunks(length):
    yield from (b"x" * 1000 for _ in range(length // 1000))
    yield b"x" * (length % 1000)


def test_a_long_body_is_refused_whether_or_not_it_says_so(guarded):
    exact = guarded.post("/yz/x", content=b"x" * LONGEST_BODY)
    assert (exact.status_code, exact.headers["x-length"]) == (200, "65536")
    assert guarded.post("/yz/x", content=chunks(LONGEST_BODY)).headers["x-length"] == "65536"
    words = "This is too long to be sent."
    for content in (b"x" * (LONGEST_BODY + 1), chunks(LONGEST_BODY + 1)):
        answer = guarded.post("/yz/x", content=content)
        assert (answer.status_code, answer.json()["error"]) == (413, words)


@pytest.mark.parametrize("length", ["-1", "1e3", "٣", "99999999999999999999999", ""])
def test_a_length_that_is_none(guarded, length):
    answer = guarded.post("/", content=b"", headers={"Content-Length": length.encode()})
    assert answer.status_code == 413


def test_an_upload_has_a_limit_of_its_own(guarded):
    long = b"x" * (LONGEST_BODY + 1)
    assert guarded.put("/yz/articles/upload", content=long).headers["x-length"] == "65537"
    assert guarded.post("/yz/articles/upload", content=long).status_code == 413
    headers = {"Origin": "http://evil.example"}
    assert guarded.put("/yz/articles/upload", headers=headers).status_code == 403


def test_headers():
    client = TestClient(behind(SecurityHeaders))
    answer = client.get("/yz/x")
    assert answer.headers["content-security-policy"] == policy()
    assert "script-src 'self';" in policy() and "unsafe-eval" not in policy()
    assert "'sha256-x'" in policy(("sha256-x",))
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"  # else forms have no origin
    assert answer.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in answer.headers
    assert "cache-control" not in client.get("/assets/x.js").headers


def test_a_stream_passes_piece_by_piece():
    """The second piece is made only when the first has been sent on."""
    sent = []

    async def streaming(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for number in range(3):
            assert len(sent) == number + 1
            await send({"type": "http.response.body", "body": b"x", "more_body": number < 2})

    async def receive():
        return {"type": "http.request"}

    async def send(message):
        sent.append(message["type"])

    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": "/gradio_api/queue/data",
        "headers": [],
    }
    asyncio.run(SecurityHeaders(Guard(Doors(streaming)))(scope, receive, send))
    assert sent == ["http.response.start"] + ["http.response.body"] * 3


@pytest.fixture
def doors():
    return TestClient(behind(Doors))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("HEAD", "/"),
        ("GET", "/yz/chats/1"),
        ("POST", "/yz/chats"),
        ("PUT", "/yz/articles/upload"),
        ("DELETE", "/yz/chats/1"),
        ("GET", "/assets/index-x.js"),
        ("GET", "/static/js/iframeResizer.contentWindow.min.js"),
        ("GET", "/favicon.ico"),
        ("GET", "/theme.css"),
        ("GET", "/gradio_api/heartbeat/abc1"),
        ("GET", "/gradio_api/queue/data"),
        ("GET", "/gradio_api/app_id"),
        ("POST", "/gradio_api/queue/join"),
        ("POST", "/gradio_api/run/predict"),
        ("POST", "/gradio_api/cancel"),
        ("POST", "/gradio_api/reset"),
    ],
)
def test_doors_that_the_page_uses(doors, method, path):
    assert doors.request(method, path).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/config"),
        ("GET", "/login"),
        ("POST", "/login"),
        ("GET", "/monitoring"),
        ("GET", "/manifest.json"),
        ("GET", "/pwa_icon/192"),
        ("GET", "/gradio_api/info"),
        ("GET", "/gradio_api/openapi.json"),
        ("GET", "/gradio_api/deep_link"),
        ("GET", "/gradio_api/runs"),
        ("GET", "/gradio_api/file=/etc/passwd"),
        ("GET", "/gradio_api/file/etc/passwd"),
        ("GET", "/gradio_api/proxy=http://evil.example/"),
        ("GET", "/gradio_api/heartbeat/a/../../config"),
        ("GET", "/gradio_api/heartbeat/"),
        ("GET", "/gradio_api/custom_component/1/client/component/style.css"),
        ("GET", "/gradio_api/stream/a/b/1/playlist.m3u8"),
        ("GET", "/gradio_api/upload_progress"),
        ("POST", "/gradio_api/upload"),
        ("POST", "/gradio_api/component_server"),
        ("POST", "/gradio_api/call/answer"),
        ("POST", "/gradio_api/run/answer"),
        ("POST", "/gradio_api/api/predict"),
        ("POST", "/gradio_api/run-history/connect"),
        ("POST", "/gradio_api/process_recording"),
        ("POST", "/gradio_api/vibe-edit"),
        ("GET", "/gradio_api/queue/join"),
        ("POST", "/"),
        ("PUT", "/gradio_api/queue/join"),
        ("PATCH", "/yz/x"),
        ("OPTIONS", "/gradio_api/queue/join"),
        ("GET", "/yz/"),
        ("GET", "/\n"),
    ],
)
def test_all_other_doors_are_closed(doors, method, path):
    path = path.replace("\n", "%0A")
    answer = doors.request(method, path)
    assert answer.status_code == 404
    assert "evil" not in answer.text


def test_the_page_takes_no_parameters(doors):
    assert doors.get("/?page=x&deep_link=y").text == "/?"
    assert doors.get("/yz/x?q=1").text == "/yz/x?q=1"


def test_a_browser_gets_a_number_once(doors):
    first = doors.get("/").headers["set-cookie"]
    assert first.startswith("yz_reader=")
    assert first.endswith("; HttpOnly; Max-Age=31536000; Path=/; SameSite=strict")
    assert reader_of(doors) == doors.cookies["yz_reader"] != ""
    assert "set-cookie" not in doors.get("/").headers
    doors.cookies.clear()
    doors.cookies.set("yz_reader", "<script>")
    assert "set-cookie" in doors.get("/").headers


def test_a_link_on_another_site_does_not_change_the_number(doors):
    headers = {"Sec-Fetch-Site": "cross-site"}  # the browser keeps a strict cookie back
    assert "set-cookie" not in doors.get("/", headers=headers).headers
    headers = {"Sec-Fetch-Site": "same-origin"}
    assert "set-cookie" in doors.get("/gradio_api/heartbeat/abc", headers=headers).headers
    assert "set-cookie" not in doors.get("/gradio_api/heartbeat/abc", headers=headers).headers


def test_questions_have_a_rate_and_what_is_too_fast_is_told_in_words(doors):
    doors.headers["accept-language"] = "zh-TW"
    answers = (doors.post("/gradio_api/queue/join") for _ in range(20 * QUESTIONS))
    taken, answer = next((n, one) for n, one in enumerate(answers) if one.status_code != 200)
    assert taken >= QUESTIONS  # and as many more as the time that this took brought back
    words = "提問過於頻繁，請在 1 秒後再問。"
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert answer.json() == {"error": words, "detail": words}
    assert doors.post("/gradio_api/run/predict").status_code == 200  # this answers nothing


def test_a_full_queue_is_told_in_words():
    async def full(scope, receive, send):
        await PlainTextResponse("Queue is full.", 503)(scope, receive, send)

    client = TestClient(Doors(full))
    client.headers["accept-language"] = "zh-CN"
    answer = client.post("/gradio_api/queue/join")
    words = "排队的问题太多，请稍后再问。"
    assert (answer.status_code, answer.json()) == (429, {"error": words, "detail": words})
    assert client.post("/gradio_api/run/predict").status_code == 503
