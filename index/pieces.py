"""The pieces of a unigram tokeniser as arrays, and the best pieces of many words at once.

A word is cut into the pieces whose scores (logarithms of probabilities) have the largest sum
(Viterbi; Kudo 2018, "Subword Regularization"). Here many words are cut together: a step goes one
letter on in all of them, and is a few operations on arrays that have one place a word.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]
Symbols = NDArray[np.int32]
Scores = NDArray[np.float64]

UNKNOWN_PENALTY = 10.0  # how far a letter that is no piece scores below all pieces (HF tokenizers)
ROOM = 8  # slots of the table of edges for each edge
DRAWS = 16  # of offsets, before the table gets as much room again


@dataclass(frozen=True)
class Words:
    """Words one behind the other: the symbols of their letters, and where each word starts."""

    symbols: Symbols
    starts: Integers

    @property
    def lengths(self) -> Integers:
        """Letters of each word."""
        return np.diff(self.starts, append=len(self.symbols))


class Trie:
    """Prefixes of pieces as nodes, numbered from 1 (0 is the root); `follow` goes a letter on.

    The edges of all nodes lie in one table, those of a node from an offset of its own on, chosen
    such that no two edges meet: a double array (Aoe 1989), walked for many nodes at once.
    """

    def __init__(self, parents: Integers, symbols: Integers, nodes: int) -> None:
        """The edge i leads from `parents[i]` with `symbols[i]` to the node i + 1."""
        self._offsets = np.zeros(nodes, np.int32)
        self._owners = np.full(int(symbols.max(initial=0)) + 1, -1, np.int32)
        self._place(parents, symbols, ROOM * len(parents))
        self._children = np.zeros(len(self._owners), np.int32)
        self._children[self._offsets[parents] + symbols] = np.arange(1, len(parents) + 1)

    def follow(self, nodes: Symbols, symbols: Symbols) -> tuple[Integers, Symbols]:
        """Where `nodes` has an edge with the symbol at the same place, and the nodes behind."""
        slots = self._offsets[nodes] + symbols
        found = np.flatnonzero(self._owners[slots] == nodes)
        return found, self._children[slots[found]]

    def _place(self, parents: Integers, symbols: Integers, room: int) -> None:
        """Draw offsets at random until no edges meet, first for the nodes of many edges.

        After some draws the table gets more room, so that this ends for any trie.
        """
        random = np.random.default_rng(0)
        degrees = np.bincount(parents, minlength=len(self._offsets))[parents]
        classes = np.log2(degrees).astype(np.int64)
        width = len(self._owners)  # slots behind the last offset, for any symbol
        for degree in range(int(classes.max(initial=-1)), -1, -1):
            edges = np.flatnonzero(classes == degree)
            for draw in count():
                if not len(edges):
                    break
                if len(self._owners) == width or draw % DRAWS == DRAWS - 1:
                    self._owners = np.append(self._owners, np.full(room, -1, np.int32))
                size = len(self._owners) - width
                drawn = random.integers(0, size, len(self._offsets))
                self._offsets[parents[edges]] = drawn[parents[edges]]
                edges = self._settle(edges, parents, symbols)

    def _settle(self, edges: Integers, parents: Integers, symbols: Integers) -> Integers:
        """Enter the edges of nodes all of whose slots are free; give the other edges back."""
        owners = parents[edges]
        slots = self._offsets[owners] + symbols[edges]
        failed = np.zeros(len(self._offsets), np.bool_)
        failed[owners[self._taken(slots)]] = True
        placed = ~failed[owners]
        self._owners[slots[placed]] = owners[placed]
        return edges[~placed]

    def _taken(self, slots: Integers) -> Flags:
        """Slots that an edge placed before has, or another one of these."""
        order = np.argsort(slots, kind="stable")
        taken = self._owners[slots] >= 0
        taken[order] |= np.diff(slots[order], prepend=-1) == 0
        return taken


@dataclass(frozen=True)
class _Layers:
    """Words side by side, long ones first.

    Layer t is what is known after t letters: one place for each word that has as many.
    """

    lengths: Integers  # of the words, long ones first
    starts: Integers  # layer t has the places from starts[t] on
    places: Integers  # for each letter, in the order of the text, the place behind it

    @classmethod
    def of(cls, words: Words) -> "_Layers":
        lengths = words.lengths
        order = np.argsort(-lengths, kind="stable")
        ranks = np.empty_like(order)
        ranks[order] = np.arange(len(order))
        sizes = np.cumsum(np.bincount(lengths)[::-1])[::-1]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        nth = np.arange(len(words.symbols)) - np.repeat(words.starts, lengths) + 1
        return cls(lengths[order], starts, starts[nth] + np.repeat(ranks, lengths))


class Pieces:
    """A vocabulary of pieces with scores; `best` cuts words as HF tokenizers' Unigram does."""

    def __init__(self, vocabulary: Sequence[tuple[str, float]], unknown: int) -> None:
        """Pieces with their scores, in the order of their ids; `unknown` stands for no piece."""
        pieces, scores = zip(*vocabulary, strict=True)
        texts = np.array(pieces)
        order = np.argsort(texts, kind="stable")
        texts = texts[order]
        last = np.append(texts[1:] != texts[:-1], True)  # of equal pieces the last one counts
        letters = texts[last].view(np.uint32).reshape(int(last.sum()), -1)
        alphabet = np.unique(letters[letters > 0])
        self._symbols = np.zeros(sys.maxunicode + 1, np.int32)
        self._symbols[alphabet] = np.arange(1, len(alphabet) + 1)
        self._unknown = unknown
        self._scores = np.array(scores, np.float64)
        self._unknown_score = min(scores) - UNKNOWN_PENALTY
        self._build(self.symbols(letters), order[last])

    def symbols(self, codes: NDArray[np.uint32]) -> Symbols:
        """Code points by number in the alphabet of the pieces; 0 is in no piece."""
        return self._symbols[codes]

    def _build(self, symbols: Symbols, ids: Integers) -> None:
        """The trie of pieces given in sorted order, and the piece (or -1) that a node completes."""
        nodes = np.zeros(len(symbols), np.int64)
        fresh = np.zeros(len(symbols), np.bool_)  # this prefix differs from that of the row before
        size, parents, edges = 1, [], []
        for letters in symbols.T:
            fresh |= np.diff(letters, prepend=-1) != 0
            new = fresh & (letters > 0)
            parents.append(nodes[new])
            edges.append(letters[new])
            nodes = np.where(letters > 0, np.cumsum(new) + size - 1, nodes)
            size += len(parents[-1])
        self._trie = Trie(np.concatenate(parents), np.concatenate(edges), size)
        self._completes = np.full(size, -1, np.int32)
        self._completes[nodes] = ids

    def best(self, words: Words) -> tuple[Symbols, Integers]:
        """The ids of the best pieces of all words, one behind the other, and where each starts.

        Neighbouring letters of a word that are no piece are one unknown piece.
        """
        if not len(words.symbols):
            return np.zeros(0, np.int32), np.zeros(0, np.int64)
        layers = _Layers.of(words)
        lengths, ids, scores = self._lattice(words, layers)
        chosen = _best_lengths(layers, lengths, scores)
        places = _traced(layers, lengths[chosen])
        at_letters = np.full(int(layers.starts[-1]), -1, np.int32)
        at_letters[places] = ids[chosen[places], places]
        at_letters = at_letters[layers.places]
        ends = np.flatnonzero(at_letters >= 0)
        starts = np.concatenate([[0], ends[:-1] + 1])
        return self._fused(at_letters[ends], starts, words)

    def _lattice(
        self, words: Words, layers: _Layers
    ) -> tuple[Integers, NDArray[np.int32], NDArray[np.float64]]:
        """The lengths of pieces found, long ones first; ids and scores at (length, end)."""
        found = [f for f in self._found(words) if f[0] == 1 or len(f[1])][::-1]
        ids = np.full((len(found), int(layers.starts[-1])), self._unknown, np.int32)
        scores = np.full(ids.shape, -np.inf)
        scores[-1] = self._unknown_score
        for row, (_, ends, pieces) in enumerate(found):
            places = layers.places[ends]
            ids[row, places] = pieces
            scores[row, places] = self._scores[pieces]
        return np.array([length for length, _, _ in found]), ids, scores

    def _found(self, words: Words) -> Iterator[tuple[int, Integers, Symbols]]:
        """For each length the letters where pieces of that length end, and their ids."""
        last = np.zeros(len(words.symbols), np.bool_)  # no piece goes on behind the end of a word
        last[words.starts - 1] = True
        ends, nodes = np.arange(len(words.symbols)), np.zeros(len(words.symbols), np.int32)
        length = 0
        while len(ends):
            found, nodes = self._trie.follow(nodes, words.symbols[ends])
            ends, length = ends[found], length + 1
            ids = self._completes[nodes]
            complete = np.flatnonzero(ids >= 0)
            yield length, ends[complete], ids[complete]
            inner = np.flatnonzero(~last[ends])
            ends, nodes = ends[inner] + 1, nodes[inner]

    def _fused(self, ids: Symbols, starts: Integers, words: Words) -> tuple[Symbols, Integers]:
        unknown = ids == self._unknown
        if not unknown.any():
            return ids, starts
        opens = np.zeros(len(words.symbols), np.bool_)
        opens[words.starts] = True
        again = unknown[1:] & unknown[:-1] & ~opens[starts[1:]]
        kept = np.concatenate([[True], ~again])
        return ids[kept], starts[kept]


def _best_lengths(layers: _Layers, lengths: Integers, scores: Scores) -> NDArray[np.int16]:
    """For each place the row of `lengths` whose piece ends the best way there.

    Of equally good ways the one whose last piece is longest, as in HF tokenizers.
    """
    starts = layers.starts.tolist()
    best = np.zeros(starts[-1])
    chosen = np.zeros(starts[-1], np.int16)
    rows = list(enumerate(lengths.tolist()))
    for t in range(1, len(starts) - 1):
        low, high = starts[t], starts[t + 1]
        here, row_here = best[low:high], chosen[low:high]
        here.fill(-np.inf)
        for row, length in rows:
            if length > t:
                continue
            before = starts[t - length]
            score = best[before : before + high - low] + scores[row, low:high]
            better = score > here
            np.copyto(here, score, where=better)
            np.copyto(row_here, row, where=better)
    return chosen


def _traced(layers: _Layers, lengths: Integers) -> Integers:
    """The places where the pieces of the best ways end, given the last piece's length at each."""
    words, left = np.arange(len(layers.lengths)), layers.lengths
    traced = []
    while len(words):
        places = layers.starts[left] + words
        traced.append(places)
        left = left - lengths[places]
        open_words = np.flatnonzero(left)
        words, left = words[open_words], left[open_words]
    return np.concatenate(traced)
