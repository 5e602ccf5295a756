"""Several ways to the same hits, timed in turns, and what each takes more than the first."""

import time
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from eval.statistics import percentile
from rag.errors import InputError

Row = dict[str, Any]
Way = Callable[[str], object]

PLAIN = "Retriever.search"
AGAIN = "the same once more"  # how far two calls of the same kind lie apart


def interleaved(
    ways: Mapping[str, Way],
    questions: Sequence[str],
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """Milliseconds of every way for every question.

    All ways are taken for a question before the next one comes, so that what else the computer
    does falls on all of them. Their order is drawn anew each time: who comes behind a way through
    another process finds colder caches. The first search of a question is not counted.
    """
    random, names = Random(1), list(ways)
    times: dict[str, list[float]] = {name: [] for name in names}
    for question in questions:
        ways[names[0]](question)
        for name in random.sample(names, len(names)):
            start = clock()
            ways[name](question)
            times[name].append(1000 * (clock() - start))
    return times


def overheads(times: Mapping[str, Sequence[float]]) -> list[Row]:
    """One row a way: its times, and by how much they exceed those of the first way.

    Differences are taken within each question; their median is what a call costs more.
    """
    (plain, first), *_ = times.items()
    rows = []
    for name, values in times.items():
        row: Row = {"way": name, "questions": len(values)}
        row |= _shares("", values)
        if name != plain:
            more = [value - base for value, base in zip(values, first, strict=True)]
            row |= _shares("more ", more)
        rows.append(row)
    return rows


def agree(ways: Mapping[str, Callable[[str], Sequence[str]]], questions: Sequence[str]) -> None:
    """Make sure that all ways find the same paragraphs.

    Args:
        ways: for each a function from a question to the ids of the paragraphs it gives.
        questions: some questions to compare by.

    Raises:
        InputError: one gives others than the first.
    """
    (_, plain), *others = ways.items()
    for question in questions:
        wanted = list(plain(question))
        for name, found in others:
            if list(found(question)) != wanted:
                raise InputError(f"{name} finds other paragraphs than {PLAIN}; nothing is measured")


def _shares(prefix: str, values: Sequence[float]) -> Row:
    return {
        f"{prefix}{name} ms": percentile(values, share)
        for name, share in (("p50", 0.5), ("p95", 0.95))
    }
