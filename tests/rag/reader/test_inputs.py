import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.ranker_pieces import bundled_pieces
from rag.reader.inputs import (
    ASKED,
    COVERED,
    KINDS,
    LONGEST,
    MOST_ASKED,
    NO_SENTENCE,
    PIECE,
    QUESTION,
    SENTENCE,
    SIGNS,
    clipped,
    width,
    window,
    windows,
)

LENGTHS = st.lists(st.integers(0, 600), max_size=30)


def zeros(size: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.zeros(size, np.int64)


@settings(derandomize=True)
@given(st.integers(0, 80), LENGTHS)
def test_windows_cover_all_sentences_and_none_is_too_long(asked: int, lengths: list[int]) -> None:
    sentences = [clipped(zeros(asked), zeros(size)) for size in lengths]
    ranges = windows(zeros(asked), sentences)
    assert [i for first, end in ranges for i in range(first, end)] == list(range(len(lengths)))
    for first, end in ranges:
        assert first < end
        read = min(max(asked, 1), MOST_ASKED)
        assert 1 + read + sum(len(s) + 1 for s in sentences[first:end]) <= LONGEST


@settings(derandomize=True)
@given(st.integers(0, 80), LENGTHS)
def test_a_new_window_begins_only_where_the_next_sentence_does_not_fit(
    asked: int, lengths: list[int]
) -> None:
    sentences = [clipped(zeros(asked), zeros(size)) for size in lengths]
    read = min(max(asked, 1), MOST_ASKED)
    for first, end in windows(zeros(asked), sentences)[:-1]:
        assert 1 + read + sum(len(s) + 1 for s in sentences[first : end + 1]) > LONGEST


def test_a_sentence_that_is_clipped_fills_a_window() -> None:
    ids = clipped(zeros(10), zeros(1000))
    assert 1 + 10 + 1 + len(ids) == LONGEST
    assert len(window(zeros(10), [ids], bundled_pieces()).kinds) == LONGEST


def test_the_places_of_a_window() -> None:
    table = bundled_pieces()
    seen = window(np.array([5, 6]), [np.array([7, 8]), zeros(0), np.array([9])], table)
    expected = [QUESTION, ASKED, ASKED, SENTENCE, PIECE, PIECE, SENTENCE, SENTENCE, PIECE]
    assert seen.kinds.tolist() == expected
    assert seen.sentence_of.tolist() == [NO_SENTENCE] * 3 + [0, 0, 0, 1, 2, 2]
    assert seen.marks.tolist() == [3, 6, 7]
    assert seen.rows.shape == (9, width(table.dimensions))
    assert seen.rows[:, -len(KINDS) :].argmax(axis=1).tolist() == expected
    assert (seen.rows[:, -len(KINDS) :].sum(axis=1) == 1).all()


def test_a_question_without_pieces_and_one_of_many() -> None:
    table = bundled_pieces()
    assert (window(zeros(0), [zeros(2)], table).kinds == ASKED).sum() == 1
    assert (window(zeros(100), [zeros(2)], table).kinds == ASKED).sum() == MOST_ASKED


def test_pieces_have_their_vectors_and_signs_of_what_the_other_side_has() -> None:
    table = bundled_pieces()
    asked, told, other = table.ids(["大桥多长", "大桥开通", "天气晴朗"])
    seen = window(asked, [told, other], table)
    size, first = table.dimensions, 2 * table.dimensions
    pieces = np.flatnonzero(seen.kinds == PIECE)
    assert seen.rows[pieces, :size] == pytest.approx(
        table.vectors(np.concatenate([told, other]))[0], abs=1e-6
    )
    known = seen.rows[pieces, first]
    assert known.tolist() == np.isin(np.concatenate([told, other]), asked).astype(float).tolist()
    assert known[: len(told)].any() and not known[len(told) :].any()
    assert seen.rows[pieces, first + 3] == pytest.approx(
        table.rarity[np.concatenate([told, other])], abs=1e-6
    )


def test_how_much_of_the_question_each_sentence_covers() -> None:
    table = bundled_pieces()
    asked, told, other = table.ids(["大桥多长", "大桥开通", "天气晴朗"])
    seen = window(asked, [told, other], table)
    start = 2 * table.dimensions + SIGNS
    covered = seen.rows[seen.marks, start : start + COVERED]
    rarity = table.rarity[asked]
    expected = rarity[np.isin(asked, told)].sum() / rarity.sum()
    # alone, with the one before, with the one after, less than the best
    assert covered[0, :4] == pytest.approx([expected, expected, expected, 0], abs=1e-5)
    assert covered[1, :4] == pytest.approx([0, expected, 0, -expected], abs=1e-5)
    assert covered[:, 8] == pytest.approx(np.log1p([len(told), len(other)]) / 4, abs=1e-5)
    assert covered[:, 9].tolist() == [1, 0]
    assert covered[:, 10].tolist() == [0, 0.5]
    assert seen.rows[0, start] == pytest.approx(expected, abs=1e-5)  # all sentences together


def test_a_window_of_no_pieces() -> None:
    seen = window(np.array([5]), [zeros(0)], bundled_pieces())
    assert seen.kinds.tolist() == [QUESTION, ASKED, SENTENCE]
    assert np.isfinite(seen.rows).all()
