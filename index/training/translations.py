"""Make index/translations.safetensors: which piece of the tokeniser translates which.

Example, with the folder that training the embedder has left behind:
  python -m index.training.translations --data DATA --work WORK --out index/translations.safetensors

The search by words uses it where a question is in another language than the articles
(``index/translations.py``). It is learnt from translated sentences and a dictionary
(``lexicon.py``), between Chinese and English in both directions, and between each of these and
Spanish, Russian, French, German and Japanese.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from scipy.sparse import csr_matrix, diags

from index.language import SMALL_WORDS
from index.training.lexicon import LANGUAGES, alignments, from_chinese, prune
from index.training.pairs import Encoder, load_sources
from index.training.train import Settings, pieces, prepare_tokenizer

log = logging.getLogger(__name__)

CHOICES = 3  # translations of a piece into one language
LEAST = 0.05  # weight of one before they are made to add up to 1 ...
SURE = 0.3  # ... which those that together have less than this do not
SHORTEST = 3  # letters; shorter pieces are mostly parts of words
STEPS = 255  # of a weight
NONE_INTO = {("zh", "ja")}  # most of these are the same characters, which match as they are

Steps = dict[tuple[str, str], csr_matrix]


def translations(steps: Steps, names: list[str]) -> csr_matrix:
    """(pieces, pieces): weights of translations; those of a piece into one language add up to 1,
    or to less where none is sure.

    ``steps`` are the alignments of ``lexicon.py``, ``names`` the pieces.
    """
    whole = csr_matrix((len(names), len(names)), dtype=np.float32)
    telling = diags(np.array([_tells(name) for name in names], dtype=np.float32))
    for matrix in _directions(steps):
        best = prune((telling @ matrix @ telling).tocsr(), CHOICES, LEAST)
        sums = np.asarray(best.sum(axis=1)).ravel()
        shares = diags(1 / np.maximum(sums, SURE)) @ best
        whole = whole.maximum(shares.tocsr())
    return whole.tocsr().sorted_indices()


def _directions(steps: Steps) -> Iterator[csr_matrix]:
    for code in LANGUAGES:
        chinese = from_chinese(steps, code)
        if chinese is not None:
            yield chinese.T.tocsr()
            if ("zh", code) not in NONE_INTO:
                yield chinese
        if code != "en" and ("en", code) in steps:
            yield steps["en", code]
            yield steps["en", code].T.tocsr()


def _tells(piece: str) -> bool:
    """Whether a piece may be translated: no word of grammar, no figure, no part of a word."""
    if piece in SMALL_WORDS or not piece.isalpha():
        return False
    return len(piece) >= SHORTEST or piece >= "\u3000"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="data folder (holds train/)")
    parser.add_argument("--work", type=Path, default=Path("work"), help="partial results")
    parser.add_argument("--out", type=Path, required=True, help="file to write")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    tokenizer = prepare_tokenizer(arguments.data, arguments.work)
    folder = arguments.work / "encoded"
    load_sources(arguments.data, tokenizer, folder, Settings.seed)  # leaves all texts encoded
    names = pieces(tokenizer)
    found = translations(alignments(Encoder(tokenizer, folder).kept, len(names)), names)
    save(found, arguments.out)
    log.info("wrote %d translations to %s", found.nnz, arguments.out)


def save(found: csr_matrix, out: Path) -> None:
    """Write the matrix; a weight is kept as a byte, at least 1."""
    weights = np.maximum(np.rint(found.data * STEPS), 1).astype(np.uint8)
    starts, targets = found.indptr.astype(np.int32), found.indices.astype(np.int32)
    save_file({"starts": starts, "pieces": targets, "weights": weights}, out)
    out.chmod(0o644)  # safetensors writes a file that its owner alone may read


if __name__ == "__main__":
    main()
