"""All measurements of reliability, one after the other."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from eval.bench.reliability import (
    cost,
    faults,
    kill,
    makers,
    operations,
    power,
    readers,
    rot,
    syscalls,
)
from index.embedder import Embedder, load_embedder

Row = dict[str, object]
TESTS = ("kill", "power", "faults", "rot", "readers", "makers", "changes", "cost")


@dataclass(frozen=True)
class Effort:
    """How many cases of each kind."""

    kills: int = 200
    flips: int = 1_000
    cuts: int = 200
    pages: int = 200
    readers: int = 8
    commits: int = 200
    changes: int = 500
    stride: int = 1  # of the system calls that fail, one after the other
    paragraphs: int = 185_000
    left_out_in: tuple[str, ...] = ("first", "changes")


QUICK = Effort(
    kills=4,
    flips=4,
    cuts=2,
    pages=2,
    readers=2,
    commits=8,
    changes=60,
    stride=30,
    paragraphs=3_000,
    left_out_in=("first",),
)


def bench(names: tuple[str, ...], effort: Effort, articles: Path) -> Iterator[Row]:
    """Rows of the tests named, as they are done: cases, and how many of them were bad."""
    embedder = load_embedder()
    log = logging.getLogger("index")
    level = log.level
    log.setLevel(logging.ERROR)  # it warns of every damage that is made here
    try:
        for name in names:
            yield from _TESTS[name](embedder, effort, articles)
    finally:
        log.setLevel(level)


def _kill(embedder: Embedder, effort: Effort, _: Path) -> Iterator[Row]:
    for kind in kill.KINDS:
        yield kill.bench(kind, effort.kills, embedder)


def _changes(embedder: Embedder, effort: Effort, articles: Path) -> Iterator[Row]:
    yield operations.bench(embedder, effort.changes)
    yield operations.same(embedder, articles)


def _faults(embedder: Embedder, effort: Effort, _: Path) -> Iterator[Row]:
    yield from faults.bench(embedder)
    yield from syscalls.bench(effort.stride)


_TESTS: dict[str, Callable[[Embedder, Effort, Path], Iterator[Row]]] = {
    "kill": _kill,
    "power": lambda embedder, effort, _: iter(power.bench(embedder, effort.left_out_in)),
    "faults": _faults,
    "rot": lambda embedder, effort, _: iter(
        rot.bench(embedder, effort.flips, effort.cuts, effort.pages)
    ),
    "readers": lambda embedder, effort, _: readers.bench(embedder, effort.readers, effort.commits),
    "makers": lambda *_: iter([makers.bench()]),
    "changes": _changes,
    "cost": lambda embedder, effort, articles: iter(
        cost.bench(embedder, articles, effort.paragraphs)
    ),
}
