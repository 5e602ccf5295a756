"""python -m rag serve: what it refuses to start with, what it says, how it stops."""

import contextlib
import json
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from index.build import build
from index.embedder import load_embedder
from rag import Assistant, Retriever
from rag.serve.address import listen
from rag.serve.app import create_api
from rag.serve.command import main
from rag.serve.server import Server
from rag.serve.service import Service
from tests.conftest import SAMPLE, HashEmbedder
from tests.rag.serve.test_service import Waiting

ROOT = Path(__file__).parents[3]
SERVE = "import sys; from rag.serve.command import main; sys.exit(main())"
QUESTION = "双月桥有多长？"


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    for name in ("RAG_API_KEY", "RAG_STORE", "RAG_LLM"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("arguments", "key", "words"),
    [
        (["--host", "0.0.0.0"], None, "--host 0.0.0.0 lets other computers in: .*RAG_API_KEY"),
        ([], "fifteen charact", "RAG_API_KEY is too short: give it at least 16 characters"),
        (["--port", "0", "--store", "no-such-folder"], None, "there is no store in no-such-folder"),
        (["--port", "0", "--llm", "no.gguf"], None, "no.gguf"),
    ],
)
def test_what_it_does_not_start_with(
    arguments: list[str],
    key: str | None,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if key:
        monkeypatch.setenv("RAG_API_KEY", key)
    before = signal.getsignal(signal.SIGTERM)
    assert main(arguments) == 1
    assert signal.getsignal(signal.SIGTERM) is before
    out, err = capsys.readouterr()
    assert out == "" and re.match(f"error: .*{words}", err)


def test_a_busy_port_is_told_before_anything_is_loaded(capsys: pytest.CaptureFixture[str]) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port), "--store", "no-such-folder"]) == 1
    assert (
        capsys.readouterr().err == f"error: port {port} is in use; give another one with --port\n"
    )


def test_without_its_libraries(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.startswith(("fastapi", "rag.serve.app"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "fastapi", None)
    monkeypatch.delattr("rag.serve.app", raising=False)
    assert main([]) == 1
    assert 'pip install "yinzheng[serve]"' in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [["--port", "x"], ["--port", "65536"], ["more"]])
def test_wrong_usage(wrong: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(wrong)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("command") / "store"
    build([SAMPLE / "bridge-double-moon.md"], folder, load_embedder())
    return folder


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_serves_until_it_is_stopped(store: Path, number: signal.Signals, code: int) -> None:
    words = ["--store", str(store), "--llm", "quote", "--port", "0"]
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None and process.stdout is not None
        said = [process.stderr.readline() for _ in range(5)]
        found = re.fullmatch(r"API      (http://127.0.0.1:\d+)  \(Ctrl-C stops\)\n", said[4])
        assert found, said
        assert said[0] == f"store    {store}\n"
        assert said[1:4] == [
            "articles 1\n",
            "answers  quotation\n",
            "key      none: only this computer gets in\n",
        ]
        answer = ask(found[1])
        assert answer["sentences"][0]["citations"][0]["source"] == "bridge-double-moon.md"
        process.send_signal(number)
        assert process.wait(20) == code
        rest = process.stderr.read()
        assert rest == ("stopped\n" if code else "") and process.stdout.read() == ""


def ask(url: str) -> dict:
    body = json.dumps({"question": QUESTION}).encode()
    request = urllib.request.Request(f"{url}/ask", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        found: dict = json.load(answer)
    return found


class Running:
    """A server in a thread, with an answer under way."""

    def __init__(self, server: Server, service: Service, llm: Waiting, url: str) -> None:
        self.server, self.service, self.llm, self.url = server, service, llm, url


@pytest.fixture
def running(sample_store: Path) -> Iterator[Running]:
    retriever = Retriever(sample_store, embedder=HashEmbedder())
    llm = Waiting()
    assistant = Assistant(retriever, llm)
    service = Service(retriever, lambda: contextlib.nullcontext(assistant))
    server = Server(create_api(service, hosts=("127.0.0.1",)), stopping=service.close)
    with listen("127.0.0.1", 0) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        yield Running(server, service, llm, f"http://127.0.0.1:{listening.getsockname()[1]}")
        llm.let.set()
        server.force_exit = server.should_exit = True
        thread.join(10)
        assert not thread.is_alive()


def until(condition: object, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it never came"
        time.sleep(0.005)


def test_an_answer_under_way_ends_and_nothing_new_is_begun(running: Running) -> None:
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(ask, running.url)
        until(lambda: running.llm.asked == 1)
        running.server.handle_exit(signal.SIGTERM, None)
        until(lambda: running.service.closing)
        with pytest.raises((urllib.error.URLError, ConnectionError)):
            for _ in range(100):  # the socket is closed a moment later
                urllib.request.urlopen(f"{running.url}/healthz", timeout=5)
                time.sleep(0.01)
        assert not answer.done()
        running.llm.let.set()
        assert answer.result(20)["answer"] == "双月桥长68.4米。[1]"
    assert running.server.stopped_by == signal.SIGTERM


def test_a_second_signal_ends_it_at_once(running: Running) -> None:
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(ask, running.url)
        until(lambda: running.llm.asked == 1)
        running.server.handle_exit(signal.SIGINT, None)
        until(lambda: running.service.closing)
        assert not answer.done()
        running.server.handle_exit(signal.SIGTERM, None)
        with pytest.raises((urllib.error.URLError, ConnectionError, TimeoutError, OSError)):
            answer.result(5)
    until(lambda: running.llm.closed == 1)
    assert running.server.stopped_by == signal.SIGINT
