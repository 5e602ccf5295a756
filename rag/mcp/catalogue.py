"""The articles of a generation in their order: pages of them, and those that a word means."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from bisect import bisect_right
from dataclasses import dataclass

from index.generation import Generation
from rag.mcp.shown import name

_LONGEST_CURSOR = 4000  # characters

Place = tuple[str, int, int]  # of an article among all: file, place in the file, number


class CursorError(ValueError):
    """A cursor that was not given out here."""


@dataclass(frozen=True)
class Entry:
    """An article in the listing."""

    place: Place
    id: str
    title: str
    date: str | None
    source: str


@dataclass(frozen=True)
class Catalogue:
    """All articles, by file and place in the file."""

    entries: tuple[Entry, ...]

    def page(self, cursor: str | None, size: int) -> tuple[tuple[Entry, ...], str | None]:
        """Articles behind a cursor (from the first on without one), and the cursor behind them.

        A cursor names an article, so that it holds when articles come and go.

        Raises:
            CursorError: it is none of ours.
        """
        begin = 0
        if cursor is not None:
            begin = bisect_right(self.entries, _place(cursor), key=lambda entry: entry.place)
        page = self.entries[begin : begin + size]
        more = begin + size < len(self.entries)
        return page, _cursor(page[-1].place) if more else None

    def meant(self, typed: str) -> list[Entry]:
        """Those whose id begins with what was typed, or whose title has it."""
        folded = typed.casefold()
        return [e for e in self.entries if e.id.startswith(typed) or folded in e.title.casefold()]


def catalogue(generation: Generation) -> Catalogue:
    """The catalogue of a generation."""
    return Catalogue(
        tuple(
            Entry(p.place, p.article.id, name(p.article.title), p.article.date, p.article.source)
            for p in generation.placed(texts=False)
        )
    )


def _cursor(place: Place) -> str:
    return urlsafe_b64encode(json.dumps(place).encode()).decode()


def _place(cursor: str) -> Place:
    if len(cursor) > _LONGEST_CURSOR:
        raise CursorError
    try:
        source, file_place, number = json.loads(urlsafe_b64decode(cursor.encode()))
    except (ValueError, TypeError, NotBase64, RecursionError) as error:
        raise CursorError from error
    if not (isinstance(source, str) and type(file_place) is type(number) is int):
        raise CursorError
    return source, file_place, number
