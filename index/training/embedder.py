"""The model while it trains: one table of token vectors, read as means, stepped row by row.

A text's vector is the mean of its tokens' rows. Only the rows that occur in a batch get a
gradient, so the optimiser touches those rows alone. It is RMSProp (Tieleman and Hinton 2012; Adam
with beta1 = 0) with the running mean of squared gradients decayed by the *time* since a row was
last touched: exactly the dense optimiser, for rows of zero gradient do not move without momentum.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from scipy.sparse import csr_matrix

from index.training.ragged import Ragged
from index.training.sources import Batch

SCALE = 20.0  # cosine -> logit
BETA = 0.999  # decay per step of the mean squared gradient
EPSILON = 1e-10
START_SPREAD = 0.1  # standard deviation of the first rows

Matrix = npt.NDArray[np.float32]


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


class Embedder:
    """Token table (pieces, dimensions) with its optimiser state."""

    def __init__(self, pieces: int, dimensions: int, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        self.table = torch.randn(pieces, dimensions, generator=generator) * START_SPREAD
        self.square = torch.zeros(pieces, dimensions)
        self.touched = torch.zeros(pieces)
        self.step_number = 0

    def embed(self, texts: Ragged) -> torch.Tensor:
        """(texts, dimensions): mean of the rows of each text's tokens."""
        tokens = torch.from_numpy(texts.tokens.astype(np.int64))
        offsets = torch.from_numpy(texts.offsets[:-1])
        return F.embedding_bag(tokens, self.table, offsets, mode="mean")

    def train_step(self, batch: Batch, rate: float) -> float:
        """One step on a batch at the given learning rate; returns the loss."""
        with torch.no_grad():
            sides = [self.embed(batch.query), self.embed(batch.document)]
        leaves = [side.requires_grad_() for side in sides]
        loss = contrastive_loss(leaves[0], leaves[1], batch)
        loss.backward()  # type: ignore[no-untyped-call]
        gradients = torch.cat([leaf.grad for leaf in leaves if leaf.grad is not None])
        self._update(*self._row_gradients(batch, gradients), rate)
        return float(loss.detach())

    def _row_gradients(
        self, batch: Batch, gradients: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Rows that occur in the batch and their gradients, from (2 rows, dimensions) gradients."""
        tokens = np.concatenate([batch.query.tokens, batch.document.tokens])
        lengths = np.concatenate([batch.query.lengths, batch.document.lengths])
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        weights = np.repeat(1.0 / lengths, lengths).astype(np.float32)
        bags = csr_matrix((weights, tokens, offsets), shape=(len(lengths), len(self.table)))
        columns = bags.tocsc()
        rows = np.flatnonzero(np.diff(columns.indptr))
        summed = F.embedding_bag(
            torch.from_numpy(columns.indices.astype(np.int64)),
            gradients,
            torch.from_numpy(columns.indptr[rows].astype(np.int64)),
            mode="sum",
            per_sample_weights=torch.from_numpy(columns.data),
        )
        return torch.from_numpy(rows), summed

    def _update(self, rows: torch.Tensor, gradient: torch.Tensor, rate: float) -> None:
        self.step_number += 1
        idle = self.step_number - self.touched[rows]
        square = self.square[rows] * (BETA**idle)[:, None]
        square.addcmul_(gradient, gradient, value=1 - BETA)
        self.square[rows] = square
        self.touched[rows] = float(self.step_number)
        corrected = square.div_(1 - BETA**self.step_number).sqrt_().add_(EPSILON)
        self.table.index_add_(0, rows, gradient.div_(corrected), alpha=-rate)

    def save(self, path: Path) -> None:
        """Write the table and the optimiser state."""
        number = torch.tensor([self.step_number])
        state = {"table": self.table, "square": self.square, "touched": self.touched}
        save_file(state | {"step": number}, path)

    def restore(self, path: Path) -> None:
        """Go on from a file written by ``save``."""
        state = load_file(path)
        self.table, self.square, self.touched = state["table"], state["square"], state["touched"]
        self.step_number = int(state["step"])
