"""The ranker: a small network that reads a question and paragraphs, and says where the answer is.

Each piece of a paragraph (a word or part of one, as the bundled embedder's tokeniser cuts it) gets
a score from its vector, from how the question's pieces match it and its surroundings, and from how
much of the question its sentence and the sentences beside it cover; what is around the matched
pieces is seen by three convolutions. A sentence's score is the logarithm of the sum over its
pieces of exp(score). It is trained by `python -m eval bench fit-quote` to be a log probability, but
for a constant, among the pieces of some paragraphs. The vectors are those of the bundled embedder,
of many languages, and all else is counted alike in each, so that what was learnt from Chinese and
Japanese questions serves others. Computed in numpy alone.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from rag.ranker_pieces import (
    Integers,
    Laid,
    Match,
    PieceTable,
    bundled_pieces,
    laid,
    laid_pieces,
    matched,
)

FILE = Path(__file__).parent / "ranker.safetensors"
DILATIONS = (1, 2, 3)  # of the convolutions
SHARPNESS = 8.0  # a product of the two weights that make a piece's score is divided by this
LONGEST_SENTENCE = 4.0  # logarithms of lengths are divided by this

Floats = NDArray[np.float32]
Weights = Mapping[str, Floats]


class Ranker:
    """Scores sentences, as the mean of one or more networks; safe to share among threads."""

    def __init__(
        self, weights: Mapping[str, NDArray[np.floating[Any]]], pieces: PieceTable
    ) -> None:
        """`weights`: what `python -m eval bench fit-quote` writes; names begin with 0., 1. …"""
        numbers = sorted({name.partition(".")[0] for name in weights})
        self._networks = [
            {
                name.partition(".")[2]: value.astype(np.float32)
                for name, value in weights.items()
                if name.startswith(f"{number}.")
            }
            for number in numbers
        ]
        self._pieces = pieces

    def scores(self, question: str, paragraphs: Sequence[Sequence[str]]) -> NDArray[np.float64]:
        """The score of each sentence, paragraph after paragraph, shape (sentences in all,).

        `paragraphs` are their sentences in order. exp(score) is comparable among all of them.
        """
        return self._scores(laid(question, paragraphs, self._pieces))

    def scores_of_pieces(
        self, asked: Integers, paragraphs: Sequence[Sequence[Integers]]
    ) -> NDArray[np.float64]:
        """The same of a question and sentences that are pieces already."""
        return self._scores(laid_pieces(asked, paragraphs))

    def _scores(self, texts: Laid) -> NDArray[np.float64]:
        if not len(texts.lengths):
            return np.zeros(0)
        match = matched(texts, self._pieces)
        scores = [_network(texts, match, weights) for weights in self._networks]
        return np.asarray(np.mean(scores, axis=0))


def _network(texts: Laid, match: Match, weights: Weights) -> NDArray[np.float64]:
    words, asked, whole = _asked(texts, match, weights)
    covered = _covered(texts, match, asked, weights)
    around = _attended(match, asked, weights)
    seen = np.concatenate([words, around, match.signs], axis=1)
    hidden = _read(texts, seen, covered, whole, weights)
    by_piece = hidden @ (weights["v.weight"][0] + _linear(whole, weights, "w") / SHARPNESS)
    inner = np.maximum(_linear(covered, weights, "sent.0"), 0)
    by_sentence = _linear(inner, weights, "sent.2")[:, 0] + weights["v.bias"][0]
    return np.asarray(_summed(texts, by_piece) + by_sentence)


@cache
def bundled_ranker() -> Ranker:
    """The ranker that is checked in; loaded once, when the first question needs it."""
    return Ranker(load_file(FILE), bundled_pieces())


def _linear(values: Floats, weights: Weights, name: str) -> Floats:
    result: Floats = values @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]
    return result


def _convolved(values: Floats, weights: Weights, name: str, dilation: int) -> Floats:
    """A convolution over rows with zeros beyond the ends; weights of shape (out, in, width)."""
    kernel = weights[f"{name}.weight"]
    width = kernel.shape[2]
    margin = dilation * (width // 2)
    padded = np.pad(values, ((margin, margin), (0, 0)))
    total = np.broadcast_to(weights[f"{name}.bias"], (len(values), len(kernel))).copy()
    for place in range(width):
        start = place * dilation
        total += padded[start : start + len(values)] @ kernel[:, :, place].T
    return total


def _asked(texts: Laid, match: Match, weights: Weights) -> tuple[Floats, Floats, Floats]:
    """The projected pieces of the paragraphs, those of the question in context, and it as a whole.

    Shapes (pieces, P), (asked pieces, P) and (2 P,).
    """
    projected = np.maximum(_linear(match.vectors, weights, "proj"), 0)
    words, asked = projected[texts.places], projected[texts.asked_places]
    words = words * texts.is_piece[:, None]
    inside = np.concatenate([asked, np.ones((len(asked), 1), np.float32)], axis=1)
    asked = asked + np.maximum(_convolved(inside, weights, "qconv", 1), 0)
    attention = _softmax(_linear(asked, weights, "qatt")[:, 0])
    return words, asked, np.concatenate([attention @ asked, asked.mean(axis=0)])


def _covered(texts: Laid, match: Match, asked: Floats, weights: Weights) -> Floats:
    """How much of the question each sentence covers: alone, with the one before, the one after,
    and less than the best of its paragraph; the length, and whether it is the first.

    By pieces that are the same and by pieces that are alike, each weighted by rarity and by what
    the network makes of a piece. Shape (sentences, 18).
    """
    signs = np.concatenate([asked, match.asked_signs], axis=1)
    learnt = 1 / (1 + np.exp(-_linear(signs, weights, "alpha")[:, 0]))
    shares = np.stack([match.asked_signs[:, 0], learnt], axis=1)
    shares = shares / np.maximum(shares.sum(axis=0), 1e-6)
    columns = []
    for having in (match.same, match.alike):
        alone = having @ shares
        before, after = texts.beside(having)
        best = np.maximum.reduceat(alone, texts.first_sentences)[texts.paragraph_of]
        columns += [alone, np.maximum(having, before) @ shares]
        columns += [np.maximum(having, after) @ shares, alone - best]
    lengths = (np.log1p(texts.lengths) / LONGEST_SENTENCE).astype(np.float32)
    return np.concatenate([*columns, lengths[:, None], texts.is_first[:, None]], axis=1)


def _attended(match: Match, asked: Floats, weights: Weights) -> Floats:
    """For each piece the pieces of the question that are like it, as far as they are."""
    alike = match.similarity
    return np.asarray(
        _softmax(weights["kappa"] * alike) * np.maximum(match.closest, 0)[:, None] @ asked
    )


def _read(texts: Laid, seen: Floats, covered: Floats, whole: Floats, weights: Weights) -> Floats:
    """What the network makes of each piece, shape (pieces, H); zeros between paragraphs."""
    first = weights["inp.weight"]
    own = seen.shape[1]
    sentences = (covered @ first[:, own:].T)[texts.sentence_of]
    asked = weights["inp.bias"] + _linear(whole, weights, "film")
    keep = texts.is_piece[:, None]
    hidden = np.maximum(seen @ first[:, :own].T + sentences + asked, 0) * keep
    for number, dilation in enumerate(DILATIONS):
        step = np.maximum(_convolved(hidden, weights, f"convs.{number}", dilation), 0)
        hidden = (hidden + step) * keep
    return np.asarray(hidden)


def _summed(texts: Laid, by_piece: Floats) -> NDArray[np.float64]:
    """log Σ exp over the pieces of each sentence; of one without pieces, less than any other."""
    values = np.where(texts.is_piece > 0, by_piece, -np.inf).astype(np.float64)
    highest = values.max(initial=0.0, where=texts.is_piece > 0)
    sums = np.bincount(
        texts.sentence_of, weights=np.exp(values - highest), minlength=len(texts.lengths)
    )
    return np.asarray(np.log(sums + 1e-12) + highest)


def _softmax(values: Floats) -> Floats:
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    result: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return result
