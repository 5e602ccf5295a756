"""Abstention: can the evidence tell answerable questions from their unanswerable twins?

The twin of a question is the same question with its own paragraph taken away, so that only
other paragraphs can be found. Weights are learnt on every other question and measured on the
rest.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from eval.bench.fit import listed, minimise
from eval.bench.retrieval import retriever_over, translations
from eval.bench.squad import QuestionSet, read_sets
from index.embedder import load_embedder
from rag.abstain import MODEL_THRESHOLD, QUOTE_THRESHOLD, SIGNALS, evidence, signals
from rag.answer import Hit
from rag.features import candidates, features
from rag.quote import best_candidate
from rag.retriever import Retriever

_SEED = 20240229
_K = 8


@dataclass(frozen=True)
class Cases:
    """For each question and its twin: signals, evidence, 1 or 0, and whether it is held out."""

    signals: NDArray[np.float64]
    evidence: NDArray[np.float64]
    labels: NDArray[np.float64]
    held: NDArray[np.bool_]


def bench(folder: Path, embedder: str | None, limit: int | None) -> list[dict[str, Any]]:
    """One row a set (and pair of languages), with the weights in use, on held-out questions.

    The last row has weights learnt anew on the other questions, to paste into rag/abstain.py.

    Raises:
        InputError: the folder holds no question set.
    """
    cases = dict(_all_cases(folder, embedder, limit or 500))
    weights, intercept = _learn(list(cases.values()))
    rows = [_row(name, case) for name, case in cases.items()]
    rows.append({"set": f"INTERCEPT = {intercept:.2f}"})
    rows.append({"set": "WEIGHTS = " + listed(dict(zip(SIGNALS, weights, strict=True)))})
    return rows


def auroc(scores: NDArray[np.float64], labels: NDArray[np.float64]) -> float:
    """Probability that an answerable case scores above an unanswerable one (Mann-Whitney U)."""
    good, bad = scores[labels == 1], scores[labels == 0]
    ties = (good[:, None] == bad[None, :]).mean()
    return float((good[:, None] > bad[None, :]).mean() + 0.5 * ties)


def _row(name: str, case: Cases) -> dict[str, Any]:
    scores, labels = case.evidence[case.held], case.labels[case.held]
    return {
        "set": name,
        "questions": int(labels.sum()),
        "AUROC": auroc(scores, labels),
        "quote: refused though answerable": float((scores[labels == 1] < QUOTE_THRESHOLD).mean()),
        "quote: answered though not": float((scores[labels == 0] >= QUOTE_THRESHOLD).mean()),
        "model: refused though answerable": float((scores[labels == 1] < MODEL_THRESHOLD).mean()),
        "model: asked though not": float((scores[labels == 0] >= MODEL_THRESHOLD).mean()),
    }


def _all_cases(folder: Path, embedder: str | None, limit: int) -> Iterator[tuple[str, Cases]]:
    model = load_embedder(embedder)
    sets = read_sets(folder)
    for questions in sets:
        with retriever_over(questions.paragraphs, model) as retriever:
            yield questions.name, _cases(questions, retriever, limit)
            for other in sets:
                if other is not questions and translations(questions, other):
                    yield f"{other.name} → {questions.name}", _cases(other, retriever, limit)


def _cases(questions: QuestionSet, retriever: Retriever, limit: int) -> Cases:
    asked = list(questions.questions)
    random.Random(_SEED).shuffle(asked)
    rows = []
    for number, item in enumerate(asked[:limit]):
        hits = retriever.search(item.question, k=_K + 1)
        others = [hit for hit in hits if hit.article.id != str(item.paragraph)]
        if len(others) == len(hits):
            continue  # the paragraph was not found: nothing to tell from its twin
        for kept, label in ((hits, 1.0), (others, 0.0)):
            values, best = _looked_at(item.question, kept[:_K], retriever)
            seen = (signals(values, best), evidence(values, best), label, number % 2 == 1)
            rows.append(seen)
    return Cases(*(np.array(column) for column in zip(*rows, strict=True)))


def _looked_at(
    question: str, hits: list[Hit], retriever: Retriever
) -> tuple[NDArray[np.float64], int]:
    """Features of the hits' sentences, and which answers best."""
    found = candidates(hits)
    lexical = retriever.store.current().lexical
    values = features(question, found, lexical, retriever.embedder)
    return values, best_candidate(found, values)


def _learn(cases: list[Cases]) -> tuple[NDArray[np.float64], float]:
    """Logistic regression on the questions that are not held out."""
    x = torch.tensor(np.concatenate([case.signals[~case.held] for case in cases]))
    y = torch.tensor(np.concatenate([case.labels[~case.held] for case in cases]))
    weights = torch.zeros(len(SIGNALS), dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(1, dtype=torch.float64, requires_grad=True)

    def loss() -> torch.Tensor:
        logits = x @ weights + bias
        fitted = torch.nn.functional.binary_cross_entropy_with_logits(logits, y)
        return fitted + 1e-4 * (weights**2).sum()

    minimise(loss, [weights, bias])
    return weights.detach().numpy(), bias.item()
