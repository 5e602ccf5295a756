"""Distances from the day of writing: three years ago, 三天前, hace dos años."""

import re
from collections.abc import Sequence

from rag.facts.fact import Figure, Form, Relative

_BEHIND = re.compile(r" ?(?:ago\b|earlier\b|назад\b|тому назад\b|atrás\b|[之以]?前(?!后|往))")
_BEFORE = re.compile(r"\b(?:hace|il y a|vor|há) $")
_FARTHEST = 200  # of each unit


def told_ago(forms: Sequence[Figure], text: str, start: int, end: int) -> tuple[Form, ...]:
    """The day, month or year that a time of `forms` is told to lie back, if it is told so."""
    figure = forms[0]
    if figure.unit not in ("month", "second") or not _is_ago(text, start, end):
        return ()
    if not 0 < figure.value <= _FARTHEST or figure.value % 1:
        return ()
    number = int(figure.value)
    days, rest = divmod(int(figure.factor), 86400)
    if figure.unit == "second":
        return (Relative("day", -number * days),) if days and not rest else ()
    if figure.factor == 12:
        return (Relative("year", -number),)
    return (Relative("month", -number),) if figure.factor == 1 else ()


def _is_ago(text: str, start: int, end: int) -> bool:
    return bool(_BEHIND.match(text, end) or _BEFORE.search(text, max(0, start - 9), start))
