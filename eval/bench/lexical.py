"""Search by words alone: how well, and how fast, also among many passages of other texts."""

import gzip
import math
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eval.bench.retrieval import ndcg, recall
from eval.bench.squad import QuestionSet, read_sets
from index.lexical import Lexical
from index.sentences import sentences
from rag.errors import InputError

PASSAGE = 250  # characters at which a passage of other texts ends with its sentence
_DEPTH = 10


def bench(
    folder: Path, others: Path | None, limit: int | None, passages: int | None
) -> list[dict[str, Any]]:
    """One row a set over its own paragraphs, or over those of all sets and `passages` of others.

    `others` is a folder of .txt or .txt.gz files with an article a line.

    Raises:
        InputError: a folder holds no question set, or no such file.
    """
    sets = read_sets(folder)
    if others is None:
        return [_row(one, limit, *_indexed(one.paragraphs)) for one in sets]
    texts = dict.fromkeys(text for one in sets for text in one.paragraphs)
    index, places, seconds = _indexed([*texts, *_passages(others, passages)])
    return [_row(one, limit, index, places, seconds) for one in sets]


def _indexed(texts: Sequence[str]) -> tuple[Lexical, dict[str, int], float]:
    """The index, where each text stands in it, and the seconds it took."""
    started = time.perf_counter()
    index = Lexical.of_texts((text, None) for text in texts)
    return index, {text: i for i, text in enumerate(texts)}, time.perf_counter() - started


def _row(
    questions: QuestionSet,
    limit: int | None,
    index: Lexical,
    places: dict[str, int],
    seconds: float,
) -> dict[str, Any]:
    ranks: list[int | None] = []
    times = []
    for asked in questions.questions[:limit]:
        started = time.perf_counter()
        found, _ = index.best(asked.question, _DEPTH)
        times.append(1000 * (time.perf_counter() - started))
        right = np.flatnonzero(found == places[questions.paragraphs[asked.paragraph]])
        ranks.append(int(right[0]) + 1 if len(right) else None)
    return {
        "set": questions.name,
        "paragraphs": index.size,
        "questions": len(ranks),
        "nDCG@10": ndcg(ranks),
        "R@1": recall(ranks, 1),
        "R@5": recall(ranks, 5),
        "indexed in s": seconds,
        "ms p50": float(np.percentile(times, 50)),
        "ms p95": float(np.percentile(times, 95)),
    }


def _passages(folder: Path, most: int | None) -> list[str]:
    """Passages of whole sentences; `most` evenly drawn from all, in their order."""
    files = sorted(p for p in folder.glob("*.txt*") if p.name.endswith((".txt", ".txt.gz")))
    if not files:
        raise InputError(f"{folder} holds no *.txt or *.txt.gz; check --among")
    found = [passage for file in files for line in _lines(file) for passage in _cut(line)]
    step = max(1.0, len(found) / (most or math.inf))
    return [found[int(i * step)] for i in range(min(len(found), most or len(found)))]


def _lines(file: Path) -> Iterator[str]:
    opener = gzip.open if file.suffix == ".gz" else open
    with opener(file, "rt", encoding="utf-8") as lines:
        yield from lines


def _cut(text: str) -> Iterator[str]:
    start = 0
    for sentence in sentences(text):
        if sentence.end - start >= PASSAGE:
            yield text[start : sentence.end]
            start = sentence.end
    if text[start:].strip():
        yield text[start:]
