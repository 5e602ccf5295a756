"""The nouns of hard facts: what a text says that its source must say as well."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from index.article import Span
from index.dates import Date

Kind = Literal["figure", "date", "time", "quotation", "name"]
Roughly = Literal["", "about", "over", "under"]


@dataclass(frozen=True)
class Figure:
    """A number with what it counts.

    `unit` is the class of the unit ("length", "CNY", "percent"; "count" for things counted one by
    one, "ordinal" for a place in a row, "year" for a year that may be a number, "" where none is
    known) and `factor` brings `value` to the class's base unit. `step` is
    what its last printed digit stands for, zero where the figure is a fraction; `scaled` says that
    it was printed with a word like 万 or million, which rounds.
    """

    value: Decimal
    unit: str = ""
    factor: Decimal = Decimal(1)
    step: Decimal = Decimal(1)
    roughly: Roughly = ""
    scaled: bool = False


@dataclass(frozen=True)
class Years:
    """A decade or a century: years `first` to `last`; `short`: its century is not told (90年代)."""

    first: int
    last: int
    short: bool = False


@dataclass(frozen=True)
class Weekday:
    """A day of the week, Monday is 0."""

    number: int


@dataclass(frozen=True)
class Relative:
    """A day, month or year counted from the day of writing: yesterday is ("day", -1)."""

    unit: Literal["day", "month", "year"]
    offset: int


@dataclass(frozen=True)
class Clock:
    """A time of day; the minutes after midnight that it may mean: 3:10 is {190, 910}."""

    minutes: frozenset[int]


@dataclass(frozen=True)
class Words:
    """Characters that must stand in the text view of a source as they are, every part of them."""

    parts: tuple[str, ...]


@dataclass(frozen=True)
class Name:
    """Parts of a name that must stand in a source in the text view.

    `spelling` tells where it would be written so: in a text in a language ("en"; "han" for Chinese
    and Japanese), or anywhere ("code": G20).
    """

    parts: tuple[str, ...]
    spelling: str


Form = Figure | Date | Years | Weekday | Relative | Clock | Words | Name


@dataclass(frozen=True)
class Fact:
    """Something a source must say as well.

    `text` is as it stands in the text, `span` counts characters of the text as given. `forms` are
    the readings in a normal form, any of which will do: 1500年 is a year or a time of 1500 years.
    """

    kind: Kind
    text: str
    span: Span
    forms: tuple[Form, ...]


@dataclass(frozen=True)
class Missing:
    """A fact of a sentence that its sources do not have.

    hard: the sentence is unsupported; otherwise it deserves a warning only.
    reason: words for users.
    """

    fact: Fact
    hard: bool
    reason: str
