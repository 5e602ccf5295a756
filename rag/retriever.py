"""Question → Hits: dense and lexical search, fused by a sum of normalised scores."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.embedder import Embedder, load_embedder
from index.generation import Generation
from index.store import Store, fingerprint
from rag.answer import Hit
from rag.errors import QuestionError

DEPTH = 50  # candidates taken from each side
DENSE_WEIGHT = 0.3  # where words can be trusted; see `at_home`
LONGEST_QUESTION = 2000  # characters; more is refused

_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


class Retriever:
    """Searches a store. Safe to use from several threads.

    >>> retriever = Retriever("store")                                   # doctest: +SKIP
    >>> for hit in retriever.search("How long is the new bridge?", k=3): # doctest: +SKIP
    ...     print(hit.score, hit.article.title, hit.paragraph.text)
    """

    def __init__(
        self, store: Store | Path | str | None = None, *, embedder: Embedder | None = None
    ) -> None:
        """Open a store (else the default one) with the embedder that made it.

        Raises:
            StoreMissing, StoreDamaged: no store, or none that can be read.
            StoreMismatch: another embedder made the store.
            EmbedderError: the embedder cannot be loaded.
        """
        self.store = store if isinstance(store, Store) else Store(store)
        self.embedder = embedder or load_embedder()
        self.store.expect(fingerprint(self.embedder.fingerprint, self.embedder.dimension))

    def search(
        self,
        question: str,
        *,
        k: int = 8,
        since: str | None = None,
        until: str | None = None,
        sources: Sequence[str] = (),
        articles: Sequence[str] = (),
        generation: Generation | None = None,
    ) -> list[Hit]:
        """The `k` best paragraphs, best first; scores lie between 0 and 1.

        `since` and `until` (YYYY, YYYY-MM or YYYY-MM-DD, both inclusive) leave out articles
        without a date; `sources` and `articles` keep only those named. `generation` is the
        state of the store to search, the current one unless given.

        Raises:
            QuestionError: the question is empty or too long, k < 1, or a date has another form.
        """
        _check(question, k, since, until)
        generation = generation or self.store.current()
        allowed = _allowed(generation, since, until, frozenset(sources), frozenset(articles))
        if not generation.size or (allowed is not None and not len(allowed)):
            return []
        lexical = generation.lexical.scores(question)
        candidates, dense = self._candidates(generation, question, lexical, max(DEPTH, k), allowed)
        home = at_home(_coverage(generation, question, candidates, lexical))
        fused = fuse(dense, lexical[candidates], home=home)
        order = np.lexsort((candidates, -fused))[:k]
        return _hits(generation, candidates, dense, lexical[candidates], fused, order)

    def _candidates(
        self,
        generation: Generation,
        question: str,
        lexical: NDArray[np.float32],
        depth: int,
        allowed: NDArray[np.int64] | None,
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The best of each side, without repeats, and the cosine of each."""
        vector = self.embedder.embed([question], kind="query")[0]
        near, _ = generation.vectors.search(vector, depth, among=allowed)
        pool = np.arange(generation.size) if allowed is None else allowed
        scored = pool[lexical[pool] > 0]
        best = scored[np.argsort(-lexical[scored], kind="stable")[:depth]]
        candidates = np.union1d(near, best)
        return candidates, generation.vectors.vectors(candidates) @ vector


def fuse(
    dense: NDArray[np.float32], lexical: NDArray[np.float32], *, home: float
) -> NDArray[np.float32]:
    """Each side's scores divided by its best, then a weighted sum; `home` as of `at_home`."""
    weight = (1 - DENSE_WEIGHT) * home
    sides = (_by_best(dense), _by_best(lexical))
    total = (1 - weight) * sides[0] + weight * sides[1]
    return np.asarray(total, dtype=np.float32)


def at_home(coverage: float) -> float:
    """How far words can be trusted, 0 to 1, when the best paragraph covers this much of a question.

    A question in another language than the paragraph that answers it shares little but digits
    and names with any; then the dense side has to decide.
    """
    return min(1.0, max(0.0, (coverage - 0.15) / 0.25))


def _coverage(
    generation: Generation,
    question: str,
    candidates: NDArray[np.int64],
    lexical: NDArray[np.float32],
) -> float:
    """The best share of the question's words among the lexically best candidates."""
    best = candidates[np.argsort(-lexical[candidates], kind="stable")[:3]]
    return max((generation.coverage(question, int(i)) for i in best), default=0.0)


def _by_best(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    positive = np.maximum(scores, 0)
    best = positive.max(initial=0)
    return positive / best if best > 0 else positive


def _check(question: str, k: int, since: str | None, until: str | None) -> None:
    if not question.strip():
        raise QuestionError("the question is empty; ask something")
    if len(question) > LONGEST_QUESTION:
        raise QuestionError(
            f"the question has {len(question):,} characters, more than {LONGEST_QUESTION:,}; "
            "shorten it"
        )
    if k < 1:
        raise QuestionError(f"k is {k}; ask for at least one paragraph")
    for value in (since, until):
        if value is not None and not _DATE.fullmatch(value):
            raise QuestionError(f"{value!r} is not a date; write YYYY, YYYY-MM or YYYY-MM-DD")


def _allowed(
    generation: Generation,
    since: str | None,
    until: str | None,
    sources: frozenset[str],
    articles: frozenset[str],
) -> NDArray[np.int64] | None:
    """Positions that pass the filters; None when there are no filters."""
    if not (since or until or sources or articles):
        return None
    kept = []
    for position, facts in enumerate(generation.facts):
        if sources and facts.source not in sources:
            continue
        if articles and facts.article not in articles:
            continue
        if (since or until) and not _within(facts.date, since, until):
            continue
        kept.append(position)
    return np.array(kept, dtype=np.int64)


def _within(date: str | None, since: str | None, until: str | None) -> bool:
    if date is None:
        return False
    # Comparing only as many characters as the limit has makes "until 2022" include all of 2022.
    late_enough = since is None or date[: len(since)] >= since
    return late_enough and (until is None or date[: len(until)] <= until)


def _hits(
    generation: Generation,
    candidates: NDArray[np.int64],
    dense: NDArray[np.float32],
    lexical: NDArray[np.float32],
    fused: NDArray[np.float32],
    order: NDArray[np.int64],
) -> list[Hit]:
    dense_ranks, lexical_ranks = _ranks(dense), _ranks(lexical)
    paragraphs = generation.paragraphs([int(candidates[i]) for i in order])
    found = {p.article_id: generation.article(p.article_id) for p in paragraphs}
    hits = []
    for i, paragraph in zip(order, paragraphs, strict=True):
        article = found[paragraph.article_id]
        assert article is not None  # the catalogue's foreign key
        hits.append(
            Hit(
                paragraph,
                article,
                float(fused[i]),
                dense_ranks[i] if dense[i] > 0 else None,
                lexical_ranks[i] if lexical[i] > 0 else None,
            )
        )
    return hits


def _ranks(scores: NDArray[np.float32]) -> list[int]:
    ranks = np.empty(len(scores), dtype=np.int64)
    ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return [int(rank) for rank in ranks]
