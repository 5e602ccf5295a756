"""Learning the weights of the fusion (rag/fusion.py).

The probability of each candidate is a softmax over its scores; the likelihood of the paragraph
that was asked for is maximised, nearly every kind of question of every store counting alike.
The second look is learnt on what the first look puts in front.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from eval.bench.fit import minimise
from eval.bench.made_up import Known
from eval.bench.stores_to_learn import ToLearn, stores
from index.embedder import Embedder, load_embedder
from index.lexical import Lexical, best_of, tokens
from index.translations import FILE as TRANSLATIONS
from index.translations import Translations, read_translations
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
# Kinds that count less than the others. Questions for all that is reported of something want more
# of the cosines, and those for one paragraph less.
_COUNTS = {"large, news related": 0.3}
_SAMPLE = 256  # paragraphs that stand for a store, as in the retriever

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Case:
    """The candidates of one question: both sides, their texts, and which of them is right."""

    kind: str
    question: str
    sides: Sides
    idf: Mapping[str, float]
    abroad: Sequence[Mapping[str, float]]
    texts: tuple[str, ...]
    right: Flags  # none where the right one is not among them


def fit_fusion(
    train: Path,
    embedders: Sequence[str],
    passages: int,
    out: Path = FILE,
    translations: Path = TRANSLATIONS,
) -> Iterator[str]:
    """Writes the weights to `out`; yields a line for each kind of question on what they gain.

    Neither the embedders nor the file of translations may be learnt from the questions (see
    `write_seen`), else they look more reliable than they are with other questions. What is learnt
    suits all embedders given: one that has not seen the translated texts either knows less of
    other languages than the bundled one, and one that has seen them knows these too well.

    Raises:
        InputError: the folder has no question sets, or an embedder knows the questions by heart.
    """
    table = read_translations(translations)
    cases: list[Case] = []
    for model in [load_embedder(name) for name in embedders] or [load_embedder()]:
        for store in stores(train, _SEED, passages):
            cases += cases_of(store, model, table)
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
    gains = [_gain(case.sides.cosines, case.right) for case in latest]
    if paragraphs >= _ENOUGH and np.mean(gains) >= BY_HEART:
        raise InputError(
            f"the embedder finds the paragraphs of “{latest[0].kind}” with nDCG@10 "
            f"{np.mean(gains):.3f} by cosine alone: it was trained on these questions. Train one "
            "without them (--write-seen DIR, then python -m index.training.train --data DIR …) "
            "and give it by --embedder"
        )


def cases_of(store: ToLearn, model: Embedder, translations: Translations) -> Iterator[Case]:
    """The candidates of every question of a store."""
    lexical = Lexical.build(tokens(text) for text in store.paragraphs)
    lexical.translations = lambda: translations
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
    cosines = vectors @ vector
    best = [best_of(scores, DEPTH)[0] for scores in (asked.scores, asked.translated)]
    positions = np.union1d(np.argsort(-cosines)[:DEPTH], np.concatenate(best))
    usual = sample @ vector
    sides = Sides(
        cosines[positions].astype(np.float64),
        asked.scores[positions].astype(np.float64),
        asked.translated[positions].astype(np.float64),
        asked.ideal,
        float(usual.mean()),
        float(usual.std()),
    )
    right = np.isin(positions, item.paragraphs)
    found = tuple(texts[i] for i in positions)
    return Case(kind, item.question, sides, asked.idf, asked.abroad, found, right)


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
    words = matches(case.question, case.idf, [case.texts[i] for i in looked], case.abroad)
    return second_look(look, looked, words), case.right[looked]


def _fitted(looks: Sequence[Look], right: Sequence[Flags], cases: Sequence[Case]) -> Weights:
    """Weights that make the right candidates likeliest; kinds of questions count by `_COUNTS`."""
    rows, holds, there = _padded([look.rows for look in looks], right)
    scale = np.maximum(rows[there].std(axis=0), 1e-6)
    signs = np.stack([look.signs for look in looks])
    middle, wide = signs.mean(axis=0), np.maximum(signs.std(axis=0), 1e-6)
    x, q = torch.from_numpy(rows / scale), torch.from_numpy((signs - middle) / wide)
    absent, wrong = torch.from_numpy(~there), torch.from_numpy(~holds)
    kinds = [case.kind for case in cases]
    shares = [_COUNTS.get(kind, 1.0) / kinds.count(kind) for kind in kinds]
    share = torch.tensor(shares, dtype=torch.float64)
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
    bm25, cosines = case.sides.bm25, case.sides.cosines
    first = found.first.scores(first_look(case.sides))
    look, right = _second(case, found.first)
    return [
        _gain(np.where(bm25 > 0, bm25, -np.inf), case.right),
        _gain(cosines, case.right),
        _gain(first, case.right),
        _gain(found.second.scores(look), right),
    ]


def _gain(scores: Values, right: Flags) -> float:
    """nDCG@10, of the right ones among the candidates."""
    best = np.argsort(-scores, kind="stable")[:10]
    shares = 1 / np.log2(np.arange(2, 12))
    reached = shares[: len(best)][right[best] & np.isfinite(scores[best])].sum()
    return float(reached / max(shares[: right.sum()].sum(), 1e-9))
