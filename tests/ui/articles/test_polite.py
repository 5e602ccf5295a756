"""Embedding in the background lets questions in between."""

from collections.abc import Sequence

import numpy as np

from index.embedder import Embedder, Kind, Vectors
from ui.articles.polite import Polite


class Counted:
    """An embedder that keeps how many texts it was given at a time."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.fingerprint = embedder.fingerprint
        self.dimension = embedder.dimension
        self.sizes: list[int] = []

    def embed(self, texts: Sequence[str], *, kind: Kind) -> Vectors:
        self.sizes.append(len(texts))
        return self._embedder.embed(texts, kind=kind)


def test_the_vectors_are_the_same_and_come_in_small_pieces(embedder: Embedder) -> None:
    counted = Counted(embedder)
    texts = [f"段落 {number}" for number in range(150)]
    vectors = Polite(counted).embed(texts, kind="passage")
    assert counted.sizes == [64, 64, 22]
    assert np.array_equal(vectors, embedder.embed(texts, kind="passage"))
    assert Polite(counted).embed([], kind="passage").shape == (0, 1024)
