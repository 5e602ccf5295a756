"""Learning how to choose the sentence that answers: the ranker, and the weights of features.

The ranker (`rag/ranker.py`) and the weights of the other features (`rag/features.py`) are learnt
each by itself. For both, the probability of each sentence of a paragraph is a softmax over
scores, and that of the sentences that hold the answer is maximised.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

from eval.bench.quote import judged
from eval.bench.ranker_training import train
from eval.bench.squad import QuestionSet, read_set
from index.embedder import load_embedder
from rag.features import FEATURES, WEIGHTS

_SEED = 20240229
_L2 = 1e-3
_BY_HAND = ("cosine_abroad", "translated_abroad", "read")
_LEARNT = [name for name in WEIGHTS if name not in _BY_HAND]


def fit(
    files: Sequence[Path], embedder: str | None, limit: int, out: Path | None = None
) -> Iterator[str]:
    """The weights of features, as a line to paste, and how well they do on held-out questions.

    `limit` questions are looked at for them. With `out` the ranker is trained first and written
    there; lines tell how it goes.

    Raises:
        InputError: a file cannot be read.
    """
    if out is not None:
        yield from train(files, out)
    yield from _word_weights(files, embedder, limit)


def _word_weights(files: Sequence[Path], embedder: str | None, limit: int) -> Iterator[str]:
    model = load_embedder(embedder)
    sets = [_shuffled(read_set(path), limit // len(files)) for path in files]
    cases = [
        (values, right)
        for questions in sets
        for _, _, values, right in judged(questions, model, None)
        if right.any() and not right.all()
    ]
    random.Random(_SEED).shuffle(cases)
    held = max(1, len(cases) // 5)
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

    minimise(loss, [weights])
    learnt = weights.detach().numpy()
    best = np.mean([right[np.argmax(values @ learnt)] for values, right in cases[:held]])
    yield f"# {len(training)} questions, best sentence right on {held} others: {best:.3f}"
    yield "WEIGHTS = " + listed(dict(zip(_LEARNT, learnt, strict=True)))


def _shuffled(questions: QuestionSet, limit: int) -> QuestionSet:
    order = list(questions.questions)
    random.Random(_SEED).shuffle(order)
    return QuestionSet(questions.name, questions.paragraphs, tuple(order[:limit]))


def minimise(
    loss: Callable[[], torch.Tensor], parameters: list[torch.Tensor], steps: int = 60
) -> None:
    """Gradient descent (L-BFGS) on a smooth loss of a few parameters."""
    optimiser = torch.optim.LBFGS(parameters, max_iter=steps, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        value = loss()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(closure)  # type: ignore[no-untyped-call]


def listed(weights: dict[str, float]) -> str:
    """Weights as a dictionary to paste into a module."""
    return "{" + ", ".join(f'"{name}": {value:.2f}' for name, value in weights.items()) + "}"
