"""FAISS: the vector index. Up to about a million paragraphs an exact flat index is the fastest."""

from collections.abc import Sequence

import faiss
import numpy as np
from numpy.typing import NDArray

from index.embedder import Vectors

Positions = NDArray[np.int64]

# Two OpenMP threads spin against each other (and against a language model) on small machines.
faiss.omp_set_num_threads(1)


class VectorIndex:
    """Inner product over normalised vectors, that is cosine similarity, in the order given."""

    def __init__(self, index: faiss.Index) -> None:
        self._index = index

    @classmethod
    def build(cls, vectors: Vectors) -> "VectorIndex":
        """Index vectors of shape (n, dimension) and length 1."""
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index)

    @property
    def size(self) -> int:
        """Number of vectors."""
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        return int(self._index.d)

    def search(
        self, vector: Vectors, k: int, *, among: Sequence[int] | Positions | None = None
    ) -> tuple[Positions, Vectors]:
        """The `k` nearest positions (best first) and their cosines, `among` some if given."""
        k = min(k, self.size if among is None else len(among))
        if k <= 0:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        parameters = None
        if among is not None:
            chosen = np.ascontiguousarray(among, dtype=np.int64)
            selector = faiss.IDSelectorBatch(chosen)
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        scores, positions = self._index.search(vector.reshape(1, -1), k, params=parameters)
        found = positions[0] >= 0
        return positions[0][found], scores[0][found]

    def vectors(self, positions: Sequence[int] | Positions) -> Vectors:
        """The stored vectors at some positions, shape (n, dimension)."""
        wanted = np.ascontiguousarray(positions, dtype=np.int64)
        return np.asarray(self._index.reconstruct_batch(wanted), dtype=np.float32)

    def to_bytes(self) -> bytes:
        """The index as FAISS serialises it."""
        return bytes(faiss.serialize_index(self._index))

    @classmethod
    def from_bytes(cls, data: bytes) -> "VectorIndex":
        """Read `to_bytes` back; only for bytes whose hash was verified (FAISS checks nothing)."""
        return cls(faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8)))
