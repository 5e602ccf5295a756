"""Readers while the store is changed: nobody waits, and nobody sees half a change."""

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import numpy as np

from eval.bench.reliability.archive import filler, scratch, text_of, write
from index.build import build, update
from index.commands import give_way
from index.embedder import Embedder
from index.errors import YinzhengError
from index.store import Store
from rag.retriever import Retriever

SLOWER = 0.2  # share of the 95th percentile that a writer may add
_FILLER = 10_000  # paragraphs that stay
_CHANGED = 5  # articles of each commit
_EVERY = 1.0  # seconds from one commit to the next, at least
_PAUSE = 0.4  # seconds between two questions of a reader, on the average


def bench(embedder: Embedder, readers: int, commits: int) -> Iterator[dict[str, object]]:
    """Time searches of `readers` processes, first alone, then while `commits` are published.

    Each asks, and every hit must resolve in the generation that was asked, word by word.
    """
    with scratch() as folder:
        articles, store = folder / "articles", folder / "store"
        filler(folder / "filler.jsonl", _FILLER)
        write(articles, {"0.txt": text_of(0)})
        build([articles, folder / "filler.jsonl"], store, embedder)
        alone, _ = _asked(readers, store, embedder, lambda: time.sleep(commits * _EVERY))

        def publish() -> None:
            """In a process of its own, with the priority of `python -m index`."""
            if (writer := os.fork()) == 0:
                try:
                    give_way()
                    for number in range(1, commits + 1):
                        start = time.perf_counter()
                        _commit(articles, store, embedder, number)
                        time.sleep(max(0.0, start + _EVERY - time.perf_counter()))
                finally:
                    os._exit(0)
            os.waitpid(writer, 0)

        beside, generations = _asked(readers, store, embedder, publish)
    unresolved = int(sum(np.isnan(times).sum() for times in (alone, beside)))
    slower = _p95(beside) / _p95(alone) - 1
    name = f"{readers} readers during {commits} commits"
    yield {
        "test": name,
        "cases": len(alone) + len(beside),
        "bad": unresolved,
        "detail": f"every hit looked up in its generation; {generations} generations seen",
    }
    yield {
        "test": f"{name}: 95th percentile of a search",
        "cases": len(beside),
        "bad": int(slower > SLOWER),
        "detail": f"{slower:+.0%} ({_p95(alone) * 1000:.1f} ms alone, {_p95(beside) * 1000:.1f} ms "
        f"beside the writer); a question every {_PAUSE} s from each reader, a commit a second",
    }


def _commit(articles: Path, store: Path, embedder: Embedder, number: int) -> None:
    write(articles, {f"{n}.txt": text_of(n, number) for n in range(_CHANGED)})
    update([articles], store, embedder, prune=True)


def _asked(
    readers: int, store: Path, embedder: Embedder, meanwhile: Callable[[], None]
) -> tuple[list[float], int]:
    """Seconds of each search (NaN: a hit did not resolve), and how many generations were seen."""
    pipes, children = [], []
    stop, stopping = os.pipe()
    for number in range(readers):
        reader, writer = os.pipe()
        children.append(os.fork())
        if children[-1] == 0:
            os.close(stopping)
            _read(store, embedder, number, stop, writer)
        os.close(writer)
        pipes.append(reader)
    os.close(stop)
    meanwhile()
    os.close(stopping)  # every reader sees the end of this pipe
    times: list[float] = []
    seen: set[int] = set()
    for pipe in pipes:
        with os.fdopen(pipe, "rb") as told:
            found, generations = json.load(told)
        times += found
        seen.update(generations)
    for child in children:
        os.waitpid(child, 0)
    return times, len(seen)


def _read(store: Path, embedder: Embedder, number: int, stop: int, told: int) -> None:
    """What a reader does until it is stopped; it never returns."""
    times: list[float] = []
    seen: set[int] = set()
    try:
        random = Random(number)
        os.set_blocking(stop, False)
        retriever = Retriever(Store(store), embedder=embedder)
        while not _ended(stop):
            question = text_of((number * 977 + len(times) * 31) % _FILLER, 999)
            start = time.perf_counter()
            generation = retriever.store.current()
            hits = retriever.search(question, k=5, generation=generation)
            took = time.perf_counter() - start
            resolved = bool(hits) and all(
                generation.paragraph(hit.paragraph.id) == hit.paragraph
                and generation.article(hit.article.id) == hit.article
                for hit in hits
            )
            times.append(took if resolved else float("nan"))
            seen.add(generation.number)
            time.sleep(random.uniform(0, 2 * _PAUSE))
    except YinzhengError:
        times.append(float("nan"))
    finally:
        with os.fdopen(told, "wb") as file:
            file.write(json.dumps([times, sorted(seen)]).encode())
        os._exit(0)


def _ended(pipe: int) -> bool:
    try:
        return os.read(pipe, 1) == b""
    except BlockingIOError:
        return False


def _p95(times: list[float]) -> float:
    return float(np.nanpercentile(times, 95))
