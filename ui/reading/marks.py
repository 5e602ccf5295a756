"""Quoted words of a text, marked."""

from collections.abc import Mapping, Sequence

from index.article import Span
from ui.inert import inert

Quotes = Mapping[str, Sequence[Span]]  # of an answer, by paragraph id


def united(spans: Sequence[Span], length: int) -> tuple[Span, ...]:
    """The spans inside a text of `length` characters, in order; overlapping ones are one.

    Spans that only touch stay apart: a reader steps from one quotation to the next.
    """
    found: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        end = min(span.end, length)
        if span.start >= end:
            continue
        if found and span.start < found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, end))
        else:
            found.append(Span(span.start, end))
    return tuple(found)


def marked(text: str, spans: Sequence[Span]) -> str:
    """A text as HTML, what the spans quote of it in `<mark>`."""
    parts, at = [], 0
    for span in united(spans, len(text)):
        parts += [inert(text[at : span.start]), f"<mark>{inert(span.cut(text))}</mark>"]
        at = span.end
    return "".join([*parts, inert(text[at:])])


def quoted_ids(ids: Sequence[str], quotes: Quotes) -> str:
    """The ids of the paragraphs that are quoted, in reading order, as one attribute's value."""
    return " ".join(key for key in ids if quotes.get(key))
