"""Train the multilingual embedder on two processor cores and export it.

Examples:
  python -m index.training.train --data DATA --out index/model
  python -m index.training.train --data DATA --out /tmp/model --steps 100 --work /tmp/work
  python -m index.training.train --data DATA --out index/model --work /tmp/work   # goes on

DATA is laid out as ``index/training/readers.py`` says. The work folder keeps the tokeniser, the
encoded texts and a checkpoint, and a later run with the same folder goes on from them.
"""

from __future__ import annotations

import argparse
import logging
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from index.training.embedder import SERVED_POWER, Embedder
from index.training.export import export
from index.training.grams import composition
from index.training.pairs import Weighted, load_sources
from index.training.readers import dictionary
from index.training.tokeniser import sample, train_tokenizer

log = logging.getLogger(__name__)

LOG_EVERY = 200  # steps
CHECKPOINT_EVERY = 1000  # steps
WARM_UP = 100  # steps in which the learning rate rises to its peak


@dataclass(frozen=True)
class Settings:
    """What decides the result, besides the data."""

    steps: int = 8_000
    batch: int = 2048
    dimensions: int = 512
    rate: float = 0.02
    seed: int = 7


def learning_rate(settings: Settings, step: int) -> float:
    """Short warm-up, then a straight fall to zero at the last step."""
    rise = min(1.0, (step + 1) / WARM_UP)
    return settings.rate * rise * (1 - step / settings.steps)


def prepare_tokenizer(data: Path, work: Path) -> Tokenizer:
    """The tokeniser of the work folder, trained first where there is none."""
    path = work / "tokenizer.json"
    if path.exists():
        return Tokenizer.from_file(str(path))
    log.info("training the tokeniser")
    tokenizer = train_tokenizer(sample(data), words=(word for word, _ in dictionary(data)))
    work.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(path), pretty=False)
    return tokenizer


def pieces(tokenizer: Tokenizer) -> list[str]:
    """The tokeniser's pieces, by number."""
    vocabulary = tokenizer.get_vocab()
    return sorted(vocabulary, key=vocabulary.__getitem__)


def train(
    embedder: Embedder, sources: list[Weighted], settings: Settings, checkpoint: Path
) -> None:
    """Run the remaining steps; every step draws one source and one batch by its own seed."""
    shares = np.array([source.share for source in sources])
    losses: dict[str, list[float]] = {source.name: [] for source in sources}
    begun = time.monotonic()
    for step in range(embedder.step_number, settings.steps):
        rng = np.random.default_rng((settings.seed, step))
        chosen = sources[int(rng.choice(len(sources), p=shares / shares.sum()))]
        batch = chosen.source.draw(rng, settings.batch)
        loss = embedder.train_step(batch, learning_rate(settings, step))
        losses[chosen.name].append(loss)
        if (step + 1) % LOG_EVERY == 0:
            means = " ".join(f"{k} {np.mean(v):.3f}" for k, v in losses.items() if v)
            log.info("step %d, %.0f s: %s", step + 1, time.monotonic() - begun, means)
            losses = {name: [] for name in losses}
        if (step + 1) % CHECKPOINT_EVERY == 0:
            embedder.save(checkpoint)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="data folder (holds train/)")
    parser.add_argument("--out", type=Path, required=True, help="folder the model is written to")
    parser.add_argument("--work", type=Path, default=Path("work"), help="partial results")
    parser.add_argument("--steps", type=int, default=Settings.steps, help="training steps")
    parser.add_argument("--threads", type=int, default=2, help="processor cores to use")
    parser.add_argument("--seed", type=int, default=Settings.seed, help="seed of everything drawn")
    return parser.parse_args()


def main() -> None:
    """The command."""
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(arguments.threads)
    settings = Settings(steps=arguments.steps, seed=arguments.seed)
    tokenizer = prepare_tokenizer(arguments.data, arguments.work)
    sources = load_sources(arguments.data, tokenizer, arguments.work / "encoded", settings.seed)
    embedder = Embedder(composition(pieces(tokenizer)), settings.dimensions, settings.seed)
    checkpoint = arguments.work / "checkpoint.safetensors"
    if checkpoint.exists():
        embedder.restore(checkpoint)
    train(embedder, sources, settings, checkpoint)
    export(embedder.table().numpy(), tokenizer, SERVED_POWER, arguments.out)
    log.info("wrote %s", arguments.out)


if __name__ == "__main__":
    main()
