import math
from pathlib import Path

import numpy as np
import pytest

from index.lexical import Lexical, asked_tokens, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("方艙", ["方", "舱", "方舱"]),
        ("床位23,095張", ["床", "位", "床位", "23095", "张"]),
        ("The Bridge's 1.5 km", ["the", "bridge", "s", "1.5", "km"]),
        ("1,5 2,345,678", ["1,5", "2345678"]),
        ("，。！", []),
        ("한국 ア", ["한국", "ア"]),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


TEXTS = ["方舱医院有床位", "床位紧张", "春耕生产", ""]


def test_scores_are_bm25() -> None:
    corpus = [tokens(text) for text in TEXTS]
    index = Lexical.build(corpus)
    lengths = [len(words) for words in corpus]
    average = sum(lengths) / len(lengths)

    def score(query: str, words: list[str]) -> float:
        total = 0.0
        for term in tokens(query):
            n = sum(term in other for other in corpus)
            idf = math.log(1 + (len(corpus) - n + 0.5) / (n + 0.5))
            tf = words.count(term)
            total += idf * tf / (tf + 1.2 * (1 - 0.75 + 0.75 * len(words) / average))
        return total

    expected = [score("床位", words) for words in corpus]
    assert np.allclose(index.scores("床位"), expected, atol=1e-5)
    n = 2
    assert index.idf(["床位"])["床位"] == pytest.approx(math.log(1 + (4 - n + 0.5) / (n + 0.5)))
    assert index.idf(["无"])["无"] == pytest.approx(math.log(1 + 4.5 / 0.5))


def test_words_never_seen_score_nothing() -> None:
    index = Lexical.build([tokens(text) for text in TEXTS])
    assert index.scores("zebra").tolist() == [0, 0, 0, 0]
    assert index.scores("").tolist() == [0, 0, 0, 0]


def test_saved_and_loaded_it_scores_the_same(tmp_path: Path) -> None:
    index = Lexical.build([tokens(text) for text in TEXTS])
    index.save(tmp_path)
    again = Lexical.load(tmp_path, 4)
    assert again.scores("春耕床位").tolist() == index.scores("春耕床位").tolist()
    assert not list(tmp_path.glob("*.pkl"))


def test_an_index_without_any_token(tmp_path: Path) -> None:
    index = Lexical.build([[], []])
    index.save(tmp_path)
    again = Lexical.load(tmp_path, 2)
    assert again.scores("x").tolist() == [0, 0]
    assert again.coverage("x", "x") == 1.0


def test_coverage_is_weighted_by_idf_and_small_words_do_not_count() -> None:
    index = Lexical.build([tokens(text) for text in TEXTS])
    weights = index.idf(["春", "耕", "春耕", "zebra"])
    share = 1 - weights["zebra"] / sum(weights.values())
    assert index.coverage("the 春耕 zebra", "春耕生产") == pytest.approx(share)
    assert index.coverage("", "春耕") == 0.0


def test_small_words_count_when_there_are_no_others() -> None:
    assert asked_tokens("How long is the bridge?") == ["long", "bridge"]
    assert asked_tokens("what is it") == ["what", "is", "it"]
