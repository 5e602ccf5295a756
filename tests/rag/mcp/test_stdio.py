"""The command over real pipes, by hand; tests/docs/test_mcp.py starts it by the SDK's client."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from index.build import build
from index.embedder import load_embedder
from rag.mcp.command import main
from tests.conftest import SAMPLE
from tests.rag.mcp.talking import INITIALIZE

ROOT = Path(__file__).parents[3]
# What `python -m rag mcp` does, with a library that prints while the store opens and while asked.
STARTED = """
import os, sys
from rag.mcp import command, server
created = server.create_server
def create_server(retriever, opening):
    print("a library says hello"); os.write(1, b"and C says so, too\\n")
    def loud():
        os.write(1, b"loading\\n")
        return opening()
    return created(retriever, loud)
server.create_server = create_server
sys.exit(command.main())
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundled") / "store"
    build([SAMPLE / "bridge-harrow-ferry.md"], folder, load_embedder())
    return folder


class ByHand:
    """A server that is spoken to line by line."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", STARTED, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
        )

    def send(self, line: bytes) -> None:
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def asked(self, method: str, number: int, **params: Any) -> dict[str, Any]:
        message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        self.send(json.dumps(message).encode())
        return self.heard()

    def heard(self) -> dict[str, Any]:
        return json.loads(self.process.stdout.readline())

    def begin(self) -> None:
        self.send(json.dumps(INITIALIZE).encode())
        assert self.heard()["result"]["serverInfo"]["name"] == "yinzheng"
        self.send(b'{"jsonrpc": "2.0", "method": "notifications/initialized"}')


@pytest.fixture
def by_hand(store: Path) -> Iterator[ByHand]:
    server = ByHand("--store", str(store), "--llm", "quote")
    yield server
    server.process.kill()
    for pipe in (server.process.stdin, server.process.stdout, server.process.stderr):
        pipe.close()
    server.process.wait()


def test_what_is_no_message_is_passed_over_and_the_end_of_input_is_the_end(by_hand: ByHand) -> None:
    for line in (
        b"",
        b"hello",
        b"\xff\xfe\x00",
        b"[]",
        b"{" * 5000,
        b'{"jsonrpc": "2.0"}',
        b"null",
    ):
        by_hand.send(line)
    by_hand.begin()
    for line in (b"}{", b'{"jsonrpc": "2.0", "method": "no/such/notification"}', b"0" * 100_000):
        by_hand.send(line)
    unknown = by_hand.asked("no/such/method", 2)
    assert unknown["error"]["code"] == -32601
    wrong = by_hand.asked("tools/call", 3, name="no_such_tool", arguments={})
    assert wrong["error"]["message"] == (
        "there is no such tool, only search, get_paragraph, get_article, ask"
    )
    malformed = by_hand.asked("tools/call", 4, name=5)
    assert malformed["error"] == {
        "code": -32602,
        "message": "Invalid request parameters",
        "data": "",
    }
    found = by_hand.asked("tools/call", 5, name="ask", arguments={"question": "Which bridge?"})
    assert "answered" in found["result"]["structuredContent"]
    by_hand.process.stdin.close()
    assert by_hand.process.wait(timeout=30) == 0
    assert by_hand.process.stdout.read() == b""
    errors = by_hand.process.stderr.read().decode()
    assert sorted(errors.splitlines()) == ["a library says hello", "and C says so, too", "loading"]


def test_ctrl_c_ends_it_though_the_client_says_nothing(by_hand: ByHand) -> None:
    by_hand.begin()
    by_hand.process.send_signal(signal.SIGINT)
    assert by_hand.process.wait(timeout=30) == 130
    assert by_hand.process.stderr.read().endswith(b"stopped\n")
    assert by_hand.process.stdout.read() == b""


def test_a_client_that_does_not_read_is_no_traceback(by_hand: ByHand) -> None:
    by_hand.begin()
    by_hand.process.stdout.close()
    by_hand.send(b'{"jsonrpc": "2.0", "id": 2, "method": "ping"}')
    by_hand.process.stdin.close()
    assert by_hand.process.wait(timeout=30) == 0
    assert b"Traceback" not in by_hand.process.stderr.read()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--store", "nowhere"], "nowhere"),
        (["--store", "nowhere", "--llm", "no-such-file.gguf"], "no-such-file.gguf"),
        (["--http"], "--http needs a key: set RAG_API_KEY to 16 characters or more"),
    ],
)
def test_what_keeps_it_from_starting_is_told_before_anything_else(
    arguments: list[str], words: str, capfd: pytest.CaptureFixture[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RAG_API_KEY", raising=False)
    assert main(arguments) == 1
    printed = capfd.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: ") and words in printed.err
    assert len(printed.err.splitlines()) == 1


def test_a_short_key_and_wrong_usage_are_refused(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_API_KEY", "x" * 15)
    assert main(["--http", "--port", "0"]) == 1
    assert "RAG_API_KEY is too short: give it at least 16" in capfd.readouterr().err
    for arguments in (["--port", "8000"], ["--host", "0.0.0.0"], ["--http", "--port", "70000"]):
        with pytest.raises(SystemExit) as left:
            main(arguments)
        assert left.value.code == 2
