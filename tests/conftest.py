"""Fakes that are real objects, and the stores that several tests share."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"  # before any import of huggingface_hub: tests need no network
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"
# Before any import of numpy: the tests use every core already, and threads that share the work on
# small matrices spend most of their time waiting for each other.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["RAYON_NUM_THREADS"] = "1"

import numpy as np
import pytest

from index.build import build
from index.embedder import Kind, Vectors, normalised
from index.lexical import tokens
from rag.llm import AnswerStyle, Request
from rag.reader.request import asked_of, reply_of

SAMPLE = Path(__file__).parent.parent / "index" / "sample"


class HashEmbedder:
    """Each token is a pseudo-random direction; a text is the sum of its tokens."""

    def __init__(self, dimension: int = 1024, salt: str = "") -> None:
        self.dimension = dimension
        self.fingerprint = f"hash-{dimension}{salt}"
        self.texts_embedded = 0

    def embed(self, texts: Sequence[str], *, kind: Kind) -> Vectors:
        self.texts_embedded += len(texts)
        zero = np.zeros(self.dimension)
        rows = [sum((_direction(t, self.dimension) for t in tokens(text)), zero) for text in texts]
        return normalised(np.array(rows, np.float32).reshape(len(texts), self.dimension))


@lru_cache(maxsize=16384)  # of 8 KB each; most tests read the same articles
def _direction(token: str, dimension: int) -> np.ndarray:
    seed = int.from_bytes(hashlib.sha256(token.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).standard_normal(dimension)


@pytest.fixture
def embedder() -> HashEmbedder:
    return HashEmbedder()


@pytest.fixture(scope="session")
def sample_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A store of the sample articles, made with the hash embedder; not to be changed."""
    folder = tmp_path_factory.mktemp("sample") / "store"
    build([SAMPLE], folder, HashEmbedder())
    yield folder


class ScriptedLLM:
    """A language model that says what it is told, in small pieces, and keeps what it was asked."""

    name = "scripted"

    def __init__(self, *replies: str, context_size: int = 4096, piece: int = 3) -> None:
        self.context_size = context_size
        self.answer_style: AnswerStyle = "prose"
        self.asked: list[Request] = []
        self.closed = 0
        self._replies = list(replies)
        self._piece = piece

    def count_tokens(self, text: str) -> int:
        return len(text)

    def stream(self, request: Request) -> Iterator[str]:
        self.asked.append(request)
        reply = self._replies.pop(0)
        try:
            for start in range(0, len(reply), self._piece):
                yield reply[start : start + self._piece]
        finally:
            self.closed += 1


class ScriptedReader:
    """A reader that gives sentences with certain words high scores, and keeps what it was asked."""

    name = "reader"
    context_size = 448
    answer_style: AnswerStyle = "reader"

    def __init__(self, *words: str, whether: float = 3.0, high: float = 8.0) -> None:
        self.asked: list[Request] = []
        self.closed = 0
        self._words, self._whether, self._high = words, whether, high

    def count_tokens(self, text: str) -> int:
        return len(text)

    def stream(self, request: Request) -> Iterator[str]:
        self.asked.append(request)
        _, paragraphs = asked_of(request)
        sentences = [sentence for paragraph in paragraphs for sentence in paragraph]
        fit = [any(word in sentence for word in self._words) for sentence in sentences]
        try:
            yield reply_of(np.array(fit) * self._high, np.full(len(paragraphs), self._whether))
        finally:
            self.closed += 1


@pytest.fixture(scope="session")
def static_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small sentence-transformers folder: one random vector a character, with prompts."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers

    characters = sorted(
        {c for path in SAMPLE.glob("*.md") for c in path.read_text("utf-8").lower()}
    )
    vocabulary = {"[UNK]": 0} | {c: i for i, c in enumerate(characters, 1)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    weights = np.random.default_rng(1).standard_normal((len(vocabulary), 64)).astype(np.float32)
    model = SentenceTransformer(
        modules=[StaticEmbedding(tokenizer, embedding_weights=weights)],
        prompts={"query": "问", "document": ""},
    )
    folder = tmp_path_factory.mktemp("models") / "static"
    model.save(str(folder))
    return folder
