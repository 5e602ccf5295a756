"""The whole application around Gradio: layers in their order, assets, silence, and its end."""

import hashlib
import re
import signal
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from base64 import b64encode
from pathlib import Path

import gradio as gr
import pytest
from fastapi import APIRouter
from starlette.testclient import TestClient

from ui.server import create_web

ROOT = Path(__file__).parents[2]
HOSTILE = "</script><script>alert(1)</script><!--"


pytestmark = pytest.mark.usefixtures("closed_loops")


def small_page():
    with gr.Blocks(analytics_enabled=False) as app:
        gr.Chatbot(placeholder=HOSTILE)
        box = gr.Textbox(value=HOSTILE)
        box.submit(lambda text: text, box, box, api_visibility="private")
    return app.queue(max_size=1)


def our_router():
    router = APIRouter()

    @router.get("/yz/hello")
    def hello() -> str:
        return "hello"

    return router


@pytest.fixture(scope="module")
def web():
    return create_web(small_page(), hosts=("testserver",), password=None, routers=(our_router(),))


@pytest.fixture
def client(web):
    return TestClient(web)


def test_the_page_runs_its_own_scripts_and_no_other(client):
    answer = client.get("/")
    found = re.findall(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", answer.text, re.DOTALL)
    allowed = re.search("script-src ([^;]*);", answer.headers["content-security-policy"])[1]
    digests = [b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in found]
    assert allowed == " ".join(["'self'", *(f"'sha256-{digest}'" for digest in digests)])
    assert len(found) == 5  # of Gradio's template; foreign text adds none
    assert "<script>alert(1)" not in answer.text
    assert found[0].startswith("window.gradio_config = ") and "alert(1)" in found[0]
    assert answer.headers["cache-control"] == "no-store"


def test_our_files_are_served_for_ever(client):
    page = client.get("/").text
    css = re.search(r'<link rel="stylesheet" href="(/yz/assets/\w{16}\.css)">', page)[1]
    js = re.search(r'<script src="(/yz/assets/\w{16}\.js)" defer></script>', page)[1]
    for path, kind in ((css, "text/css"), (js, "text/javascript")):
        answer = client.get(path)
        assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
        assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
        assert hashlib.sha256(answer.content).hexdigest()[:16] == path[len("/yz/assets/") :][:16]
    assert client.get("/yz/assets/0000000000000000.js").status_code == 404


def test_other_host_names_are_refused(client):
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400
    assert client.get("/yz/hello", headers={"Host": "evil.example"}).status_code == 400


def test_headers_are_on_everything(client):
    for path in ("/", "/yz/hello", "/theme.css", "/config"):
        headers = client.get(path).headers
        assert headers["x-frame-options"] == "DENY"
        assert "default-src 'self'" in headers["content-security-policy"]
    refused = client.get("/", headers={"Host": "evil.example"})
    assert refused.headers["x-content-type-options"] == "nosniff"


def test_no_other_site_may_read_an_answer(client):
    headers = {"Origin": "http://evil.example"}
    answer = client.get("/theme.css", headers=headers)
    assert answer.status_code == 200
    assert [name for name in answer.headers if name.startswith("access-control")] == []


def test_what_is_beside_the_page_is_reached_before_gradio(client):
    assert client.get("/yz/hello").json() == "hello"
    assert client.get("/yz/none").status_code == 404
    assert client.post("/yz/hello", headers={"Origin": "http://evil.example"}).status_code == 403


def test_what_does_not_fit_into_gradios_queue_is_told_in_words():
    web = create_web(small_page(), hosts=("*",), password=None)
    client = TestClient(web, headers={"accept-language": "zh-CN"})  # not started: all wait
    join = {"data": ["a"], "fn_index": 0, "session_hash": "abc", "event_data": None}
    assert client.post("/gradio_api/queue/join", json=join).status_code == 200
    refused = client.post("/gradio_api/queue/join", json=join)
    words = "排队的问题太多，请稍后再问。"
    assert (refused.status_code, refused.json()) == (429, {"error": words, "detail": words})


def routes_of(application):
    for route in application.routes:
        path = getattr(route, "path", "")
        included = getattr(route, "original_router", None)
        if included is not None:
            yield from routes_of(included)
        elif hasattr(route, "app") and hasattr(route.app, "routes"):
            yield from routes_of(route.app)
        elif path:
            for method in getattr(route, "methods", None) or ("GET",):
                yield method, re.sub(r"\{[^}]*\}", "x", path)


def test_behind_a_password_no_route_answers():
    web = create_web(small_page(), hosts=("*",), password="long enough", routers=(our_router(),))
    client = TestClient(web)
    routes = set(routes_of(web))
    assert {("GET", "/yz/hello"), ("GET", "/"), ("POST", "/gradio_api/upload")} <= routes
    assert len(routes) > 60
    for method, path in sorted(routes):
        assert client.request(method, path).status_code == 401, (method, path)
    login = {"password": "long enough"}
    assert client.post("/yz/login", data=login, follow_redirects=False).status_code == 303
    assert client.get("/yz/hello").json() == "hello"
    assert "window.gradio_config" in client.get("/").text
    assert client.get("/config").status_code == 404


SERVING = """
import sys, threading
import socket
HERE = ("127.0.0.1", "localhost", "::1", None, b"127.0.0.1")
def quiet(event, arguments):
    if event == "socket.connect" and arguments[1][0] not in HERE:
        print("connects to", arguments[1], flush=True)
        raise OSError("no network")
    if event in ("socket.getaddrinfo", "socket.gethostbyname") and arguments[0] not in HERE:
        print("asks for", arguments[0], flush=True)
        raise OSError("no network")
sys.addaudithook(quiet)
import gradio as gr
from rag.serve.address import listen
from rag.background import Background
from ui.server import create_web, server

class Model:
    name, context_size, answer_style = "m", 99, "prose"
    def count_tokens(self, text):
        return 1
    def stream(self, request):
        threading.Event().wait()  # deaf: it cannot even be stopped
        yield ""

class Assistant:
    llm = Model()
    def stream(self, question, **given):
        yield from self.llm.stream(question)

def answer(text):
    for event in Background(Assistant(), text, history=(), session="").events():
        print("asked", flush=True)
        yield text

with gr.Blocks(analytics_enabled=False) as app:
    box = gr.Textbox()
    box.submit(answer, box, box)
web = create_web(app.queue(), hosts=("127.0.0.1",), password=None)
listening = listen("127.0.0.1", 0)
print(listening.getsockname()[1], flush=True)
try:
    server(web).run(sockets=[listening])
except KeyboardInterrupt:
    sys.exit(130)
"""


def test_it_calls_nobody_and_ctrl_c_in_an_answer_ends_it_at_once(tmp_path):
    script = tmp_path / "serving.py"
    script.write_text(textwrap.dedent(SERVING))
    run = subprocess.Popen(
        [sys.executable, str(script)],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        port = run.stdout.readline().strip()
        assert port.isdigit(), port + run.stdout.read()
        address = f"http://127.0.0.1:{port}"
        assert b"window.gradio_config" in _when_it_is_there(f"{address}/")
        body = b'{"data": ["a"], "fn_index": 0, "session_hash": "abc"}'
        join = urllib.request.Request(
            f"{address}/gradio_api/queue/join", body, {"Content-Type": "application/json"}
        )
        urllib.request.urlopen(join, timeout=10).close()
        with urllib.request.urlopen(
            f"{address}/gradio_api/queue/data?session_hash=abc", timeout=10
        ):
            assert run.stdout.readline() == "asked\n"
            run.send_signal(signal.SIGINT)
            out, err = run.communicate(timeout=10)  # 1.7 s where nothing else runs
        assert (run.returncode, out.replace("asked\n", ""), err) == (130, "", "")
    finally:
        run.kill()
        run.communicate()


def _when_it_is_there(address):
    for _ in range(200):
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                return answer.read()
        except ConnectionRefusedError:
            time.sleep(0.05)
        except urllib.error.URLError as error:
            assert isinstance(error.reason, ConnectionRefusedError)
            time.sleep(0.05)
    raise AssertionError("the server did not start")
