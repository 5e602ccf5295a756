"""Text → vectors: sentence-transformers behind one small protocol."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from index.embedding.batches import batches
from index.embedding.folder import ModelFolder, fingerprint, open_folder
from index.embedding.prompts import Kind
from index.errors import EmbedderError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

__all__ = [
    "BATCH", "BUNDLED", "POOLING", "Embedder", "Kind", "SentenceTransformerEmbedder", "Vectors",
    "fingerprint", "load_embedder", "normalised",
]  # fmt: skip

BUNDLED = Path(__file__).parent / "model"
POOLING = "pooling.json"  # read by `index.static_embedder`; sentence-transformers ignores it
BATCH = 256  # texts in one call of a model without a transformer

Vectors = NDArray[np.float32]

log = logging.getLogger(__name__)


class Embedder(Protocol):
    """Turns texts into vectors of length 1; `fingerprint` tells models apart."""

    fingerprint: str
    dimension: int

    def embed(self, texts: Sequence[str], *, kind: Kind) -> Vectors:
        """Vectors of shape (len(texts), dimension), float32, each of Euclidean length 1."""
        ...


class SentenceTransformerEmbedder:
    """Any sentence-transformers model, by folder or hub name, with its own prompts."""

    def __init__(self, name: str | Path) -> None:
        """Load the model `name`; the bundled one is for `load_embedder`, which see.

        Raises:
            EmbedderError: no such model here and none to be downloaded, or one that must not be
                loaded because it brings code or pickled weights.
        """
        folder = open_folder(str(name))
        if (folder.path / POOLING).exists():
            raise EmbedderError(
                f"{folder.path} has a {POOLING}, which sentence-transformers does not follow, and "
                "its tokeniser or table cannot be read without that library; restore its files, or "
                "use load_embedder"
            )
        self._name = str(name)
        self._prompts = folder.prompts
        self._by_length = folder.modules[0] == "Transformer"
        self._told_of_cuts = False
        self._model = _load(folder)
        self._model.eval()
        dimension = self._model.get_embedding_dimension()
        if dimension is None:
            raise EmbedderError(f"{name} does not tell its dimension; choose another embedder")
        self.dimension = dimension
        self.fingerprint = folder.fingerprint

    def embed(self, texts: Sequence[str], *, kind: Kind) -> Vectors:
        """See `Embedder.embed`; queries and passages get the prompts of the model.

        Texts of like length are computed together. What is beyond the length that a model reads
        is cut off, which is told once.
        """
        if not self._by_length:
            return normalised(self._encode(list(texts), kind))
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for positions in batches(self._lengths(texts, kind)):
            vectors[positions] = self._encode([texts[i] for i in positions], kind)
        return normalised(vectors)

    def _encode(self, texts: list[str], kind: Kind) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        encode = self._model.encode_query if kind == "query" else self._model.encode_document
        vectors = encode(
            texts, prompt=self._prompts.of(kind), batch_size=BATCH, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)

    def _lengths(self, texts: Sequence[str], kind: Kind) -> list[int]:
        """How many tokens the model reads of each text, with the prompt."""
        if not texts:
            return []
        prompt, longest = self._prompts.of(kind), self._model.max_seq_length
        found = self._model.tokenizer(
            [prompt + text for text in texts],
            padding=False,
            truncation=False,
            return_attention_mask=False,
            return_token_type_ids=False,
            verbose=False,
        )
        lengths = [len(tokens) for tokens in found["input_ids"]]
        if longest is None:
            return lengths
        cut = sum(length > longest for length in lengths)
        if cut and kind == "passage" and not self._told_of_cuts:
            self._told_of_cuts = True
            log.warning(
                "%s reads %d tokens of a paragraph and longer ones are here (up to %d): the rest "
                "of them is found by its words only",
                *(self._name, longest, max(lengths)),
            )
        return [min(length, int(longest)) for length in lengths]


def normalised(vectors: Vectors) -> Vectors:
    """Rows scaled to length 1; a row without direction (an empty text) stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def load_embedder(name: str | None = None) -> Embedder:
    """The embedder called `name`, else by RAG_EMBEDDER, else the bundled one."""
    from index.static_embedder import open_static

    called = str(name or os.environ.get("RAG_EMBEDDER") or BUNDLED)
    folder = open_folder(called)
    found = open_static(folder.path) if folder.is_static else None
    return found or SentenceTransformerEmbedder(called)


def _load(folder: ModelFolder) -> "SentenceTransformer":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    from safetensors import SafetensorError
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]  # it is in the way of ours
    try:
        model = SentenceTransformer(
            str(folder.path),
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            # float32, because half precision is slow on most CPUs
            model_kwargs={"use_safetensors": True, "dtype": "float32"},
        )
    except (
        SafetensorError, OSError, ValueError, LookupError, RuntimeError, TypeError, ImportError,
        AttributeError,
    ) as error:  # fmt: skip
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else repr(error)
        raise EmbedderError(
            f"the embedder in {folder.path} cannot be loaded ({reason}); restore its files"
        ) from error
    if folder.is_plain:
        pooling = getattr(model[-1], "pooling_mode", None)
        log.warning(
            "%s does not say how the vectors of its tokens make one of a text (modules.json is "
            "missing); taken: %s pooling",
            *(folder.path, pooling),
        )
    return model
