"""A reply ends where a stop text stands, however it comes in pieces."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.stop_texts import StopTexts

STOPS = st.lists(st.text("ab\n", max_size=4), max_size=3)


def shown(pieces: Sequence[str], stops: Sequence[str]) -> tuple[list[str], bool]:
    cut = StopTexts(stops)
    return [*(cut.feed(piece) for piece in pieces), cut.rest()], cut.found


def expected(text: str, stops: Sequence[str]) -> str:
    """All up to the stop that is complete first; of those that end together the longest."""
    for end in range(len(text) + 1):
        whole = [stop for stop in stops if stop and text[:end].endswith(stop)]
        if whole:
            return text[: end - max(map(len, whole))]
    return text


@settings(max_examples=500, deadline=None)
@given(st.lists(st.text("ab\n", max_size=4), max_size=8), STOPS)
def test_any_split(pieces: list[str], stops: list[str]) -> None:
    text = "".join(pieces)
    parts, found = shown(pieces, stops)
    assert "".join(parts) == expected(text, stops) == "".join(shown([text], stops)[0])
    assert found == any(stop in text for stop in stops if stop)


def test_only_what_may_begin_a_stop_is_held_back() -> None:
    cut = StopTexts(["\n\nQ:", "<end>"])
    assert [cut.feed(piece) for piece in ("答", "案\n", "\n见", "<e", "nd", "x")] == [
        "答", "案", "\n\n见", "", "", "<endx",
    ]  # fmt: skip
    assert cut.feed("\n\nQ") == "" and cut.rest() == "\n\nQ" and not cut.found


def test_nothing_after_a_stop() -> None:
    cut = StopTexts(["。"])
    assert cut.feed("一。二") == "一" and cut.found
    assert cut.feed("三。") == cut.feed("") == cut.rest() == ""


@pytest.mark.parametrize("stops", [(), ("",)])
def test_no_stops(stops: tuple[str, ...]) -> None:
    assert shown(["a", "", "b"], stops) == (["a", "", "b", ""], False)
