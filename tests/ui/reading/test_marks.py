"""Quoted words of a text, marked."""

from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import Span
from ui.reading.marks import marked, quoted_ids, united


def test_quoted_words_are_marked_wherever_they_stand() -> None:
    assert marked("甲乙丙丁", [Span(0, 2)]) == "<mark>甲乙</mark>丙丁"
    assert marked("甲乙丙丁", [Span(2, 4)]) == "甲乙<mark>丙丁</mark>"
    assert marked("甲乙丙丁", []) == "甲乙丙丁"


def test_overlapping_quotations_are_one_and_touching_ones_two() -> None:
    assert marked("abcdef", [Span(2, 4), Span(0, 3)]) == "<mark>abcd</mark>ef"
    assert marked("abcdef", [Span(1, 6), Span(2, 3)]) == "a<mark>bcdef</mark>"
    assert marked("abcd", [Span(0, 2), Span(2, 4)]) == "<mark>ab</mark><mark>cd</mark>"


def test_what_lies_beyond_the_end_is_cut_off() -> None:
    assert united([Span(2, 9), Span(5, 7), Span(1, 1)], 4) == (Span(2, 4),)


def test_marked_words_are_inert_and_offsets_count_code_points() -> None:
    assert marked("😀<b>\n&", [Span(1, 4)]) == "😀<mark>&lt;b&gt;</mark><br>&amp;"


_SPANS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 30)).map(lambda pair: Span(*sorted(pair)))
)


@settings(derandomize=True, deadline=None)
@given(_SPANS, st.integers(0, 25))
def test_exactly_the_quoted_characters_are_inside(spans: list[Span], length: int) -> None:
    inside = {at for span in spans for at in range(span.start, min(span.end, length))}
    found = united(spans, length)
    assert [at for span in found for at in range(span.start, span.end)] == sorted(inside)


def test_quoted_paragraphs_are_named_in_reading_order() -> None:
    assert (
        quoted_ids(["p1", "p2", "p3"], {"p3": [Span(0, 1)], "px": [Span(0, 1)], "p1": []}) == "p3"
    )
