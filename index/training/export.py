"""Quantise a token table to bytes and write it as a sentence-transformers folder.

Every row is stored as int8 with one float32 scale of its own, under the names ``embeddings`` and
``weights``. ``StaticEmbedding.load`` multiplies them out again (it reads tables of model2vec so),
and ``SentenceTransformer(folder)`` needs nothing of this project.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file
from tokenizers import Tokenizer

from index.embedder import POOLING

Matrix = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.int8]

LARGEST = 127
NORMALIZE = "1_Normalize"
MODULES = {
    "": "sentence_transformers.sentence_transformer.modules.static_embedding.StaticEmbedding",
    NORMALIZE: "sentence_transformers.base.modules.normalize.Normalize",
}


def quantise(table: Matrix) -> tuple[Bytes, Matrix]:
    """(rows, dimensions) floats -> int8 rows and (rows,) scales; row i is about bytes * scale."""
    scales = np.abs(table).max(axis=1) / LARGEST
    safe = np.where(scales > 0, scales, 1.0).astype(np.float32)
    return np.rint(table / safe[:, None]).astype(np.int8), safe


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf8")


def _write_configuration(folder: Path) -> None:
    modules = [
        {"idx": i, "name": str(i), "path": path, "type": kind}
        for i, (path, kind) in enumerate(MODULES.items())
    ]
    _write_json(folder / "modules.json", modules)
    settings = {
        "model_type": "SentenceTransformer",
        "prompts": {"query": "", "document": ""},
        "default_prompt_name": None,
        "similarity_fn_name": "cosine",
    }
    _write_json(folder / "config_sentence_transformers.json", settings)
    (folder / NORMALIZE).mkdir(exist_ok=True)
    names = {"module_input_name": "sentence_embedding", "module_output_name": "sentence_embedding"}
    _write_json(folder / NORMALIZE / "config.json", names)


def export(table: Matrix, tokenizer: Tokenizer, term_power: float, folder: Path) -> None:
    """Write the quantised table and its tokeniser; ``SentenceTransformer(folder)`` loads them.

    ``term_power``: a piece that occurs n times in a text counts n ** term_power times.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows, scales = quantise(table)
    weights = folder / "model.safetensors"
    save_file({"embeddings": rows, "weights": scales}, weights)
    weights.chmod(0o644)  # safetensors writes a file that its owner alone may read
    (folder / "tokenizer.json").write_text(tokenizer.to_str(pretty=False), encoding="utf8")
    _write_json(folder / POOLING, {"term_power": term_power})
    _write_configuration(folder)
