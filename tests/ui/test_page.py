"""Gradio's page, changed; the policy that is made for it."""

import hashlib
from base64 import b64encode

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from ui.guard import policy
from ui.page import Assets, Page, dressed, read_assets, script_hashes

ASSETS = Assets(b"p { color: red }", b"alert(1);")
CSS = hashlib.sha256(ASSETS.css).hexdigest()[:16]
JS = hashlib.sha256(ASSETS.js).hexdigest()[:16]


def named(script):
    return "sha256-" + b64encode(hashlib.sha256(script).digest()).decode()


def test_inline_scripts_are_named_by_their_hash_and_others_are_not():
    html = (
        b"<script>a &lt; \xe6\xa1\xa5</script><script src='x.js'>b</script>"
        b'<script type="module" crossorigin src="./y.js"></script>'
        b"<script data-src>\nc\n</script><script></script>"
    )
    assert script_hashes(html) == (named(b"a &lt; \xe6\xa1\xa5"), named(b"\nc\n"), named(b""))


def test_the_page_is_dressed():
    html = (
        b'<html\n\tlang="en"\n><head><link rel="manifest" href="/manifest.json" /></head>'
        b'<body\n style="x"><p lang="en"></p></body></html>'
    )
    expected = (
        f'<html\n\tlang="zh-TW"\n><head><script src="/yz/assets/{JS}.js" defer></script></head>'
        f'<body\n style="x"><link rel="stylesheet" href="/yz/assets/{CSS}.css"><p lang="en"></p>'
        "</body></html>"
    )
    assert dressed(html, ASSETS, "zh-TW").decode() == expected


def test_our_files_are_put_together_in_their_order(tmp_path):
    for name, text in (
        ("talk.js", "talk()"),
        ("shell.js", "shell() // end"),
        ("gate.css", "never {}"),
        ("models.css", "models {}"),
        ("shell.css", "外壳 {}"),
        ("other.js", "other()"),
    ):
        (tmp_path / name).write_text(text, "utf-8")
    assets = read_assets(tmp_path)
    assert assets.js.decode() == "shell() // end\n;\ntalk()"
    assert assets.css.decode() == "外壳 {}\nmodels {}"


@pytest.fixture
def client():
    html = '<html lang="en"><head><script>x = 1</script></head><body>报</body></html>'

    def home(request):
        if request.query_params.get("plain"):
            return PlainTextResponse("plain")
        encoding = request.headers.get("accept-encoding", "none")
        return HTMLResponse(html, headers={"X-Encoding": encoding})

    routes = [Route("/", home), Route("/other", home)]
    return TestClient(Page(Starlette(routes=routes), assets=ASSETS))


def test_the_page_has_a_policy_made_for_it(client):
    answer = client.get("/", headers={"Accept-Language": "zh-CN"})
    assert answer.headers["content-security-policy"] == policy((named(b"x = 1"),))
    assert answer.headers["content-length"] == str(len(answer.content))
    assert answer.headers["x-encoding"] == "none"  # what is compressed cannot be read
    assert answer.text.startswith('<html lang="zh-CN"><head><script>x = 1</script><script src=')
    assert answer.text.endswith("报</body></html>")


def test_everything_else_is_left_alone(client):
    other = client.get("/other")
    assert other.text.startswith('<html lang="en"><head><script>x = 1</script></head>')
    assert "content-security-policy" not in other.headers
    assert client.get("/?plain=1").text == "plain"
    assert client.head("/").text == ""
