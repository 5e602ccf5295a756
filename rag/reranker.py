"""A cross-encoder that reads question and paragraph together: slower and better, off by default."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from index.embedding.folder import find_model
from index.embedding.trust import RERANKER, check_folder
from index.errors import EmbedderError
from rag.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

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
        self._model = _load(_folder(name))
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


def _folder(name: str) -> Path:
    """The model's folder, once nothing speaks against loading it (`index.embedding.trust`)."""
    try:
        folder = find_model(name, RERANKER.name)
        check_folder(folder, RERANKER)
    except EmbedderError as error:
        raise ModelError(str(error)) from error
    return folder


def _load(folder: Path) -> "CrossEncoder":
    from safetensors import SafetensorError
    from sentence_transformers import CrossEncoder
    from torch.nn import Identity

    try:
        model: CrossEncoder = CrossEncoder(
            str(folder),
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True, "dtype": "float32"},
            activation_fn=Identity(),  # also keeps the folder from naming a function to call
        )
    except (
        SafetensorError, OSError, ValueError, LookupError, RuntimeError, TypeError, ImportError,
        AttributeError,
    ) as error:  # fmt: skip
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else repr(error)
        raise ModelError(
            f"the reranker in {folder} cannot be loaded ({reason}); restore its files"
        ) from error
    return model
