"""What is changed in the written row of an answer, in place: what no answer of the program has."""

from collections.abc import Iterable

from eval.meta.made import Row


def slipped(row: Row) -> None:
    """All quotations begin one character late and keep their words."""
    for citation in _citations(row):
        citation["quote"]["start"] += 1


def misquoted(row: Row) -> None:
    """All quotations have a word that is not on the page."""
    for citation in _citations(row):
        citation["quote"]["text"] += "呀"


def misnumbered(row: Row) -> None:
    """All citations have the number of the hit after theirs."""
    for citation in _citations(row):
        citation["number"] = citation["number"] % len(row["hits"]) + 1


def out_of_range(row: Row) -> None:
    """All citations have a number that no hit has."""
    for citation in _citations(row):
        citation["number"] = len(row["hits"]) + 1


def marker_left(row: Row) -> None:
    """A marker stands in the text of a sentence."""
    row["sentences"][0]["text"] += "[3]"


def belittled(row: Row) -> None:
    """Every sentence is shown as unsupported, whatever it is."""
    for sentence in row["sentences"]:
        sentence["support"] = "unsupported"


def _citations(row: Row) -> Iterable[Row]:
    return (citation for sentence in row["sentences"] for citation in sentence["citations"])
