"""What costs nothing to reach: answers that take no thought, measured like all others.

`random` draws paragraphs of the store, `bm25` takes what a search for the question's words finds;
the answer is the first sentence of the first paragraph, and cites it. Neither ever abstains. A
metric that they do well in tells little about whoever else does.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from eval.sets import Question
from index.generation import Generation
from index.sentences import sentences
from rag.answer import Answer, Citation, Hit, Sentence
from rag.filters import Filters
from rag.finishing import Clock, Draft
from rag.support import Source, support

SEED = 1


def baseline_answer(name: str, question: Question, generation: Generation, k: int) -> Answer:
    """The answer of the baseline called `name` (see `BASELINES`), from `k` paragraphs.

    The question is taken as typed, without its history. There is no answer only where the store
    is empty.
    """
    hits = _hits(BASELINES[name](question, generation, k), generation)
    draft = Draft(question.text, question.text, Filters(), name, hits, Clock())
    return draft.finished([_first_sentence(hits[0])] if hits else [])


def baseline_row(name: str, question: Question, generation: Generation, k: int) -> dict[str, Any]:
    """The answer as a row, with "baseline"; it was not timed."""
    fields = baseline_answer(name, question, generation, k).to_json()
    del fields["timings"]
    return {**fields, "id": question.id, "baseline": name}


def _drawn(question: Question, generation: Generation, k: int) -> list[int]:
    """Positions drawn without replacement, of the hashes of seed, question and how many.

    The remainder of 256 bits favours no paragraph noticeably, and no release of a library
    changes it.
    """
    positions = generation.positions
    chosen: dict[int, None] = {}
    for value in _hashes(f"{SEED}:{question.id}"):
        if len(chosen) == min(k, len(positions)):
            break
        chosen.setdefault(int(positions[value % len(positions)]))
    return list(chosen)


def _hashes(text: str) -> Iterator[int]:
    number = 0
    while True:
        drawn = hashlib.sha256(f"{text}:{number}".encode("utf-8", "surrogatepass"))
        yield int.from_bytes(drawn.digest(), "big")
        number += 1


def _found(question: Question, generation: Generation, k: int) -> list[int]:
    """Positions of the best by BM25; those without any of the words follow in their order."""
    best, _ = generation.lexical.best(question.text, k, among=generation.positions)
    chosen = dict.fromkeys(best.tolist())
    chosen |= dict.fromkeys(generation.positions[: 2 * k].tolist())  # enough, whatever was found
    return list(chosen)[:k]


BASELINES: dict[str, Callable[[Question, Generation, int], list[int]]] = {
    "random": _drawn,
    "bm25": _found,
}


def _hits(positions: list[int], generation: Generation) -> tuple[Hit, ...]:
    """The paragraphs as hits; their scores say nothing."""
    paragraphs = generation.paragraphs(positions)
    articles = generation.articles_named({paragraph.article_id for paragraph in paragraphs})
    return tuple(Hit(p, articles[p.article_id], 0.0) for p in paragraphs)


def _first_sentence(hit: Hit) -> Sentence:
    text = hit.paragraph.text
    quote = sentences(text)[0]
    source = Source(text, hit.article.date, hit.article.title)
    found = support(quote.cut(text), [source])
    return Sentence(quote.cut(text), (Citation(1, hit, quote),), found.verdict, found.reasons)
