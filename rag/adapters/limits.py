"""The limits of a search as keyword arguments, for `Retriever.search` and `Assistant.ask` alike."""

from collections.abc import Sequence
from typing import TypedDict

from rag.errors import QuestionError
from rag.filters import Filters, filters_of


class Limits(TypedDict):
    """What `rag.filters.Filters` holds, by the names of the arguments."""

    since: str | None
    until: str | None
    sources: tuple[str, ...]
    articles: tuple[str, ...]


def limits(filters: Filters) -> Limits:
    """The arguments that limit a search so."""
    return {
        "since": filters.since,
        "until": filters.until,
        "sources": filters.sources,
        "articles": filters.articles,
    }


def checked(
    since: str | None, until: str | None, sources: Sequence[str], articles: Sequence[str]
) -> Limits:
    """The same, from what somebody gave, before the first question meets it.

    Raises:
        QuestionError: a limit has another form.
    """
    return limits(filters_of(since, until, sources, articles))


def positive(**numbers: int) -> None:
    """Refuse numbers of paragraphs that no search can give.

    Raises:
        QuestionError: one of them is less than 1.
    """
    for name, number in numbers.items():
        if number < 1:
            raise QuestionError(f"{name} is {number}; ask for at least one paragraph")
