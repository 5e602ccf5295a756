"""Learning the weights of the fusion (rag/fusion.py).

The probability of each candidate is a softmax over its scores; the likelihood of the paragraph
that was asked for is maximised, every kind of question of every store counting alike.
The second look is learnt on what the first look puts in front.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from eval.bench.fit import minimise
from eval.bench.stores_to_learn import Known, ToLearn, stores
from index.embedder import Embedder, load_embedder
from index.lexical import Lexical, best_of, tokens
from rag.errors import InputError
from rag.fusion import (
    FILE,
    SCORES,
    SECOND_LOOK,
    Fusion,
    Look,
    Sides,
    Values,
    Weights,
    first_look,
    second_look,
)
from rag.matching import matches
from rag.retriever import DEPTH

_SEED = 20240229
_L2 = 1e-3
BY_HEART = 0.985  # nDCG@10 by cosine that no embedder reaches with questions it has not seen
_ENOUGH = 100  # paragraphs of a store that can tell
_STEPS = 150  # of the optimiser
_SAMPLE = 256  # paragraphs that stand for a store, as in the retriever

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Case:
    """The candidates of one question: both sides, their texts, and which of them is right."""

    kind: str
    question: str
    sides: Sides
    idf: dict[str, float]
    texts: tuple[str, ...]
    right: Flags  # none where the right one is not among them


def fit_fusion(train: Path, embedder: str | None, passages: int, out: Path = FILE) -> Iterator[str]:
    """Writes the weights to `out`; yields a line for each kind of question on what they gain.

    The embedder must not have been trained on the questions (see `write_seen`), else its cosines
    look more reliable than they are with other questions.

    Raises:
        InputError: the folder has no question sets, or the embedder knows the questions by heart.
    """
    model = load_embedder(embedder)
    cases: list[Case] = []
    for store in stores(train, _SEED, passages):
        cases += cases_of(store, model)
        _expect_unseen(cases, len(store.paragraphs))
    found = learn(cases)
    out.write_text(json.dumps(found.to_json(), ensure_ascii=False, indent=1) + "\n", "utf-8")
    yield f"wrote {out}; nDCG@10 on what was learnt from, BM25, cosine, first look, both looks:"
    for kind in dict.fromkeys(case.kind for case in cases):
        means = np.mean([_gains(c, found) for c in cases if c.kind == kind], axis=0)
        yield f"  {kind}: " + " ".join(f"{mean:.3f}" for mean in means)


def _expect_unseen(cases: Sequence[Case], paragraphs: int) -> None:
    """Refuse an embedder that finds nearly every paragraph of a store first."""
    latest = [case for case in cases if case.kind == cases[-1].kind]
    places = [int(np.flatnonzero(c.right)[0]) if c.right.any() else None for c in latest]
    gains = [
        0.0 if place is None else _gain(case.sides.cosines, place)
        for case, place in zip(latest, places, strict=True)
    ]
    if paragraphs >= _ENOUGH and np.mean(gains) >= BY_HEART:
        raise InputError(
            f"the embedder finds the paragraphs of “{latest[0].kind}” with nDCG@10 "
            f"{np.mean(gains):.3f} by cosine alone: it was trained on these questions. Train one "
            "without them (--write-seen DIR, then python -m index.training.train --data DIR …) "
            "and give it by --embedder"
        )


def cases_of(store: ToLearn, model: Embedder) -> Iterator[Case]:
    """The candidates of every question of a store."""
    lexical = Lexical.build(tokens(text) for text in store.paragraphs)
    vectors = model.embed(store.paragraphs, kind="passage")
    size = len(vectors)
    sample = vectors[np.random.default_rng(0).choice(size, min(_SAMPLE, size), replace=False)]
    for kind, known in store.questions.items():
        for item in tqdm(known, desc=f"{store.name}, {kind}", leave=False):
            yield _case(
                f"{store.name}, {kind}", item, store.paragraphs, lexical, vectors, sample, model
            )


def _case(
    kind: str,
    item: Known,
    texts: Sequence[str],
    lexical: Lexical,
    vectors: NDArray[np.float32],
    sample: NDArray[np.float32],
    model: Embedder,
) -> Case:
    vector = model.embed([item.question], kind="query")[0]
    asked = lexical.asked(item.question)
    cosines, bm25 = vectors @ vector, asked.scores
    best, _ = best_of(bm25, DEPTH)
    positions = np.union1d(np.argsort(-cosines)[:DEPTH], best)
    usual = sample @ vector
    sides = Sides(
        cosines[positions].astype(np.float64),
        bm25[positions].astype(np.float64),
        asked.ideal,
        float(usual.mean()),
        float(usual.std()),
    )
    right = positions == item.paragraph
    found = tuple(texts[i] for i in positions)
    return Case(kind, item.question, sides, asked.idf, found, right)


def learn(cases: Sequence[Case]) -> Fusion:
    """The weights of both looks."""
    usable = [case for case in cases if case.right.any()]
    first = _fitted([first_look(c.sides) for c in usable], [c.right for c in usable], usable)
    again = [(case, *_second(case, first)) for case in usable]
    kept = [(case, look, right) for case, look, right in again if right.any()]
    second = _fitted([row[1] for row in kept], [row[2] for row in kept], [row[0] for row in kept])
    return Fusion(first, second)


def _second(case: Case, first: Weights) -> tuple[Look, Flags]:
    """A second look at what the first puts in front, and which of these are right."""
    look = first_look(case.sides)
    looked = np.argsort(-first.scores(look), kind="stable")[:SECOND_LOOK]
    words = matches(case.question, case.idf, [case.texts[i] for i in looked])
    return second_look(look, looked, words), case.right[looked]


def _fitted(looks: Sequence[Look], right: Sequence[Flags], cases: Sequence[Case]) -> Weights:
    """Weights that make the right candidates likeliest; every kind of question counts alike."""
    rows, holds, there = _padded([look.rows for look in looks], right)
    scale = np.maximum(rows[there].std(axis=0), 1e-6)
    signs = np.stack([look.signs for look in looks])
    middle, wide = signs.mean(axis=0), np.maximum(signs.std(axis=0), 1e-6)
    x, q = torch.from_numpy(rows / scale), torch.from_numpy((signs - middle) / wide)
    absent, wrong = torch.from_numpy(~there), torch.from_numpy(~holds)
    kinds = [case.kind for case in cases]
    share = torch.tensor([1 / kinds.count(kind) for kind in kinds], dtype=torch.float64)
    share /= share.sum()
    home, abroad, gate = _begun(x.shape[2], q.shape[1])

    def loss() -> torch.Tensor:
        trust = torch.sigmoid(gate[0] + q @ gate[1:])[:, None]
        scores = (trust * (x @ home) + (1 - trust) * (x @ abroad)).masked_fill(absent, -torch.inf)
        rightly = torch.logsumexp(scores.masked_fill(wrong, -torch.inf), 1)
        missing = torch.logsumexp(scores, 1) - rightly
        size = (home**2).sum() + (abroad**2).sum() + (gate**2).sum()
        return (missing * share).sum() + _L2 * size

    minimise(loss, [home, abroad, gate], _STEPS)
    found = gate.detach().numpy()
    slopes = found[1:] / wide
    own, foreign = (side.detach().numpy() / scale for side in (home, abroad))
    return Weights(own, foreign, slopes, float(found[0] - slopes @ middle))


def _begun(rows: int, signs: int) -> list[torch.Tensor]:
    """Where the search starts: at home by BM25, abroad by cosine, told apart by the first sign."""
    home, abroad, gate = (torch.zeros(n, dtype=torch.float64) for n in (rows, rows, signs + 1))
    home[SCORES.index("lexical")] = abroad[SCORES.index("dense")] = 1
    gate[1] = 2
    return [values.requires_grad_() for values in (home, abroad, gate)]


def _padded(rows: Sequence[Values], right: Sequence[Flags]) -> tuple[Values, Flags, Flags]:
    """Features (questions, candidates, features), which are right, and which are there at all."""
    shape = (len(rows), max(map(len, rows)))
    values = np.zeros((*shape, rows[0].shape[1]))
    holds, there = np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_)
    for i, (features, flags) in enumerate(zip(rows, right, strict=True)):
        count = len(features)
        values[i, :count], holds[i, :count], there[i, :count] = features, flags, True
    return values, holds, there


def _gains(case: Case, found: Fusion) -> list[float]:
    """nDCG@10 by BM25, by cosine, by the first look, by both."""
    if not case.right.any():
        return [0.0] * 4
    place = int(np.flatnonzero(case.right)[0])
    bm25, cosines = case.sides.bm25, case.sides.cosines
    values = [_gain(bm25, place) if bm25[place] > 0 else 0.0, _gain(cosines, place)]
    values.append(_gain(found.first.scores(first_look(case.sides)), place))
    look, right = _second(case, found.first)
    again = [_gain(found.second.scores(look), int(place)) for place in np.flatnonzero(right)]
    return [*values, *(again or [0.0])]


def _gain(scores: Values, place: int) -> float:
    rank = 1 + int((scores > scores[place]).sum())
    return 1 / float(np.log2(1 + rank)) if rank <= 10 else 0.0
