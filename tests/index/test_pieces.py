from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models

from index.pieces import Pieces, Trie, Words

VOCABULARY = [
    ("<unk>", 0.0),
    ("a", -2.0),
    ("b", -2.0),
    ("c", -3.0),
    ("ab", -3.5),
    ("bc", -3.25),
    ("abc", -5.25),
    ("ca", -5.0),
    ("xy", -4.0),
]


def cut(pieces: Pieces, *words: str) -> list[list[int]]:
    """Ids of the best pieces of each word."""
    codes = np.array([ord(c) for c in "".join(words)], np.uint32)
    starts = np.cumsum([0, *map(len, words)])
    ids, at = pieces.best(Words(pieces.symbols(codes), starts[:-1]))
    owner = np.searchsorted(starts, at, side="right") - 1
    return [ids[owner == i].tolist() for i in range(len(words))]


@pytest.fixture(scope="module")
def pieces() -> Pieces:
    return Pieces(VOCABULARY, 0)


def test_the_largest_sum_of_scores_wins_and_equal_sums_the_earliest_start(pieces: Pieces) -> None:
    assert cut(pieces, "a", "ab", "b") == [[1], [4], [2]]  # ab: -3.5 > -2 - 2
    assert cut(pieces, "abc") == [[6]]  # abc and a + bc both -5.25: the longer last piece
    assert cut(pieces, "cab") == [[3, 4]]  # c + ab: -6.5, ca + b: -7
    assert cut(pieces, "ca") == [[7]]  # ca and c + a both -5


def test_unknown_letters_are_one_piece_within_a_word(pieces: Pieces) -> None:
    assert cut(pieces, "zzaz", "z", "z") == [[0, 1, 0], [0], [0]]
    assert cut(pieces, "xy", "xz", "ax") == [[8], [0], [1, 0]]  # x alone is no piece
    assert cut(pieces, "axyb") == [[1, 8, 2]]


def test_no_words_have_no_pieces(pieces: Pieces) -> None:
    assert cut(pieces) == []


def test_of_equal_pieces_the_last_one_counts() -> None:
    assert cut(Pieces([*VOCABULARY, ("a", -1.0)], 0), "a") == [[9]]


@given(st.lists(st.text("abcxyz", min_size=1, max_size=12), min_size=1, max_size=8))
def test_words_are_cut_as_the_tokenizers_library_does(words: list[str]) -> None:
    library = Tokenizer(models.Unigram(VOCABULARY, unk_id=0, byte_fallback=False))
    expected = [library.encode(word).ids for word in words]
    assert cut(Pieces(VOCABULARY, 0), *words) == expected


@pytest.mark.parametrize("width", [3, 90])
def test_a_trie_has_its_edges_and_no_others(width: int) -> None:
    random = np.random.default_rng(3)
    edges = {(0, s) for s in range(1, 100)}
    edges |= {(n, int(s)) for n in range(1, 100) for s in random.integers(1, 100, width)}
    parents, symbols = np.array(sorted(edges)).T
    trie = Trie(parents, symbols, len(edges) + 1)
    children = {edge: i + 1 for i, edge in enumerate(sorted(edges))}
    asked = list(product(range(100), range(100)))
    nodes, letters = np.array(asked, np.int32).T
    found, behind = trie.follow(nodes, letters)
    assert {asked[i]: n for i, n in zip(found.tolist(), behind.tolist(), strict=True)} == children
