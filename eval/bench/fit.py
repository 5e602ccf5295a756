"""Learning the weights of quotation (rag/features.py) and of abstention (rag/abstain.py).

Both are small linear models. Quotation: the probability of each sentence of a paragraph is a
softmax over its features; the likelihood of the sentences that hold the answer is maximised.
Abstention: logistic regression on the best features of retrieved sentences, where the
unanswerable twin of a question is the same question with its own paragraph taken away.
"""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from eval.bench.quote import judged
from eval.bench.retrieval import retriever_over
from eval.bench.squad import Asked, QuestionSet, read_set
from index.embedder import Embedder, load_embedder
from rag.abstain import SIGNALS, signals
from rag.features import FEATURES, WEIGHTS, candidates, features

_SEED = 20240229
_L2 = 1e-3
_LEARNT = [name for name in WEIGHTS if name != "cosine_abroad"]


def fit(files: Sequence[Path], embedder: str | None, limit: int) -> Iterator[str]:
    """Lines to paste into the two modules, and how well the weights do on held-out questions.

    Raises:
        InputError: a file cannot be read.
    """
    model = load_embedder(embedder)
    sets = [_shuffled(read_set(path), limit // len(files)) for path in files]
    yield from _fit_quotation(sets, model)
    yield from _fit_abstention(sets, model)


def _shuffled(questions: QuestionSet, limit: int) -> QuestionSet:
    order = list(questions.questions)
    random.Random(_SEED).shuffle(order)
    return QuestionSet(questions.name, questions.paragraphs, tuple(order[:limit]))


def _fit_quotation(sets: Sequence[QuestionSet], embedder: Embedder) -> Iterator[str]:
    cases = [
        (values, right)
        for questions in sets
        for _, values, right in judged(questions, embedder, None)
        if right.any() and not right.all()
    ]
    random.Random(_SEED).shuffle(cases)
    held = len(cases) // 5
    columns = [FEATURES.index(name) for name in _LEARNT]
    weights = torch.zeros(len(columns), dtype=torch.float64, requires_grad=True)
    cases = [(values[:, columns], right) for values, right in cases]
    training = [(torch.from_numpy(v), torch.from_numpy(r)) for v, r in cases[held:]]

    def loss() -> torch.Tensor:
        terms = []
        for values, right in training:
            scores = values @ weights
            terms.append(torch.logsumexp(scores, 0) - torch.logsumexp(scores[right], 0))
        return torch.stack(terms).mean() + _L2 * (weights**2).sum()

    _minimise(loss, [weights])
    learnt = weights.detach().numpy()
    best = np.mean([right[np.argmax(values @ learnt)] for values, right in cases[:held]])
    yield f"# {len(training)} questions, best sentence right on {held} others: {best:.3f}"
    yield "WEIGHTS = " + _listed(dict(zip(_LEARNT, learnt, strict=True)))


def _fit_abstention(sets: Sequence[QuestionSet], embedder: Embedder) -> Iterator[str]:
    values, answerable = [], []
    for questions in sets:
        with retriever_over(questions.paragraphs, embedder) as retriever:
            for asked in questions.questions:
                for kept, label in _twins(asked, retriever.search(asked.question, k=9)):
                    lexical = retriever.store.current().lexical
                    row = features(asked.question, candidates(kept), lexical, embedder)
                    values.append(signals(row))
                    answerable.append(label)
    x, y = torch.tensor(np.array(values)), torch.tensor(answerable, dtype=torch.float64)
    train = torch.arange(len(y)) % 10 >= 2  # twins stand side by side and stay together
    weights = torch.zeros(len(SIGNALS), dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(1, dtype=torch.float64, requires_grad=True)

    def loss() -> torch.Tensor:
        logits = x[train] @ weights + bias
        fitted = torch.nn.functional.binary_cross_entropy_with_logits(logits, y[train])
        return fitted + _L2 * (weights**2).sum()

    _minimise(loss, [weights, bias])
    scores = (x @ weights + bias).detach().numpy()
    area = auroc(scores[~train.numpy()], np.array(answerable)[~train.numpy()])
    yield f"# {int(train.sum())} cases, AUROC on {int((~train).sum())} others: {area:.3f}"
    yield f"INTERCEPT = {bias.item():.2f}"
    yield "WEIGHTS = " + _listed(dict(zip(SIGNALS, weights.detach().numpy(), strict=True)))


def _twins(asked: Asked, hits: list) -> Iterator[tuple[list, float]]:  # type: ignore[type-arg]
    """The hits with the question's own paragraph, and without it."""
    others = [hit for hit in hits if hit.article.id != str(asked.paragraph)]
    if len(others) < len(hits):
        yield hits[:8], 1.0
        yield others[:8], 0.0


def auroc(scores: NDArray[np.float64], labels: NDArray[np.float64]) -> float:
    """Probability that an answerable case scores above an unanswerable one (Mann–Whitney U)."""
    good, bad = scores[labels == 1], scores[labels == 0]
    wins = (good[:, None] > bad[None, :]).mean() + 0.5 * (good[:, None] == bad[None, :]).mean()
    return float(wins)


def _minimise(loss: object, parameters: list[torch.Tensor]) -> None:
    optimiser = torch.optim.LBFGS(parameters, max_iter=60, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        value: torch.Tensor = loss()  # type: ignore[operator]
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(closure)  # type: ignore[no-untyped-call]


def _listed(weights: dict[str, float]) -> str:
    return "{" + ", ".join(f'"{name}": {value:.2f}' for name, value in weights.items()) + "}"
