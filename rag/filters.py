"""Which articles may answer: limits by date, source and article."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np
from numpy.typing import NDArray

from index.generation import Generation
from rag.errors import QuestionError

DATE = r"[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?"  # of a limit


@dataclass(frozen=True)
class Filters:
    """Limits that all have to be met; `sources` and `articles` name alternatives.

    `since` and `until` (YYYY, YYYY-MM or YYYY-MM-DD, both inclusive) leave out articles without
    a date, or without its year. A source is a name as `python -m index list` shows it, a folder
    of such names ("2022/april"), or a pattern of them ("*.pdf", "2022/*"); upper and lower case
    differ. `articles` are ids.
    """

    since: str | None = None
    until: str | None = None
    sources: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be meant.

        Raises:
            QuestionError: a date has another form, or a source has no name.
        """
        for value in (self.since, self.until):
            if value is not None and not re.fullmatch(DATE, value):
                raise QuestionError(f"{value!r} is not a date; write YYYY, YYYY-MM or YYYY-MM-DD")
        if not all(source.strip() for source in self.sources):
            raise QuestionError("a source is empty; name one as `python -m index list` shows it")

    def __bool__(self) -> bool:
        """Whether anything is limited."""
        return bool(self.since or self.until or self.sources or self.articles)

    def __str__(self) -> str:
        """The limits as a person would give them: "since 2022, source a.txt"."""
        dates = [f"{name} {value}" for name, value in self._dates() if value]
        sources = [f"source {source}" for source in self.sources]
        return ", ".join([*dates, *sources, *(f"article {article}" for article in self.articles)])

    def allowed(self, generation: Generation) -> NDArray[np.int64] | None:
        """Positions of the paragraphs that pass, ascending; None where nothing is limited."""
        sources = named(self.sources, generation.sources) if self.sources else []
        if self.sources and not sources:
            return np.zeros(0, dtype=np.int64)
        return generation.among(self.since, self.until, sources, self.articles)

    def _dates(self) -> tuple[tuple[str, str | None], ...]:
        return (("since", self.since), ("until", self.until))


def filters_of(
    since: str | None, until: str | None, sources: Sequence[str], articles: Sequence[str]
) -> Filters:
    """The limits that somebody gave, one by one.

    Raises:
        QuestionError: a limit has another form; or a text was given for a list, and would be read
            letter by letter.
    """
    for name, given in (("sources", sources), ("articles", articles)):
        if isinstance(given, str):
            raise QuestionError(f"{name} is one text; give a list: {name}=[{given!r}]")
    return Filters(since, until, tuple(sources), tuple(articles))


def named(wanted: Sequence[str], known: Iterable[str]) -> list[str]:
    """The known sources that are wanted: by their name, by their folder, or by a pattern."""
    return [source for source in known if any(_means(name, source) for name in wanted)]


def _means(name: str, source: str) -> bool:
    name = name.strip()
    inside = source.startswith(name.rstrip("/") + "/")
    return source == name or inside or fnmatchcase(source, name)
