"""Numbers, dates and quotations of a text, in a normal form: what a source must say as well."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.dates import Date, take_dates
from index.numbers import Number, numbers
from index.text import fold

__all__ = ["Date", "Facts", "Number", "facts"]


@dataclass(frozen=True)
class Facts:
    """What must be found in a source word for word."""

    numbers: frozenset[Number]
    dates: frozenset[Date]
    quotations: tuple[str, ...]


def facts(text: str) -> Facts:
    """The numbers, dates and quotations (6 characters or more) of a text."""
    dates, rest = take_dates(fold(text))
    return Facts(frozenset(numbers(rest)), frozenset(dates), tuple(_quotations(text)))


_QUOTED = re.compile(
    '“([^“”]{6,})”|「([^「」]{6,})」|『([^『』]{6,})』|"([^"]{12,})"|«([^«»]{12,})»'
)


def _quotations(text: str) -> Iterator[str]:
    for match in _QUOTED.finditer(text):
        yield next(group for group in match.groups() if group)
