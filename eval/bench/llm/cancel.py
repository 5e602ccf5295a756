"""Answers given up at random moments: how soon the model is free for the next question."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from random import Random

from tqdm import tqdm

from eval.bench.llm.outcomes import Row, spread
from rag.llm import Message, Request
from rag.worker import Stream, Worker

LIMIT = 1.0  # seconds until the model is free
PROMPT = 1500  # tokens of a prompt that is given up, but at most half of the context
STAGES = ("prompt", "answer")  # what is computed when the question is given up
CLOSERS = ("same thread", "another thread")
_ANSWER = 400  # tokens, more than are ever waited for
_READING = 2.0  # seconds of an answer, at most, before it is given up
_PATIENCE = 60.0  # seconds for things that should take far less
_HANZI = "报纸城市桥梁河流天气学校医院工人农田铁路海港春夏秋冬日月山水火土金木人口手足"
_SHORT = (Message("user", "好"),)
_NOTHING = Request(_SHORT, max_tokens=0)  # ends as soon as its turn begins
_TRIVIAL = Request(_SHORT, max_tokens=4)


@dataclass(frozen=True)
class _Found:
    """Seconds after a question was given up: until the model was free, until the next text."""

    free: float
    text: float
    stuck: bool = False  # whoever waited for the text that was given up waits still


def bench(model: Path, cancels: int = 100, *, seed: int = 1) -> list[Row]:
    """Give answers up at random moments, and ask something trivial at once.

    The model is free when a question for no tokens at all, asked next, has ended; `next text` is
    until there is text of the one after it. The row without a cancel is what both take anyway.

    Args:
        model: a .gguf.
        cancels: of all kinds together.
        seed: of the moments.

    Raises:
        ModelError: the model does not load, or does not answer.
    """
    random = Random(seed)
    kinds = list(product(STAGES, CLOSERS))
    found: dict[tuple[str, str], list[_Found]] = {kind: [] for kind in kinds}
    with closing(Worker(model)) as worker:
        texts = _Texts(worker, random)
        reading = _seconds_of_prompt(worker, next(texts))
        idle = [_next(worker) for _ in range(5)]
        for number in tqdm(range(cancels), "cancels", disable=None, leave=False):
            stage, closer = kind = kinds[number % len(kinds)]
            wait = random.uniform(0, reading if stage == "prompt" else _READING)
            found[kind].append(_give_up(worker, next(texts), stage, closer, wait))
    rows = [_row(f"given up in {kind[0]}, {kind[1]}", found[kind]) for kind in kinds]
    return [_row("nothing given up", idle), *rows]


class _Texts(Iterator[str]):
    """Ever other texts of `PROMPT` tokens, that differ from their first character on."""

    def __init__(self, worker: Worker, random: Random) -> None:
        self._random = random
        sample = self._text(200)
        tokens = min(PROMPT, worker.context_size // 2)
        self._length = max(1, 200 * tokens // worker.count_tokens(sample))

    def __next__(self) -> str:
        return self._text(self._length)

    def _text(self, length: int) -> str:
        return "".join(self._random.choices(_HANZI, k=length))


def _seconds_of_prompt(worker: Worker, text: str) -> float:
    start = time.perf_counter()
    next(worker.stream(Request((Message("user", text),), max_tokens=4)), None)
    return time.perf_counter() - start


def _give_up(worker: Worker, text: str, stage: str, closer: str, wait: float) -> _Found:
    """Ask, wait, give up, and ask again. In the answer, the waiting begins with its text."""
    text = text if stage == "prompt" else text[:100]
    stream = worker.stream(Request((Message("user", text),), max_tokens=_ANSWER))
    if closer == "same thread":
        _read(stream, stage, wait)
        stream.close()
        return _next(worker)
    begun = threading.Event()
    reader = threading.Thread(target=_read_all, args=(stream, begun), daemon=True)
    reader.start()
    if stage == "answer":
        begun.wait(_PATIENCE)
    time.sleep(wait)
    stream.close()
    found = _next(worker)
    reader.join(LIMIT)
    return _Found(found.free, found.text, stuck=reader.is_alive())


def _read(stream: Stream, stage: str, seconds: float) -> None:
    """Spend so long, reading what comes unless the prompt is meant."""
    if stage == "prompt":
        time.sleep(seconds)
        return
    next(stream, None)
    end = time.monotonic() + seconds
    while time.monotonic() < end and next(stream, None) is not None:
        pass


def _read_all(stream: Stream, begun: threading.Event) -> None:
    for _ in stream:
        begun.set()
    begun.set()


def _next(worker: Worker) -> _Found:
    start = time.perf_counter()
    nothing, trivial = worker.stream(_NOTHING), worker.stream(_TRIVIAL)
    for _ in nothing:
        pass
    free = time.perf_counter() - start
    for _ in trivial:
        break
    text = time.perf_counter() - start
    trivial.close()
    return _Found(free, text)


def _row(test: str, found: list[_Found]) -> Row:
    free = [one.free for one in found]
    texts = [one.text for one in found]
    return {
        "test": test,
        "cases": len(found),
        **spread(free, "s"),
        "p50 next text s": spread(texts).get("p50 s"),
        "worst next text s": spread(texts).get("worst s"),
        "bad": sum(one.free > LIMIT or one.stuck for one in found),
    }
