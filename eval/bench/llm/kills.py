"""kill -9 of a model's process while several sessions ask: what it costs, and for how long."""

import contextlib
import os
import signal
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tqdm import tqdm

from eval.bench.llm.outcomes import Row, fault_of, quiet, spread
from eval.bench.llm.processes import workers
from rag.errors import ModelError
from rag.llm import Message, Request
from rag.worker import Limits, Worker

SESSIONS = 4
SLACK = 2.0  # seconds that a restart may take longer than loading
AGAIN_EVERY = 5  # of the kills, one in so many is followed by one of the next process
_PATIENCE = 120.0  # seconds for things that should take far less
_PASSAGE = "新桥昨天通车，全长五百米，桥上有灯。"
_ANSWER = 16  # tokens
_PRODUCT = Limits()


@dataclass
class _Session:
    """One who asks the same over and over; compares with what the answer was before."""

    number: int
    expected: str = ""
    answers: int = 0
    wrong: int = 0
    errors: list[str] = field(default_factory=list)

    @property
    def request(self) -> Request:
        text = f"{_PASSAGE}\n第{self.number}位读者问：桥有多长？"
        return Request(
            (Message("user", text),), _ANSWER, passages=(_PASSAGE,), session=str(self.number)
        )

    def ask(self, worker: Worker) -> None:
        try:
            self.wrong += "".join(worker.stream(self.request)) != self.expected
            self.answers += 1
        except ModelError as error:
            self.errors.append(str(error))


@dataclass
class _Kill:
    """What became of a kill: seconds until another process was ready, and what was lost."""

    restart: float
    lost: int
    bad: str


def bench(model: Path, kills: int = 50, *, seed: int = 1, limits: Limits = _PRODUCT) -> list[Row]:
    """Kill the process `kills` times under load; then until it is switched off.

    Bad is a kill that costs more than the one running answer, or this without one clear line;
    one after which not all sessions get their answers, or another answer than before; or one
    after which the next process is ready only `SLACK` seconds after the time that loading takes.

    Args:
        model: a .gguf.
        kills: one in `AGAIN_EVERY` is followed by a kill of the process that loads next.
        seed: of the moments.
        limits: of the run that is to end switched off; those of the product unless given.

    Raises:
        ModelError: the model does not load.
    """
    with quiet():
        load = statistics.median(_load_seconds(model) for _ in range(3))
        found = _under_load(model, kills, load, Random(seed))
        rows = [
            _row("killed under load", found[False], load),
            _row("killed, and again while it loads", found[True], load),
        ]
        return [*rows, _too_many(model, limits)]


def _load_seconds(model: Path) -> float:
    start = time.perf_counter()
    with closing(Worker(model)):
        return time.perf_counter() - start


def _under_load(model: Path, kills: int, load: float, random: Random) -> dict[bool, list[_Kill]]:
    """The kills, by whether there was another one at once."""
    found: dict[bool, list[_Kill]] = {False: [], True: []}
    limits = Limits(crashes=2 * kills + 1, pause=0.0)
    with closing(Worker(model, limits=limits)) as worker:
        sessions = [_Session(number) for number in range(SESSIONS)]
        for session in sessions:
            session.expected = "".join(worker.stream(session.request))
        with _asking(worker, sessions):
            for number in tqdm(range(kills), "kills", disable=None, leave=False):
                again = number % AGAIN_EVERY == AGAIN_EVERY - 1
                time.sleep(random.uniform(0, 1.5))
                wait = random.uniform(0, load) if again else None
                found[again].append(_kill(worker, model, sessions, load, wait))
    return found


@contextmanager
def _asking(worker: Worker, sessions: list[_Session]) -> Iterator[None]:
    over = threading.Event()

    def ask(session: _Session) -> None:
        while not over.is_set():
            session.ask(worker)

    threads = [threading.Thread(target=ask, args=(s,), daemon=True) for s in sessions]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join(_PATIENCE)


def _kill(
    worker: Worker, model: Path, sessions: list[_Session], load: float, wait: float | None
) -> _Kill:
    """Kill, perhaps once more after `wait`, and see that everyone is served again."""
    before = [len(session.errors) for session in sessions]
    allowed = 1
    start, killed = _kill_now(model)
    if wait is not None:
        _until(lambda: bool(set(workers(model)) - {killed}))
        time.sleep(wait)
        allowed += worker.ready  # loaded sooner than usual: then this costs an answer, too
        start, killed = _kill_now(model)
    _until(lambda: bool(set(workers(model)) - {killed}) and worker.ready)
    restart = time.perf_counter() - start
    served = [session.answers for session in sessions]
    waited = _until(lambda: all(s.answers > n for s, n in zip(sessions, served, strict=True)))
    errors = [e for s, n in zip(sessions, before, strict=True) for e in s.errors[n:]]
    bad = _fault(errors, allowed) or ("" if waited else "a session got no answer")
    if restart > load + SLACK:
        bad = bad or f"{restart:.1f} s until it was ready again"
    if any(session.wrong for session in sessions):
        bad = bad or "another answer than before"
    return _Kill(restart, len(errors), bad)


def _kill_now(model: Path) -> tuple[float, int]:
    """When, and which process."""
    pid = max(workers(model))
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return time.perf_counter(), pid


def _until(true: Callable[[], bool]) -> bool:
    end = time.monotonic() + _PATIENCE
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def _fault(errors: list[str], allowed: int) -> str:
    if len(errors) > allowed:
        return f"{len(errors)} answers were lost"
    unclear = [fault_of(e) or ("" if "ask again" in e else f"no remedy: {e}") for e in errors]
    return next(filter(None, unclear), "")


def _too_many(model: Path, limits: Limits) -> Row:
    """As many kills as the limits name: the model is switched off, and tells why at once."""
    with closing(Worker(model, limits=limits)) as worker:
        for number in range(limits.crashes):
            _kill_now(model)
            _until(lambda: bool(worker.reason))
            if number < limits.crashes - 1:
                _until(lambda: worker.ready)
        _until(lambda: "switched off" in worker.reason)
        reason = worker.reason
        start = time.perf_counter()
        try:
            error = "".join(worker.stream(_Session(0).request)) and "it answers"
        except ModelError as told:
            error = "" if reason in str(told) else f"it tells another reason: {told}"
        seconds = time.perf_counter() - start
    error = error or fault_of(reason) or (f"{seconds:.1f} s to refuse" if seconds > 1 else "")
    bad = int(bool(error or worker.ready))
    return {"test": f"{limits.crashes} kills", "cases": 1, "bad": bad, "detail": error or reason}


def _row(test: str, kills: list[_Kill], load: float) -> Row:
    return {
        "test": test,
        "cases": len(kills),
        "lost answers": sum(kill.lost for kill in kills),
        "most at once": max((kill.lost for kill in kills), default=0),
        "load s": load,
        **spread([kill.restart for kill in kills], "restart s"),
        "bad": sum(bool(kill.bad) for kill in kills),
        "detail": "; ".join(dict.fromkeys(kill.bad for kill in kills if kill.bad)),
    }
