"""Embedding what has no vector yet, so that an interruption loses a few seconds of work."""

import time
from itertools import islice

from index.catalog import Catalog
from index.embedder import Embedder
from index.intake import Progress, Report
from index.kept import Keys

_SAVED_EVERY = 5.0  # seconds
_WINDOW = 8192  # texts among which those of like length are found
# Texts in one call of the embedder: few at first, then as many as take a second or so, since a
# model may embed ten a second or ten thousand.
_FEWEST, _MOST = 16, 1024


def embed_missing(
    catalog: Catalog,
    maker: str,
    needed: Keys,
    embedder: Embedder,
    report: Report,
    progress: Progress,
) -> None:
    """Give the texts that `Catalog.lacking` told their vectors; what is done is kept in any case.

    `maker` is what vectors are kept under (see `index.canary.maker_of`).

    A text that stands in several paragraphs is embedded once. Texts of like length are embedded
    together.

    Raises:
        StoreError: the disk is full or fails.
    """
    total = len(needed)
    if not total:
        return
    texts = catalog.texts(needed)
    size, saved = _FEWEST, time.monotonic()
    try:
        while window := dict(islice(texts, _WINDOW)):
            waiting = sorted(window, key=lambda key: len(window[key]))
            while waiting:
                progress("embed", report.embedded, total, articles=report.articles)
                started = time.monotonic()
                keys, waiting = waiting[:size], waiting[size:]
                vectors = embedder.embed([window[key] for key in keys], kind="passage")
                catalog.kept.add(maker, keys, vectors)
                report.embedded += len(keys)
                now = time.monotonic()
                size = _next_size(size, now - started)
                if now - saved > _SAVED_EVERY:
                    catalog.kept.save()
                    saved = now
    finally:
        catalog.kept.save()
    progress("embed", total, total, articles=report.articles)


def _next_size(size: int, seconds: float) -> int:
    if seconds < 0.5:
        return min(2 * size, _MOST)
    return max(size // 2, _FEWEST) if seconds > 2 else size
