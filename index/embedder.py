"""Text → vectors: sentence-transformers behind one small protocol."""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from index.errors import EmbedderError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BUNDLED = Path(__file__).parent / "model"
BATCH = 256  # texts in one call of the model

Kind = Literal["query", "passage"]
Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into vectors of length 1; `fingerprint` tells models apart."""

    fingerprint: str
    dimension: int

    def embed(self, texts: Sequence[str], *, kind: Kind) -> Vectors:
        """Vectors of shape (len(texts), dimension), float32, each of Euclidean length 1."""
        ...


class SentenceTransformerEmbedder:
    """Any sentence-transformers model, by folder or hub name, with its own prompts."""

    def __init__(self, name: str | Path = BUNDLED) -> None:
        """Load a model; the bundled one unless named.

        Raises:
            EmbedderError: no such model here, and none to be downloaded.
        """
        folder = _folder(str(name))
        _check_modules(folder)
        self._model = _load(folder)
        self._model.eval()
        dimension = self._model.get_embedding_dimension()
        if dimension is None:
            raise EmbedderError(f"{name} does not tell its dimension; choose another embedder")
        self.dimension = dimension
        self.fingerprint = fingerprint(folder)

    def embed(self, texts: Sequence[str], *, kind: Kind) -> Vectors:
        """See `Embedder.embed`; queries and passages get the prompts of the model's own config."""
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        encode = self._model.encode_query if kind == "query" else self._model.encode_document
        vectors = encode(list(texts), batch_size=BATCH, show_progress_bar=False)
        return normalised(np.asarray(vectors, dtype=np.float32))


def normalised(vectors: Vectors) -> Vectors:
    """Rows scaled to length 1; a row without direction (an empty text) stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def load_embedder(name: str | None = None) -> Embedder:
    """The embedder called `name`, else by RAG_EMBEDDER, else the bundled one."""
    from index.static_embedder import open_static

    folder = _folder(str(name or os.environ.get("RAG_EMBEDDER") or BUNDLED))
    _check_modules(folder)
    return open_static(folder) or SentenceTransformerEmbedder(folder)


def fingerprint(folder: Path) -> str:
    """SHA-256 over the names and contents of a model's files, without its documentation."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.suffix in _MODEL_FILES and p.is_file()):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()}\n{content}\n".encode())
    return digest.hexdigest()


_MODEL_FILES = {".json", ".safetensors", ".txt", ".model"}
_MODULES = ("Transformer", "Pooling", "Normalize", "Dense", "StaticEmbedding")


def _folder(name: str) -> Path:
    """The model's folder: a local one, else from the hub's cache, else downloaded."""
    path = Path(name)
    if path.is_dir():
        return path
    if name.count("/") > 1 or name.startswith((".", "/", "~")) or path.suffix:
        raise EmbedderError(f"there is no model folder {name}; check --embedder / RAG_EMBEDDER")
    return _from_hub(name)


def _from_hub(name: str) -> Path:
    from huggingface_hub import errors as hub
    from huggingface_hub import snapshot_download

    patterns = ["*.json", "*.safetensors", "*.txt", "*.model"]
    try:
        return Path(snapshot_download(name, local_files_only=True, allow_patterns=patterns))
    except (hub.LocalEntryNotFoundError, ValueError, OSError):
        pass  # not in the cache: try to download it
    try:
        return Path(snapshot_download(name, allow_patterns=patterns, etag_timeout=5))
    except (hub.HTTPError, ValueError, OSError) as error:  # type: ignore[attr-defined]
        raise EmbedderError(
            f"the embedder {name} is neither a folder nor in the hub cache and cannot be "
            "downloaded; check the name and the network, or give a local model folder"
        ) from error


def _check_modules(folder: Path) -> None:
    """Refuse model folders that would run code of their own."""
    path = folder / "modules.json"
    try:
        modules = json.loads(path.read_text("utf-8"))
        kinds = [str(module["type"]) for module in modules]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EmbedderError(
            f"{folder} is no sentence-transformers model (modules.json is missing or broken); "
            "give a folder saved by SentenceTransformer.save"
        ) from error
    for kind in kinds:
        trusted = kind.startswith("sentence_transformers.") and kind.rsplit(".", 1)[-1] in _MODULES
        if not trusted:
            raise EmbedderError(f"{folder} asks to run the module {kind}; only plain models load")


def _load(folder: Path) -> "SentenceTransformer":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    from safetensors import SafetensorError
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(
            str(folder), device="cpu", local_files_only=True, model_kwargs={"use_safetensors": True}
        )
    except (SafetensorError, OSError, ValueError, KeyError, RuntimeError, TypeError) as error:
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else repr(error)
        raise EmbedderError(
            f"the embedder in {folder} cannot be loaded ({reason}); restore its files"
        ) from error
