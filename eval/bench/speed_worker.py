"""One measurement of speed in a process of its own, so that its memory is its own.

`python -m eval.bench.speed_worker TASK JOB.json` prints a JSON object; TASK is `build`, `floor` or
`search`, and JOB.json is what `eval.bench.speed` wrote.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from eval.statistics import percentile

K = 10
_BATCH = 1024

Row = dict[str, Any]


class StageClock:
    """Told the stages of a build as they come, it knows the seconds of each."""

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self._now = now
        self._stage = "start"
        self._since = now()
        self.seconds: dict[str, float] = {}

    def __call__(self, stage: str, done: int, total: int, *, articles: int) -> None:
        """A stage lasts from its first report to the first report of the next one."""
        if stage != self._stage:
            self.stop()
            self._stage = stage

    def stop(self) -> None:
        """Count what has passed for the stage that was told last."""
        now = self._now()
        self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + now - self._since
        self._since = now


def build_task(job: Row) -> Row:
    """Seconds of a build from files to a published store, whole and by stage; peak memory."""
    from index.build import build
    from index.embedder import load_embedder

    embedder = load_embedder(job["embedder"])
    before = _peak_mb()
    start, clock = time.perf_counter(), StageClock()
    report = build([Path(job["folder"])], Path(job["store"]), embedder, progress=clock)
    clock.stop()
    return {
        "paragraphs": report.paragraphs,
        "build s": time.perf_counter() - start,
        "stages s": clock.seconds,
        "build MB": _peak_mb(),
        "before build MB": before,
        "store MB": sum(p.stat().st_size for p in Path(job["store"]).rglob("*")) / 1e6,
    }


def floor_task(job: Row) -> Row:
    """Seconds that tokenising, embedding, FAISS and BM25 take by themselves, without a store."""
    import faiss
    import numpy as np

    from index.embedder import load_embedder
    from index.lexical import Lexical, tokens

    embedder = load_embedder(job["embedder"])
    seconds = dict.fromkeys(("tokenise", "embed", "FAISS", "BM25"), 0.0)

    def tokenised() -> Iterator[list[str]]:
        for text in _texts(job):
            with _timed(seconds, "tokenise"):
                found = tokens(text)
            yield found

    start = time.perf_counter()
    Lexical.build(tokenised())  # takes the tokens as they come, so that they are never all held
    seconds["BM25"] = time.perf_counter() - start - seconds["tokenise"]
    vectors = faiss.IndexFlatIP(embedder.dimension)
    texts = _texts(job)
    while batch := list(islice(texts, _BATCH)):
        with _timed(seconds, "embed"):
            embedded = embedder.embed(batch, kind="passage")
        with _timed(seconds, "FAISS"):
            vectors.add(np.ascontiguousarray(embedded))
    return {
        "floor s": sum(seconds.values()),
        "floors s": seconds,
        "embedded a second": vectors.ntotal / seconds["embed"],
    }


def search_task(job: Row) -> Row:
    """Seconds from the start of Python to the first answer; then milliseconds of each side."""
    from index.embedder import load_embedder
    from rag.retriever import Retriever

    embedder = load_embedder(job["embedder"])
    loaded = time.time()
    retriever = Retriever(Path(job["store"]), embedder=embedder)
    opened = time.time()
    retriever.search(job["questions"][0], k=K)
    answered = time.time()
    generation = retriever.store.current()

    def dense(question: str) -> None:
        vector = embedder.embed([question], kind="query")[0]
        generation.vectors.search(vector, K)

    def lexical(question: str) -> None:
        generation.lexical.best(question, K)

    def hybrid(question: str) -> None:
        retriever.search(question, k=K)

    row: Row = {
        "load embedder s": loaded - job["started"],
        "open store s": opened - loaded,
        "first answer s": answered - job["started"],
    }
    sides: dict[str, Callable[[str], None]] = {"dense": dense, "BM25": lexical, "hybrid": hybrid}
    return row | _latencies(sides, job["questions"]) | {"search MB": _peak_mb()}


def _latencies(sides: dict[str, Callable[[str], None]], questions: list[str]) -> Row:
    """Median and 95th percentile of each side in ms; the sides take turns at every question."""
    times: dict[str, list[float]] = {side: [] for side in sides}
    for question in questions[1:]:
        for side, search in sides.items():
            start = time.perf_counter()
            search(question)
            times[side].append(1000 * (time.perf_counter() - start))
    return {
        f"{side} {name} ms": percentile(values, share)
        for side, values in times.items()
        for name, share in (("p50", 0.5), ("p95", 0.95))
    }


class _timed:
    """Adds the seconds of a `with` block to an entry."""

    def __init__(self, seconds: dict[str, float], name: str) -> None:
        self._seconds, self._name = seconds, name

    def __enter__(self) -> None:
        self._start = time.perf_counter()

    def __exit__(self, *error: object) -> None:
        self._seconds[self._name] += time.perf_counter() - self._start


def _texts(job: Row) -> Iterator[str]:
    for path in sorted(Path(job["folder"]).glob("*.jsonl")):
        with path.open(encoding="utf-8") as file:
            for line in file:
                yield from json.loads(line)["text"].split("\n")


def _peak_mb() -> float:
    """The most memory that this process has held (its peak resident set)."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage also counts what the parent held before this program started
        (line,) = (x for x in status.read_text().splitlines() if x.startswith("VmHWM:"))
        return int(line.split()[1]) * 1.024e-3
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1e-6 if sys.platform == "darwin" else 1.024e-3)


TASKS = {"build": build_task, "floor": floor_task, "search": search_task}

if __name__ == "__main__":
    given = json.loads(Path(sys.argv[2]).read_text("utf-8"))
    sys.stdout.write(json.dumps(TASKS[sys.argv[1]](given)) + "\n")
