"""Which piece translates which: tables learnt from translated sentences, for bags of words.

IBM model 1 (Brown et al. 1993, "The mathematics of statistical machine translation") in both
directions; a pair's weight is the geometric mean of the two probabilities, which only true
translations keep high. Chinese and English reach a third language also by way of each other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from index.training.ragged import Ids, Ragged, Tokens, concatenate, ranges

ROUNDS = 6  # of expectation maximisation
LONGEST = 40  # pieces of a sentence; longer ones align badly
CHOICES = 4  # translations kept of a piece
LEAST = 0.1  # weight of a translation that is kept ...
NEAR = 0.25  # ... and its share of the best one's
HOP = 0.7  # weight of a translation by way of a third language
HOP_CHOICES, HOP_LEAST = 8, 0.05  # what is kept of each of the two steps

Columns = list[tuple[str, str]]
# Chinese and English text of a file of encoded lists ("name.0": its first column).
_DIRECT: dict[tuple[str, str], Columns] = {
    ("zh", "en"): [
        ("dictionary.0", "dictionary.1"),
        ("manythings.eng-zho.1", "manythings.eng-zho.0"),
        ("tatoeba.eng-zho.1", "tatoeba.eng-zho.0"),
        ("wmt.eng-zho.1", "wmt.eng-zho.0"),
        ("tico19.zh", "tico19.eng"),
        ("ntrex.zho-CN", "ntrex.eng"),
    ],
    ("zh", "es"): [
        ("tatoeba.spa-zho.1", "tatoeba.spa-zho.0"),
        ("ntrex.zho-CN", "ntrex.spa"),
        ("tico19.zh", "tico19.es_LA"),
    ],
    ("zh", "ru"): [
        ("tatoeba.rus-zho.1", "tatoeba.rus-zho.0"),
        ("ntrex.zho-CN", "ntrex.rus"),
        ("tico19.zh", "tico19.ru"),
    ],
    ("zh", "fr"): [
        ("tatoeba.fra-zho.1", "tatoeba.fra-zho.0"),
        ("ntrex.zho-CN", "ntrex.fra"),
        ("tico19.zh", "tico19.fr"),
    ],
    ("zh", "de"): [("tatoeba.deu-zho.1", "tatoeba.deu-zho.0"), ("ntrex.zho-CN", "ntrex.deu")],
    ("zh", "ja"): [("tatoeba.jpn-zho.1", "tatoeba.jpn-zho.0"), ("ntrex.zho-CN", "ntrex.jpn")],
    ("en", "es"): [
        ("tatoeba.eng-spa.0", "tatoeba.eng-spa.1"),
        ("ntrex.eng", "ntrex.spa"),
        ("tico19.eng", "tico19.es_LA"),
    ],
    ("en", "ru"): [
        ("tatoeba.eng-rus.0", "tatoeba.eng-rus.1"),
        ("ntrex.eng", "ntrex.rus"),
        ("tico19.eng", "tico19.ru"),
    ],
    ("en", "fr"): [
        ("tatoeba.eng-fra.0", "tatoeba.eng-fra.1"),
        ("ntrex.eng", "ntrex.fra"),
        ("tico19.eng", "tico19.fr"),
    ],
    ("en", "de"): [("ntrex.eng", "ntrex.deu")],
    ("en", "ja"): [("tatoeba.eng-jpn.0", "tatoeba.eng-jpn.1"), ("ntrex.eng", "ntrex.jpn")],
}
LANGUAGES = ("en", "es", "ru", "fr", "de", "ja")


@dataclass(frozen=True)
class Table:
    """Translations of each piece: numbers (pieces, CHOICES), -1 for none, and running shares."""

    pieces: Tokens
    shares: npt.NDArray[np.float32]

    def translate(
        self,
        rng: np.random.Generator,
        texts: Ragged,
        steady: npt.NDArray[np.float64],
        copied: npt.NDArray[np.bool_],
    ) -> Ragged:
        """Each piece replaced by one of its translations, drawn by weight.

        ``steady`` (one number in 0..1 a piece) is used for six in ten, so that both sides of a
        pair mostly choose alike. A piece without translation stays where ``copied`` says so
        (figures, Latin letters), else it is left out.
        """
        mixed = rng.random(len(texts.tokens)) < STEADY
        drawn = np.where(mixed, steady[texts.tokens], rng.random(len(texts.tokens)))
        choice = (drawn[:, None] > self.shares[texts.tokens]).sum(axis=1)
        found = self.pieces[texts.tokens, np.minimum(choice, self.pieces.shape[1] - 1)]
        found = np.where((found < 0) & copied[texts.tokens], texts.tokens, found)
        kept = texts.keep(found >= 0)
        return Ragged(found[found >= 0].astype(np.int32), kept.offsets)


STEADY = 0.6  # how often both sides of a pair choose the same translation of a piece


def alignment(first: Ragged, second: Ragged, pieces: int) -> csr_matrix:
    """(pieces, pieces): the geometric mean of p(second | first) and p(first | second)."""
    there, back = _model_1(first, second, pieces), _model_1(second, first, pieces)
    both = there.multiply(back.T.tocsr()).tocsr()
    both.data = np.sqrt(both.data)
    return both


def _model_1(source: Ragged, target: Ragged, pieces: int) -> csr_matrix:
    """p(target piece | source piece); `pieces` itself is the empty word, left out at the end."""
    cells, owner, count = _cells(source, target, pieces)
    kinds, kind = np.unique(cells, return_inverse=True)
    given = kinds // pieces
    probability = np.ones(len(kinds))
    for _ in range(ROUNDS):
        weight = probability[kind]
        total = np.bincount(owner, weight, minlength=count)
        expected = np.bincount(kind, weight / np.maximum(total[owner], 1e-30))
        probability = expected / np.bincount(given, expected, minlength=pieces + 1)[given]
    real = given < pieces
    index = (given[real], (kinds % pieces)[real])
    return csr_matrix((probability[real], index), shape=(pieces, pieces))


def _cells(source: Ragged, target: Ragged, pieces: int) -> tuple[Ids, Ids, int]:
    """Every (source piece, target piece) of a sentence pair as one number, and whose cell it is.

    The second array names the target place that a cell explains; there are `count` places.
    """
    short = (source.lengths <= LONGEST) & (target.lengths <= LONGEST)
    rows = np.flatnonzero(short & (source.lengths > 0) & (target.lengths > 0))
    source, target = source.take(rows, LONGEST), target.take(rows, LONGEST)
    empty = Ragged(np.full(len(rows), pieces, np.int32), np.arange(len(rows) + 1))
    source = _beside(source, empty)
    sentence = np.repeat(np.arange(len(rows)), target.lengths)
    sizes = source.lengths[sentence]
    from_source = source.tokens[ranges(source.offsets[:-1][sentence], sizes)].astype(np.int64)
    owner = np.repeat(np.arange(len(target.tokens)), sizes)
    return from_source * pieces + target.tokens[owner], owner, len(target.tokens)


def _beside(first: Ragged, second: Ragged) -> Ragged:
    """List i of both, one after the other."""
    both = concatenate([first, second])
    rows = np.arange(len(first))
    order = np.stack([rows, rows + len(first)], axis=1).ravel()
    joined = both.take(order, LONGEST + 1)
    return Ragged(joined.tokens, joined.offsets[::2])


def prune(table: csr_matrix, choices: int, least: float) -> csr_matrix:
    """The best `choices` of each row that reach `least` and a share of the row's best."""
    table = table.tocsr()
    kept = np.zeros(table.nnz, dtype=bool)
    for row in np.flatnonzero(np.diff(table.indptr)):
        low, past = table.indptr[row], table.indptr[row + 1]
        values = table.data[low:past]
        best = np.argsort(-values, kind="stable")[:choices]
        kept[low + best[values[best] >= max(least, NEAR * values[best[0]])]] = True
    rows = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))[kept]
    return csr_matrix((table.data[kept], (rows, table.indices[kept])), shape=table.shape)


def as_table(weights: csr_matrix) -> Table:
    """The matrix as arrays that a draw can index."""
    pieces = np.full((weights.shape[0], CHOICES), -1, np.int32)
    shares = np.full((weights.shape[0], CHOICES), 2.0, np.float32)
    for row in np.flatnonzero(np.diff(weights.indptr)):
        low, past = weights.indptr[row], weights.indptr[row + 1]
        order = np.argsort(-weights.data[low:past], kind="stable")[:CHOICES]
        pieces[row, : len(order)] = weights.indices[low:past][order]
        running = np.cumsum(weights.data[low:past][order])
        shares[row, : len(order) - 1] = (running / running[-1])[:-1]
    return Table(pieces, shares)


def lexicons(read: Callable[[str], Ragged], pieces: int) -> dict[tuple[str, str], Table]:
    """Tables from Chinese and Japanese into other languages; ``read`` gives an encoded list.

    Pairs of languages whose sets are missing have no table.
    """
    steps = alignments(read, pieces)
    tables = {}
    for code in LANGUAGES:
        whole = from_chinese(steps, code)
        if whole is not None:
            tables["zh", code] = as_table(prune(whole, CHOICES, LEAST))
    return tables | _from_japanese(steps)


def alignments(read: Callable[[str], Ragged], pieces: int) -> dict[tuple[str, str], csr_matrix]:
    """What translated sentences tell of each pair of languages, see ``alignment``; pruned."""
    direct = {pair: _direct(read, columns, pieces) for pair, columns in _DIRECT.items()}
    return {
        pair: prune(found, HOP_CHOICES, HOP_LEAST)
        for pair, found in direct.items()
        if found is not None
    }


def _direct(read: Callable[[str], Ragged], columns: Columns, pieces: int) -> csr_matrix | None:
    lists = [(read(first), read(second)) for first, second in columns]
    found = [pair for pair in lists if len(pair[0])]
    if not found:
        return None
    first, second = (concatenate([pair[side] for pair in found]) for side in (0, 1))
    return alignment(first, second, pieces)


def from_chinese(steps: dict[tuple[str, str], csr_matrix], code: str) -> csr_matrix | None:
    """Chinese pieces into those of another language, straight and by way of English."""
    straight, hop = steps.get(("zh", code)), steps.get(("en", code))
    english = steps.get(("zh", "en"))
    if hop is None or english is None:
        return straight
    around = HOP * (english @ hop)
    return around if straight is None else straight + around


def _from_japanese(steps: dict[tuple[str, str], csr_matrix]) -> dict[tuple[str, str], Table]:
    tables = {}
    if ("zh", "ja") in steps:
        tables["ja", "zh"] = as_table(prune(steps["zh", "ja"].T.tocsr(), CHOICES, LEAST))
    if ("en", "ja") in steps:
        english = prune(steps["en", "ja"].T.tocsr(), CHOICES, LEAST)
        tables["ja", "en"] = as_table(english)
        for code in ("es", "ru", "fr", "de"):
            if ("en", code) in steps:
                around = english @ steps["en", code]
                tables["ja", code] = as_table(prune(around, CHOICES, LEAST))
    return tables
