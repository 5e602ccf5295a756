"""The store that is searched, of a chosen size, and the questions that it is asked."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval.bench.grow import asked_of, grown, seed_texts
from eval.bench.speed import write_articles
from index.build import build
from index.embedder import load_embedder
from rag.retriever import Retriever

_SEEDS = 20_000  # paragraphs to grow from, at most
_ASKED_OF = 2_000  # paragraphs of a given store that questions are taken from


@dataclass(frozen=True)
class Archive:
    """A store, opened, and questions about it.

    Attributes:
        folder: the store, for other processes.
        retriever: the same, opened here.
        questions: beginnings of sentences of its paragraphs, at most 30 characters.
    """

    folder: Path
    retriever: Retriever
    questions: Sequence[str]

    @property
    def paragraphs(self) -> int:
        """How many it has."""
        return self.retriever.store.current().size


def given(store: Path, embedder: str | None, questions: int) -> Archive:
    """An archive over a store that is there.

    Raises:
        YinzhengError: the store or the embedder cannot be opened.
    """
    retriever = Retriever(store, embedder=load_embedder(embedder))
    generation = retriever.store.current()
    step = max(1, generation.size // _ASKED_OF)
    found = generation.paragraphs(np.arange(0, generation.size, step))
    texts = [paragraph.text for paragraph in found if paragraph.text.strip()]
    return Archive(store, retriever, _questions(texts, questions))


@contextmanager
def made(
    size: int, articles: Path, news: Sequence[Path], embedder: str | None, questions: int
) -> Iterator[Archive]:
    """An archive of `size` paragraphs, grown as in `python -m eval bench speed`; gone afterwards.

    Raises:
        YinzhengError: nothing to read, or the embedder cannot be loaded.
    """
    seeds = seed_texts(articles, news, min(_SEEDS, size))
    model = load_embedder(embedder)
    with tempfile.TemporaryDirectory(prefix="bench-") as work:
        folder = Path(work) / "store"
        write_articles(Path(work) / "articles", grown(seeds, size))
        build([Path(work) / "articles"], folder, model)
        asked = _questions(seeds[:size], questions)
        yield Archive(folder, Retriever(folder, embedder=model), asked)


def _questions(texts: Sequence[str], count: int) -> list[str]:
    """Questions of which something is left without white space."""
    asked = [question for question, _ in asked_of(texts, 2 * count) if question.strip()]
    return asked[:count]
