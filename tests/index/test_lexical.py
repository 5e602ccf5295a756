import math
from pathlib import Path

import numpy as np
import pytest

from index.lexical import (
    Lexical,
    Part,
    asked_tokens,
    best_of,
    part_of_texts,
    tokens,
    usual_length,
)
from index.postings import count_texts, count_tokens


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
    average = 2 ** (round(math.log2(sum(lengths) / len(lengths)) * 64) / 64)

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
    part = part_of_texts((text, None) for text in TEXTS)
    part.save(tmp_path)
    again = Lexical([Part.load(tmp_path)])
    assert again.scores("春耕床位").tolist() == Lexical([part]).scores("春耕床位").tolist()
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".npy"] * 5


def test_a_word_of_a_very_long_text_is_found() -> None:
    index = Lexical.build([["word"], *[["other"]] * 999, ["word", *["more"] * 900_000]])
    assert index.best("word", 3)[0].tolist() == [0, 1000]


def test_an_index_without_any_token(tmp_path: Path) -> None:
    part_of_texts([("", None), ("", None)]).save(tmp_path)
    again = Lexical([Part.load(tmp_path)])
    assert again.scores("x").tolist() == [0, 0]
    assert again.coverage("x", "x") == 1.0


def test_parts_and_what_is_gone_score_as_one_index_of_what_is_there() -> None:
    texts = [*TEXTS, "方舱医院", "湖边的春耕", "bridge and ferry", "床位床位"]
    gone = np.array([1, 3])
    there = [text for place, text in enumerate(texts) if place not in gone]
    whole = Lexical.of_texts((text, None) for text in there)
    usual = usual_length(np.array([len(tokens(text)) for text in there]))
    base, changes = (
        part_of_texts(((text, None) for text in some), usual) for some in (texts[:4], texts[4:])
    )
    joined = Lexical([base, changes], gone, base.holders(gone))
    kept = np.delete(np.arange(len(texts)), gone)
    for question in ("床位", "春耕生产", "the bridge", "方舱医院的床位", "nothing"):
        scores = joined.scores(question)
        assert scores[kept].tolist() == whole.scores(question).tolist()
        assert scores[gone].tolist() == [0, 0]
        words = tokens(question)
        assert joined.idf(words) == whole.idf(words)


def test_few_paragraphs_more_leave_the_usual_length_as_it_is() -> None:
    assert usual_length(np.array([])) == 1.0
    assert usual_length(np.array([64, 64])) == 64.0
    assert usual_length(np.array([64] * 200 + [80])) == 64.0
    assert usual_length(np.array([100])) == pytest.approx(100, rel=0.006)
    assert usual_length(np.array([64, 80])) != 64.0


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
        count_texts((text, "2022-04-14") for text in texts),
        count_tokens([tokens(text, date="2022-04-14") for text in texts]),
    )
    for number, found in enumerate(ways):
        (tmp_path / str(number)).mkdir()
        Part.of(found, usual_length(found.lengths)).save(tmp_path / str(number))
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
