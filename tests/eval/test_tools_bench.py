"""The bench of adapters and servers: what it measures, over ways and servers made by hand."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from eval.__main__ import main
from eval.bench.tools import serving, ways
from eval.bench.tools.archive import given
from eval.bench.tools.load import loaded
from eval.bench.tools.table import compact, markdown
from eval.bench.tools.timing import agree, interleaved, overheads
from eval.bench.tools.ways import Way, libraries, plain
from eval.bench.tools.worker import bound_task
from index.build import build
from index.embedder import load_embedder
from rag.errors import InputError
from rag.retriever import Retriever

SAMPLE = Path(__file__).parents[2] / "index" / "sample"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench") / "store"
    build([SAMPLE], folder, load_embedder())
    return folder


def test_ways_take_turns_in_any_order_and_the_first_search_is_not_counted() -> None:
    now, asked = 0.0, []

    def way(name: str, seconds: float) -> Callable[[str], None]:
        def call(question: str) -> None:
            nonlocal now
            now += seconds
            asked.append(name)

        return call

    made = {name: way(name, 0.001 * (place + 1)) for place, name in enumerate("abc")}
    times = interleaved(made, ["?"] * 60, lambda: now)
    assert times == {n: pytest.approx([p + 1.0] * 60) for p, n in enumerate("abc")}
    turns = ["".join(asked[start : start + 4]) for start in range(0, 240, 4)]
    assert {turn[0] for turn in turns} == {"a"}
    assert {turn[1:] for turn in turns} == {"abc", "acb", "bac", "bca", "cab", "cba"}


def test_what_a_way_adds_is_taken_within_each_question() -> None:
    plain, other = overheads({"plain": [10.0, 20.0, 30.0], "other": [13.0, 21.0, 32.0]})
    assert plain == {"way": "plain", "questions": 3, "p50 ms": 20.0, "p95 ms": 29.0}
    assert other == {
        "way": "other",
        "questions": 3,
        "p50 ms": 21.0,  # the difference of the medians would be 1
        "p95 ms": pytest.approx(30.9),
        "more p50 ms": 2.0,  # of 3, 1 and 2
        "more p95 ms": pytest.approx(2.9),
    }


def test_ways_that_find_other_paragraphs_are_not_measured() -> None:
    agree({"one": lambda _: ["p1", "p2"], "two": lambda _: ("p1", "p2")}, ["q"])
    with pytest.raises(InputError, match="two finds other paragraphs"):
        agree({"one": lambda _: ["p1", "p2"], "two": lambda _: ["p2", "p1"]}, ["q"])


def test_a_library_that_is_missing_is_told(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(_retriever: Retriever) -> Way:
        raise ImportError('pip install "yinzheng[haystack]"')

    monkeypatch.setattr(
        ways, "LIBRARIES", {"there": lambda given: plain(given, "there"), "Haystack": absent}
    )
    found, missing = libraries(Retriever(store, embedder=load_embedder()))
    assert [way.name for way in found] == ["there"]
    assert missing == ['Haystack: pip install "yinzheng[haystack]"']


def against(serve: Callable[..., object], **options: object) -> dict[str, object]:
    """What clients see of a server that answers each connection by a function."""

    async def run() -> dict[str, object]:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            return await loaded(port, ["甲", "乙"], k=3, warm_up=0.0, **options)

    with ThreadPoolExecutor(1) as pool:  # the browser tests leave a loop in this thread
        return pool.submit(asyncio.run, run()).result()


def test_clients_ask_again_and_tell_good_answers_from_others() -> None:
    asked: Counter[str] = Counter()
    open_now = most = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
                body = json.loads(await reader.readexactly(length))
                assert head.startswith(b"POST /search HTTP/1.1\r\n")
                assert body["k"] == 3
                asked[body["question"]] += 1
                status = b"200 OK" if body["question"] == "甲" else b"429 Too Many Requests"
                await asyncio.sleep(0.01)
                writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\n{}")
        except EOFError:
            open_now -= 1
            writer.close()

    row = against(serve, clients=2, seconds=0.3)
    assert most == 2
    assert row["searches a second"] == pytest.approx(asked["甲"] / 0.3)
    assert (row["errors"], row["which"]) == (asked["乙"], {"429": asked["乙"]})
    assert 10 <= row["p50 ms"] <= row["p95 ms"]
    assert asked["甲"] > 3
    assert asked["乙"] > 3


def test_clients_count_connections_that_break_and_go_on() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}")
        await asyncio.sleep(0.02)
        writer.close()

    row = against(serve, clients=1, seconds=0.2)
    assert row["searches a second"] == 0
    assert row["p50 ms"] is None
    assert row["which"] == {"IncompleteReadError": row["errors"]}
    assert row["errors"] > 1


def test_the_questions_of_a_given_store_are_its_own_words(store: Path) -> None:
    archive = given(store, None, 30)
    generation = archive.retriever.store.current()
    texts = [paragraph.text for paragraph in generation.paragraphs(range(generation.size))]
    assert archive.paragraphs == len(texts)
    assert len(archive.questions) == 30
    assert all(any(question in text for text in texts) for question in archive.questions)


def test_the_search_alone_is_counted_on_each_number_of_threads(store: Path) -> None:
    job = {"store": store, "embedder": None, "questions": ["新桥有多长？"], "k": 2, "seconds": 0.1}
    for threads in (1, 2):
        row = bound_task(job | {"threads": threads})
        assert row["threads"] == threads
        assert row["searches a second"] >= 10


def test_the_tables() -> None:
    rows = [
        {"part": "adapters", "paragraphs": 9, "way": "plain", "p50 ms": 1234.5},
        {"part": "serve", "paragraphs": 9, "what": "HTTP", "errors": 0, "which": {}, "x": 0.1234},
    ]
    assert compact(rows[1:]) == [{"paragraphs": 9, "what": "HTTP", "errors": 0, "x": 0.1234}]
    page = markdown(rows)
    assert "| 9 | plain | 1,234 |" in page
    assert "| 9 | HTTP | 0 | 0.123 |" in page


def test_the_command(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "CLIENTS", (2,))
    monkeypatch.setattr(serving, "THREADS", (1,))
    words = ["bench", "tools", "--store", str(store), "--questions", "21", "--seconds", "0.3"]
    assert main([*words, "--out", str(tmp_path), "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    adapters = {row["way"]: row for row in rows if row["part"] == "adapters"}
    assert list(adapters) == [
        "Retriever.search",
        "the same once more",
        "LangChain invoke",
        "LlamaIndex retrieve",
        "Haystack run",
        "HTTP POST /search",
        "MCP tool search, stdio",
    ]
    assert {row["questions"] for row in adapters.values()} == {21}
    bound, load = (row for row in rows if row["part"] == "serve")
    assert bound["searches a second"] > 0
    assert (load["what"], load["errors"]) == ("HTTP, clients: 2", 0)
    share = load["searches a second"] / bound["searches a second"]
    assert load["of the bound"] == pytest.approx(share)
    assert json.loads((tmp_path / "tools.json").read_text("utf-8"))["rows"] == rows
    assert "## Searching over HTTP under load" in (tmp_path / "tools.md").read_text("utf-8")
