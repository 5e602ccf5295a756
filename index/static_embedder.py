"""Embedders of one table (a text's vector is the mean of its pieces' rows), without torch.

Folders of sentence-transformers whose tokeniser has the rules of the bundled one are read here.
The vectors are those of `SentenceTransformer.encode`, sooner: loading takes no seconds, and a
batch of texts is tokenised in one go (`index.unigram`). A `pooling.json` in the folder, which that
library does not know, may say that a repeated piece counts less than each time anew.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from index.embedder import POOLING, Kind, Vectors, fingerprint, normalised
from index.pieces import Integers
from index.unigram import Tokens, UnigramTokenizer

BATCH = 256  # texts tokenised together; more would leave the processor's caches
BATCH_CHARACTERS = 100_000
BLOCK = 4_096  # rows summed at a time: those of a whole book would not fit into memory


class StaticEmbedder:
    """See `index.embedder.Embedder`; made by `open_static`."""

    def __init__(
        self, tokenizer: UnigramTokenizer, table: "Table", mark: str, *, term_power: float = 1.0
    ) -> None:
        """`term_power`: a piece that occurs n times in a text counts n ** term_power times."""
        self._tokenizer = tokenizer
        self._table = table
        self._term_power = term_power
        self.dimension = table.dimension
        self.fingerprint = mark

    def embed(self, texts: Sequence[str], *, kind: Kind) -> Vectors:
        """See `Embedder.embed`; queries and passages alike. A text without words is all zeros."""
        power = self._term_power
        parts = [self._table.sums(self._tokenizer.encode(part), power) for part in _parts(texts)]
        return normalised(np.concatenate([np.zeros((0, self.dimension), np.float32), *parts]))


class Table:
    """A row a token: `rows[mapping[token]] * weights[token]`, as model2vec stores tables."""

    def __init__(self, tensors: dict[str, NDArray[Any]]) -> None:
        """Tensors by the names that sentence-transformers knows."""
        if "embedding.weight" in tensors:
            tensors = {"embeddings": tensors["embedding.weight"]}
        self._rows = tensors["embeddings"]
        self._mapping = tensors.get("mapping")
        size = len(self._rows if self._mapping is None else self._mapping)
        self._weighted = "weights" in tensors
        self._weights = tensors.get("weights", np.ones(size)).astype(np.float32)
        self._size = min(size, len(self._weights))
        self.dimension = int(self._rows.shape[-1])

    def is_complete(self, pieces: int) -> bool:
        """Whether there is a row for each piece, of fractions, or of bytes with weights."""
        fractions = self._rows.dtype.kind == "f" or self._weighted
        return fractions and self._rows.ndim == 2 and self._size >= pieces

    def sums(self, tokens: Tokens, term_power: float) -> Vectors:
        """For each text the sum of its tokens' rows, n of a kind counting n ** term_power."""
        sums = np.zeros((len(tokens.bounds) - 1, self.dimension), np.float32)
        ids, counts, bounds = _distinct(tokens)
        places = ids if self._mapping is None else self._mapping[ids]
        weights = self._weights[ids] * (counts**term_power).astype(np.float32)
        for total, (first, end) in zip(sums, pairwise(bounds), strict=True):
            for low in range(first, end, BLOCK):
                some = slice(low, min(low + BLOCK, end))
                total += weights[some] @ self._rows[places[some]].astype(np.float32)
        return sums


def _distinct(tokens: Tokens) -> tuple[Integers, Integers, list[int]]:
    """The different ids of each text, ascending, how often each occurs, and where texts begin.

    Those of text i are from the i-th to the next bound. All texts are sorted in one go.
    """
    size = int(tokens.ids.max(initial=0)) + 1
    texts = len(tokens.bounds) - 1
    owners = np.repeat(np.arange(texts), np.diff(tokens.bounds))
    ordered = np.sort(owners * size + tokens.ids)
    firsts = np.flatnonzero(np.diff(ordered, prepend=-1))
    distinct = ordered[firsts]
    counts = np.diff(firsts, append=len(ordered))
    bounds = np.searchsorted(distinct, np.arange(texts + 1) * size)
    return distinct % size, counts, bounds.tolist()


def open_static(folder: Path) -> StaticEmbedder | None:
    """The embedder in a sentence-transformers folder, or None if it needs that library.

    Files that cannot be read are left to that library too: it tells what is wrong with them.
    """
    try:
        part = _static_part(folder)
        if part is None:
            return None
        tokenizer = UnigramTokenizer((part / "tokenizer.json").read_text("utf-8"))
        table = Table(load_file(part / "model.safetensors"))
        power = _term_power(folder)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError):
        return None
    if not table.is_complete(tokenizer.size):
        return None
    return StaticEmbedder(tokenizer, table, fingerprint(folder), term_power=power)


def _term_power(folder: Path) -> float:
    """What the folder's pooling.json says; 1, the plain mean, where there is none."""
    path = folder / POOLING
    if not path.exists():
        return 1.0
    power = float(json.loads(path.read_text("utf-8"))["term_power"])
    if not 0 <= power <= 1:
        raise ValueError(power)
    return power


def _static_part(folder: Path) -> Path | None:
    """Where the table is, if the model has nothing else but scaling to length 1."""
    modules = json.loads((folder / "modules.json").read_text("utf-8"))
    kinds = [module["type"].rsplit(".", 1)[-1] for module in modules]
    settings = json.loads((folder / "config_sentence_transformers.json").read_text("utf-8"))
    if kinds not in (["StaticEmbedding"], ["StaticEmbedding", "Normalize"]):
        return None
    if any((settings.get("prompts") or {}).values()):
        return None
    return folder / str(modules[0]["path"])


def _parts(texts: Sequence[str]) -> Iterator[list[str]]:
    part: list[str] = []
    characters = 0
    for text in texts:
        if part and (len(part) == BATCH or characters + len(text) > BATCH_CHARACTERS):
            yield part
            part, characters = [], 0
        part.append(text)
        characters += len(text)
    if part:
        yield part
