"""A cross-encoder that reads question and paragraph together: slower and better, off by default."""

import os
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.embedding.trust import RERANKER
from rag.cross_encoder import open_cross_encoder
from rag.errors import ModelError

_BATCH = 8  # pairs read at once; a small batch wastes little on padding


class Reranker(Protocol):
    """Judges how well each text answers a question."""

    def scores(self, question: str, texts: Sequence[str]) -> NDArray[np.float64]:
        """A logit for each text, shape (len(texts),): the higher, the better it answers."""
        ...


class CrossEncoderReranker:
    """A sentence-transformers CrossEncoder with one output, from a folder or the hub's cache."""

    def __init__(self, name: str) -> None:
        """Load the model `name`: a folder, or a hub name (from its cache, else downloaded).

        Raises:
            ModelError: it cannot be found or loaded, asks to run code, or has several outputs.
        """
        self._model = open_cross_encoder(name, RERANKER)
        outputs = getattr(self._model.config, "num_labels", None)
        if outputs != 1:
            raise ModelError(
                f"the reranker {name} has {outputs} outputs; a reranker has one, a score"
            )

    def scores(self, question: str, texts: Sequence[str]) -> NDArray[np.float64]:
        """See `Reranker.scores`; what exceeds the model's longest input is cut off."""
        if not texts:
            return np.zeros(0)
        pairs = [(question, text) for text in texts]
        found = self._model.predict(pairs, batch_size=_BATCH, show_progress_bar=False)
        return np.asarray(found, dtype=np.float64)


def load_reranker(name: str | None = None) -> CrossEncoderReranker | None:
    """The reranker called `name`, else by RAG_RERANKER, else none.

    Raises:
        ModelError: it cannot be found or loaded.
    """
    chosen = name or os.environ.get("RAG_RERANKER")
    return CrossEncoderReranker(chosen) if chosen else None
