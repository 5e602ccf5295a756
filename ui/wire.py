"""What the page tells the server with a question: JSON in a hidden box, never trusted."""

import json
from dataclasses import dataclass, field
from typing import Any

from rag.errors import QuestionError
from rag.filters import Filters

_MOST = 200  # sources and articles in a filter


@dataclass(frozen=True)
class Wire:
    """One message of the page.

    Attributes:
        filters: the limits that the reader set.
        again: the exchange that is asked anew; 0 for none.
        editing: the exchange whose question what is in the box replaces; 0 for none.
        verbatim: ask as typed, whatever was asked before.
        chat: an earlier chat to be shown; "" for a new one.
        question: an example that was chosen, instead of what is in the box.
    """

    filters: Filters = field(default_factory=Filters)
    again: int = 0
    editing: int = 0
    verbatim: bool = False
    chat: str = ""
    question: str = ""

    def spent(self) -> str:
        """The message as it stays in the box once it was heard: only the limits."""
        filters = {
            "since": self.filters.since,
            "until": self.filters.until,
            "sources": self.filters.sources,
            "articles": self.filters.articles,
        }
        return json.dumps({"filters": filters}, ensure_ascii=False)


def read_wire(text: str) -> Wire:
    """The message in the hidden box; an empty one says nothing.

    Raises:
        QuestionError: it cannot be read, or a limit cannot be meant.
    """
    if not text:
        return Wire()
    try:
        said = json.loads(text)
        found = said.get("filters") or {}
        filters = Filters(
            _text(found.get("since")) or None,
            _text(found.get("until")) or None,
            _texts(found.get("sources")),
            _texts(found.get("articles")),
        )
        return Wire(
            filters,
            _number(said.get("again")),
            _number(said.get("editing")),
            said.get("verbatim") is True,
            _text(said.get("chat")),
            _text(said.get("question")),
        )
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise QuestionError("the page sent what cannot be read; load it again") from error


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _number(value: Any) -> int:
    if value is None:
        return 0
    if type(value) is not int:
        raise TypeError(value)
    return value


def _texts(values: Any) -> tuple[str, ...]:
    if values is None:
        return ()
    if not isinstance(values, list) or len(values) > _MOST:
        raise TypeError(values)
    return tuple(_text(value) for value in values)
