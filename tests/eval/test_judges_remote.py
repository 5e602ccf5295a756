import json
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from eval.judges import Opinion, judge_called
from eval.judges.address import Address, key_from_environment, read_address
from eval.judges.remote import OpenAIJudge
from rag.errors import InputError, ModelError
from rag.prompt import claim, judge_rules
from rag.support import Source

SOURCES = (Source("新桥长五百米。", "2030-01-01", "桥"), Source("湖水深三十米。"))
KEY = "sk-secret-1234567890"


@dataclass
class Server:
    """Speaks the OpenAI protocol, or does not; keeps what it was asked."""

    replies: list[Any] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def name(self) -> str:
        return f"openai:small@http://127.0.0.1:{self.port}/v1"


def says(content: Any, **usage: int) -> dict[str, Any]:
    return {
        "choices": [{"message": {"role": "assistant", "content": content}}],
        **({"usage": usage} if usage else {}),
    }


def refuses(status: int, message: str = "no", **fields: Any) -> tuple[int, dict[str, str], Any]:
    return status, {}, {"error": {"message": message, **fields}}


@pytest.fixture
def server() -> Iterator[Server]:
    kept = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.asked.append(json.loads(body))
            kept.headers.append(dict(self.headers))
            kept.paths.append(self.path)
            reply = kept.replies.pop(0)
            if callable(reply):
                reply = reply()
            status, headers, data = reply if isinstance(reply, tuple) else (200, {}, reply)
            sent = data if isinstance(data, bytes) else json.dumps(data).encode()
            try:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)
            except (BrokenPipeError, ConnectionResetError):
                pass  # who asked has hung up

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.port = http.server_port
    thread = threading.Thread(target=http.serve_forever, args=(0.01,))
    thread.start()
    yield kept
    http.shutdown()
    thread.join()
    http.server_close()


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("YINZHENG_JUDGE_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def asked(server: Server, *replies: Any, key: str | None = None, timeout: float = 5) -> Opinion:
    server.replies = list(replies)
    judge = OpenAIJudge(read_address(server.name.removeprefix("openai:")), key, timeout=timeout)
    return judge.opinion("桥长[1]五百米。", SOURCES)


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        ("[1]", "supported"),
        (" [1]\n", "supported"),
        ("[2]", "unsupported"),
        ("[0]", "unsupported"),
        *(
            (content, "unknown")
            for content in (
                "", "1", "[3]", "[1][2]", "[1] because", "The answer is [1]", "［1］", "[١]",
                None, 1, ["[1]"], "<think>[1]</think>",
            )
        ),
    ],
)  # fmt: skip
def test_only_a_marker_is_a_verdict(server: Server, content: Any, verdict: str) -> None:
    found = asked(server, says(content, prompt_tokens=200, completion_tokens=3))
    assert found == Opinion(
        verdict,  # type: ignore[arg-type]
        "gave no verdict" if verdict == "unknown" else "",
        prompt_tokens=200,
        reply_tokens=3,
    )


def test_what_the_server_is_asked(server: Server) -> None:
    asked(server, says("[1]"), key=KEY)
    assert server.paths == ["/v1/chat/completions"]
    assert server.asked[0] == {
        "model": "small",
        "messages": [
            {"role": "system", "content": judge_rules()},
            {
                "role": "user",
                "content": claim("桥长[1]五百米。", [source.text for source in SOURCES]),
            },
        ],
        "temperature": 0,
        "seed": 1,
        "max_tokens": 8,
    }
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert "〔1〕" in server.asked[0]["messages"][1]["content"]  # no marker of the text's own


def test_without_a_key_none_is_sent_and_tokens_may_be_unknown(server: Server) -> None:
    found = asked(server, says("[2]"))
    assert found.prompt_tokens is None and found.reply_tokens is None
    assert "Authorization" not in server.headers[0]


def test_a_proxy_gets_nothing_that_is_meant_for_this_computer(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert asked(server, says("[1]")).verdict == "supported"


@pytest.mark.parametrize(
    ("reply", "again"),
    [
        (b"not json", 0.0),
        (b"[" * 100_000, 0.0),
        ({}, 0.0),
        ({"choices": []}, 0.0),
        ([], 0.0),
        ({"choices": [{"message": None}]}, 0.0),
        (b"\xff\xfe", 0.0),
        (refuses(429), 0.0),
        ((429, {"Retry-After": "7"}, b""), 7.0),
        ((503, {"Retry-After": "soon"}, b"<html>"), 0.0),
        ((429, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, b""), 0.0),
        (refuses(500), 0.0),
        (refuses(400, "too long"), None),
        (refuses(413), None),
        ((302, {"Location": "http://example.org/"}, b""), None),
    ],
)
def test_what_fails_is_no_verdict(server: Server, reply: Any, again: float | None) -> None:
    found = asked(server, reply)
    assert found.verdict == "unknown" and found.failed
    assert found.again == again
    assert found.why.startswith("not judged: ")
    assert len(server.asked) == 1  # a redirection, above all, is not followed


def test_a_date_may_say_when_to_ask_again(server: Server) -> None:
    from email.utils import formatdate

    later = formatdate(time.time() + 30, usegmt=True)
    again = asked(server, (429, {"Retry-After": later}, b"")).again
    assert again is not None and 20 < again <= 30


def test_a_slow_server_and_none_at_all(server: Server) -> None:
    waiting = threading.Event()

    def slow() -> dict[str, Any]:
        waiting.wait(5)
        return says("[1]")

    found = asked(server, slow, timeout=0.2)
    waiting.set()
    assert found == Opinion("unknown", "not judged: no reply (ReadTimeout)", True, 0.0)
    judge = judge_called("openai:small@http://127.0.0.1:9/v1")
    assert judge.opinion("桥。", SOURCES).why == "not judged: no reply (ConnectError)"


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "did not accept the key"), (403, "no permission"), (404, "no such model")],
)
def test_a_judge_that_is_not_there_is_told_at_once(server: Server, status: int, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        asked(server, refuses(status))


def test_no_message_holds_the_key(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    shown = refuses(401, f"Incorrect key {KEY} or sk-se***90\u202e\x1b[31m" + "x" * 900)
    with pytest.raises(ModelError) as error:
        asked(server, shown, key=KEY)
    text = str(error.value)
    assert "sk-" not in text and KEY not in text and len(text) < 450
    assert text.isprintable()
    found = asked(server, refuses(500, f"{KEY} broke"), key=KEY)
    assert found.why == "not judged: status 500: … broke"
    assert KEY not in caplog.text and "五百米" not in caplog.text


def test_settings_that_a_model_refuses_are_left_out(server: Server) -> None:
    server.replies = [
        refuses(400, "use max_completion_tokens", param="max_tokens"),
        refuses(400, "only 1", param="temperature"),
        says("[1]"),
        says("[2]"),
        refuses(400, "bad", param="messages"),
    ]
    judge = judge_called(server.name)
    found = judge.opinion("桥。", SOURCES)
    assert found.verdict == "supported" and found.calls == 3
    assert judge.opinion("湖。", SOURCES) == Opinion("unsupported")
    assert [sorted(body.keys() - {"model", "messages"}) for body in server.asked] == [
        ["max_tokens", "seed", "temperature"],
        ["max_completion_tokens", "seed", "temperature"],
        ["max_completion_tokens", "seed"],
        ["max_completion_tokens", "seed"],
    ]
    assert judge.opinion("山。", SOURCES).failed


# --- addresses ---


@pytest.mark.parametrize(
    ("name", "expected", "loopback"),
    [
        ("m@http://127.0.0.1:8080/v1/", Address("m", "http://127.0.0.1:8080/v1", "127.0.0.1"), 1),
        ("a/b:c@HTTPS://Host.org", Address("a/b:c", "https://host.org/v1", "host.org"), 0),
        ("m@x@http://[::1]:1/api", Address("m@x", "http://[::1]:1/api", "::1"), 1),
        ("m@http://localhost", Address("m", "http://localhost/v1", "localhost"), 1),
        ("m@http://127.9.9.9", Address("m", "http://127.9.9.9/v1", "127.9.9.9"), 1),
        ("m@http://10.0.0.5", Address("m", "http://10.0.0.5/v1", "10.0.0.5"), 0),
        ("m@http://localhost.org", Address("m", "http://localhost.org/v1", "localhost.org"), 0),
        ("m@http://127.0.0.1.nip.io", Address("m", "http://127.0.0.1.nip.io/v1",
                                              "127.0.0.1.nip.io"), 0),
    ],
)  # fmt: skip
def test_addresses(name: str, expected: Address, loopback: int) -> None:
    found = read_address(name)
    assert found == expected
    assert found.loopback == bool(loopback)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("gpt", "names no judge; give openai:MODEL@ADDRESS"),
        ("m@ftp://host/v1", "names no judge"),
        ("@http://host/v1", "names no judge"),
        ("m@http://user:geheim@host/v1", "no password"),
        ("m@http://127.0.0.1@evil.org/v1", "no password"),
        ("m@https://host/v1?key=geheim", "no password, \\? or #"),
        ("m@http:///v1", "has no host"),
        ("m@http://host:99999/v1", "cannot be read"),
        ("m@http://[::1/v1", "cannot be read"),
    ],
)
def test_wrong_addresses(name: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as error:
        judge_called(f"openai:{name}", send=True)
    assert "geheim" not in str(error.value)


def test_text_leaves_only_with_permission(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(InputError, match=r"text of the articles to judge\.example; .* add --send"):
        judge_called("openai:m@https://judge.example/v1")
    assert judge_called("openai:m@https://judge.example/v1", send=True).name
    assert caplog.messages == ["sentences and article text are sent to judge.example"]
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    caplog.clear()
    judge_called("openai:m@http://judge.example/v1", send=True)
    assert "they and the key can be read on the way" in caplog.messages[1]
    assert KEY not in caplog.text


def test_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    assert key_from_environment() is None
    monkeypatch.setenv("OPENAI_API_KEY", " other\n")
    assert key_from_environment() == "other"
    monkeypatch.setenv("YINZHENG_JUDGE_KEY", "own")
    assert key_from_environment() == "own"
    for wrong in ("a\nb", "schlüssel"):
        monkeypatch.setenv("YINZHENG_JUDGE_KEY", wrong)
        with pytest.raises(InputError, match="YINZHENG_JUDGE_KEY holds") as error:
            key_from_environment()
        assert wrong not in str(error.value)


def test_the_identity_tells_the_settings_but_no_key(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YINZHENG_JUDGE_KEY", KEY)
    judge = judge_called(server.name)
    told = json.dumps(judge.identity)
    assert KEY not in told and judge.name == server.name
    assert judge.identity["address"] == f"http://127.0.0.1:{server.port}/v1"


@pytest.mark.parametrize("name", ["", "openai", "openai:", "gguf: ", "llm", "tiers:x", "x:y"])
def test_unknown_judges(name: str) -> None:
    with pytest.raises(InputError, match="tiers, nli:FOLDER_OR_HUB_NAME, gguf:FILE_OR_NAME or"):
        judge_called(name)
