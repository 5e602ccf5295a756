"""Requests that nobody means well with: what is sent, and the statuses that are right for it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from tests.rag.serve.raw import request

CANARY = "zebra7919quagga"  # stands in questions and values; must come back in no error

CHUNKED = "Transfer-Encoding: chunked"

_FILES = ("etc/passwd", "windows/win.ini", "proc/self/environ")
_UP = (
    "../",
    "..%2f",
    "%2e%2e/",
    "%2e%2e%2f",
    "%252e%252e%252f",
    "..%252f",
    "..\\",
    "..%5c",
    "%2e%2e%5c",
    "..%c0%af",
    "%c0%ae%c0%ae/",
    "..%ef%bc%8f",
    "%uff0e%uff0e/",
    "....//",
    "..;/",
    "./.././",
    "..%00/",
    "..%0d%0a/",
)
_PLACES = ("/articles/", "/paragraphs/", "/v1/models/", "/")
_WHOLE = (
    "/etc/passwd",
    "//etc/passwd",
    "%2fetc%2fpasswd",
    "file:///etc/passwd",
    "file%3a%2f%2f%2fetc%2fpasswd",
    "C:\\windows\\win.ini",
    "C%3A%5Cwindows%5Cwin.ini",
    "\\\\host\\share",
    "%00",
    "a%00.md",
    "%ff%fe",
    "%ed%a0%80",  # half of a surrogate pair
    "%zz",
    "%",
    "a" * 8000,
    "%25" * 2000,
    "/" * 3000,
    "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    "%F0%9F%90%BC",
    "%E2%80%AEmd",
    "'%20OR%20'1'%3D'1",
    "%22;DROP%20TABLE%20articles;--",
    "*",
    "?id=..%2f..%2fetc%2fpasswd",
    "..",
    ".",
    "$%7Bjndi:ldap://127.0.0.1/a%7D",
    "%7B%7B7*7%7D%7D",
)


@dataclass(frozen=True)
class Case:
    """One connection.

    Attributes:
        name: what is tried.
        sent: the bytes, in the pieces in which they are sent.
        statuses: those that are right; None stands for a connection closed without a response.
    """

    name: str
    sent: tuple[bytes, ...]
    statuses: frozenset[int | None]


def _case(name: str, sent: bytes, *statuses: int | None) -> Case:
    return Case(name, (sent,), frozenset(statuses))


def traversals() -> Iterator[Case]:
    """Ways out of the archive: there is no way, and no such thing as a file."""
    for place in _PLACES:
        for up in _UP:
            for depth, file in zip((1, 4, 9), _FILES, strict=True):
                target = place + up * depth + file
                yield _case(f"GET {target[:60]}", request("GET", target), 400, 404)
        for name in _WHOLE:
            target = place + name
            # "/?id=…" and "/articles/." may be read as a listing or as nothing; never as a file.
            yield _case(f"GET {target[:60]}", request("GET", target), 400, 404, 414)
    for target in (
        "http://127.0.0.1/../../etc/passwd",
        "http://evil.example/articles/../../etc/passwd",
        "file:///etc/passwd",
        "../../etc/passwd",
        "*",
    ):
        yield _case(f"GET {target}", request("GET", target), 400, 404)


def bodies() -> Iterator[Case]:
    """Bodies that are no JSON, or not the JSON that is asked for."""
    nested = {
        "arrays": b"[" * 100_000,
        "closed arrays": b"[" * 100_000 + b"]" * 100_000,
        "objects": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
        "a question of arrays": b'{"question":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        "history": b'{"question":"x","history":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    }
    broken = {
        "nothing": b"",
        "a brace": b"{",
        "words": CANARY.encode(),
        "a NUL": b"\0",
        "NaN": b'{"question": NaN}',
        "k NaN": b'{"question": "x", "k": NaN}',
        "k infinite": b'{"question": "x", "k": Infinity}',
        "k 1e999": b'{"question": "x", "k": 1e999}',
        "k of 5,000 digits": b'{"question": "x", "k": ' + b"9" * 5000 + b"}",
        "k negative": b'{"question": "x", "k": -1}',
        "k a text": json.dumps({"question": "x", "k": CANARY}).encode(),
        "k true": b'{"question": "x", "k": true}',
        "k a half": b'{"question": "x", "k": 1.5}',
        "wrong UTF-8": b'{"question": "\xff\xfe"}',
        "overlong UTF-8": b'{"question": "\xc0\xaf"}',
        "UTF-8 surrogate": b'{"question": "\xed\xa0\x80"}',
        "UTF-16 of nothing": b"\xff\xfe\x00",
        "an array": b"[]",
        "null": b"null",
        "a number": b"7",
        "a text": json.dumps(CANARY).encode(),
        "another field": json.dumps({"question": "x", CANARY: 1}).encode(),
        "no question": b"{}",
        "an empty question": b'{"question": "  "}',
        "a NUL question": b'{"question": "\\u0000"}',
        "a long question": json.dumps({"question": CANARY * 200}).encode(),
        "a question of bytes": b'{"question": {"a": 1}}',
        "a date": json.dumps({"question": "x", "since": CANARY}).encode(),
        "sources of numbers": b'{"question": "x", "sources": [1]}',
        "an empty source": b'{"question": "x", "sources": [" "]}',
        "too many sources": json.dumps({"question": "x", "sources": ["a"] * 101}).encode(),
        "a comment": b'{"question": "x"} // comment',
        "two values": b'{"question": "x"} {"question": "y"}',
        "a proto": b'{"question": "x", "__proto__": {"admin": true}}',
    }
    for path in ("/search", "/ask"):
        for name, body in {**nested, **broken}.items():
            yield _case(f"POST {path}: {name}", request("POST", path, body), 400, 413, 422)
        for name, text in {
            "a lone surrogate": r'"\ud800"',
            "a pair reversed": r'"\udc00\ud800"',
        }.items():
            body = b'{"question": ' + text.encode() + b"}"
            # Halves of pairs are replaced, see `rag.retriever.usable`; what is left is searched.
            yield _case(f"POST {path}: {name}", request("POST", path, body), 200, 422)
    yield from _chats()
    yield from _types()


def _chats() -> Iterator[Case]:
    image = {"type": "image_url", "image_url": {"url": CANARY}}
    broken: dict[str, object] = {
        "nothing": {},
        "no messages": {"model": "yinzheng", "messages": []},
        "an unknown model": {"model": CANARY, "messages": [{"role": "user", "content": "x"}]},
        "an unknown role": {"model": "yinzheng", "messages": [{"role": CANARY, "content": "x"}]},
        "an image": {
            "model": "yinzheng",
            "messages": [{"role": "user", "content": [image]}],
        },
        "messages of text": {"model": "yinzheng", "messages": CANARY},
        "a tool's message": {
            "model": "yinzheng", "messages": [{"role": "tool", "content": CANARY}],
        },
        "two choices": {
            "model": "yinzheng", "n": 2, "messages": [{"role": "user", "content": "x"}],
        },
    }  # fmt: skip
    path = "/v1/chat/completions"
    for name, value in broken.items():
        sent = request("POST", path, json.dumps(value).encode())
        yield _case(f"POST {path}: {name}", sent, 400, 404, 422)
    for name, body in {"nested": b"[" * 100_000, "wrong UTF-8": b"\xff", "a brace": b"{"}.items():
        yield _case(f"POST {path}: {name}", request("POST", path, body), 400, 422)


def _types() -> Iterator[Case]:
    good = b'{"question": "x"}'
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "json",
        "",
    ):
        sent = request("POST", "/search", good, f"Content-Type: {kind}")
        yield _case(f"POST /search as {kind!r}", sent, 415)
    zipped = request("POST", "/search", good, "Content-Encoding: gzip")
    yield _case("POST /search gzipped", zipped, 415)
    head = request("POST", "/search", None, "Content-Type: application/json", CHUNKED)
    chunks = head + b"1\r\n \r\n" * 20_000 + b"0\r\n\r\n"
    yield _case("POST /search of many chunks", chunks, 422)
    large = b'{"question": "' + b"x" * 300_000 + b'"}'
    yield _case("POST /search of 300 kB", request("POST", "/search", large), 413)


def heads() -> Iterator[Case]:
    """Heads of requests that no client of good will sends."""
    long, many = "x" * 1_000_000, [f"X-{n}: {'y' * 500}" for n in range(2000)]
    wrong = {
        "no version": b"GET /\r\n\r\n",
        "HTTP/0.9": b"GET /healthz\r\n\r\n",
        "HTTP/1.7": request("GET", "/healthz", version="1.7"),
        "HTTP/3.7": request("GET", "/healthz", version="3.7"),
        "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64 + b"\r\n\r\n",
        "noise": bytes(range(256)) + b"\r\n\r\n",
        "NULs": b"\0" * 64 + b"\r\n\r\n",
        "a long header": request("GET", "/healthz", None, f"X-Long: {long}"),
        "a long target": request("GET", f"/{long}"),
        "many headers": request("GET", "/healthz", None, *many),
        "a header without a name": request("GET", "/healthz", None, ": x"),
        "a header without a colon": request("GET", "/healthz", None, "nothing"),
        "a space before the colon": request("GET", "/healthz", None, "X-A : b"),
        "a NUL in a header": request("GET", "/healthz", None, "X-A: a\0b"),
        "a bare CR": request("GET", "/healthz", None, "X-A: a\rX-B: b"),
        "a space in the target": request("GET", "/health z"),
        "a tab in the target": request("GET", "/health\tz"),
        "no host": request("GET", "/healthz", host=""),
        "two hosts": request("GET", "/healthz", None, "Host: evil.example"),
        "a method with a NUL": request("G\0T", "/healthz"),
        "a method of brackets": request("<GET>", "/healthz"),
    }  # fmt: skip
    for name, sent in wrong.items():
        yield _case(f"head: {name}", sent, 400, 404, 414, 431, 505)
    for method in ("TRACE", "PROPFIND", "PATCH", "DELETE", "PUT", "get", "QUERY", "A" * 200):
        yield _case(f"{method[:20]} /search", request(method, "/search"), 404, 405, 501)
    yield _case("CONNECT", request("CONNECT", "127.0.0.1:22"), 400, 404, 405)


def lengths() -> Iterator[Case]:
    """Lengths and chunks that do not fit each other: ways to smuggle a second request."""
    good = b'{"question": "x"}'
    hidden = request("GET", f"/articles/{CANARY}")

    def post(*headers: str, body: bytes = good) -> bytes:
        lines = ["POST /search HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
        return "\r\n".join([*lines, *headers, "", ""]).encode() + body

    closed = b"0\r\n\r\n"
    wrong = {
        "two lengths": post("Content-Length: 17", "Content-Length: 5"),
        "two lengths in one": post("Content-Length: 17, 5"),
        "a negative length": post("Content-Length: -1"),
        "a signed length": post("Content-Length: +17"),
        "a hexadecimal length": post("Content-Length: 0x11"),
        "a length with a space in it": post("Content-Length: 1 7"),
        "a length of words": post(f"Content-Length: {CANARY}"),
        "an Arabic length": post("Content-Length: ١٧"),
        "a length of 30 digits": post("Content-Length: " + "9" * 30),
        "a length of 5,000 digits": post("Content-Length: " + "9" * 5000),
        "length and chunks": post("Content-Length: 4", CHUNKED, body=closed + hidden),
        "chunks and length": post(CHUNKED, "Content-Length: 4", body=closed + hidden),
        "chunks twice": post(CHUNKED, CHUNKED, body=closed + hidden),
        "chunked, identity": post("Transfer-Encoding: chunked, identity", body=closed + hidden),
        "xchunked": post("Transfer-Encoding: xchunked", body=closed + hidden),
        "a tab before chunked": post("Transfer-Encoding:\tchunked", body=b"zz\r\n" + hidden),
        "a space before the colon": post("Transfer-Encoding : chunked", body=closed + hidden),
        "gzip, chunked": post("Transfer-Encoding: gzip, chunked", body=closed + hidden),
        "a chunk of no number": post(CHUNKED, body=b"xyz\r\nab\r\n0\r\n\r\n"),
        "a negative chunk": post(CHUNKED, body=b"-1\r\nab\r\n0\r\n\r\n"),
        "a chunk of 30 digits": post(CHUNKED, body=b"f" * 30 + b"\r\nab"),
        "a chunk that is too short": post(CHUNKED, body=b"2\r\nabcd\r\n0\r\n\r\n"),
        "a long chunk extension": post(CHUNKED, body=b"2;" + b"x" * 999_999 + b"\r\n{}\r\n"),
    }  # fmt: skip
    for name, sent in wrong.items():
        yield _case(f"length: {name}", sent, 400, 413, 422, 501)


def harmless() -> Iterator[Case]:
    """Odd, but right: it is answered as anything else."""
    good = b'{"question": "x"}'
    yield _case("HTTP/1.0", request("GET", "/healthz", version="1.0"), 200)
    yield _case("a folded header", request("GET", "/healthz", None, "X-A: a\r\n b"), 200)
    for value in ("bytes=0-0", "bytes=0-,0-,0-," + "0-," * 1000, "bytes=-1", "lines=1-2"):
        yield _case(f"Range {value[:20]}", request("GET", "/healthz", None, f"Range: {value}"), 200)
    body = b"11\r\n" + good + b"\r\n0\r\n\r\n"
    head = request("POST", "/search", None, "Content-Type: application/json", CHUNKED)
    yield _case("chunks", head + body, 200)
    yield Case(
        "byte by byte",
        tuple(bytes([b]) for b in request("POST", "/search", good)),
        frozenset({200}),
    )
    plus = request("POST", "/search", good, "Content-Type: application/json; charset=utf-8")
    yield _case("a type with a charset", plus, 200)
    for line in (
        "Expect: 100-continue",
        "Upgrade: h2c",
        "Accept: text/plain",
        "X-Request-ID: a b\tc",
    ):
        yield _case(line, request("GET", "/healthz", None, line), 200)
    for name in ("%E6%96%B0%E6%A1%A5", "a/b/c", "a%2Fb"):
        yield _case(f"no article {name}", request("GET", f"/articles/{name}"), 404)
