import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.matching import MATCHES, matches


def looked(
    question: str, idf: dict[str, float], *texts: str, abroad: list[dict[str, float]] | None = None
) -> list[dict[str, float]]:
    rows = matches(question, idf, texts, abroad or [])
    return [dict(zip(MATCHES, row, strict=True)) for row in rows]


def test_covered_by_the_paragraph_its_best_sentence_and_its_best_two() -> None:
    idf = {"新": 1.0, "桥": 2.0, "长": 3.0, "山": 4.0}
    first, second = looked("新桥长山", idf, "新。湖水。桥很长。", "湖")
    assert first["covered"] == pytest.approx(6 / 10)  # all but 山
    assert first["sentence"] == pytest.approx(5 / 10)  # 桥 and 长
    assert first["sentences"] == pytest.approx(5 / 10)  # 新 is not beside them
    assert looked("x", idf, "新。桥很长。")[0]["sentences"] == pytest.approx(6 / 10)
    assert [second[name] for name in MATCHES if name not in ("length", "script")] == [0.0] * 9


def test_telling_words_are_those_that_few_candidates_have() -> None:
    idf = {"桥": 1.0, "长": 1.0}
    rows = looked("?", idf, "桥。长。", "桥", "桥")
    everywhere, once = math.log(4 / 3.5), math.log(4 / 1.5)
    assert rows[0]["telling"] == pytest.approx(1.0)
    assert rows[0]["telling_sentence"] == pytest.approx(once / (once + everywhere))
    assert rows[1]["telling"] == pytest.approx(everywhere / (once + everywhere))


def test_sentences_do_not_reach_into_the_next_paragraph() -> None:
    rows = looked("?", {"桥": 1.0, "长": 1.0}, "湖。桥", "长。湖")
    assert [row["sentences"] for row in rows] == [0.5, 0.5]


def test_phrases_are_runs_of_three_characters_and_pairs_of_words() -> None:
    (row,) = looked("新桥长多少", {"桥": 1.0}, "新桥长百米")  # 新桥长, 桥长多, 长多少
    assert row["phrases"] == pytest.approx(1 / 3)
    (row,) = looked("New bridge, length?", {"bridge": 1.0}, "The new bridge is long.")
    assert row["phrases"] == 1.0  # the comma parts bridge from length


@pytest.mark.parametrize(
    ("word", "text", "there"),
    [
        ("bridge", "Old BRIDGES fell.", 1),  # the beginning of a longer word
        ("art", "They start.", 0),
        ("art", "An artist.", 0),  # too short a word to be one
        ("art", "Art!", 1),
        ("2031", "In 20311.", 0),
        ("2031", "２０３１年", 1),  # full width
        ("床位", "床 位", 0),
        ("长", "長", 1),  # traditional
        ("x", "", 0),
        ("é", "CAFÉ É", 1),
    ],
)
def test_words_are_found_in_the_folded_view(word: str, text: str, there: int) -> None:
    assert looked("?", {word: 1.0}, "", text, "没有")[1]["covered"] == there


_CHARACTERS = st.text("新桥长。\nア\U00020000 a1", max_size=12)


@given(
    st.sets(st.text("新桥长ア\U00020000", min_size=1, max_size=4), min_size=1, max_size=6),
    st.lists(_CHARACTERS, min_size=1, max_size=3),
)
def test_runs_of_characters_are_found_wherever_they_stand(
    words: set[str], texts: list[str]
) -> None:
    rows = looked("?", dict.fromkeys(words, 1.0), *texts)
    for row, text in zip(rows, texts, strict=True):
        assert row["covered"] == pytest.approx(sum(w in text for w in words) / len(words))
        ends = text.replace("。", "\n").split("\n")
        most = max(sum(w in sentence for w in words) for sentence in ends)
        assert row["sentence"] == pytest.approx(most / len(words))


def test_a_word_counts_as_far_as_its_best_translation() -> None:
    hospital, bed = {"医院": 0.9, "病院": 0.6}, {"床": 1.0, "bed": 0.5}
    rows = looked("?", {}, "病院。有床", "医院和病院", "湖", abroad=[hospital, bed])
    twice, once = math.log(4 / 2.5), math.log(4 / 1.5)  # of three texts, two and one have them
    assert rows[0]["telling_translated"] == pytest.approx(
        (0.6 * twice + 1.0 * once) / (twice + once)
    )
    assert rows[0]["translated_sentence"] == pytest.approx(once / (twice + once))
    assert rows[1]["telling_translated"] == pytest.approx(0.9 * twice / (twice + once))
    assert rows[2]["telling_translated"] == rows[2]["translated_sentence"] == 0.0


def test_script_and_length() -> None:
    rows = looked("How long?", {"long": 1.0}, "桥", "long桥", "length", "12")
    assert [row["script"] for row in rows] == pytest.approx([1.0, 0.2, 0.0, 1.0])
    assert [row["length"] for row in rows] == pytest.approx([math.log(1 + n) for n in (1, 5, 6, 2)])
    assert looked("12?", {"12": 1.0}, "桥")[0]["script"] == 0.0  # no letters: nothing is foreign


def test_odd_input() -> None:
    assert matches("?", {}, []).shape == (0, len(MATCHES))
    (row,) = looked("\ud800\0", {}, "\udfff\0\U0010ffff")
    assert row["covered"] == row["phrases"] == 0.0
