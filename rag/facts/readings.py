"""All readings of a text, in order."""

from collections.abc import Iterable

from rag.facts.calendar import calendar
from rag.facts.clock import clock
from rag.facts.days import relatives, weekdays
from rag.facts.eras import before_christ, centuries
from rag.facts.figures import figures
from rag.facts.han_dates import han_dates
from rag.facts.names import names
from rag.facts.quotations import quoted
from rag.facts.ranks import ranks
from rag.facts.reading import Reading
from rag.facts.view import View, blank


def read(view: View) -> tuple[Reading, ...]:
    """Quotations, dates, times, figures and names of a text."""
    text = view.text
    taken = bytearray(len(text))
    found: list[Reading] = []
    for read_dates in (before_christ(view), han_dates(text), centuries(view), calendar(view)):
        found += _free(read_dates, taken)
    found += _free(clock(view), taken)
    rest = blank(text, [(r.start, r.end) for r in found])
    found += figures(view, rest)
    found += weekdays(view)
    found += relatives(view)
    found += ranks(view)
    found += quoted(view)
    found += names(view)
    found.sort(key=lambda reading: (reading.start, reading.end))
    return tuple(found)


def _free(readings: Iterable[Reading], taken: bytearray) -> list[Reading]:
    """Those in places that no reading before has taken, which take them.

    A reading with an empty span stands beside the one before it, and falls with it.
    """
    kept, free = [], True
    for reading in readings:
        start, end = reading.start, reading.end
        if start < end:
            free = taken.find(1, start, end) < 0
            if free:
                taken[start:end] = b"\x01" * (end - start)
        if free:
            kept.append(reading)
    return kept
