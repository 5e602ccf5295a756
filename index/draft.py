"""Writing the files of a generation, from the catalogue, into a draft folder.

Whatever grows with the store is read in batches: of the vectors only the index itself is held.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np

from index.catalog import Catalog
from index.columns import Columns, day_number
from index.lexical import Lexical
from index.vectors import VectorIndex

VECTORS, ARTICLES, COLUMNS, LEXICAL = (
    "vectors.faiss",
    "articles.sqlite",
    "columns.npy",
    "lexical",
)

# Told how far it is: "copy" (steps), "vectors", "coarse" and "words" (paragraphs), "write" (files).
Progress = Callable[[str, int, int], None]

T = TypeVar("T")


def write_indexes(
    draft: Path, catalog: Catalog, dimension: int, progress: Progress
) -> dict[str, str | int | float]:
    """Write everything but the manifest; returns what the vector index is."""
    progress("copy", 0, 1)
    catalog.export(draft / ARTICLES)
    columns = _columns(draft / ARTICLES)
    columns.save(draft / COLUMNS)
    total = columns.paragraphs
    vectors = VectorIndex.build(
        _counted(catalog.vectors(dimension), len, "vectors", total, progress),
        dimension,
        counted=lambda done: progress("coarse", done, total),
    )
    vectors.save(draft / VECTORS)
    facts = vectors.facts
    del vectors  # before the lexical index is made, which needs the memory
    (draft / LEXICAL).mkdir(mode=0o700)
    texts = _counted(catalog.searched_texts(), lambda _: 1, "words", total, progress)
    Lexical.of_texts(texts).save(draft / LEXICAL)
    return facts


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
    db = sqlite3.connect(articles)
    try:
        rows = db.execute(
            "SELECT count(paragraphs.rowid), date FROM articles LEFT JOIN paragraphs "
            "ON paragraphs.article = articles.id GROUP BY articles.rowid ORDER BY articles.rowid"
        ).fetchall()
    finally:
        db.close()
    counts = np.array([row[0] for row in rows], np.int32)
    return Columns(counts, np.array([day_number(row[1]) for row in rows], np.int32))
