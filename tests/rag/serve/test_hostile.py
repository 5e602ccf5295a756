"""The server and those who mean no good: it lives, tells nothing, and serves the others."""

import contextlib
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from index.build import build
from index.embedder import load_embedder
from tests.rag.serve.hostile_cases import (
    CANARY,
    Case,
    bodies,
    harmless,
    heads,
    lengths,
    traversals,
)
from tests.rag.serve.raw import Reply, exchange, request

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "index" / "sample"
SERVE = "import sys; from rag.serve.command import main; sys.exit(main(sys.argv[1:]))"
# What no response may hold, whatever was asked: files of this computer, our code, its traces.
GIVEN_AWAY = re.compile(
    rb"root:.*:0:|\[fonts\]|Traceback|\.py\b|site-packages|/home/|/root/|/work/|/usr/|/tmp/"
)
GOOD = request("POST", "/search", b'{"question": "How long is the new bridge?", "k": 1}')


@dataclass(frozen=True)
class Running:
    """A server: its port, its process, and the file that its stderr goes to."""

    port: int
    process: subprocess.Popen[bytes]
    stderr: Path


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """`python -m rag serve` as users run it."""
    folder = tmp_path_factory.mktemp("hostile")
    build([SAMPLE], folder / "store", load_embedder())
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ["--store", str(folder / "store"), "--llm", "quote", "--port", str(port)]
    with (folder / "stderr").open("wb") as stderr:
        process = subprocess.Popen([sys.executable, "-c", SERVE, *words], cwd=ROOT, stderr=stderr)
        try:
            _wait(port, process)
            yield Running(port, process, folder / "stderr")
        finally:
            process.terminate()
            process.wait(20)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "the server did not start"
        with contextlib.suppress(OSError):
            if exchange(port, request("GET", "/readyz")).status == 200:
                return
        time.sleep(0.05)
    raise AssertionError("the server was not ready")


def check(case: Case, reply: Reply) -> list[str]:
    """What is wrong with the reply to a case."""
    wrong = []
    if reply.status not in case.statuses:
        wrong.append(f"{case.name}: {reply.status} {reply.body[:200]!r}")
    everything = reply.head.encode("latin-1") + reply.body + reply.more
    if GIVEN_AWAY.search(everything):
        wrong.append(f"{case.name} gives away: {everything[:300]!r}")
    if reply.status is None or reply.status < 400:
        return wrong
    if CANARY.encode() in everything:
        wrong.append(f"{case.name} repeats what was sent: {everything[:300]!r}")
    if reply.header("content-type") == "application/json" and not one_form(reply):
        wrong.append(f"{case.name} has another form: {reply.body[:200]!r}")
    return wrong


def one_form(reply: Reply) -> bool:
    """Whether an error has the form that all have, and a request id beside it."""
    error = json.loads(reply.body)["error"]
    return (
        {"message", "type", "param", "code"} <= set(error)
        and isinstance(error["message"], str)
        and isinstance(error["code"], str)
        and reply.header("x-request-id") is not None
        and reply.header("x-content-type-options") == "nosniff"
    )


@pytest.mark.parametrize("kind", [traversals, bodies, heads, lengths, harmless])
def test_whatever_is_sent_the_right_thing_comes_back(running: Running, kind) -> None:
    cases = list(kind())
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda case: exchange(running.port, *case.sent), cases))
    wrong = [
        line for case, reply in zip(cases, replies, strict=True) for line in check(case, reply)
    ]
    assert wrong == []
    assert running.process.poll() is None
    assert exchange(running.port, GOOD).status == 200


def test_there_are_enough_of_them() -> None:
    assert len(list(traversals())) >= 300
    assert sum(len(list(kind())) for kind in (bodies, heads, lengths, harmless)) >= 150


def test_no_second_request_is_smuggled_in(running: Running) -> None:
    hidden = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    for host in (b"Host: 127.0.0.1", b"Host: evil.example"):  # whatever else is wrong with it
        for case in lengths():
            sent = case.sent[0].replace(b"Host: 127.0.0.1", host, 1)
            reply = exchange(running.port, sent + hidden, behind=0.02)
            assert b"HTTP/1." not in reply.body + reply.more, (case.name, host)


def test_a_request_behind_another_gets_its_own_answer(running: Running) -> None:
    missing = request("GET", "/articles/none")
    reply = exchange(running.port, GOOD + missing + request("GET", "/healthz"), behind=0.3)
    assert reply.status == 200
    assert json.loads(reply.body)["hits"]
    assert re.findall(rb"HTTP/1.1 (\d+)", reply.more) == [b"404", b"200"]


def test_nothing_of_all_this_is_in_the_log(running: Running) -> None:
    exchange(running.port, request("POST", "/search", json.dumps({"question": CANARY}).encode()))
    exchange(running.port, request("GET", f"/articles/{CANARY}"))
    said = running.stderr.read_text("utf-8")
    assert CANARY not in said
    assert "Traceback" not in said
    assert "passwd" not in said


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:{port}", 200),
        ("localhost", 200),
        ("LOCALHOST:{port}", 200),
        ("[::1]:{port}", 200),
        ("", 400),
        ("evil.example", 400),
        ("127.0.0.1.evil.example", 400),
        ("evil.example:{port}", 400),
        ("localhost.", 400),
        ("127.0.0.1@evil.example", 400),
        ("127.0.0.1:80:80", 400),
        ("0.0.0.0", 400),
        ("2130706433", 400),
        ("127.0.0.1 evil.example", 400),
    ],
)
def test_only_the_servers_own_names_lead_to_it(running: Running, host: str, status: int) -> None:
    name = host.format(port=running.port)
    for sent in (request("GET", "/healthz", host=name), request("GET", "/articles", host=name)):
        assert exchange(running.port, sent).status == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ((), 200),
        (("Origin: http://127.0.0.1:{port}",), 200),
        (("Origin: https://127.0.0.1:{port}",), 200),  # through a proxy that speaks TLS
        (("Origin: http://evil.example",), 403),
        (("Origin: null",), 403),
        (("Origin: http://127.0.0.1:1",), 403),
        (("Origin: http://localhost:{port}",), 403),
        (("Origin: http://127.0.0.1:{port}", "Origin: http://evil.example"), 403),
        (("Origin: http://127.0.0.1:{port}.evil.example",), 403),
        (("Sec-Fetch-Site: cross-site",), 403),
        (("Sec-Fetch-Site: same-site",), 403),
        (("Sec-Fetch-Site: same-origin", "Origin: http://127.0.0.1:{port}"), 200),
        (("Sec-Fetch-Site: none",), 200),
        (("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"), 403),
    ],
)
def test_no_other_sites_page_gets_in(
    running: Running, headers: tuple[str, ...], status: int
) -> None:
    lines = [line.format(port=running.port) for line in headers]
    body = b'{"question": "How long is the new bridge?"}'
    sent = request("POST", "/search", body, *lines, host=f"127.0.0.1:{running.port}")
    reply = exchange(running.port, sent)
    assert reply.status == status
    assert "access-control-" not in reply.head.lower()


def test_no_page_may_ask_whether_it_may(running: Running) -> None:
    ask = ("Origin: http://evil.example", "Access-Control-Request-Method: POST")
    reply = exchange(running.port, request("OPTIONS", "/search", None, *ask))
    assert reply.status in (403, 405)
    assert "access-control-" not in reply.head.lower()
