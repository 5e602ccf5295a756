from pathlib import Path

import pytest

from rag import Assistant, Retriever
from rag.errors import QuestionError
from rag.filters import Filters, named
from tests.conftest import HashEmbedder

KNOWN = ["2022/april/a.txt", "2022/april/b.pdf", "2022/may/c.txt", "[new].txt", "april"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (["2022/april/a.txt"], KNOWN[:1]),
        (["2022/april"], KNOWN[:2]),
        (["2022/april/"], KNOWN[:2]),
        (["2022"], KNOWN[:3]),
        (["*.txt"], [KNOWN[0], KNOWN[2], KNOWN[3]]),
        (["2022/*/?.txt"], [KNOWN[0], KNOWN[2]]),
        (["[new].txt"], [KNOWN[3]]),
        (["april", "*.pdf"], [KNOWN[1], KNOWN[4]]),
        (["pril", "2022/apri", "A.txt"], []),
        ([], []),
    ],
)
def test_sources_by_name_folder_and_pattern(wanted: list[str], found: list[str]) -> None:
    assert named(wanted, KNOWN) == found


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"since": "May"}, "'May' is not a date"),
        ({"until": "2022-13"}, "YYYY-MM"),
        ({"until": "2022-4"}, "YYYY-MM"),
        ({"since": "２０２２"}, "YYYY"),
        ({"sources": (" ",)}, "index list"),
    ],
)
def test_filters_that_cannot_be_meant(limits: dict[str, object], message: str) -> None:
    with pytest.raises(QuestionError, match=message):
        Filters(**limits)  # type: ignore[arg-type]


def test_filters_in_words() -> None:
    assert not Filters()
    assert str(Filters("2022", None, ("a.txt", "b"), ("n1",))) == (
        "since 2022, source a.txt, source b, article n1"
    )


@pytest.mark.parametrize("name", ["sources", "articles"])
def test_a_text_for_a_list_is_refused(name: str, sample_store: Path) -> None:
    """It would be taken apart into letters, and nothing would ever be found."""
    retriever = Retriever(sample_store, embedder=HashEmbedder())
    with pytest.raises(QuestionError, match=rf"{name} is one text; give a list: {name}=\['a.md'\]"):
        retriever.search("bridge", **{name: "a.md"})
    with pytest.raises(QuestionError, match=f"{name} is one text"):
        Assistant(retriever).ask("bridge", **{name: "a.md"})
