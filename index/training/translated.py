"""A source in other languages: batches of a Chinese or Japanese source, translated word by word.

There are few questions and news in other languages to train on. A mean of word vectors does not
see word order or grammar, so a bag of translated words is as good as a sentence to it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from index.training.lexicon import Table
from index.training.sources import DOCUMENT_TOKENS, QUERY_TOKENS, Batch, Rng, Source

COPIED = re.compile(r"[0-9.]+|[a-z0-9]+")  # a figure or a Latin word stays as it is
SHORTEST_QUERY, SHORTEST_DOCUMENT = 2, 4  # pieces that must be left

# (language of the questions, of the documents) → how often a batch is in them.
FROM_CHINESE = {
    ("en", "zh"): 5.0,
    ("es", "zh"): 2.0,
    ("ru", "zh"): 2.0,
    ("de", "zh"): 1.0,
    ("fr", "zh"): 1.0,
    ("ja", "zh"): 1.0,
    ("en", "en"): 5.0,
    ("es", "es"): 3.0,
    ("ru", "ru"): 3.0,
    ("fr", "fr"): 1.0,
    ("de", "de"): 1.0,
    ("zh", "en"): 2.0,
    ("es", "en"): 1.0,
    ("ru", "en"): 1.0,
    ("zh", "es"): 0.5,
    ("zh", "ru"): 0.5,
}
FROM_JAPANESE = {
    ("en", "ja"): 3.0,
    ("en", "en"): 3.0,
    ("es", "es"): 1.0,
    ("ru", "ru"): 1.0,
    ("zh", "zh"): 2.0,
    ("ja", "en"): 1.0,
    ("ja", "zh"): 1.0,
    ("zh", "ja"): 1.0,
}


def copied_pieces(tokenizer: Tokenizer) -> npt.NDArray[np.bool_]:
    """(pieces,): which pieces mean the same in every language."""
    pieces = np.zeros(tokenizer.get_vocab_size(), dtype=bool)
    for piece, number in tokenizer.get_vocab().items():
        pieces[number] = bool(COPIED.fullmatch(piece))
    return pieces


@dataclass(frozen=True)
class Translated:
    """Batches of ``source``, whose texts are in ``language``, in a drawn pair of languages."""

    source: Source
    language: str
    tables: dict[tuple[str, str], Table]
    shares: dict[tuple[str, str], float]
    copied: npt.NDArray[np.bool_]

    def draw(self, rng: Rng, size: int) -> Batch:
        """A batch in one pair of languages; texts with hardly a word left are dropped.

        As it was where no text has words left.
        """
        batch = self.source.draw(rng, size)
        pairs = [pair for pair in self.shares if self._reached(pair)]
        weights = np.array([self.shares[pair] for pair in pairs])
        asked, told = pairs[int(rng.choice(len(pairs), p=weights / weights.sum()))]
        steady = rng.random(len(self.copied))
        sides = [
            side
            if code == self.language
            else self.tables[self.language, code].translate(rng, side, steady, self.copied)
            for side, code in ((batch.query, asked), (batch.document, told))
        ]
        long_enough = (sides[0].lengths >= SHORTEST_QUERY) & (sides[1].lengths >= SHORTEST_DOCUMENT)
        rows = np.flatnonzero(long_enough)
        if not len(rows):  # of a small set: few words have a translation
            return batch
        query, document = sides[0].take(rows, QUERY_TOKENS), sides[1].take(rows, DOCUMENT_TOKENS)
        return Batch(query, document, False, batch.same[rows])

    def _reached(self, pair: tuple[str, str]) -> bool:
        return all(code == self.language or (self.language, code) in self.tables for code in pair)
