"""The model in its own process: with the real engine, and with processes that misbehave."""

import contextlib
import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

if "CI" not in os.environ:  # there, a missing llama.cpp is a failure
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not built: make gguf")

from rag import worker as module
from rag.errors import ModelBusy, ModelError
from rag.llama_settings import Settings
from rag.llamacpp import LlamaCpp
from rag.llm import Message, Request, load
from rag.worker import Limits, Worker
from tests.tiny_gguf import write_tiny_gguf

ROOT = Path(__file__).parents[2]
ONE = Settings(threads=1, prompt_threads=1)
QUICK = Limits(pause=0.01)


def request(text: str = "香港哪一年回归？", *, max_tokens: int = 40, session: str = "") -> Request:
    return Request((Message("user", text),), max_tokens, session=session)


LONG = request("香港" * 1900)  # a prompt of about a second


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf")


@pytest.fixture(scope="module")
def engine(model: Path) -> Iterator[LlamaCpp]:
    with contextlib.closing(LlamaCpp(model, settings=ONE)) as engine:
        yield engine


@pytest.fixture(scope="module")
def shared(model: Path) -> Iterator[Worker]:
    """A worker that all tests may use which leave it as it was."""
    limits = replace(QUICK, crashes=100)
    with contextlib.closing(Worker(model, settings=ONE, limits=limits)) as worker:
        yield worker


def answer(llm: Worker | LlamaCpp, wanted: Request | None = None) -> str:
    return "".join(llm.stream(wanted or request()))


def pid(worker: Worker) -> int:
    return worker._supervisor.keeper.pid


def kill(worker: Worker) -> None:
    os.kill(pid(worker), signal.SIGKILL)


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.005)


def ended(process: int) -> bool:
    """Whether a process is gone, but for what whoever adopted it must still read."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


# --- as the engine itself ---


def test_the_same_text(shared: Worker, engine: LlamaCpp) -> None:
    assert (shared.name, shared.context_size) == (engine.name, engine.context_size)
    assert shared.answer_style == engine.answer_style
    assert shared.ready and shared.reason == ""
    for text in ("", "a\0b", "half \ud800 character", "🧧" * 50, "香港[1]\r\n" * 20):
        pieces = list(shared.stream(request(text)))
        assert pieces == list(engine.stream(request(text))) and all(pieces)
        assert shared.count_tokens(text) == engine.count_tokens(text)


def test_all_of_a_request_arrives(model: Path) -> None:
    import json
    from dataclasses import asdict

    from rag.worker_process import _request

    whole = Request(
        (Message("system", "a"), Message("user", "b")), 7, ("p", "q"), 3, ("x",), 0.5, 9, "s"
    )
    assert _request(json.loads(json.dumps(asdict(whole)))) == whole


def test_a_prompt_too_long(shared: Worker) -> None:
    stream = shared.stream(request("香" * 5000))
    with pytest.raises(ModelError, match=r"^the prompt has \d+ tokens, tiny holds 4096;"):
        next(stream)
    assert list(stream) == []
    assert answer(shared)


def test_counting_while_it_answers(shared: Worker, engine: LlamaCpp) -> None:
    stream = shared.stream(LONG)
    assert shared.count_tokens("第一句") == engine.count_tokens("第一句")
    assert stream._job.said.empty()  # it still computes the prompt
    stream.close()


def test_counts_are_remembered(shared: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = shared.count_tokens("记住这一句")
    monkeypatch.setattr(shared._supervisor, "tokens", lambda wanted: pytest.fail("asked again"))
    assert shared.count_tokens("记住这一句") == counted
    cache = module._Counted()
    for number in range(100):
        cache.put(f"{number} ".ljust(100_000), number)
        assert cache._bytes <= module._COUNTED
    assert cache.get("99 ".ljust(100_000)) == 99 and cache.get("0 ".ljust(100_000)) is None


def test_load_by_name(model: Path) -> None:
    worker = load(str(model))
    assert isinstance(worker, Worker)
    with contextlib.closing(worker):
        assert answer(worker)


def test_eight_threads_get_their_own_answers(shared: Worker, engine: LlamaCpp) -> None:
    asked = [
        request(f"第{number}号读者问：{'报纸' * number}", max_tokens=25) for number in range(8)
    ]
    expected = [answer(engine, wanted) for wanted in asked]
    assert len(set(expected)) == 8
    found: list[list[str]] = [[] for _ in asked]

    def ask(number: int) -> None:
        for _ in range(3):
            found[number].append(answer(shared, asked[number]))
            shared.count_tokens(f"{number}{len(found[number])}")

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert found == [[text] * 3 for text in expected]


# --- an answer that nobody wants any more ---


def test_closing_while_the_prompt_is_computed(shared: Worker) -> None:
    stream = shared.stream(LONG)
    until(lambda: shared._supervisor._running is stream._job)
    begun = time.monotonic()
    stream.close()
    next(shared.stream(request()))
    assert time.monotonic() - begun < 1
    assert list(stream) == []


def test_closing_from_another_thread(shared: Worker) -> None:
    stream = shared.stream(LONG)
    pieces: list[str] = []
    thread = threading.Thread(target=lambda: pieces.extend(stream))
    thread.start()
    stream.close()
    thread.join(1)
    assert not thread.is_alive() and pieces == []
    assert answer(shared)


def test_a_forgotten_stream(shared: Worker) -> None:
    expected = answer(shared)
    stream = shared.stream(LONG)
    waiting = shared.stream(request())
    del stream
    assert "".join(waiting) == expected
    next(shared.stream(request(max_tokens=4000)))
    assert answer(shared) == expected


def test_closing_at_any_moment(shared: Worker) -> None:
    expected = answer(shared)
    for number in range(12):
        stream = shared.stream(request(max_tokens=4000))
        for _ in range(number % 4):
            next(stream)
        stream.close()
    assert answer(shared) == expected


# --- a process that dies ---


def test_killed_in_the_middle_of_an_answer(
    shared: Worker, engine: LlamaCpp, caplog: pytest.LogCaptureFixture
) -> None:
    stream = shared.stream(request("机密 secret", max_tokens=4000))
    waiting = shared.stream(request())
    next(stream)
    kill(shared)
    with pytest.raises(ModelError, match="^tiny broke off, because .* SIGKILL.*; ask again; "):
        list(stream)
    begun = time.monotonic()
    assert "".join(waiting) == answer(engine)
    assert time.monotonic() - begun < 5  # it takes 0.4 s
    assert list(stream) == [] and shared.ready
    assert "SIGKILL" in caplog.text
    for text in ("机密", "secret", "香港"):
        assert text not in caplog.text


def test_killed_while_nobody_asks(shared: Worker) -> None:
    before = pid(shared)
    kill(shared)
    until(lambda: shared.ready and pid(shared) not in (before, 0))  # without any question
    assert ended(before) and answer(shared)


def test_stopped_by_a_signal(model: Path) -> None:
    with contextlib.closing(Worker(model, settings=ONE, limits=replace(QUICK, stop=0.1))) as worker:
        before = pid(worker)
        os.kill(before, signal.SIGSTOP)
        stream = worker.stream(request())
        waiting = worker.stream(request())
        stream.close()
        assert "".join(waiting) and pid(worker) != before
        assert len(worker._supervisor.keeper._crashes) == 0  # nobody lost an answer


# --- a file that does not load ---


@pytest.mark.parametrize("share", [0.0001, 0.5])
def test_a_truncated_file(model: Path, tmp_path: Path, share: float) -> None:
    path = tmp_path / "cut.gguf"
    path.write_bytes(model.read_bytes()[: int(model.stat().st_size * share)])
    with pytest.raises(ModelError, match=rf"^{path} does not load \([^\n]+\); download it again$"):
        Worker(path)


def test_progress(model: Path) -> None:
    shares: list[float] = []
    Worker(model, settings=ONE, progress=shares.append).close()
    assert shares[0] == 0.0 and shares == sorted(shares) and shares[-1] <= 1.0


def test_without_llama_cpp(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "llama_cpp"
    package.mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    (package / "__init__.py").write_text("import no_such_module")
    with pytest.raises(ModelError, match=r"no_such_module is missing.*--llm quote works"):
        Worker(model)
    (package / "__init__.py").write_text("raise OSError('libllama.so:\\n no such file')")
    with pytest.raises(ModelError, match=r"does not start \(libllama.so: no such file\): install"):
        Worker(model)


# --- processes that misbehave ---

FAR_SIDE = """
import json, os, socket, sys, time
channel = socket.socket(fileno=int(sys.argv[1]))
lines = channel.makefile("r")

def say(*message):
    channel.sendall(json.dumps(message).encode() + b"\\n")

def hear():
    line = lines.readline()
    if not line:
        sys.exit()
    return json.loads(line)

def asked():
    while True:
        kind, number, *_ = hear()
        if kind == "stream":
            return number

with open(sys.argv[0] + ".starts", "a+") as file:
    file.write("x")
    file.seek(0)
    start = len(file.read())

def ready():
    say("ready", "fake", 99, "prose")
"""


class Fake:
    """Workers whose process runs a script of ours instead of the engine."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._script = folder / "far_side.py"
        self._monkeypatch = monkeypatch
        self._stack = contextlib.ExitStack()

    def __call__(self, body: str, limits: Limits = QUICK) -> Worker:
        self._script.write_text(FAR_SIDE + textwrap.dedent(body))

        def command(path: Path, options: str, number: int) -> list[str]:
            return [sys.executable, "-SE", str(self._script), str(number)]

        self._monkeypatch.setattr(module, "_command", command)
        return self._stack.enter_context(contextlib.closing(Worker(Path("fake"), limits=limits)))

    @property
    def starts(self) -> int:
        return len(Path(f"{self._script}.starts").read_text())

    def close(self) -> None:
        self._stack.close()


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    with contextlib.closing(Fake(tmp_path, monkeypatch)) as fake:
        yield fake


# Answers with the question's text when it is told to go on, by a text to be counted.
OBEDIENT = """
ready()
running = []
while True:
    kind, number, *content = hear()
    if kind == "stream":
        running.append(number)
        say("text", number, content[0]["messages"][-1]["content"])
    elif running and (kind == "cancel" or content[0].startswith("end")):
        say("end", running.pop())
    if kind == "count":
        say("count", number, 0)
"""


@pytest.mark.parametrize(
    "says",
    [
        'channel.sendall(b"garbage\\n")',
        'channel.sendall(b"\\xff\\x00\\n")',
        'channel.sendall(b"[" * 10000 + b"\\n")',
        'channel.sendall(b"\\n")',
        'channel.sendall(b"x" * 3000000)',
        'channel.sendall(b"[\\"text\\", "); sys.exit(3)',
        'say("text", number, 5)',
        'say("text", True, "x")',
        'say("text", number + 1, "x")',
        'say("count", number, 1)',
        'say("lost", "x")',
        'say("progress", 0.5)',
        "ready()",
        "say()",
    ],
)
def test_what_is_no_message(fake: Fake, says: str) -> None:
    worker = fake(f"""
        ready()
        number = asked()
        if start == 1:
            {says}
            time.sleep(60)
        say("text", number, "fine")
        say("end", number)
        hear()
    """)
    stream = worker.stream(request())
    waiting = worker.stream(request())
    with pytest.raises(ModelError, match="^fake broke off, because its process [^\n]*; ask again"):
        list(stream)
    assert list(waiting) == ["fine"]
    assert fake.starts == 2


def test_what_it_prints_disturbs_nothing_and_tells_why_it_died(fake: Fake) -> None:
    worker = fake("""
        print("[1, 2]" * 50000, flush=True)
        ready()
        os.write(1, b"x.cpp:12: GGML_ASSERT(a < b) failed\\x1b[31m\\nand so on\\n" + b"x" * 5000)
        number = asked()
        os.write(2, b"good")
        say("text", number, "fine")
        say("end", number)
        asked()
        os.abort()
    """)
    assert answer(worker) == "fine"
    with pytest.raises(ModelError) as caught:
        answer(worker)
    assert "died of SIGABRT: x.cpp:12: GGML_ASSERT(a < b) failed[31m; ask" in str(caught.value)


def test_a_fault_of_the_engine(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last line names the fault and its place, not its text, which may be the asker's."""
    (tmp_path / "sitecustomize.py").write_text(
        textwrap.dedent("""
        import rag.llamacpp
        def fail(self, request):
            raise KeyError(request.messages[0].content)
        rag.llamacpp.LlamaCpp.stream = fail
    """)
    )
    monkeypatch.syspath_prepend(tmp_path)
    with (
        contextlib.closing(Worker(model, settings=ONE, limits=QUICK)) as worker,
        pytest.raises(ModelError, match=r"code 1: KeyError in sitecustomize.py, line 4; ask again"),
    ):
        answer(worker)


def test_five_crashes_switch_it_off(fake: Fake, caplog: pytest.LogCaptureFixture) -> None:
    body = "ready(); number = asked(); start > 5 and (say('end', number), hear()); sys.exit(7)"
    worker = fake(body)
    for _ in range(4):
        with pytest.raises(ModelError, match="broke off"):
            answer(worker)
    streams = [worker.stream(request()) for _ in range(3)]
    with pytest.raises(ModelError, match="broke off"):
        list(streams[0])
    for stream in (*streams[1:], worker.stream(request())):
        with pytest.raises(
            ModelError, match="^fake cannot answer: it is switched off after 5 fail"
        ):
            list(stream)
    with pytest.raises(ModelError, match="because its process ended with code 7; start the prog"):
        worker.count_tokens("x")
    assert not worker.ready and "5 failures within 10 min" in worker.reason
    assert fake.starts == 5
    keeper = worker._supervisor.keeper
    keeper._off_at = 0.0  # ten minutes later
    keeper._crashes.clear()
    assert answer(worker) == "" and worker.ready and fake.starts == 6


def test_it_waits_longer_from_crash_to_crash(fake: Fake) -> None:
    worker = fake("ready(); hear()", Limits())
    keeper = worker._supervisor.keeper
    pauses = []
    for _ in range(5):
        keeper._crashes.append(time.monotonic())
        pauses.append(keeper._pause())
    assert pauses == [0, 1, 2, 4, 8]


def test_it_says_why_it_is_not_ready(fake: Fake) -> None:
    worker = fake("start > 1 and time.sleep(60); ready(); hear()")
    assert worker.ready and worker.reason == ""
    kill(worker)
    until(lambda: not worker.ready)
    assert worker.reason.startswith("it is being started anew, because its process died of SIGK")


def test_dying_while_loading(fake: Fake) -> None:
    with pytest.raises(ModelError, match=r"fake does not load \(.*SIGSEGV\); download it again"):
        fake("os.kill(os.getpid(), 11)")
    assert fake.starts == 1
    with pytest.raises(ModelError, match="^the reason$"):
        fake("say('refused', 'the reason')")
    with pytest.raises(ModelError, match=r"fake does not load \(its process does not start: No"):
        fake._monkeypatch.setattr(module, "_command", lambda *_: ["/no/such/python"])
        Worker(Path("fake"))


def test_dying_while_loading_again(fake: Fake) -> None:
    worker = fake("""
        if start in (2, 4):
            sys.exit()
        if start == 3:
            say("refused", "no memory")
        ready()
        number = asked()
        if start > 4:
            say("end", number)
            hear()
    """)
    stream, waiting = worker.stream(request()), worker.stream(request())
    with pytest.raises(ModelError):
        list(stream)
    assert list(waiting) == []
    assert fake.starts == 5


def test_no_sign_of_life_while_loading(fake: Fake) -> None:
    limits = replace(QUICK, silence=0.8)
    with pytest.raises(ModelError, match=r"does not load \(its process gave no sign of life for 0"):
        fake("say('progress', 0.5); time.sleep(60)", limits)
    worker = fake(
        "for i in range(5): say('progress', i / 5), time.sleep(0.2)\nready(); hear()", limits
    )
    assert worker.ready


def test_a_sign_is_no_text_and_ends_nothing(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = fake(
        """
        ready()
        number = asked()
        _, counted, _ = hear()
        say("sign", number)
        say("count", counted, 1)
        _, counted, _ = hear()
        say("count", counted, 2)
        say("text", number, "a")
        say("end", number)
        hear()
        """
    )
    ahead = [0.0]
    monkeypatch.setattr("rag.supervisor.monotonic", lambda: time.monotonic() + ahead[0])
    stream = worker.stream(request())
    until(lambda: worker.silence > 0.0)
    ahead[0] = 150.0  # it reads the passages
    assert worker.silence >= 150.0
    assert worker.count_tokens("until it has given a sign") == 1
    assert worker.silence < 10.0
    assert worker.count_tokens("until it speaks") == 2
    assert list(stream) == ["a"]


def test_a_text_that_is_not_counted(fake: Fake) -> None:
    worker = fake("ready(); hear(); hear()", replace(QUICK, silence=0.5))
    with pytest.raises(ModelError, match="no sign of life"):
        worker.count_tokens("x")
    assert fake.starts >= 2


def test_a_count_survives_one_crash(fake: Fake) -> None:
    worker = fake("ready(); _, number, _ = hear(); start > 1 and say('count', number, 5); hear()")
    counted: list[int] = []
    thread = threading.Thread(target=lambda: counted.append(worker.count_tokens("x")))
    thread.start()
    until(lambda: bool(worker._supervisor._counts))
    kill(worker)
    thread.join(5)
    assert counted == [5]


# --- what takes too long ---


@pytest.mark.parametrize("speaks", [False, True])
def test_an_answer_that_takes_too_long(fake: Fake, speaks: bool) -> None:
    worker = fake(
        f"""
        ready()
        number = asked()
        {speaks} and say("text", number, "a")
        assert hear() == ["cancel", number]
        say("text", number, "too late")
        say("end", number)
        number = asked()
        say("end", number)
        hear()
        """,
        replace(QUICK, first_text=0.3 if not speaks else 60, answer=0.3),
    )
    stream = worker.stream(request())
    waiting = worker.stream(request())
    if speaks:
        assert next(stream) == "a"
    fault = "was not finished after 0.3 s" if speaks else "has written nothing after 0.3 s"
    with pytest.raises(ModelError, match=f"^fake {fault}; ask a shorter question"):
        next(stream)
    assert list(stream) == list(waiting) == []
    assert fake.starts == 1


def test_an_answer_that_does_not_stop(fake: Fake) -> None:
    body = "ready(); number = asked(); start > 1 and say('end', number); hear(); time.sleep(60)"
    worker = fake(body, replace(QUICK, stop=0.1, first_text=0.5))
    stream, waiting = worker.stream(request()), worker.stream(request())
    with pytest.raises(ModelError, match="has written nothing"):
        next(stream)
    assert list(waiting) == []
    assert len(worker._supervisor.keeper._crashes) == 1 and fake.starts == 2


def test_a_turn_that_does_not_come(fake: Fake) -> None:
    worker = fake(OBEDIENT, replace(QUICK, turn=0.1))
    first = worker.stream(request("a"))
    assert next(first) == "a"
    with pytest.raises(
        ModelBusy, match=r"^fake is busy: no turn within 0.1 s; try again in \d+ s$"
    ):
        next(worker.stream(request()))


def test_how_long_an_answer_has_been_silent(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = fake(
        """
        ready()
        number = asked()
        for reply in "ab":
            _, counted, _ = hear()
            say("count", counted, 1)
            say("text", number, reply)
        _, counted, _ = hear()
        say("end", number)
        say("count", counted, 1)
        hear()
        """
    )
    ahead = [0.0]
    monkeypatch.setattr("rag.supervisor.monotonic", lambda: time.monotonic() + ahead[0])
    assert worker.silence == 0.0
    stream = worker.stream(request())
    until(lambda: worker.silence > 0.0)
    ahead[0] = 200.0  # it reads the passages
    assert 200.0 <= worker.silence < 210.0
    worker.count_tokens("that it counts says nothing of the answer")
    assert next(stream) == "a"
    assert worker.silence < 10.0
    ahead[0] = 400.0
    assert 190.0 < worker.silence < 210.0
    worker.count_tokens("another piece")
    assert next(stream) == "b"
    assert worker.silence < 10.0
    ahead[0] = 600.0
    worker.count_tokens("the end")
    assert list(stream) == [] and worker.silence == 0.0


# --- the queue ---


def test_places(fake: Fake) -> None:
    worker = fake(OBEDIENT)
    first = worker.stream(request("first"))
    assert next(first) == "first"
    streams = [worker.stream(request(f"{n}", session=f"s{n // 2}")) for n in range(16)]
    refused = worker.stream(request())
    with pytest.raises(ModelBusy, match=r"^fake is busy, and 16 questions wait already; try ag"):
        next(refused)
    streams[5].close()
    again = worker.stream(request("again", session="s2"))
    worker.count_tokens("end")
    assert list(first) == []
    assert next(streams[0]) == "0"
    streams[0].close()
    assert next(streams[2]) == "2"  # of the next session
    again.close()


def test_places_of_a_session(fake: Fake) -> None:
    worker = fake(OBEDIENT)
    streams = [worker.stream(request(f"{n}", session="a")) for n in range(3)]  # one has its turn
    assert next(streams[0]) == "0"
    with pytest.raises(ModelBusy, match="and 2 of your questions wait already") as caught:
        next(worker.stream(request(session="a")))
    assert 10 < caught.value.seconds <= 20  # a guess, as long as no answer has ended
    other = worker.stream(request("b", session="b"))
    streams[1].close()
    third = worker.stream(request("3", session="a"))
    worker.count_tokens("end")
    assert next(streams[2]) == "2"
    for stream in (*streams, other, third):
        stream.close()
    anonymous = [worker.stream(request("0"))]
    assert next(anonymous[0]) == "0"
    anonymous += [worker.stream(request()) for _ in range(16)]
    with pytest.raises(ModelBusy) as caught:
        next(worker.stream(request()))
    assert caught.value.seconds < 10  # by now it is known that they are short


def test_how_many_are_ahead(fake: Fake) -> None:
    worker = fake(OBEDIENT)
    first = worker.stream(request("first", session="a"))
    assert next(first) == "first"
    names = {"a2": "a", "a3": "a", "b1": "b", "c1": "c"}
    waiting = {n: worker.stream(request(n, session=session)) for n, session in names.items()}
    worker.count_tokens("wait until all have their places")
    assert first.ahead == 0
    assert {n: stream.ahead for n, stream in waiting.items()} == {
        "a2": 1,
        "b1": 2,
        "c1": 3,
        "a3": 4,
    }
    waiting["b1"].close()
    worker.count_tokens("one has left")
    assert [waiting[n].ahead for n in ("a2", "c1", "a3")] == [1, 2, 3]
    worker.count_tokens("end of the first")
    assert next(waiting["a2"]) == "a2"
    assert [waiting[n].ahead for n in ("a2", "c1", "a3")] == [0, 1, 2]
    late = worker.stream(request("d1", session="d"))  # comes before the second of another
    worker.count_tokens("and it has its place")
    assert [waiting["c1"].ahead, waiting["a3"].ahead, late.ahead] == [1, 2, 3]
    for stream in (first, *waiting.values(), late):
        stream.close()


# --- the end ---


def test_closing(model: Path) -> None:
    worker = Worker(model, settings=ONE)
    process = pid(worker)
    stream, waiting = worker.stream(LONG), worker.stream(request())
    errors: list[ModelError] = []

    def ask() -> None:
        with pytest.raises(ModelError) as caught:
            list(stream)
        errors.append(caught.value)

    thread = threading.Thread(target=ask)
    thread.start()
    worker.close()
    worker.close()
    thread.join(5)
    assert not Path(f"/proc/{process}").exists()
    closed = "^tiny is closed; load it again$"
    assert [str(error) for error in errors] == [closed[1:-1]]
    for late in (waiting, worker.stream(request())):
        with pytest.raises(ModelError, match=closed):
            next(late)
    with pytest.raises(ModelError, match=closed):
        worker.count_tokens("x")
    assert not worker.ready and worker.reason == "it is closed"


def test_a_forgotten_worker(fake: Fake) -> None:
    worker = fake(OBEDIENT)
    process = pid(worker)
    fake._stack.pop_all()
    del worker
    gc.collect()
    until(lambda: not Path(f"/proc/{process}").exists())


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="a fork of threads warns there")
def test_a_fork(fake: Fake) -> None:
    worker = fake(OBEDIENT)
    stream = worker.stream(request("a"))
    assert next(stream) == "a"
    copy = os.fork()
    if copy == 0:  # here, a failed assertion must not run the rest of the tests
        status = 1
        with contextlib.suppress(ModelError):
            stream.close()
            next(worker.stream(request()))
            status = 2
        os._exit(0 if status == 1 else status)
    assert os.waitpid(copy, 0)[1] == 0
    worker.count_tokens("end")
    assert list(stream) == []


def script(folder: Path, body: str, model: Path) -> "subprocess.Popen[str]":
    """A program that embeds us: another folder, our place in its sys.path, nothing guarded."""
    path = folder / "program.py"
    path.write_text(
        f"import sys, threading, time\nsys.path.insert(0, {str(ROOT)!r})\n"
        "from pathlib import Path\nfrom rag.llm import Message, Request\n"
        "from rag.worker import Worker\nprint('begun', flush=True)\n"
        f"worker = Worker(Path({os.path.relpath(model, folder)!r}))\n"
        "print(worker._supervisor.keeper.pid, flush=True)\n"
        f"long = Request((Message('user', '香港' * 1900),), 4000)\n{textwrap.dedent(body)}"
    )
    environment = {**os.environ, "RAG_LLAMA": "threads=1 prompt_threads=1"}
    environment.pop("PYTHONPATH", None)
    return subprocess.Popen(
        [sys.executable, str(path)],
        cwd=folder,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


@pytest.fixture
def program(
    model: Path, tmp_path: Path
) -> Iterator[Callable[[str], tuple[subprocess.Popen[str], int]]]:
    """Starts a program with a worker; gives it, and the number of the worker's process."""
    with contextlib.ExitStack() as stack:

        def start(body: str) -> tuple[subprocess.Popen[str], int]:
            process = stack.enter_context(script(tmp_path, body, model))
            stack.callback(process.kill)
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
            return process, int(process.stdout.readline())

        yield start


Program = Callable[[str], tuple["subprocess.Popen[str]", int]]


@pytest.mark.parametrize("computes", [False, True])
def test_a_killed_program_takes_its_process_along(program: Program, computes: bool) -> None:
    process, child = program(
        f"stream = worker.stream(long if {computes} else Request((Message('user', 'x'),), 3))\n"
        f"time.sleep(0.1 if {computes} else 0)\nprint('now', flush=True)\ntime.sleep(60)"
    )
    assert process.stdout is not None and process.stdout.readline() == "now\n"
    process.kill()
    process.wait()
    until(lambda: ended(child), 2)


def test_a_program_ends_in_order(program: Program) -> None:
    process, child = program("""
        def ask():
            for _ in worker.stream(long): pass
        for _ in range(3):
            threading.Thread(target=ask, daemon=True).start()
        print("end")
    """)
    out, err = process.communicate(timeout=10)
    assert (out, err, process.returncode) == ("end\n", "", 0)
    assert not Path(f"/proc/{child}").exists()


def test_ctrl_c(program: Program) -> None:
    process, child = program("""
        try:
            stream = worker.stream(long)
            print("now", flush=True)
            for piece in stream: pass
        except KeyboardInterrupt:
            print("interrupted")
            sys.exit(130)
    """)
    assert process.stdout is not None and process.stdout.readline() == "now\n"
    begun = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)  # as the terminal does
    out, err = process.communicate(timeout=10)
    assert (out, err, process.returncode) == ("interrupted\n", "", 130)
    assert time.monotonic() - begun < 5
    assert not Path(f"/proc/{child}").exists()
