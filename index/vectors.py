"""FAISS: the vector index. Which type it is depends on how many vectors there are.

Vectors are kept as 16-bit floats. Few are compared one by one with the question; of many, a
coarse copy gives the candidates (`index.coarse`). At 185,000 vectors of 384 numbers the first
reads 142 MB a question and the second 18 MB.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from index.coarse import DEPTH, Counted, coarse, refined
from index.embedder import Vectors

Positions = NDArray[np.int64]

COARSE_FROM = 25_000  # vectors; below, comparing all of 384 numbers takes about a millisecond


class VectorIndex:
    """Inner product over normalised vectors, that is cosine similarity, in the order given.

    Safe to use from threads. Each search runs on one: FAISS divides questions, not the work of one
    question, among threads, and those without work spin.
    """

    # Any: the type stubs of FAISS lack much.
    def __init__(self, index: Any, recall: float | None = None) -> None:
        """Wrap a flat index, or one refined by a flat index."""
        self._index = index
        self._refined = isinstance(index, faiss.IndexRefine)
        self._flat = faiss.downcast_index(index.refine_index) if self._refined else index
        self._recall = recall

    @classmethod
    def build(
        cls, batches: Iterable[Vectors], dimension: int, *, counted: Counted | None = None
    ) -> "VectorIndex":
        """Index vectors of length 1, given in batches of shape (n, dimension).

        The same vectors always make the same index. `counted` is told how many are indexed.
        """
        faiss.omp_set_num_threads(1)
        flat = faiss.IndexScalarQuantizer(
            dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
        )
        flat.train(np.zeros((1, dimension), np.float32))  # there is nothing to learn for floats
        for batch in batches:
            flat.add(np.ascontiguousarray(batch, dtype=np.float32))
        small = coarse(flat, counted or _silent) if flat.ntotal >= COARSE_FROM else None
        if small is None:
            return cls(flat)
        return cls(refined(small.index, flat, small.rescored), small.recall)

    @property
    def size(self) -> int:
        """Number of vectors."""
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        return int(self._index.d)

    @property
    def facts(self) -> dict[str, str | int | float]:
        """What the index is: its type, and of a coarse one what it was measured to find."""
        if not self._refined:
            return {"type": "flat float16"}
        found = {} if self._recall is None else {f"recall_at_{DEPTH}": self._recall}
        return {"type": "4-bit, then float16", "rescored": self._rescored, **found}

    def search(
        self, vector: Vectors, k: int, *, among: Sequence[int] | Positions | None = None
    ) -> tuple[Positions, Vectors]:
        """The `k` nearest positions (best first) and their cosines, `among` some if given.

        With `among` every one of these is compared; without, see `facts`.
        """
        k = min(k, self.size if among is None else len(among))
        if k <= 0:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        question = np.ascontiguousarray(vector, dtype=np.float32).reshape(1, -1)
        faiss.omp_set_num_threads(1)  # counts for the calling thread alone, so each time
        if among is not None:
            only = faiss.SearchParameters(sel=self._selector(among))  # type: ignore[call-arg]
            scores, positions = self._flat.search(question, k, params=only)
        elif self._refined:
            refine = faiss.IndexRefineSearchParameters(  # type: ignore[call-arg]
                k_factor=max(1.0, self._rescored / k)
            )
            scores, positions = self._index.search(question, k, params=refine)
        else:
            scores, positions = self._flat.search(question, k)
        found = positions[0] >= 0
        return positions[0][found], scores[0][found]

    def vectors(self, positions: Sequence[int] | Positions) -> Vectors:
        """The stored vectors at some positions, shape (n, dimension)."""
        wanted = np.ascontiguousarray(positions, dtype=np.int64)
        return np.asarray(self._flat.reconstruct_batch(wanted), dtype=np.float32)

    def save(self, path: Path) -> None:
        """Write the index into a file.

        Raises:
            OSError: the disk is full or fails.
        """
        # Through Python's file: FAISS's own does not tell when closing it fails.
        with path.open("wb") as file:
            writer = faiss.PyCallbackIOWriter(file.write, 1 << 20)  # type: ignore[attr-defined]
            faiss.write_index(self._index, writer)

    @classmethod
    def open(cls, path: Path) -> "VectorIndex":
        """Map a file into memory; only one whose hash was verified (FAISS checks nothing).

        The file may be deleted afterwards, but must not be changed.
        """
        return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))

    @property
    def _rescored(self) -> int:
        return round(float(self._index.k_factor) * DEPTH)

    def _selector(self, among: Sequence[int] | Positions) -> faiss.IDSelector:
        mask = np.zeros(self.size, np.bool_)
        mask[among] = True
        bits: Any = np.packbits(mask, bitorder="little")
        return faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg]


def _silent(_: int) -> None:
    """No progress wanted."""
