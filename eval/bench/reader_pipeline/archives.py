"""A store for each question set: its paragraphs among passages of news; the questions drawn."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
from tqdm import tqdm

from eval.bench.distractors import read_passages
from eval.bench.pools import Pool, pool_of, same_text
from eval.bench.retrieval import retriever_over
from eval.bench.squad import QuestionSet, read_sets
from eval.bench.twins import without
from index.embedder import Embedder
from index.generation import Generation
from index.store import Store
from rag.answer import Hit
from rag.errors import InputError
from rag.filters import Filters
from rag.retriever import PER_ARTICLE, Retriever


@dataclass(frozen=True)
class Sources:
    """Sets of a folder (some of them, by name), and `most` passages of news to stand among."""

    data: Path
    distractors: Sequence[Path] = ()
    most: int | None = None
    only: Sequence[str] = ()


@dataclass(frozen=True)
class Asking:
    """A question, the answers that count as right, and the number of its text in the pool.

    The store has that text as the article of the same number.
    """

    question: str
    answers: tuple[str, ...]
    text: int


@dataclass(frozen=True)
class Archive:
    """A set, ready to be asked: `drawn` are its questions, `paragraphs` counts all of the store."""

    pool: Pool
    drawn: tuple[Asking, ...]
    paragraphs: int
    retriever: "TimedRetriever"


def archives(sources: Sources, embedder: Embedder, limit: int) -> Iterator[Archive]:
    """One set after another, with `limit` questions drawn from all of it by a fixed seed.

    Raises:
        InputError: there is no such set, or a file cannot be read.
    """
    sets = read_sets(sources.data)
    names = [questions.name for questions in sets]
    if unknown := set(sources.only) - set(names):
        raise InputError(
            f"there is no set {', '.join(sorted(unknown))} in {sources.data}; "
            f"there are {', '.join(names)}"
        )
    pools = [pool_of(questions) for questions in sets]
    known = {same_text(text) for pool in pools for text in pool.texts}
    passages = read_passages(sources.distractors, sources.most)
    beside = [passage for passage in passages if same_text(passage) not in known]
    for questions, pool in zip(sets, pools, strict=True):
        if sources.only and questions.name not in sources.only:
            continue
        with _indexed(pool, beside, embedder) as retriever:
            size = retriever.store.current().size
            yield Archive(pool, _drawn(questions, pool, limit), size, retriever)


@contextmanager
def _indexed(pool: Pool, beside: Sequence[str], embedder: Embedder) -> Iterator["TimedRetriever"]:
    texts = [*pool.texts, *beside]
    with tqdm(bar_format="{desc}", leave=False, disable=None) as bar:
        bar.set_description_str(f"{pool.name}: indexing {len(texts):,} texts")
        with retriever_over(texts, embedder) as retriever:
            bar.close()
            yield TimedRetriever(TwinStore(retriever.store.folder), embedder=embedder)


def _drawn(questions: QuestionSet, pool: Pool, limit: int) -> tuple[Asking, ...]:
    order = np.random.default_rng(0).permutation(len(questions.questions))[:limit]
    return tuple(
        Asking(asked.question, asked.answers, min(query.right))
        for asked, query in ((questions.questions[i], pool.queries[i]) for i in order.tolist())
    )


class TwinStore(Store):
    """A store whose readers can be given what would be left without some articles.

    It stays as it was when it was opened, and does not watch its folder, which is soon removed.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._whole = super().current()
        self._left: Generation | None = None

    def current(self) -> Generation:
        """The generation, or what is left of it."""
        return self._whole if self._left is None else self._left

    @contextmanager
    def lacking(self, articles: Sequence[str]) -> Iterator[None]:
        """Meanwhile these articles are as good as removed."""
        self._left = without(self._whole, articles)
        try:
            yield
        finally:
            self._left = None


class TimedRetriever(Retriever):
    """A retriever over a `TwinStore`; `seconds` are those that its last search took."""

    def __init__(self, store: TwinStore, *, embedder: Embedder) -> None:
        super().__init__(store, embedder=embedder)
        self.twins = store
        self.seconds = 0.0

    def search_within(
        self,
        filters: Filters,
        question: str,
        *,
        k: int = 8,
        per_article: int = PER_ARTICLE,
        generation: Generation | None = None,
    ) -> list[Hit]:
        """See `Retriever.search_within`."""
        begun = perf_counter()
        hits = super().search_within(
            filters, question, k=k, per_article=per_article, generation=generation
        )
        self.seconds = perf_counter() - begun
        return hits
