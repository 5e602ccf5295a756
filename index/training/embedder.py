"""The model while it trains: vectors of pieces and their parts, read as means, stepped by row.

A piece's row is its own vector and those of its parts (``grams.composition``). A text's vector is
the weighted mean of its pieces' rows; a piece that occurs n times counts n ** TERM_POWER times, for
a word said five times is not five times as telling (BM25's saturation has the same reason). Only
the vectors that occur in a batch get a gradient, so the optimiser touches those alone. It is
RMSProp (Tieleman and Hinton 2012; Adam with beta1 = 0) with the running mean of squared gradients
decayed by the *time* since a row was last touched: exactly the dense optimiser, for rows of zero
gradient do not move without momentum.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from scipy.sparse import csc_matrix, csr_matrix

from index.training.ragged import Ids, Ragged, concatenate
from index.training.sources import Batch

SCALE = 23.0  # cosine -> logit
BETA = 0.999  # decay per step of the mean squared gradient
EPSILON = 1e-10
START_SPREAD = 0.1  # standard deviation of the first vectors
TERM_POWER = 0.65  # while training
SERVED_POWER = 0.6  # in the model that is written; chosen on development sets
BAKED_AT_ONCE = 8000  # rows


def contrastive_loss(query: torch.Tensor, document: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Cross entropy of each row's own document among all documents of the batch.

    ``query`` and ``document``: (rows, dimensions). Rows that would be false negatives are masked.
    A symmetric batch is also scored from document to query. (Multiple-negatives ranking loss,
    Henderson et al. 2017.)
    """
    logits = SCALE * F.normalize(query) @ F.normalize(document).T
    logits = logits.masked_fill(torch.from_numpy(batch.clashes()), -1e4)
    target = torch.arange(len(logits))
    loss = F.cross_entropy(logits, target)
    return (loss + F.cross_entropy(logits.T, target)) / 2 if batch.symmetric else loss


def bags(texts: Ragged, columns: int) -> csr_matrix:
    """(texts, columns): the weight of each piece in each text; a text's weights add up to 1."""
    ones = np.ones(len(texts.tokens), np.float32)
    matrix = csr_matrix((ones, texts.tokens, texts.offsets), shape=(len(texts), columns))
    matrix.sum_duplicates()
    matrix.data **= TERM_POWER
    totals = np.maximum(np.asarray(matrix.sum(axis=1)).ravel(), 1e-9)
    matrix.data /= np.repeat(totals, np.diff(matrix.indptr)).astype(np.float32)
    return matrix


def _weighted_sums(matrix: csr_matrix, rows: torch.Tensor) -> torch.Tensor:
    """``matrix @ rows``, by a kernel that is quick on few long rows."""
    return F.embedding_bag(
        torch.from_numpy(matrix.indices.astype(np.int64)),
        rows,
        torch.from_numpy(matrix.indptr[:-1].astype(np.int64)),
        mode="sum",
        per_sample_weights=torch.from_numpy(matrix.data),
    )


def _turned(matrix: csr_matrix) -> tuple[Ids, csr_matrix]:
    """The columns that occur, and the transposed matrix of these alone."""
    columns: csc_matrix = matrix.tocsc()
    occurring = np.flatnonzero(np.diff(columns.indptr))
    offsets = np.append(columns.indptr[occurring], columns.indptr[-1])
    shape = (len(occurring), matrix.shape[0])
    return occurring, csr_matrix((columns.data, columns.indices, offsets), shape=shape)


class Embedder:
    """Vectors (pieces and parts, dimensions) with their optimiser state.

    ``composition`` is (pieces, pieces and parts), as ``grams.composition`` makes it.
    """

    def __init__(self, composition: csr_matrix, dimensions: int, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        self.composition = composition
        count = composition.shape[1]
        self.vectors = torch.randn(count, dimensions, generator=generator) * START_SPREAD
        self.square = torch.zeros(count, dimensions)
        self.touched = torch.zeros(count)
        self.step_number = 0

    def table(self) -> torch.Tensor:
        """(pieces, dimensions): the rows that a text's vector is made of."""
        pieces = self.composition.shape[0]
        starts = range(0, pieces, BAKED_AT_ONCE)
        parts = (self.composition[i : i + BAKED_AT_ONCE] for i in starts)
        return torch.cat([_weighted_sums(part, self.vectors) for part in parts])

    def train_step(self, batch: Batch, rate: float) -> float:
        """One step on a batch at the given learning rate; returns the loss."""
        pieces, local = np.unique(
            np.concatenate([batch.query.tokens, batch.document.tokens]), return_inverse=True
        )
        both = concatenate([batch.query, batch.document])
        weights = bags(Ragged(local.astype(np.int32), both.offsets), len(pieces))
        made_of = self.composition[pieces]
        with torch.no_grad():
            texts = _weighted_sums(weights, _weighted_sums(made_of, self.vectors))
        count = len(batch.query)
        leaves = [side.clone().requires_grad_() for side in (texts[:count], texts[count:])]
        loss = contrastive_loss(leaves[0], leaves[1], batch)
        loss.backward()  # type: ignore[no-untyped-call]
        gradient = torch.cat([leaf.grad for leaf in leaves if leaf.grad is not None])
        by_piece = _weighted_sums(_turned(weights)[1], gradient)
        rows, turned = _turned(made_of)
        self._update(torch.from_numpy(rows), _weighted_sums(turned, by_piece), rate)
        return float(loss.detach())

    def _update(self, rows: torch.Tensor, gradient: torch.Tensor, rate: float) -> None:
        self.step_number += 1
        idle = self.step_number - self.touched[rows]
        square = self.square[rows] * (BETA**idle)[:, None]
        square.addcmul_(gradient, gradient, value=1 - BETA)
        self.square[rows] = square
        self.touched[rows] = float(self.step_number)
        corrected = square.div_(1 - BETA**self.step_number).sqrt_().add_(EPSILON)
        self.vectors.index_add_(0, rows, gradient.div_(corrected), alpha=-rate)

    def save(self, path: Path) -> None:
        """Write the vectors and the optimiser state."""
        number = torch.tensor([self.step_number])
        state = {"vectors": self.vectors, "square": self.square, "touched": self.touched}
        save_file(state | {"step": number}, path)

    def restore(self, path: Path) -> None:
        """Go on from a file written by ``save``."""
        state = load_file(path)
        self.vectors, self.square = state["vectors"], state["square"]
        self.touched = state["touched"]
        self.step_number = int(state["step"])
