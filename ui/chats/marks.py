"""A text cut where quotations begin and end."""

from collections.abc import Sequence

from index.article import Span


def split_at(text: str, spans: Sequence[Span]) -> list[tuple[str, bool]]:
    """The text in order, in runs that are quoted or not; overlapping quotations are one."""
    runs: list[tuple[str, bool]] = []
    at = 0
    for span in sorted(spans, key=lambda one: (one.start, one.end)):
        start, end = max(at, span.start), min(span.end, len(text))
        if start >= end:
            continue
        if at < start:
            runs.append((text[at:start], False))
        if runs and runs[-1][1]:
            runs[-1] = (runs[-1][0] + text[start:end], True)
        else:
            runs.append((text[start:end], True))
        at = end
    if at < len(text):
        runs.append((text[at:], False))
    return runs
