"""Numbers, dates, times, quotations and names in a normal form: what a source must say as well.

What a sentence asserts is read conservatively, what a source offers liberally: every reading that
could support.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from index.article import Span
from index.dates import Date, take_dates
from index.numbers import Number, numbers
from index.text import fold
from rag.facts.fact import Fact, Kind, Missing
from rag.facts.missing import absent
from rag.facts.offers import Offers
from rag.facts.quotations import quotations
from rag.facts.reading import Reading
from rag.facts.readings import read
from rag.facts.view import View, view

__all__ = ["Date", "Fact", "Facts", "Kind", "Missing", "Number", "facts", "missing"]


@dataclass(frozen=True)
class Facts:
    """The facts of one text, read when they are asked for.

    `date` is its article's, YYYY-MM-DD; parts may be XX or missing.
    """

    text: str
    date: str | None = None

    @property
    def numbers(self) -> frozenset[Number]:
        """Figures, without units."""
        return self._plain[0]

    @property
    def dates(self) -> frozenset[Date]:
        """Calendar dates as printed."""
        return self._plain[1]

    @cached_property
    def quotations(self) -> tuple[str, ...]:
        """What stands between quotation marks, 6 characters or more."""
        return tuple(self.text[start:end] for start, end in quotations(self.text))

    @cached_property
    def asserted(self) -> tuple[Fact, ...]:
        """What the text says that a source must say too, in order."""
        found, span = [], Span(0, 0)
        for reading in self._readings:
            if reading.start < reading.end:
                span = self._view.span(reading.start, reading.end)
            if (
                reading.certain
            ):  # one with an empty span is of the same characters as the one before
                found.append(Fact(reading.kind, span.cut(self.text), span, reading.forms))
        return tuple(found)

    @cached_property
    def offered(self) -> Offers:
        """What the text says, in every reading."""
        return Offers(self._view, self._readings, self.date)

    @property
    def language(self) -> str:
        """ISO 639-1 code of the text's language."""
        return self._view.language

    @cached_property
    def _plain(self) -> tuple[frozenset[Number], frozenset[Date]]:
        dates, rest = take_dates(fold(self.text))
        return frozenset(numbers(rest)), frozenset(dates)

    @cached_property
    def _view(self) -> View:
        return view(self.text)

    @cached_property
    def _readings(self) -> tuple[Reading, ...]:
        return read(self._view)


def facts(text: str, *, date: str | None = None) -> Facts:
    """The facts of a text; `date` is its article's, YYYY-MM-DD, parts may be XX or missing."""
    return Facts(text, date)


def missing(sentence: Facts, sources: Sequence[Facts]) -> tuple[Missing, ...]:
    """The facts of a sentence that none of its sources has, in the order of the sentence."""
    return absent(sentence.asserted, sentence.language, [source.offered for source in sources])
