"""Questions and their twins: the same question asked of a store without what answers it.

A twin's store is the one that `python -m index remove` leaves behind: the removed paragraphs are
neither found nor counted in any statistic. Only what the question was asked of is taken away; what
else the store has on the same subject stays, such as other paragraphs of the same article where
each paragraph is an article of its own.
"""

import copy
import hashlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from index.generation import Generation
from index.joined import JoinedVectors
from index.lexical import Lexical
from rag.abstain import Signals, cosines, signals, usual
from rag.assistant import PER_ARTICLE
from rag.features import candidates, features
from rag.quote import best_candidate
from rag.retriever import Retriever

_K = 8


@dataclass(frozen=True)
class Case:
    """A question asked of a store that answers it or not.

    `signals` are None where nothing was found; `found` says whether a hit is of the articles that
    the question was asked of; `twin`, whether it is unanswerable because they were taken away.
    """

    question: str
    answerable: bool
    signals: Signals | None
    found: bool = False
    twin: bool = False

    @property
    def held(self) -> bool:
        """Whether it is of the half to report on; a question and its twin are of the same."""
        return bool(hashlib.sha256(self.question.encode()).digest()[0] % 2)


def cases(retriever: Retriever, asked: Iterable[tuple[str, Collection[str]]]) -> Iterator[Case]:
    """Questions, each with the ids of the articles it was asked of, and their twins.

    A question without such articles is unanswerable, and has no twin.
    """
    generation = retriever.store.current()
    for question, own in asked:
        yield _case(retriever, generation, question, own)
        if own:
            left = without(generation, own)
            yield replace(_case(retriever, left, question, ()), twin=True)


def without(generation: Generation, articles: Collection[str]) -> Generation:
    """The generation as if these articles had been removed; it must be one written whole."""
    gone = generation.among(articles=sorted(articles))
    assert gone is not None
    left = copy.copy(generation)
    words, vectors = generation._base.words, generation._base.vectors
    left._gone = gone
    left.lexical = Lexical([words], gone, words.holders(gone))
    left.vectors = JoinedVectors([vectors], gone)
    left.size = generation.size - len(gone)
    left.__dict__.pop("sample", None)
    return left


def _case(
    retriever: Retriever, generation: Generation, question: str, own: Collection[str]
) -> Case:
    hits = retriever.search(question, k=_K, per_article=PER_ARTICLE, generation=generation)
    found = candidates(hits)
    if not found:
        return Case(question, bool(own), None)
    embedder = retriever.embedder
    values = features(question, found, generation.lexical, embedder)
    store = usual(question, generation, embedder)
    best = best_candidate(found, values)
    seen = signals(question, found, best, cosines(values), store, generation.lexical)
    return Case(question, bool(own), seen, any(hit.article.id in own for hit in hits))
