"""Haystack's filters as limits of a search; what has no such limit is refused, never ignored."""

from collections.abc import Iterator, Mapping
from typing import Any

from haystack.errors import FilterError

from rag.errors import QuestionError
from rag.filters import Filters

_OPERATORS = {
    "date": (">=", ">", "<=", "<", "=="),
    "source": ("==", "in"),
    "article": ("==", "in"),
}
_POSSIBLE = (
    "possible are meta.date with >=, >, <=, < or ==, meta.source and meta.article with == or in, "
    "and several of these under AND"
)
_NOTHING = Filters(since="9999-12-31", until="0000")  # no article is both


def translated(filters: Mapping[str, Any] | None) -> Filters:
    """The limits that a filter means; none for None and for {}.

    A date is YYYY, YYYY-MM or YYYY-MM-DD and stands for all of its days: `> 2031` is from 2032 on,
    `== 2031-05` any day of that May. A source is a name, a folder or a pattern, as in
    `rag.filters.Filters`. An empty list lets nothing pass.

    Raises:
        FilterError: the filter is malformed, or says what a search cannot be limited to.
    """
    if not filters:
        return Filters()
    since: list[str] = []
    until: list[str] = []
    named: dict[str, tuple[str, ...]] = {}
    for name, operator, value in _comparisons(filters):
        if name == "date":
            first, last = _dated(operator, value)
            since += first
            until += last
        elif name in named:
            raise FilterError(f"meta.{name} is limited twice; name all that may pass with 'in'")
        else:
            named[name] = _names(name, value)
    if not all(named.values()):
        return _NOTHING
    try:
        return Filters(
            max(since, key=_first_day, default=None),
            min(until, key=_last_day, default=None),
            named.get("source", ()),
            named.get("article", ()),
        )
    except QuestionError as error:
        raise FilterError(str(error)) from error


def _comparisons(filters: Any) -> Iterator[tuple[str, str, Any]]:
    """Field (without "meta."), operator and value of all comparisons, which all have to hold."""
    if not isinstance(filters, Mapping) or "operator" not in filters:
        raise FilterError(f"this is no filter of Haystack's: {filters!r}; {_POSSIBLE}")
    operator = filters["operator"]
    if "field" not in filters:
        if operator != "AND" or not isinstance(filters.get("conditions"), list):
            raise FilterError(f"conditions under {operator!r} cannot be used here; {_POSSIBLE}")
        for condition in filters["conditions"]:
            yield from _comparisons(condition)
        return
    name = str(filters["field"]).removeprefix("meta.")
    if operator not in _OPERATORS.get(name, ()):
        raise FilterError(f"{filters['field']} {operator} cannot be used here; {_POSSIBLE}")
    if "value" not in filters:
        raise FilterError(f"{filters['field']} {operator} has no value")
    value = filters["value"]
    if (operator == "in") != isinstance(value, list):
        raise FilterError(f"{filters['field']} {operator} {value!r}: 'in' takes a list, others not")
    yield name, operator, value


def _names(name: str, value: Any) -> tuple[str, ...]:
    names = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str) for one in names):
        raise FilterError(f"meta.{name} is text, and {value!r} is not")
    return tuple(names)


def _dated(operator: str, value: Any) -> tuple[list[str], list[str]]:
    """Bounds below and above (each none or one) that a comparison with a date sets."""
    if not isinstance(value, str):
        raise FilterError(f'meta.date is text like "2031-05-01", and {value!r} is not')
    try:
        Filters(since=value)
    except QuestionError as error:
        raise FilterError(f"meta.date {operator}: {error}") from error
    match operator:
        case ">=":
            return [value], []
        case ">":
            return [_after(value)], []
        case "<=":
            return [], [value]
        case "<":
            return [], [_before(value)]
        case _:
            return [value], [value]


def _after(date: str) -> str:
    """The first limit behind a date; every month has 31 days, as limits need no calendar."""
    if date.endswith("-31") and len(date) == 10 or date.endswith("-12") and len(date) == 7:
        return _after(date[:-3])
    return date[:-2] + f"{int(date[-2:]) + 1:02}" if len(date) > 4 else f"{int(date) + 1:04}"


def _before(date: str) -> str:
    """The last limit before a date."""
    if date.endswith("-01"):
        return _before(date[:-3])
    return date[:-2] + f"{int(date[-2:]) - 1:02}" if len(date) > 4 else f"{int(date) - 1:04}"


def _first_day(date: str) -> str:
    return date + "-00-00"[len(date) - 4 :]


def _last_day(date: str) -> str:
    return date + "-99-99"[len(date) - 4 :]
