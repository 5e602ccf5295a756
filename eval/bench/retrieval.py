"""Retrieval over question sets: each question should find the paragraph it was asked of.

One paragraph is right for each question, so nDCG@10 is 1 / log2(1 + rank) within the first ten
and 0 below (Järvelin and Kekäläinen 2002).
"""

import json
import math
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from eval.bench.squad import Asked, QuestionSet, read_sets
from index.build import build
from index.embedder import Embedder, load_embedder
from rag.retriever import Retriever

_DEPTH = 10


def bench(folder: Path, embedder: str | None, limit: int | None) -> list[dict[str, Any]]:
    """One row a set, and one for each pair of languages of sets that are translations.

    Raises:
        InputError: the folder holds no question set.
    """
    sets = read_sets(folder)
    model = load_embedder(embedder)
    rows = []
    for questions in sets:
        with retriever_over(questions.paragraphs, model) as retriever:
            rows.append(_same_language(questions, retriever, limit))
            for other in sets:
                if other is not questions and translations(questions, other):
                    rows.append(_across(other, questions, retriever, limit))
    return rows


@contextmanager
def retriever_over(paragraphs: Sequence[str], embedder: Embedder) -> Iterator[Retriever]:
    """A retriever over a store of these paragraphs; paragraph i is the article of id i."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "paragraphs.jsonl"
        with file.open("w", encoding="utf-8") as out:
            for number, text in enumerate(paragraphs):
                one_line = text.replace("\n", " ")
                out.write(json.dumps({"id": str(number), "title": "-", "text": one_line}) + "\n")
        build([file], Path(folder) / "store", embedder)
        yield Retriever(Path(folder) / "store", embedder=embedder)


def ndcg(ranks: Iterable[int | None]) -> float:
    """Mean of 1 / log2(1 + rank) over ranks from 1; None (not in the first ten) counts 0."""
    gains = [0.0 if rank is None else 1 / math.log2(1 + rank) for rank in ranks]
    return sum(gains) / len(gains)


def recall(ranks: Sequence[int | None], k: int) -> float:
    """Share of the questions whose paragraph is among the first k."""
    return sum(rank is not None and rank <= k for rank in ranks) / len(ranks)


def _same_language(
    questions: QuestionSet, retriever: Retriever, limit: int | None
) -> dict[str, Any]:
    asked = questions.questions[:limit]
    row: dict[str, Any] = {
        "set": questions.name,
        "paragraphs": len(questions.paragraphs),
        "questions": len(asked),
    }
    for side, search in _sides(retriever).items():
        ranks = _ranks(asked, search)
        row[f"{side} nDCG@10"] = ndcg(ranks)
        row[f"{side} R@1"] = recall(ranks, 1)
        row[f"{side} R@5"] = recall(ranks, 5)
    return row


def _across(
    asked_in: QuestionSet, found_in: QuestionSet, retriever: Retriever, limit: int | None
) -> dict[str, Any]:
    asked = asked_in.questions[:limit]
    row: dict[str, Any] = {
        "set": f"{asked_in.name} → {found_in.name}",
        "paragraphs": len(found_in.paragraphs),
        "questions": len(asked),
    }
    for side, search in _sides(retriever).items():
        if side != "BM25":
            ranks = _ranks(asked, search)
            row[f"{side} nDCG@10"] = ndcg(ranks)
            row[f"{side} R@1"] = recall(ranks, 1)
            row[f"{side} R@5"] = recall(ranks, 5)
    return row


def translations(one: QuestionSet, other: QuestionSet) -> bool:
    """Sets `name_xx` and `name_yy` with equal counts hold the same items in the same order."""
    same_name = one.name.rpartition("_")[0] == other.name.rpartition("_")[0] != ""
    shape = (len(one.paragraphs), len(one.questions))
    same_places = [q.paragraph for q in one.questions] == [q.paragraph for q in other.questions]
    return same_name and shape == (len(other.paragraphs), len(other.questions)) and same_places


def _sides(retriever: Retriever) -> dict[str, Callable[[str], list[int]]]:
    """Searches that return paragraph numbers, best first."""
    generation = retriever.store.current()
    numbers = [int(facts.article) for facts in generation.facts]

    def dense(question: str) -> list[int]:
        vector = retriever.embedder.embed([question], kind="query")[0]
        return [numbers[i] for i in generation.vectors.search(vector, _DEPTH)[0]]

    def lexical(question: str) -> list[int]:
        scores = generation.lexical.scores(question)
        best = np.argsort(-scores, kind="stable")[:_DEPTH]
        return [numbers[i] for i in best if scores[i] > 0]

    def fused(question: str) -> list[int]:
        return [int(hit.article.id) for hit in retriever.search(question, k=_DEPTH)]

    return {"dense": dense, "BM25": lexical, "fused": fused}


def _ranks(asked: Sequence[Asked], search: Callable[[str], list[int]]) -> list[int | None]:
    ranks: list[int | None] = []
    for item in asked:
        found = search(item.question)
        ranks.append(found.index(item.paragraph) + 1 if item.paragraph in found else None)
    return ranks
