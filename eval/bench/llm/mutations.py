"""A thousand damaged or hostile models, each opened as `--llm` does: an answer or one clear line.

Whatever a file does, it does to a process of its own; here is watched what becomes of that, and
that this one lives to tell.
"""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tqdm import tqdm

from eval.bench.llm.made_models import make
from eval.bench.llm.mutants import KINDS, mutant
from eval.bench.llm.outcomes import Row, fault_of, quiet
from eval.bench.llm.processes import resident, workers
from eval.bench.llm.shapes import PLAIN, Shape
from rag.errors import ModelError
from rag.llm import Message, Request
from rag.worker import Worker

TINY = Shape("qwen2", 64, 3, 4, 2, 16, 128, 1024, PLAIN, vocabulary=1000)
DEADLINE = 30.0  # seconds until an answer or an error
MEMORY = 8 * 2**30  # bytes that no file may make a process take
_EVERY = 0.05  # seconds between two looks at a process
_GRACE = 2.0  # seconds after the deadline, so that a limit of the worker's own may still come
_PASSAGES = ("新桥昨天通车，全长五百米。", "The old bridge was closed on 3 May.")
_REQUEST = Request(
    (
        Message("system", "Answer from the passages, with markers such as [1]."),
        Message("user", "\n".join((*_PASSAGES, "桥有多长？"))),
    ),
    max_tokens=12,
    passages=_PASSAGES,
)


@dataclass(frozen=True)
class Case:
    """A file: `mutant(…, kind, number, seed)`."""

    kind: str
    number: int
    seed: int


@dataclass(frozen=True)
class Outcome:
    """What became of a file.

    Attributes:
        case: which file.
        seconds: until the answer or the error.
        answered: whether there was an answer.
        message: the error's, or the answer.
        memory: the most bytes the process took.
        bad: what must not be; "" if all was well.
    """

    case: Case
    seconds: float
    answered: bool
    message: str
    memory: int
    bad: str


def bench(
    cases: int = 1000, *, seed: int = 1, at_once: int = 2, kinds: Sequence[str] = tuple(KINDS)
) -> list[Row]:
    """Mutants of all kinds; a row for each kind, and one for each that was bad.

    Bad is what ends neither in an answer nor in one clear line of a `ModelError`, takes longer
    than `DEADLINE` or more than `MEMORY`, or leaves a process behind.

    Args:
        cases: of all kinds together.
        seed: another one, other files.
        at_once: files that are tried at the same time.
        kinds: some of `KINDS`.
    """
    with quiet():
        outcomes = list(tried(cases, seed=seed, at_once=at_once, kinds=kinds))
    rows = [_row(kind, [o for o in outcomes if o.case.kind == kind]) for kind in kinds]
    return rows + [_fault(outcome) for outcome in outcomes if outcome.bad]


def tried(
    cases: int, *, seed: int, at_once: int, kinds: Sequence[str] = tuple(KINDS)
) -> Iterator[Outcome]:
    """What becomes of each file, as they are done; see `bench`."""
    all_cases = [
        Case(kind, number, seed) for number in range(-(-cases // len(kinds))) for kind in kinds
    ][:cases]
    with TemporaryDirectory() as name, ThreadPoolExecutor(at_once) as pool:
        folder = Path(name)
        whole = make(folder, TINY, "q8_0").read_bytes()
        outcomes = pool.map(lambda case: _try(case, whole, folder), all_cases)
        yield from tqdm(outcomes, "mutations", len(all_cases), disable=None, leave=False)


def _try(case: Case, whole: bytes, folder: Path) -> Outcome:
    path = folder / f"{case.kind.replace(' ', '-')}-{case.number}.gguf"
    path.write_bytes(mutant(whole, case.kind, case.number, case.seed))
    with _Watch(path) as watch:
        start = time.monotonic()
        answered, message, bad = _ask(path)
        seconds = time.monotonic() - start
    path.unlink()
    bad = watch.bad or bad or ("a process is left" if workers(path) else "")
    if seconds > DEADLINE and not bad:
        bad = f"{seconds:.0f} s: {message[:100]}"
    return Outcome(case, seconds, answered, message, watch.memory, bad)


def _ask(path: Path) -> tuple[bool, str, str]:
    """Whether there is an answer; the answer or the error; what is bad about it."""
    try:
        with contextlib.closing(Worker(path)) as worker:
            for passage in _PASSAGES:
                worker.count_tokens(passage)
            answer = "".join(worker.stream(_REQUEST))
            return True, answer, ""
    except ModelError as error:
        return False, str(error), fault_of(str(error))
    except Exception as error:  # noqa: BLE001 - any other error is a fault to be told
        return False, repr(error), f"{type(error).__name__}: {error}"[:200]


class _Watch:
    """Looks at a model's process all the while, and ends it where it must not go on.

    Attributes:
        memory: the most bytes it took.
        bad: why it was ended; "" unless it was.
    """

    def __init__(self, path: Path) -> None:
        self.memory = 0
        self.bad = ""
        self._path = path
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "_Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        end = time.monotonic() + DEADLINE + _GRACE
        pids: list[int] = []
        while not self._over.wait(_EVERY):
            sizes = [resident(pid) for pid in pids]
            pids = pids if all(sizes) and sizes else workers(self._path)
            self.memory = max([self.memory, *sizes])
            if self.memory > MEMORY:
                self._end(pids, f"more than {MEMORY / 2**30:.0f} GB of memory")
            elif time.monotonic() > end:
                self._end(pids, f"no end after {DEADLINE:.0f} s")

    def _end(self, pids: list[int], why: str) -> None:
        self.bad = self.bad or why
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _row(kind: str, outcomes: Sequence[Outcome]) -> Row:
    return {
        "test": f"mutants: {kind}",
        "cases": len(outcomes),
        "answered": sum(outcome.answered for outcome in outcomes),
        "refused": sum(not outcome.answered for outcome in outcomes),
        "worst s": max((outcome.seconds for outcome in outcomes), default=0.0),
        "most MB": round(max((outcome.memory for outcome in outcomes), default=0) / 1e6),
        "bad": sum(bool(outcome.bad) for outcome in outcomes),
    }


def _fault(outcome: Outcome) -> Row:
    case = outcome.case
    name = f"  {case.kind} {case.number} (seed {case.seed})"
    return {"test": name, "worst s": outcome.seconds, "bad": 1, "detail": outcome.bad}
