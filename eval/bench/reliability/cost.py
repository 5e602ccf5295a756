"""What safety costs: few paragraphs published into a large store, and a reader's switch to them."""

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from pkgutil import resolve_name
from typing import Any
from unittest import mock

from eval.bench.grow import grown, seed_texts
from eval.bench.reliability.archive import scratch
from index.build import add, build
from index.embedder import Embedder
from index.store import Store
from rag.retriever import Retriever

LIMIT, SWITCH = 5.0, 0.05  # seconds
_CHANGED = 20  # paragraphs


def bench(embedder: Embedder, articles: Path, size: int, runs: int = 5) -> list[dict[str, object]]:
    """Publish `_CHANGED` paragraphs `runs` times into a store of `size`; the slowest counts."""
    texts = list(grown(seed_texts(articles, [], size), size + _CHANGED * runs))
    with scratch() as folder:
        start = time.perf_counter()
        _write(folder / "all.jsonl", texts[:size], "a")
        build([folder / "all.jsonl"], folder / "store", embedder)
        whole = time.perf_counter() - start
        retriever = Retriever(folder / "store", embedder=embedder)
        retriever.search(texts[0][:30])
        times, stages = [], dict.fromkeys(_STAGES, 0.0)
        with _waiting(retriever.store) as waits:
            for run in range(runs):
                new = texts[size + run * _CHANGED :][:_CHANGED]
                _write(folder / "new.jsonl", new, "n")
                start = time.perf_counter()
                with _stages(stages):
                    add([folder / "new.jsonl"], folder / "store", embedder)
                times.append(time.perf_counter() - start)
                time.sleep(0.5)  # for readers to notice
        seen = retriever.store.current().number
    shares = ", ".join(f"{name} {seconds / sum(times):.0%}" for name, seconds in stages.items())
    return [
        {
            "test": f"{_CHANGED} changed paragraphs into {size:,}",
            "cases": runs,
            "bad": int(max(times) > LIMIT),
            "detail": f"{max(times):.2f} s at most ({whole / max(times):.0f} times quicker than "
            f"building it); {shares}",
        },
        {
            "test": "a reader's switch",
            "cases": len(waits),
            "bad": int(max(waits) > SWITCH) + int(seen != runs + 1),
            "detail": f"{max(waits) * 1000:.1f} ms at most to be told the generation",
        },
    ]


# What takes the time of a small change: where in the code it is spent.
_STAGES = {
    "catalogue's hashes": ("index.seal", "damages"),
    "sealing": ("index.seal", "seal"),
    "which texts lack vectors": ("index.catalog.Catalog", "lacking"),
    "generation's hashes": ("index.publish", "_newest"),
    "writing": ("index.publish", "_write"),
    "vectors that nothing needs": ("index.catalog.Catalog", "sweep_vectors"),
}


@contextmanager
def _stages(seconds: dict[str, float]) -> Iterator[None]:
    """Add up the seconds spent in the functions named by `_STAGES`."""
    with ExitStack() as patches:
        for name, (owner, function) in _STAGES.items():
            timed = _timed(getattr(resolve_name(owner), function), name, seconds)
            patches.enter_context(mock.patch(f"{owner}.{function}", timed))
        yield


def _timed(
    function: Callable[..., Any], name: str, seconds: dict[str, float]
) -> Callable[..., Any]:
    def timed(*values: Any) -> Any:
        start = time.perf_counter()
        try:
            return function(*values)
        finally:
            seconds[name] += time.perf_counter() - start

    return timed


@contextmanager
def _waiting(store: Store) -> Iterator[list[float]]:
    """Seconds that a reader waits for the generation, who asks for it again and again."""
    waits: list[float] = []
    done = threading.Event()

    def ask() -> None:
        while not done.wait(0.005):
            start = time.perf_counter()
            store.current()
            waits.append(time.perf_counter() - start)

    reader = threading.Thread(target=ask)
    reader.start()
    try:
        yield waits
    finally:
        done.set()
        reader.join()


def _write(path: Path, texts: Iterable[str], prefix: str) -> None:
    """Articles of five paragraphs, as those of a newspaper have on the average."""
    found = list(texts)
    with path.open("w", encoding="utf-8") as file:
        for number in range(0, len(found), 5):
            text = "\n".join(found[number : number + 5])
            row = {"id": f"{prefix}{number}", "title": "消息", "text": text}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
