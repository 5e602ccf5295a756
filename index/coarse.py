"""A coarse copy of many vectors, which finds the candidates that are then compared exactly.

Two numbers of a vector become 4 bits (product quantisation with 16 centroids, scanned by FAISS's
FastScan kernels: André, Kermarrec and Le Scouarnec 2017). Unlike an inverted file it looks at
every vector, so that a question far from all of them loses nothing: of questions in another
language than the text those cells hold too few.
"""

from collections.abc import Callable
from dataclasses import dataclass

import faiss
import numpy as np
from numpy.typing import NDArray

from index.embedder import Vectors, normalised

RECALL = 0.99  # of the ten best by exact comparison, the share that has to be found
DEPTH = 10
_RESCORED = (100, 200, 400, 800, 1600, 3200)  # candidates compared exactly
_TRAINED_ON = 4096  # vectors: FAISS takes no more, 256 for each of 16 centroids
_ASKED = 200  # vectors that stand for questions
# Length of the noise added to them: their best cosine is then about 0.37, as low as measured with
# questions in another language than the text, the hardest ones.
_NOISE = 2.5
_BATCH = 8192
_SEED = 1

Counted = Callable[[int], None]  # told how many vectors are done


@dataclass(frozen=True)
class Coarse:
    """The coarse index, how many of its best have to be compared exactly, and what that finds."""

    index: faiss.Index
    rescored: int
    recall: float


def coarse(flat: faiss.Index, counted: Counted) -> Coarse | None:
    """A coarse copy of an index; None where none is exact enough (or the dimension is odd).

    The fewest candidates are chosen with which `RECALL` of the `DEPTH` best are found.
    """
    if flat.d % 2:
        return None
    rng = np.random.default_rng(_SEED)
    index = faiss.IndexPQFastScan(flat.d, flat.d // 2, 4, faiss.METRIC_INNER_PRODUCT)
    index.pq.cp.seed = _SEED
    index.train(_some(flat, _TRAINED_ON, rng))
    for start in range(0, flat.ntotal, _BATCH):
        count = min(_BATCH, flat.ntotal - start)
        index.add(flat.reconstruct_n(start, count))
        counted(start + count)
    asked = _questions(_some(flat, _ASKED, rng), rng)
    exact, _ = flat.search(asked, DEPTH)
    for rescored in _RESCORED:
        found, _ = refined(index, flat, rescored).search(asked, DEPTH)
        # By scores, not by positions: of equal vectors any will do.
        recall = float(np.mean(found >= exact[:, -1:] - 1e-5))
        if recall >= RECALL:
            return Coarse(index, rescored, round(recall, 4))
    return None


def refined(index: faiss.Index, flat: faiss.Index, rescored: int) -> faiss.IndexRefine:
    """Both indexes as one, which keeps the number of candidates in its file."""
    both = faiss.IndexRefine(index, flat)
    both.k_factor = rescored / DEPTH
    return both


def _some(flat: faiss.Index, count: int, rng: np.random.Generator) -> Vectors:
    chosen: NDArray[np.int64] = np.sort(rng.choice(flat.ntotal, count, replace=False))
    return np.asarray(flat.reconstruct_batch(chosen), np.float32)


def _questions(vectors: Vectors, rng: np.random.Generator) -> Vectors:
    noise = rng.standard_normal(vectors.shape).astype(np.float32)
    return normalised(vectors + _NOISE * normalised(noise))
