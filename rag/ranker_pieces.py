"""Pieces of a question and of paragraphs, and how they match: what `rag.ranker` reads.

All paragraphs are laid end to end, with gaps wide enough that nothing is seen across.
"""

import json
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from index.embedder import BUNDLED
from index.unigram import UnigramTokenizer

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

GAP = 8  # places between paragraphs; more than half of the widest window
MOST_ASKED = 40  # pieces of a question that are read
MOST_PIECES = 700  # pieces of a paragraph that are read
WINDOWS = (5, 15)  # pieces around each in which matches are counted
UNITS = 4  # characters of a piece that are compared
SHAPES = 6  # numbers that tell what characters a piece has
COMMON, RARE = (
    5.0,
    13.0,
)  # -log probability of a piece that tells nothing, and of one that tells all
SOME = 36  # of so many pieces one is looked at to learn what is usual
HEAVIEST = 3.0  # weight of a piece in the embedder, in medians


class PieceTable:
    """The bundled embedder's pieces: their ids in texts, vectors of length 1 and other signs."""

    def __init__(self, tokenizer: str, tensors: dict[str, NDArray[Any]]) -> None:
        """`tokenizer` is the content of its tokenizer.json, `tensors` are those of its table."""
        self._tokenizer = UnigramTokenizer(tokenizer)
        vocabulary = json.loads(tokenizer)["model"]["vocab"]
        self.names = [name for name, _ in vocabulary]
        unlikely = -np.array([score for _, score in vocabulary], np.float32)
        self.rarity = ((unlikely - COMMON) / (RARE - COMMON)).clip(0, 1)
        self._rows, self._weights = tensors["embeddings"], tensors["weights"]
        some = np.arange(0, len(self._rows), SOME)
        self._usual = np.median(self._weights[some] * self._lengths(some))
        # Of pieces met so far: what `shapes` gives, and the numbers of their units, -1 behind them.
        self._met = np.zeros(len(self._rows), np.bool_)
        self._shapes = np.zeros((len(self._rows), SHAPES), np.float32)
        self._units = np.full((len(self._rows), UNITS), -1, np.int32)
        self._numbers: dict[str, int] = {}
        self._meeting = threading.Lock()

    def ids(self, texts: Sequence[str]) -> list[Integers]:
        """Ids of the pieces of each text."""
        found = self._tokenizer.encode(texts)
        ids = found.ids.astype(np.int64)
        return [ids[start:end] for start, end in pairwise(found.bounds.tolist())]

    @property
    def dimensions(self) -> int:
        """Of the vectors."""
        return int(self._rows.shape[1])

    def vectors(self, ids: Integers) -> tuple[Floats, Floats]:
        """Vectors of length 1, shape (ids, dimensions), and what they weigh in the embedder."""
        lengths = self._lengths(ids)
        weights = self._weights[ids] * lengths / self._usual
        rows = self._rows[ids] / np.maximum(lengths, 1e-6)[:, None]
        return rows.astype(np.float32), weights.clip(0, HEAVIEST).astype(np.float32)

    def _lengths(self, ids: Integers) -> Floats:
        rows = self._rows[ids].astype(np.float32)
        return np.asarray(np.sqrt(np.einsum("ij,ij->i", rows, rows)))

    def shapes(self, ids: Integers) -> Floats:
        """What kind of characters each has, shape (ids, SHAPES); see `_shape`."""
        self._meet(ids)
        found: Floats = self._shapes[ids]
        return found

    def overlaps(self, ids: Integers, asked: Integers) -> Floats:
        """Share of each piece's units (see `_units`) that pieces of the question have."""
        self._meet(ids)
        self._meet(asked)
        units = self._units[ids]
        there = units >= 0
        known = np.isin(units, self._units[asked]) & there
        shares: Floats = known.sum(axis=1, dtype=np.float32) / np.maximum(there.sum(axis=1), 1)
        return shares.astype(np.float32)

    def _meet(self, ids: Integers) -> None:
        if self._met[ids].all():
            return
        with self._meeting:
            for i in np.unique(ids[~self._met[ids]]).tolist():
                units = _units(self.names[i])
                numbers = [self._numbers.setdefault(unit, len(self._numbers)) for unit in units]
                self._units[i, : len(units)] = numbers
                self._shapes[i] = _shape(self.names[i])
                self._met[i] = True


@cache
def bundled_pieces() -> PieceTable:
    """The table of the bundled embedder; loaded once."""
    tokenizer = (BUNDLED / "tokenizer.json").read_text("utf-8")
    return PieceTable(tokenizer, load_file(BUNDLED / "model.safetensors"))


def _is_cjk(character: str) -> bool:
    return "\u3040" <= character <= "\u30ff" or "\u3400" <= character <= "\u9fff"


def _units(piece: str) -> tuple[str, ...]:
    """What pieces may have in common: single CJK characters, or the beginning of a word."""
    return tuple(piece[:UNITS]) if piece and _is_cjk(piece[0]) else (piece[:UNITS],)


def _shape(piece: str) -> tuple[float, ...]:
    """Digits, hiragana, katakana, Han or others, and the length."""
    first = piece[:1]
    kinds = ("\u3040" <= first <= "\u309f", "\u30a0" <= first <= "\u30ff")
    han = "\u3400" <= first <= "\u9fff"
    other = not (first and _is_cjk(first))
    return (
        float(piece.isdigit()),
        *map(float, kinds),
        float(han),
        float(other),
        len(piece) / UNITS,
    )


@dataclass(frozen=True)
class Laid:
    """A question and paragraphs as pieces, laid end to end.

    `unique` are the ids of all pieces, and `places` and `asked_places` say where in it those of
    the paragraphs and of the question are. In the gaps `is_piece` is 0.
    """

    unique: Integers
    places: Integers
    asked_places: Integers
    is_piece: Floats
    is_edge: Floats  # shape (pieces, 2): the first of a sentence, the last of one
    sentence_of: Integers
    lengths: Integers  # pieces of each sentence
    paragraph_of: Integers  # of each sentence
    first_sentences: Integers  # of each paragraph

    @property
    def is_first(self) -> Floats:
        """1 for the first sentence of each paragraph."""
        first = np.zeros(len(self.lengths), np.float32)
        first[self.first_sentences] = 1
        return first

    def beside(self, values: Floats) -> tuple[Floats, Floats]:
        """The rows of the sentences before and after each in its paragraph, else zeros."""
        same = (self.paragraph_of[1:] == self.paragraph_of[:-1])[:, None]
        before, after = np.zeros_like(values), np.zeros_like(values)
        before[1:], after[:-1] = values[:-1] * same, values[1:] * same
        return before, after


def laid(question: str, paragraphs: Sequence[Sequence[str]], pieces: PieceTable) -> Laid:
    """The question, and paragraphs as their sentences, as pieces."""
    ids = pieces.ids([question, *chain.from_iterable(paragraphs)])
    asked = ids[0][:MOST_ASKED] if len(ids[0]) else np.zeros(1, np.int64)
    return laid_pieces(asked, _by_paragraph(ids[1:], map(len, paragraphs)))


def laid_pieces(asked: Integers, paragraphs: Sequence[Sequence[Integers]]) -> Laid:
    """The same of ids."""
    kept = [_clipped(paragraph) for paragraph in paragraphs if paragraph]
    flat: list[Integers] = list(chain.from_iterable(kept))
    lengths = np.array([len(sentence) for sentence in flat], np.int64)
    counts = np.array([len(paragraph) for paragraph in kept], np.int64)
    paragraph_of = np.repeat(np.arange(len(kept)), counts)
    # Where each sentence begins: behind the pieces before it, and a gap before each paragraph.
    starts = np.cumsum(lengths) - lengths + GAP * (paragraph_of + 1)
    size = int(lengths.sum()) + GAP * (len(kept) + 1)
    owners = np.repeat(np.arange(len(flat)), lengths)
    at = starts[owners] + np.arange(len(owners)) - (np.cumsum(lengths) - lengths)[owners]
    unique, inverse = np.unique(np.concatenate([asked, *flat]), return_inverse=True)
    places, sentence_of = np.zeros(size, np.int64), np.zeros(size, np.int64)
    is_piece, is_edge = np.zeros(size, np.float32), np.zeros((size, 2), np.float32)
    places[at], sentence_of[at], is_piece[at] = inverse[len(asked) :], owners, 1
    some = lengths > 0
    is_edge[starts[some], 0] = is_edge[(starts + lengths - 1)[some], 1] = 1
    first = np.cumsum(counts) - counts
    return Laid(
        unique, places, inverse[: len(asked)], is_piece, is_edge, sentence_of, lengths,
        paragraph_of, first,
    )  # fmt: skip


def _by_paragraph(flat: Sequence[Integers], counts: Iterable[int]) -> list[list[Integers]]:
    sentences = iter(flat)
    return [[next(sentences) for _ in range(count)] for count in counts]


def _clipped(paragraph: Sequence[Integers]) -> list[Integers]:
    room, kept = MOST_PIECES, []
    for sentence in paragraph:
        kept.append(sentence[: max(0, room)])
        room -= len(kept[-1])
    return kept


@dataclass(frozen=True)
class Match:
    """How the pieces of paragraphs match those of the question."""

    vectors: Floats  # of the unique pieces
    similarity: Floats  # cosines, shape (pieces, asked pieces)
    closest: Floats  # the highest cosine of each piece
    same: Floats  # whether a sentence has each piece of the question, (sentences, asked pieces)
    alike: Floats  # the highest cosine that a piece of the sentence has, or 0
    signs: Floats  # of the pieces, shape (pieces, 15)
    asked_signs: Floats  # rarity and weight of the question's pieces


def matched(texts: Laid, pieces: PieceTable) -> Match:
    """How the pieces match."""
    vectors, weights = pieces.vectors(texts.unique)
    asked = texts.unique[texts.asked_places]
    rarity = pieces.rarity[texts.unique]
    cosines = vectors @ vectors[texts.asked_places].T
    keep = texts.is_piece[:, None]
    similarity = cosines[texts.places] * keep
    equal = (texts.unique[:, None] == asked).astype(np.float32)[texts.places] * keep
    known = equal.max(axis=1)
    telling = known * rarity[texts.places]
    closest = similarity.max(axis=1)
    signs = np.concatenate(
        [
            known[:, None],
            pieces.overlaps(texts.unique, asked)[texts.places, None],
            closest[:, None],
            rarity[texts.places, None],
            weights[texts.places, None],
            *(mean_around(telling, width)[:, None] for width in WINDOWS),
            texts.is_edge,
            pieces.shapes(texts.unique)[texts.places],
        ],
        axis=1,
    )
    return Match(
        vectors, similarity, closest, _by_sentence(texts, equal),
        _by_sentence(texts, np.maximum(similarity, 0)), signs * keep,
        np.stack([rarity, weights], axis=1)[texts.asked_places],
    )  # fmt: skip


def mean_around(values: Floats, width: int) -> Floats:
    """The mean of each window of `width` values; zeros stand beyond the ends."""
    sums = np.cumsum(np.pad(values, (width // 2 + 1, width // 2)), dtype=np.float64)
    return ((sums[width:] - sums[:-width]) / width).astype(np.float32)


def _by_sentence(texts: Laid, values: Floats) -> Floats:
    """The highest of each column over the pieces of each sentence; zeros for one without any."""
    highest = np.zeros((len(texts.lengths), values.shape[1]), np.float32)
    some = np.flatnonzero(texts.lengths)
    if len(some):
        rows = values[texts.is_piece > 0]
        starts = (np.cumsum(texts.lengths) - texts.lengths)[some]
        highest[some] = np.maximum.reduceat(rows, starts)
    return highest
