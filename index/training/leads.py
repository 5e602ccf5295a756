"""Train the model that tells how articles begin (`index/newspaper/leads`).

Example:
  python -m index.training.leads --news part_*.txt.gz --headlines headlines.jsonl.gz \\
      --out index/newspaper/leads.npz --seed 1

One processor core, about 3 minutes. The formats of the files are those of `news` and `headlines`
in `index/training/seams.py`. The figures at the end come from the articles left for development.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, embedding_bag

from index.newspaper.contiguity import character_table
from index.newspaper.leads import BITS, LENGTH, hashed, load
from index.newspaper.scorer import Classes, Floats
from index.training.contiguity import area
from index.training.seams import Corpus, Ints, Rng, headlines, news

log = logging.getLogger(__name__)

EPOCHS, BATCH, RATE = 3, 2048, 0.01
DECAY = 3e-4  # of squared weights: what few articles begin with tells nothing
STEP = 0.02  # log-odds of one step of a weight
STOPS = "。！？!?"


def starts(corpus: Corpus) -> Ints:
    """Where articles begin."""
    return _fresh(corpus, corpus.starts[corpus.articles[:-1]])


def later_paragraphs(corpus: Corpus) -> Ints:
    """Where the other paragraphs of articles begin whose borders are known."""
    first = np.zeros(len(corpus.whole), np.bool_)
    first[corpus.articles[:-1]] = True
    return _fresh(corpus, corpus.starts[:-1][~first & ~corpus.whole])


def later_sentences(corpus: Corpus, table: Classes, rng: Rng) -> Ints:
    """Where sentences begin inside paragraphs: as many as there are articles."""
    stops = np.unique(table[[ord(c) for c in STOPS]])
    places = np.flatnonzero(np.isin(corpus.characters[:-1], stops)) + 1
    owner = corpus.paragraph(places)
    room = (places - corpus.starts[owner] > 10) & (corpus.starts[owner + 1] - places > 14)
    places = places[room & corpus.fresh[places]]
    return rng.choice(places, min(len(places), len(corpus.articles) - 1), replace=False)


def _fresh(corpus: Corpus, places: Ints) -> Ints:
    """Those whose first characters stand nowhere earlier."""
    return places[corpus.fresh[np.minimum(places + LENGTH // 2, len(corpus.fresh) - 1)]]


def fit(right: Classes, wrong: Classes, seed: int) -> tuple[Floats, float]:
    """Weights of a logistic regression, by Adam, and its bias; both sides weigh the same."""
    torch.manual_seed(seed)
    buckets, present = hashed(np.concatenate([right, wrong]))
    # The bucket behind all others stands for what is not there; it stays zero.
    bags = torch.from_numpy(np.where(present, buckets, 1 << BITS))
    labels = torch.cat([torch.ones(len(right)), torch.zeros(len(wrong))])
    share = len(right) / len(labels)
    even = torch.where(labels > 0, 0.5 / share, 0.5 / (1 - share))
    weights = torch.zeros((1 << BITS) + 1, 1, requires_grad=True)
    bias = torch.zeros(1, requires_grad=True)
    optimiser = torch.optim.Adam([weights, bias], lr=RATE)
    for epoch in range(EPOCHS):
        optimiser.param_groups[0]["lr"] = RATE * (1 - epoch / EPOCHS)
        order = torch.randperm(len(labels))
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            scores = embedding_bag(bags[chosen], weights, mode="sum", padding_idx=1 << BITS)
            loss = binary_cross_entropy_with_logits(
                scores[:, 0] + bias, labels[chosen], weight=even[chosen]
            )
            loss = loss + DECAY * (weights**2).sum()
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
    return weights.detach().numpy()[:-1, 0], float(bias.item())


def build(table: Classes, corpus: Corpus, out: Path, seed: int) -> None:
    """Train and write the file."""
    rng = np.random.default_rng(seed)
    wrong = np.concatenate([later_paragraphs(corpus), later_sentences(corpus, table, rng)])
    weights, bias = fit(
        corpus.window(starts(corpus), forward=True, length=LENGTH),
        corpus.window(wrong, forward=True, length=LENGTH),
        seed,
    )
    steps = np.clip(np.rint(weights / STEP), -127, 127).astype(np.int8)
    np.savez_compressed(out, weights=steps, scale=np.float32(STEP), bias=np.float32(bias))


def report(path: Path, table: Classes, dev: Corpus, seed: int) -> None:
    """Log the figures of a written model on the development articles."""
    model = load(path)
    rng = np.random.default_rng((seed, 99))
    own = starts(dev)
    whole = dev.whole[dev.paragraph(own)]
    inside = later_sentences(dev, table, rng)
    for name, right, wrong in (
        ("against later paragraphs, TV news", own[~whole], later_paragraphs(dev)),
        ("against later sentences, all news", own, inside),
    ):
        scores = [model.score(dev.window(at, forward=True, length=LENGTH)) for at in (right, wrong)]
        log.info("%s: AUC %.4f (%d, %d)", name, area(*scores), len(right), len(wrong))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--news", type=Path, nargs="+", required=True, help="articles, gzip")
    parser.add_argument("--headlines", type=Path, required=True, help="titles and bodies, gzip")
    parser.add_argument("--out", type=Path, required=True, help="file to write (.npz)")
    parser.add_argument("--seed", type=int, default=1, help="seed of all that is drawn")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(1)
    articles = [a for path in arguments.news for a in news(path)]
    articles += headlines(arguments.headlines)
    table = character_table()
    corpus = Corpus.of([a for a in articles if not a.dev], table)
    dev = Corpus.of([a for a in articles if a.dev], table, known=corpus)
    build(table, corpus, arguments.out, arguments.seed)
    report(arguments.out, table, dev, arguments.seed)


if __name__ == "__main__":
    main()
