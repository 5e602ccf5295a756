"""The place of an article that a page asks for: what is in the address, understood."""

import re
from collections.abc import Sequence

from index.article import Span
from rag.errors import InputError

_QUOTE = re.compile(r"(?P<paragraph>.{1,200}):(?P<start>[0-9]{1,9})-(?P<end>[0-9]{1,9})")
_WINDOW = re.compile(r"(?P<start>[0-9]{1,9})-(?P<end>[0-9]{1,9})")
_MOST = 400  # quotations of one answer; more are a mistake


def quotes_in(values: Sequence[str]) -> dict[str, list[Span]]:
    """Quotations written as `paragraph:start-end`, by paragraph.

    Raises:
        InputError: one is written otherwise, or there are far too many.
    """
    if len(values) > _MOST:
        raise InputError(f"{len(values)} quotations are too many; give {_MOST} at most")
    quotes: dict[str, list[Span]] = {}
    for value in values:
        found = _QUOTE.fullmatch(value)
        if found is None:
            raise InputError(f"{value!r} is no quotation; write paragraph:start-end")
        quotes.setdefault(found["paragraph"], []).append(_span(found))
    return quotes


def window_in(value: str) -> Span | None:
    """A window written as `start-end`; None of "".

    Raises:
        InputError: it is written otherwise.
    """
    if not value:
        return None
    found = _WINDOW.fullmatch(value)
    if found is None:
        raise InputError(f"{value!r} is no window; write start-end")
    return _span(found)


def _span(found: re.Match[str]) -> Span:
    start, end = int(found["start"]), int(found["end"])
    if start >= end:
        raise InputError(f"{found.group()!r} ends where it begins, or before; write start-end")
    return Span(start, end)
