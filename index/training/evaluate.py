"""Measure a model folder on the development sets: dense retrieval alone.

Example:
  python -m index.training.evaluate --data DATA --model index/model

Each line holds a set, nDCG@10 and recall@1, @5: every question is searched in the set's own
paragraphs, of which exactly one is right, so nDCG@10 = 1 / log2(1 + rank) for ranks up to 10
(Jarvelin and Kekalainen 2002) and else 0. XQuAD's items are parallel: a question in one language
is also searched in the paragraphs of another.
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.embedder import load_embedder

log = logging.getLogger(__name__)

Matrix = npt.NDArray[np.float32]
Encode = Callable[[list[str]], Matrix]

SINGLE = {
    "CMRC dev": "cmrc2018_dev.json.gz",
    "DRCD dev": "drcd_dev.json.gz",
    "JaQuAD dev": "jaquad_dev_*.json.gz",
}
LANGUAGES = ("zh", "en", "es", "ru")
DEPTH = 10


def read_squad(folder: Path, pattern: str) -> tuple[list[str], list[str], npt.NDArray[np.int64]]:
    """Questions, distinct paragraphs, and for each question the number of its paragraph."""
    found: list[str] = []
    paragraphs: dict[str, int] = {}
    gold: list[int] = []
    for question, context in _questions(folder, pattern):
        found.append(question)
        gold.append(paragraphs.setdefault(context, len(paragraphs)))
    return found, list(paragraphs), np.array(gold)


def _questions(folder: Path, pattern: str) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.glob(pattern)):
        with gzip.open(path, "rt", encoding="utf8") as stream:
            content = json.load(stream)
        for article in content["data"]:
            for paragraph in article["paragraphs"]:
                yield from ((q["question"], paragraph["context"]) for q in paragraph["qas"])


def ranks(queries: Matrix, documents: Matrix, gold: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Rank (1 is best) of each query's own document by cosine of unit vectors."""
    scores = queries @ documents.T
    own = scores[np.arange(len(gold)), gold]
    found: npt.NDArray[np.int64] = 1 + (scores > own[:, None]).sum(axis=1)
    return found


def figures(found: npt.NDArray[np.int64]) -> dict[str, float]:
    """nDCG@10 and recall of ranks of single right documents."""
    gain = np.where(found <= DEPTH, 1 / np.log2(1 + found), 0.0)
    recalls = {f"recall@{k}": float((found <= k).mean()) for k in (1, 5)}
    return {"nDCG@10": float(gain.mean())} | recalls


def evaluate(encode: Encode, dev: Path) -> dict[str, dict[str, float]]:
    """Figures of an encoder (texts -> unit vectors) on every development set in a folder."""
    results = {}
    for name, pattern in SINGLE.items():
        texts, paragraphs, gold = read_squad(dev, pattern)
        results[name] = figures(ranks(encode(texts), encode(paragraphs), gold))
    vectors = {}
    for code in LANGUAGES:
        texts, paragraphs, gold = read_squad(dev, f"xquad_{code}.json.gz")
        vectors[code] = (encode(texts), encode(paragraphs), gold)
    for code, (queries, _, gold) in vectors.items():
        for target in dict.fromkeys((code, "zh")):
            name = f"XQuAD {code}" if target == code else f"XQuAD {code} to {target}"
            results[name] = figures(ranks(queries, vectors[target][1], gold))
    return results


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="data folder (holds dev/)")
    parser.add_argument("--model", type=Path, required=True, help="model folder")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    model = load_embedder(str(arguments.model))

    def encode(texts: list[str]) -> Matrix:
        return model.embed(texts, kind="passage")  # the bundled model has no prompts

    results = evaluate(encode, arguments.data / "dev")
    for name, values in results.items():
        log.info("%-14s %s", name, "  ".join(f"{k} {v:.3f}" for k, v in values.items()))


if __name__ == "__main__":
    main()
