import math
from pathlib import Path

import numpy as np
import pytest

from index.errors import StoreDamaged
from index.lexical import Lexical, asked_tokens, best_of, tokens


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
            total += idf * tf / (tf + 0.8 * (1 - 0.5 + 0.5 * len(words) / average))
        return total

    expected = [score("床位", words) for words in corpus]
    assert np.allclose(index.scores("床位"), expected, rtol=1e-3)
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


def test_a_word_of_a_very_long_text_is_found() -> None:
    index = Lexical.build([["word"], *[["other"]] * 999, ["word", *["more"] * 900_000]])
    assert index.best("word", 3)[0].tolist() == [0, 1000]


def test_files_with_weights_of_an_earlier_version_are_refused(tmp_path: Path) -> None:
    Lexical.build([tokens(text) for text in TEXTS]).save(tmp_path)
    weights = np.load(tmp_path / "weights.npy").astype(np.float16)
    np.save(tmp_path / "weights.npy", weights)
    with pytest.raises(StoreDamaged, match="earlier version"):
        Lexical.load(tmp_path, 4)


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


def test_the_best_are_those_of_a_full_sort() -> None:
    rng = np.random.default_rng(5)
    for size in (0, 3, 64, 700, 5000):
        # few distinct values, so that many are equal
        scores = rng.integers(0, 9, size).astype(np.float32) * (rng.random(size) < 0.5)
        for k in (1, 10, 100):
            expected = [i for i in np.argsort(-scores, kind="stable")[:k] if scores[i] > 0]
            positions, values = best_of(scores, k)
            assert positions.tolist() == expected
            assert values.tolist() == scores[expected].tolist()


def test_the_best_among_some() -> None:
    index = Lexical.build([tokens(text) for text in TEXTS])
    positions, values = index.best("床位", 3, among=np.array([1, 2, 3]))
    assert positions.tolist() == [1]
    assert values.tolist() == [index.scores("床位")[1]]
    assert index.best("床位", 3)[0].tolist() == [1, 0]


def test_the_same_articles_make_the_same_files(tmp_path: Path) -> None:
    texts = ["方舱医院有床位23,095张", "The bridge", "アメリカ・四月", ""]
    ways = (
        Lexical.of_texts((text, "2022-04-14") for text in texts),
        Lexical.build([tokens(text, date="2022-04-14") for text in texts]),
    )
    for number, index in enumerate(ways):
        (tmp_path / str(number)).mkdir()
        index.save(tmp_path / str(number))
    for file in sorted((tmp_path / "0").iterdir()):
        assert file.read_bytes() == (tmp_path / "1" / file.name).read_bytes()


def test_a_date_finds_the_right_year_first() -> None:
    texts = [("4月14日开馆", "2021-04-15"), ("4月14日开馆", "2022-04-15"), ("5月14日", None)]
    index = Lexical.of_texts(texts)
    right, wrong = index.scores("2022年4月14日")[[1, 0]]
    assert right > wrong > 0
    first, second = index.scores("April 14")[:2]
    assert first == second > 0


def test_a_figure_is_found_however_it_is_written() -> None:
    index = Lexical.of_texts([("共二万三千人", None), ("约2.3万人", None), ("23095人", None)])
    scores = index.scores("23,000")
    assert scores[0] > 0 < scores[1] and scores[2] == 0


def test_question_words_are_not_searched() -> None:
    assert not {"什么", "是什", "么时", "时候"} & set(asked_tokens("桥是什么时候建成的？"))
    assert {"建成", "桥"} <= set(asked_tokens("桥是什么时候建成的？"))


def test_small_words_count_when_there_are_no_others() -> None:
    assert asked_tokens("How long is the bridge?") == ["long", "bridge"]
    assert asked_tokens("what is it") == ["what", "is", "it"]
