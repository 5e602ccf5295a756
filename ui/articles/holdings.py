"""What a store holds, as a list to look through: by words, dates and sources, page by page."""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal
from weakref import WeakKeyDictionary

from index.columns import NO_DATE, day_number
from index.generation import Generation
from index.text import fold
from rag.filters import Filters, named

PAGE = 50  # articles shown at a time
Order = Literal["newest", "title"]


@dataclass(frozen=True)
class Holding:
    """An article without its text. `file` is the source name of the file that holds it."""

    id: str
    title: str
    source: str
    file: str
    date: str | None = None
    section: str | None = None
    authors: tuple[str, ...] = ()
    page: int | None = None
    untitled: bool = False
    words: str = field(default="", repr=False)  # what is searched, folded
    day: int = NO_DATE  # see `index.columns.day_number`


@dataclass(frozen=True)
class Wanted:
    """What to look for: words that must all stand in title, source, section or authors."""

    words: str = ""
    filters: Filters = field(default_factory=Filters)
    order: Order = "newest"


@dataclass(frozen=True)
class Page:
    """Some of the articles that were found, how many stand before them, and how many in all."""

    holdings: tuple[Holding, ...]
    before: int
    total: int

    @property
    def after(self) -> int | None:
        """How many to pass over for the next page; None where there is none."""
        end = self.before + len(self.holdings)
        return end if end < self.total else None


class Holdings:
    """All articles of one generation; the texts of the articles are not kept."""

    def __init__(self, holdings: Iterable[Holding]) -> None:
        self._all = tuple(holdings)

    @property
    def size(self) -> int:
        """Number of articles."""
        return len(self._all)

    def page(self, wanted: Wanted, *, after: int = 0, size: int = PAGE) -> Page:
        """The articles that are wanted, without the first `after`, `size` at most."""
        found = list(self._found(wanted))
        return Page(tuple(found[after : after + size]), after, len(found))

    def file_of(self, article: str) -> str | None:
        """The source name of the file that holds an article."""
        return next((one.file for one in self._all if one.id == article), None)

    def in_file(self, file: str) -> int:
        """How many articles a file holds."""
        return self._in_files[file]

    @cached_property
    def sources(self) -> tuple[tuple[str, int], ...]:
        """The sources, by name, and how many articles each has."""
        return tuple(sorted(Counter(one.source for one in self._all).items()))

    @cached_property
    def folders(self) -> tuple[tuple[str, int], ...]:
        """The folders that sources lie in, by name, and how many articles lie below each."""
        counts: Counter[str] = Counter()
        for source, count in self.sources:
            parts = source.split("/")[:-1]
            for length in range(1, len(parts) + 1):
                counts["/".join(parts[:length])] += count
        return tuple(sorted((name, count) for name, count in counts.items() if name))

    @cached_property
    def months(self) -> tuple[tuple[str, int], ...]:
        """The months (YYYY-MM) that articles are dated in, the newest first, and how many are."""
        days = (one.date for one in self._all if one.date and one.day != NO_DATE)
        counts = Counter(day[:7] for day in days if len(day) >= 7)
        return tuple(sorted(counts.items(), reverse=True))

    @cached_property
    def years(self) -> tuple[tuple[str, int], ...]:
        """The years that articles are dated in, the newest first, and how many are."""
        days = (one.date for one in self._all if one.date and one.day != NO_DATE)
        return tuple(sorted(Counter(day[:4] for day in days).items(), reverse=True))

    @cached_property
    def _in_files(self) -> Counter[str]:
        return Counter(one.file for one in self._all)

    @cached_property
    def _newest(self) -> tuple[Holding, ...]:
        """All of them, the newest first; those of a day as they stand in the store."""
        return tuple(sorted(self._all, key=lambda one: -one.day))

    @cached_property
    def _by_title(self) -> tuple[Holding, ...]:
        return tuple(sorted(self._all, key=lambda one: (one.untitled, fold(one.title), -one.day)))

    def _found(self, wanted: Wanted) -> Iterator[Holding]:
        words = [word for word in map(fold, wanted.words.split()) if word]
        filters = wanted.filters
        first, last = _limits(filters)
        names = [name for name, _ in self.sources]
        sources = set(named(filters.sources, names)) if filters.sources else None
        ids = set(filters.articles)
        for one in self._by_title if wanted.order == "title" else self._newest:
            if (
                first <= one.day <= last
                and (sources is None or one.source in sources)
                and (not ids or one.id in ids)
                and all(word in one.words for word in words)
            ):
                yield one


_known: WeakKeyDictionary[Generation, Holdings] = WeakKeyDictionary()
_listing = threading.Lock()


def holdings_of(generation: Generation) -> Holdings:
    """What a generation holds; listed once, and kept for as long as the generation is."""
    with _listing:
        found = _known.get(generation)
        if found is None:
            found = _known[generation] = Holdings(_listed(generation))
        return found


def _listed(generation: Generation) -> Iterator[Holding]:
    for placed in generation.placed(texts=False):
        article = placed.article
        yield Holding(
            id=article.id,
            title=article.title,
            source=article.source,
            file=placed.place[0],
            date=article.date,
            section=article.section,
            authors=article.authors,
            page=article.page,
            untitled=article.untitled,
            words=_searched(
                (article.title, article.source, article.section or "", *article.authors)
            ),
            day=day_number(article.date),
        )


def _searched(parts: Sequence[str]) -> str:
    """Parts in the view that words are looked for in; no word reaches from one into the next."""
    return "\n".join(map(fold, parts))


def _limits(filters: Filters) -> tuple[int, int]:
    """First and last day number that pass; articles without a date pass where there is no limit."""
    if not filters.since and not filters.until:
        return NO_DATE, 99999999
    first = day_number(filters.since) if filters.since else NO_DATE + 1
    last = int(filters.until.replace("-", "").ljust(8, "9")) if filters.until else 99999999
    return first, last
