"""Who is reading: a browser's own number and the language of its page, from its cookies."""

import re
import secrets
from collections.abc import Mapping
from typing import Protocol

from ui.texts import ALL, Texts, texts_for

READER = "yz_reader"  # cookie: tells browsers apart, so that each sees its own chats
LANGUAGE = "yz_lang"  # cookie: the language chosen on the page, in place of the browser's
_NUMBER = re.compile(r"[A-Za-z0-9_-]{16,64}")


class Visit(Protocol):
    """A request of a browser (Starlette's or Gradio's)."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Its headers."""
        ...

    @property
    def cookies(self) -> Mapping[str, str]:
        """Its cookies."""
        ...


def new_reader() -> str:
    """A number for a browser that has none."""
    return secrets.token_urlsafe(18)


def reader_of(visit: Visit) -> str:
    """The number of the browser; "" if it has none (it keeps no cookies)."""
    number = visit.cookies.get(READER, "")
    return number if _NUMBER.fullmatch(number) else ""


def texts_of(visit: Visit) -> Texts:
    """The texts of the language chosen on the page, else of the browser's first that we speak."""
    chosen = visit.cookies.get(LANGUAGE, "")
    found = next((texts for texts in ALL if texts.code == chosen), None)
    return found or texts_for(visit.headers.get("accept-language", ""))
