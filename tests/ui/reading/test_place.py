"""What is in the address of an article, understood."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import Span
from rag.errors import InputError
from ui.reading.place import quotes_in, window_in


def test_quotations_by_paragraph() -> None:
    assert quotes_in(["p1:3-20", "a:b:0-1", "p1:30-31"]) == {
        "p1": [Span(3, 20), Span(30, 31)],
        "a:b": [Span(0, 1)],
    }
    assert window_in("0-80") == Span(0, 80)
    assert window_in("") is None


@pytest.mark.parametrize(
    "wrong", ["", "p1", "p1:3", ":1-2", "p1:5-5", "p1:9-2", "p1:-1-2", "p1:1-2 ", "p1:²-3"]
)
def test_wrong_quotations(wrong: str) -> None:
    with pytest.raises(InputError):
        quotes_in([wrong])


@pytest.mark.parametrize("wrong", ["1", "3-3", "a-b", "1-2-3", "1234567890-1234567891"])
def test_wrong_windows(wrong: str) -> None:
    with pytest.raises(InputError):
        window_in(wrong)


def test_far_too_many_quotations() -> None:
    assert len(quotes_in(["p:0-1"] * 400)["p"]) == 400
    with pytest.raises(InputError, match="too many"):
        quotes_in(["p:0-1"] * 401)


@settings(derandomize=True, deadline=None)
@given(st.text(st.characters(exclude_characters="\n"), min_size=1, max_size=200),
       st.integers(0, 9999), st.integers(1, 9999))  # fmt: skip
def test_whatever_is_written_is_read_again(paragraph: str, start: int, length: int) -> None:
    end = start + length
    assert quotes_in([f"{paragraph}:{start}-{end}"]) == {paragraph: [Span(start, end)]}
