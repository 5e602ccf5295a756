"""Train the model that tells which printed line continues another (`index/newspaper/contiguity`).

Example:
  python -m index.training.contiguity --news part_*.txt.gz --headlines headlines.jsonl.gz \\
      --out index/newspaper/contiguity.npz --seed 1

One processor core, about 12 minutes. The formats of the files are those of `news` and `headlines`
in `index/training/seams.py`. The figures at the end come from the articles left for development.
"""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, embedding_bag

from index.newspaper.contiguity import load
from index.newspaper.scorer import (
    OPENING_PATTERNS,
    SEAM_PATTERNS,
    WINDOW,
    Classes,
    Floats,
    hashed,
)
from index.training.seams import (
    Corpus,
    character_classes,
    headlines,
    news,
    openings,
    seams,
    shortened,
)

log = logging.getLogger(__name__)

Array = NDArray[np.generic]

LOG_EVERY = 200  # steps
DEV_ROWS = 60_000
CANDIDATES = 10
NGRAM_STEP = 0.08  # log-odds; coarse steps compress well, and ten of them add 0.07 of noise
_COMMAS, _ENDS, _QUOTES = ",、;:", "。!?…", "”’』」)"


@dataclass(frozen=True)
class Settings:
    """What decides the result, besides the data."""

    pairs: int = 40_000_000  # right seams drawn, each with one wrong one
    opening_pairs: int = 2_000_000
    batch: int = 8192  # pairs
    dimensions: int = 48
    hidden: int = 96
    bits: int = 20  # buckets of seam n-grams: 2**bits
    opening_bits: int = 14
    rate: float = 0.004
    seed: int = 1


class Network(nn.Module):
    """The trained form of a `Scorer`: character vectors, two layers, and n-gram weights."""

    def __init__(
        self,
        vectors: nn.Embedding,
        positions: int,
        patterns: Sequence[Sequence[int]],
        settings: Settings,
        bits: int,
    ) -> None:
        super().__init__()
        self.vectors = vectors
        self.patterns, self.bits = patterns, bits
        self.first = nn.Linear(positions * settings.dimensions, settings.hidden)
        self.last = nn.Linear(settings.hidden, 1)
        # The bucket behind all others stands for an n-gram that is not there; it stays zero.
        self.ngrams = nn.Parameter(torch.zeros((1 << bits) + 1, 1))

    def forward(self, rows: Classes) -> torch.Tensor:
        """Log-odds of each row."""
        found = hashed(rows, self.patterns, self.bits)
        buckets = [np.where(present, bucket, 1 << self.bits) for bucket, present in found]
        bags = torch.from_numpy(np.stack(buckets, axis=1))
        ngrams = embedding_bag(bags, self.ngrams, mode="sum", padding_idx=1 << self.bits)
        vectors = self.vectors(torch.from_numpy(rows.astype(np.int32))).flatten(1)
        hidden = torch.relu(self.first(vectors))
        scores: torch.Tensor = self.last(hidden) + ngrams
        return scores[:, 0]


def train(network: Network, draw: Callable[[], list[Classes]], pairs: int, s: Settings) -> None:
    """Adam on the binary cross entropy of right and wrong rows; the rate falls to zero."""
    optimiser = torch.optim.Adam([p for p in network.parameters() if p.requires_grad], lr=s.rate)
    steps = max(1, pairs // s.batch)
    begun, losses = time.monotonic(), []
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = s.rate * (1 - step / steps)
        right, wrong = draw()
        labels = torch.cat([torch.ones(len(right)), torch.zeros(len(wrong))])
        loss = binary_cross_entropy_with_logits(network(np.concatenate([right, wrong])), labels)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        losses.append(loss.item())
        if (step + 1) % LOG_EVERY == 0:
            took = time.monotonic() - begun
            log.info("step %d of %d, %.0f s: %.4f", step + 1, steps, took, np.mean(losses))
            losses = []


def calibration(network: Network, rows: list[Classes]) -> tuple[float, float]:
    """Slope and offset that make the scores honest log-odds (Platt, by Newton's method)."""
    with torch.no_grad():
        scores = np.concatenate([network(part).numpy() for part in rows]).astype(np.float64)
    labels = np.repeat([1.0, 0.0], [len(part) for part in rows])
    design = np.stack([scores, np.ones_like(scores)], axis=1)
    found = np.array([1.0, 0.0])
    for _ in range(20):
        chance = 1 / (1 + np.exp(-design @ found))
        curvature = (design * (chance * (1 - chance))[:, None]).T @ design
        found += np.linalg.solve(curvature, design.T @ (labels - chance))
    return float(found[0]), float(found[1])


def _arrays(name: str, network: Network, slope: float, offset: float) -> dict[str, Array]:
    """The network as `index.newspaper.contiguity.load` reads it, calibrated, n-grams in bytes."""
    positions = network.first.in_features // network.vectors.embedding_dim
    first = network.first.weight.detach().numpy().T
    weights = network.ngrams.detach().numpy()[:-1, 0] * slope
    steps = np.clip(np.rint(weights / NGRAM_STEP), -127, 127)
    return {
        f"{name}_first": first.reshape(positions, -1, first.shape[1]).astype(np.float16),
        f"{name}_first_bias": network.first.bias.detach().numpy(),
        f"{name}_last": network.last.weight.detach().numpy()[0] * np.float32(slope),
        f"{name}_bias": np.float32(network.last.bias.item() * slope + offset),
        f"{name}_weights": steps.astype(np.int8),
        f"{name}_scale": np.float32(NGRAM_STEP),
    }


def _vectors(vectors: nn.Embedding) -> dict[str, Array]:
    """One byte a number and a scale for each character."""
    table = vectors.weight.detach().numpy()
    scale = np.maximum(np.abs(table).max(axis=1, keepdims=True) / 127, 1e-9).astype(np.float32)
    return {"vectors": np.rint(table / scale).astype(np.int8), "vector_scale": scale}


def area(right: Floats, wrong: Floats) -> float:
    """Area under the ROC curve: the chance that a right row scores above a wrong one."""
    ranks = np.searchsorted(np.sort(wrong), right, "left") + np.searchsorted(
        np.sort(wrong), right, "right"
    )
    return float(ranks.mean() / 2 / len(wrong))


def report(path: Path, dev: Corpus, seed: int) -> None:
    """Log the figures of a written model on the development articles."""
    model = load(path)
    rng = np.random.default_rng((seed, 99))
    rows = seams(dev, rng, DEV_ROWS, wrong=CANDIDATES - 1)
    scores = np.stack([model.seam.score(part) for part in rows])
    kinds = _kinds(model.characters, rows[0])
    for name, chosen in {"all": kinds >= 0, **_named(kinds)}.items():
        right, wrong = scores[0, chosen], scores[1:, chosen]
        log.info(
            "%-13s share %.3f  AUC %.4f  right of 2 %.4f  right of %d %.4f  accuracy %.4f",
            name, chosen.mean(), area(right, wrong[0]), np.mean(right > wrong[0]), CANDIDATES,
            np.mean(right > wrong.max(axis=0)), (np.mean(right > 0) + np.mean(wrong[0] < 0)) / 2,
        )  # fmt: skip
    _report_calibration(scores[0], scores[1])
    starts, lines = (model.opening.score(part) for part in openings(dev, rng, 20_000))
    log.info("openings: AUC %.4f", area(starts, lines))
    _report_calibration(starts, lines)


def _report_calibration(right: Floats, wrong: Floats) -> None:
    scores = np.concatenate([right, wrong])
    labels = np.repeat([1.0, 0.0], [len(right), len(wrong)])
    loss = np.logaddexp(0, np.where(labels > 0, -scores, scores)).mean()
    log.info("cross entropy %.4f; mean log-odds given -> observed:", loss)
    for low in range(-5, 5):
        chosen = (scores >= low) & (scores < low + 1)
        if chosen.sum() > 50 and 0 < labels[chosen].mean() < 1:
            share = labels[chosen].mean()
            log.info("  %+.2f -> %+.2f", scores[chosen].mean(), np.log(share / (1 - share)))


def _kinds(table: Classes, rows: Classes) -> NDArray[np.int64]:
    """0 inside a clause, 1 behind a comma or its like, 2 behind the end of a sentence."""
    commas, ends, quotes = (table[[ord(c) for c in s]] for s in (_COMMAS, _ENDS, _QUOTES))
    last, previous = rows[:, 0], rows[:, 1]
    ended = np.isin(last, ends) | np.isin(last, quotes) & np.isin(previous, ends)
    return np.where(ended, 2, np.isin(last, commas).astype(np.int64))


def _named(kinds: NDArray[np.int64]) -> dict[str, NDArray[np.bool_]]:
    return {n: kinds == i for i, n in enumerate(("inside", "comma", "sentence end"))}


def build(table: Classes, corpus: Corpus, dev: Corpus, out: Path, s: Settings) -> None:
    """Train both scorers and write the file."""
    torch.manual_seed(s.seed)
    vectors = nn.Embedding(int(table.max()) + 1, s.dimensions)
    nn.init.normal_(vectors.weight, std=0.1)
    rng = np.random.default_rng(s.seed)
    seam = Network(vectors, 2 * WINDOW, SEAM_PATTERNS, s, s.bits)
    train(seam, lambda: [shortened(rng, r) for r in seams(corpus, rng, s.batch)], s.pairs, s)
    vectors.weight.requires_grad_(False)
    opening = Network(vectors, WINDOW, OPENING_PATTERNS, s, s.opening_bits)
    train(opening, lambda: openings(corpus, rng, s.batch), s.opening_pairs, s)
    fitted = calibration(seam, seams(dev, rng, DEV_ROWS))
    fitted_opening = calibration(opening, openings(dev, rng, DEV_ROWS))
    log.info("slope and offset: %s, openings %s", fitted, fitted_opening)
    arrays = {"characters": table, **_vectors(vectors), **_arrays("seam", seam, *fitted)}
    arrays |= _arrays("opening", opening, *fitted_opening)
    np.savez_compressed(out, **arrays)  # type: ignore[arg-type]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--news", type=Path, nargs="+", required=True, help="articles, gzip")
    parser.add_argument("--headlines", type=Path, required=True, help="titles and bodies, gzip")
    parser.add_argument("--out", type=Path, required=True, help="file to write (.npz)")
    parser.add_argument("--seed", type=int, default=Settings.seed, help="seed of all that is drawn")
    parser.add_argument("--pairs", type=int, default=Settings.pairs, help="right seams to draw")
    return parser.parse_args()


def main() -> None:
    """The command."""
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(1)
    articles = [a for path in arguments.news for a in news(path)]
    articles += headlines(arguments.headlines)
    training = [a for a in articles if not a.dev]
    table = character_classes(training)
    corpus = Corpus.of(training, table)
    dev = Corpus.of([a for a in articles if a.dev], table, known=corpus)
    log.info("%d characters, %d classes", len(corpus.characters), int(table.max()) + 1)
    settings = Settings(pairs=arguments.pairs, seed=arguments.seed)
    build(table, corpus, dev, arguments.out, settings)
    report(arguments.out, dev, settings.seed)


if __name__ == "__main__":
    main()
