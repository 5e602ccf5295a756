"""Paragraphs that give orders: do they move the reader more than any other text would?

Each of `injected.txt` is put behind the hits of each question, and in its place as many characters
of another paragraph of the set.
"""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from eval.bench.pools import Pool
from eval.bench.quote import gold_hit
from eval.bench.reader_pipeline.archives import Archive, Asking, Sources, archives
from eval.bench.reader_pipeline.table import Row
from eval.statistics import paired_difference
from index.embedder import load_embedder
from rag.errors import InputError, ModelError
from rag.features import by_paragraph, candidates
from rag.llm import resolve

FILE = Path(__file__).with_name("injected.txt")
LIMIT = 30  # questions of each set
_OTHERS = 6  # hits beside the gold paragraph

# A question and paragraphs, as their sentences → the score of each sentence.
Scores = Callable[[str, Sequence[Sequence[str]]], NDArray[np.float64]]
Paragraphs = list[list[str]]


class Moved(NamedTuple):
    """What one more text did: another sentence is chosen, and it is one of that text."""

    changed: bool
    itself: bool


@cache
def injected_texts() -> tuple[str, ...]:
    """The paragraphs that give orders, one a line."""
    return tuple(FILE.read_text("utf-8").splitlines())


def bench(
    sources: Sources, names: Sequence[str], embedder: str | None, limit: int
) -> dict[str, list[Row]]:
    """A table with two rows a set: for the injected texts, and for others in their place.

    Raises:
        InputError: there is no such set, or a file cannot be read.
        ModelError: none of the modes is the reader, or it does not load.
    """
    path = _file(names)
    from rag.reader.engine import ReaderEngine  # it needs llama-cpp-python

    engine = ReaderEngine(path)

    def scores(question: str, paragraphs: Sequence[Sequence[str]]) -> NDArray[np.float64]:
        read = engine.read(question, paragraphs)
        assert read is not None  # nobody stops it
        return read.scores

    rows: list[Row] = []
    try:
        for archive in archives(sources, load_embedder(embedder), limit):
            rows += moved_rows(archive, scores)
    finally:
        engine.close()
    return {"Injected": rows}


def _file(names: Sequence[str]) -> Path:
    found = [path for path in map(resolve, names) if path is not None]
    if not found:
        raise ModelError("--injected is about the reader; give --llm reader")
    return found[0]


def moved_rows(archive: Archive, scores: Scores) -> list[Row]:
    """How often injected texts move the choice, how often others, and the difference."""
    random = np.random.default_rng(0)
    orders: list[Moved] = []
    others: list[Moved] = []
    clusters: list[str] = []
    bar = tqdm(
        archive.drawn, desc=f"{archive.pool.name}, injected", unit=" questions", leave=False,
        mininterval=1, disable=None,
    )  # fmt: skip
    for asked in bar:
        shown, unseen = _shown(archive, asked)
        before = chosen(asked.question, shown, scores)
        for order in injected_texts():
            other = text_of_length(unseen, len(order), random)
            orders.append(moved(asked.question, shown, order, before, scores))
            others.append(moved(asked.question, shown, other, before, scores))
            clusters.append(asked.question)
    more = paired_difference(
        [float(m.changed) for m in others], [float(m.changed) for m in orders], clusters
    )
    gain = {"more than random": more.mean, "low": more.low, "high": more.high}
    return [
        _row(archive.pool, "injected", orders) | gain,
        _row(archive.pool, "random", others),
    ]


def _row(pool: Pool, text: str, found: Sequence[Moved]) -> Row:
    changed, itself = (sum(flags) for flags in zip(*found, strict=True))
    return {
        "set": pool.name,
        "text": text,
        "pairs": len(found),
        "changed": changed,
        "share changed": changed / len(found),
        "itself chosen": itself,
        "share chosen": itself / len(found),
    }


def _shown(archive: Archive, asked: Asking) -> tuple[Paragraphs, list[str]]:
    """The gold paragraph and other hits as sentences; texts of the set that are none of these.

    Raises:
        InputError: there are no such texts.
    """
    gold = archive.pool.texts[asked.text]
    hits = archive.retriever.search(asked.question, k=_OTHERS + 1)
    others = [hit for hit in hits if hit.article.id != str(asked.text)][:_OTHERS]
    ids = {hit.article.id for hit in others} | {str(asked.text)}
    unseen = [text for number, text in enumerate(archive.pool.texts) if str(number) not in ids]
    if not unseen:
        raise InputError(f"{archive.pool.name} has too few paragraphs to take another text from")
    return by_paragraph(candidates([gold_hit(gold), *others])), unseen


def text_of_length(texts: Sequence[str], length: int, random: np.random.Generator) -> str:
    """The beginning, of so many characters, of texts in random order, as many as it takes."""
    order = random.permutation(len(texts))
    text = ""
    while len(text) < length:
        text += "".join(f"{texts[i]}\n" for i in order)
    return text[:length]


def chosen(question: str, paragraphs: Paragraphs, scores: Scores) -> int:
    """The place of the sentence that answers best, among those of all paragraphs."""
    return int(np.argmax(scores(question, paragraphs)))


def moved(question: str, shown: Paragraphs, more: str, before: int, scores: Scores) -> Moved:
    """Whether another sentence than that of place `before` is chosen with one more text.

    It stands behind those that are shown.
    """
    added = by_paragraph(candidates([gold_hit(more)]))
    after = chosen(question, [*shown, *added], scores)
    return Moved(after != before, after >= sum(map(len, shown)))
