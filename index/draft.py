"""Writing the files of a generation, from the catalogue, into a draft folder.

Either all of them, or beside those of the generation before what changed since: `CHANGES` holds
the articles that are new or differ, and which ones of the base are gone. Whatever grows with the
store is read in batches: of the vectors only the index itself is held.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from index.catalog import Catalog
from index.columns import Columns, day_number
from index.lexical import Part, part_of_texts, usual_length
from index.reader_copy import ReaderCopy
from index.selection import Selection
from index.vectors import VectorIndex

VECTORS, ARTICLES, COLUMNS, LEXICAL = (
    "vectors.faiss",
    "articles.sqlite",
    "columns.npy",
    "lexical",
)
CHANGES, GONE = "changes", "gone.npy"

WHOLE_BELOW = 2_000  # paragraphs; writing so few anew takes a fraction of a second
# Paragraphs that may have changed since a generation was written whole, times the square root of
# how many it has: writing the changes over and over and writing all at last take alike then.
_CHANGED = 8

# Told how far it is: "copy" (steps), "vectors", "coarse" and "words" (paragraphs), "write" (files).
Progress = Callable[[str, int, int], None]

T = TypeVar("T")


@dataclass(frozen=True)
class Base:
    """Files of a generation that was written whole: their folder, and how much they hold."""

    folder: Path
    articles: int
    paragraphs: int


def write_whole(
    draft: Path, catalog: Catalog, dimension: int, progress: Progress
) -> dict[str, str | int | float]:
    """Write everything but the manifest; returns what the vector index is."""
    chosen = catalog.select()
    columns = _write_texts(draft, chosen, progress)
    vectors = _write_vectors(draft, chosen, dimension, columns.paragraphs, progress)
    words = _words(chosen, columns.paragraphs, progress)
    (draft / LEXICAL).mkdir(mode=0o700)
    words.save(draft / LEXICAL)
    return vectors


def write_changes(
    draft: Path, catalog: Catalog, base: Base, dimension: int, progress: Progress
) -> bool:
    """Write what changed since the base, and nothing else.

    Returns whether that can be: not where so much changed that all had better be written.
    """
    if base.paragraphs < WHOLE_BELOW:
        return False
    changed, gone = catalog.differing(base.folder / ARTICLES)
    chosen = catalog.select(changed)
    columns = Columns.load(base.folder / COLUMNS)
    numbers = np.array(gone, np.int64)
    positions = columns.positions(columns.named(numbers))
    count = chosen.paragraph_count()
    if count + len(positions) > _CHANGED * base.paragraphs**0.5:
        return False
    words = Part.load(base.folder / LEXICAL)
    usual = usual_length(words.lengths)
    new = _words(chosen, count, progress, usual)
    kept = np.delete(words.lengths, positions)
    if usual_length(np.concatenate([kept, new.lengths])) != usual:
        return False
    folder = draft / CHANGES
    folder.mkdir(mode=0o700)
    _write_texts(folder, chosen, progress, base)
    _write_vectors(folder, chosen, dimension, count, progress)
    (folder / LEXICAL).mkdir(mode=0o700)
    new.save(folder / LEXICAL)
    words.holders(positions).save(folder / LEXICAL)
    np.save(folder / GONE, numbers, allow_pickle=False)
    return True


def _write_texts(
    folder: Path, chosen: Selection, progress: Progress, base: Base | None = None
) -> Columns:
    progress("copy", 0, 1)
    articles, paragraphs = (base.articles, base.paragraphs) if base else (0, 0)
    chosen.export(folder / ARTICLES, articles=articles, paragraphs=paragraphs)
    columns = _columns(folder / ARTICLES)
    columns.save(folder / COLUMNS)
    return columns


def _write_vectors(
    folder: Path, chosen: Selection, dimension: int, total: int, progress: Progress
) -> dict[str, str | int | float]:
    vectors = VectorIndex.build(
        _counted(chosen.vectors(dimension), len, "vectors", total, progress),
        dimension,
        counted=lambda done: progress("coarse", done, total),
    )
    vectors.save(folder / VECTORS)
    return vectors.facts


def _words(chosen: Selection, total: int, progress: Progress, usual: float | None = None) -> Part:
    texts = _counted(chosen.searched_texts(), lambda _: 1, "words", total, progress)
    return part_of_texts(texts, usual)


def _counted(
    items: Iterable[T], count: Callable[[T], int], stage: str, total: int, progress: Progress
) -> Iterator[T]:
    """The items as they come; every so often it is told how many were given."""
    done = told = 0
    for item in items:
        yield item
        done += count(item)
        if done - told >= total / 200 or done == total:
            progress(stage, done, total)
            told = done


def _columns(articles: Path) -> Columns:
    """What filters need, from the reader's copy, where articles lie in index order."""
    copy = ReaderCopy(articles)
    try:
        rows = copy.counts()
    finally:
        copy.close()
    counts: NDArray[np.int32] = np.array([count for count, _ in rows], np.int32)
    return Columns(counts, np.array([day_number(date) for _, date in rows], np.int32))
