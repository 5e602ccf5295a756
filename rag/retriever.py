"""Question → Hits: dense and lexical search, one order learned from both, duplicates collapsed."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.embedder import Embedder, load_embedder
from index.generation import Generation, Searched
from index.lexical import Asked, Scores, best_of
from index.store import Store
from rag.answer import Hit, Printing
from rag.duplicates import printed_again
from rag.errors import QuestionError
from rag.filters import Filters, filters_of
from rag.fusion import (
    SECOND_LOOK,
    Sides,
    Values,
    first_look,
    learnt,
    places,
    probabilities,
    second_look,
)
from rag.matching import matches
from rag.reranker import Reranker

DEPTH = 50  # candidates taken from each side
LONGEST_QUESTION = 2000  # characters; more is refused
PER_ARTICLE = 3  # paragraphs of one article among the hits, while there are others

Positions = NDArray[np.int64]


class Retriever:
    """Searches a store. Safe to use from several threads.

    >>> retriever = Retriever("store")                                   # doctest: +SKIP
    >>> for hit in retriever.search("How long is the new bridge?", k=3): # doctest: +SKIP
    ...     print(hit.score, hit.article.title, hit.paragraph.text)
    """

    def __init__(
        self,
        store: Store | Path | str | None = None,
        *,
        embedder: Embedder | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        """Open a store (else the default one) with the embedder that made it.

        `reranker` (see `rag.reranker.load_reranker`) reads the best candidates once more.

        Raises:
            StoreMissing, StoreDamaged: no store, or none that can be read.
            StoreMismatch: another embedder made the store.
            EmbedderError: the embedder cannot be loaded.
        """
        self.store = store if isinstance(store, Store) else Store(store)
        self.embedder = embedder or load_embedder()
        self.reranker = reranker
        self.store.expect(self.embedder)

    def search(
        self,
        question: str,
        *,
        k: int = 8,
        since: str | None = None,
        until: str | None = None,
        sources: Sequence[str] = (),
        articles: Sequence[str] = (),
        per_article: int = PER_ARTICLE,
        generation: Generation | None = None,
    ) -> list[Hit]:
        """The `k` best paragraphs, best first; scores lie between 0 and 1 and fall.

        Limits are those of `rag.filters.Filters`; what passes none is never found. Of one article
        at most `per_article` paragraphs are given, more only where the others do not suffice for
        `k`. Near-duplicates count once, see `Hit.also_in`. `generation` is the state of the store
        to search, the current one unless given.

        Raises:
            QuestionError: the question is empty or too long, k or per_article < 1, or a filter
                has another form.
        """
        filters = filters_of(since, until, sources, articles)
        return self.search_within(
            filters, question, k=k, per_article=per_article, generation=generation
        )

    async def asearch(
        self,
        question: str,
        *,
        k: int = 8,
        since: str | None = None,
        until: str | None = None,
        sources: Sequence[str] = (),
        articles: Sequence[str] = (),
        per_article: int = PER_ARTICLE,
    ) -> list[Hit]:
        """`search` in a thread of its own, without blocking the event loop."""
        filters = filters_of(since, until, sources, articles)
        return await asyncio.to_thread(
            self.search_within, filters, question, k=k, per_article=per_article
        )

    def search_within(
        self,
        filters: Filters,
        question: str,
        *,
        k: int = 8,
        per_article: int = PER_ARTICLE,
        generation: Generation | None = None,
    ) -> list[Hit]:
        """`search` with its limits as one value."""
        question = usable(question)
        if min(k, per_article) < 1:
            raise QuestionError(
                f"k is {k} and per_article {per_article}; ask for at least one paragraph"
            )
        generation = generation or self.store.current()
        allowed = filters.allowed(generation)
        if not generation.size or (allowed is not None and not len(allowed)):
            return []
        found = self._found(generation, question, max(DEPTH, k), allowed)
        ranked = self._ranked(generation, question, found, max(SECOND_LOOK, k))
        chosen = _chosen(generation, found, ranked, k, per_article)
        return _hits(generation, found, ranked, chosen)

    def _found(
        self, generation: Generation, question: str, depth: int, allowed: Positions | None
    ) -> "_Found":
        """The best of each side, without repeats, and what both sides say of each."""
        vector = self.embedder.embed([question], kind="query")[0]
        near, _ = generation.vectors.search(vector, depth, among=allowed)
        asked = generation.lexical.asked(question, allowed)
        best = _best(asked.scores, depth, allowed)
        if asked.abroad:
            best = np.union1d(best, _best(asked.translated, depth, allowed))
        positions = np.union1d(near, best)
        vectors = generation.vectors.vectors(positions)
        usual = generation.sample @ vector
        sides = Sides(
            np.asarray(vectors @ vector, dtype=np.float64),
            np.asarray(asked.scores[positions], dtype=np.float64),
            np.asarray(asked.translated[positions], dtype=np.float64),
            asked.ideal,
            float(usual.mean()),
            float(usual.std()),
        )
        return _Found(positions, vectors, sides, asked)

    def _ranked(
        self, generation: Generation, question: str, found: "_Found", depth: int
    ) -> "_Ranked":
        """All candidates in their order; the words of the first `depth` are looked at again."""
        look = first_look(found.sides)
        first = learnt().first.scores(look)
        order = np.lexsort((found.positions, -first))
        looked, rest = order[:depth], order[depth:]
        texts = generation.searched(found.positions[looked])
        if self.reranker is None:
            read = [text.words for text in texts]
            words = matches(question, found.asked.idf, read, found.asked.abroad)
            logits = learnt().second.scores(second_look(look, looked, words))
        else:
            logits = self.reranker.scores(question, [text.words for text in texts])
        # Those that were not looked at follow, as far below the last as in the first look.
        below = logits.min() + first[rest] - first[looked[-1]]
        again = np.lexsort((found.positions[looked], -logits))
        scores = probabilities(np.concatenate([logits[again], below]))
        return _Ranked(
            np.concatenate([looked[again], rest]), scores, [texts[place] for place in again]
        )


@dataclass(frozen=True)
class _Found:
    """The candidates of a question: positions (ascending), vectors, what the searches say."""

    positions: Positions
    vectors: NDArray[np.float32]
    sides: Sides
    asked: Asked


@dataclass(frozen=True)
class _Ranked:
    """Places among the candidates, best first, and the texts of those that were looked at."""

    order: Positions
    scores: Values
    texts: list[Searched]


def usable(question: str) -> str:
    """The question as it can be searched; halves of surrogate pairs are replaced.

    Raises:
        QuestionError: it is empty or too long.
    """
    question = question.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if not question.replace("\0", "").strip():
        raise QuestionError("the question is empty; ask something")
    if len(question) > LONGEST_QUESTION:
        raise QuestionError(
            f"the question has {len(question):,} characters, more than {LONGEST_QUESTION:,}; "
            "shorten it"
        )
    return question


def _best(scores: Scores, depth: int, allowed: Positions | None) -> Positions:
    if allowed is None:
        return best_of(scores, depth)[0]
    return allowed[best_of(scores[allowed], depth)[0]]


def _chosen(
    generation: Generation, found: _Found, ranked: _Ranked, k: int, per_article: int
) -> dict[int, list[int]]:
    """Ranks (from 0) of the hits, best first, and of the paragraphs that repeat each."""
    looked = len(ranked.texts)
    vectors = found.vectors[ranked.order[:looked]]
    first = printed_again([text.text for text in ranked.texts], vectors)
    new = [rank for rank in range(len(ranked.order)) if rank >= looked or first[rank] == rank]
    articles = [text.article for text in ranked.texts]
    counts: dict[str, int] = {}
    chosen: list[int] = []
    spared: list[int] = []
    for rank in new:
        if len(chosen) == k:
            break
        if rank >= len(articles):
            rest = found.positions[ranked.order[rank:]]
            articles += [text.article for text in generation.searched(rest)]
        counts[articles[rank]] = counts.get(articles[rank], 0) + 1
        (chosen if counts[articles[rank]] <= per_article else spared).append(rank)
    given = sorted([*chosen, *spared[: k - len(chosen)]])
    return {
        rank: [other for other in range(rank + 1, looked) if first[other] == rank] for rank in given
    }


def _hits(
    generation: Generation, found: _Found, ranked: _Ranked, chosen: dict[int, list[int]]
) -> list[Hit]:
    dense, lexical = found.sides.cosines, found.sides.bm25
    dense_places, lexical_places = places(dense), places(lexical)
    wanted = [rank for first, again in chosen.items() for rank in (first, *again)]
    paragraphs = generation.paragraphs([int(i) for i in found.positions[ranked.order[wanted]]])
    articles = generation.articles_named({p.article_id for p in paragraphs})
    printings = {
        rank: Printing(paragraph, articles[paragraph.article_id])
        for rank, paragraph in zip(wanted, paragraphs, strict=True)
    }
    hits = []
    for rank, again in chosen.items():
        place = ranked.order[rank]
        hits.append(
            Hit(
                printings[rank].paragraph,
                printings[rank].article,
                float(ranked.scores[rank]),
                int(dense_places[place]) if dense[place] > 0 else None,
                int(lexical_places[place]) if lexical[place] > 0 else None,
                tuple(printings[other] for other in again),
            )
        )
    return hits
