"""A conversation as a file to take along: Markdown, a page of HTML, or JSON."""

import json
import re
from dataclasses import dataclass
from typing import Any, Literal, get_args
from urllib.parse import quote

from ui.chats.document import Document, document
from ui.chats.markdown import markdown
from ui.chats.page import page
from ui.chats.parts import filters_to_json
from ui.chats.references import Style
from ui.conversation import Conversation, Exchange
from ui.inert import visible
from ui.texts import Texts
from ui.texts.chats import CHATS

Form = Literal["md", "html", "json"]

FORMS: tuple[Form, ...] = get_args(Form)
_MEDIA = {"md": "text/markdown", "html": "text/html", "json": "application/json"}
_REFUSED = re.compile(r'[<>:"/\\|?*%\x00-\x1f]+')  # by some file system, or by a shell's reader
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
_LONGEST_NAME = 60  # characters, of at most 4 bytes; file systems take 255 bytes


@dataclass(frozen=True)
class Export:
    """A file to be saved: its name, its media type and its bytes."""

    name: str
    media: str
    data: bytes

    @property
    def disposition(self) -> str:
        """The header that names it, for browsers of any age (RFC 6266, RFC 5987)."""
        plain = "yinzheng." + self.name.rpartition(".")[2]
        return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(self.name, safe='')}"


def export(
    conversation: Conversation, title: str, form: Form, style: Style, texts: Texts
) -> Export:
    """The file of a conversation, in the reader's language."""
    own = CHATS[texts.code]
    made = document(conversation, title, style, texts)
    if form == "md":
        text = markdown(made, own)
    elif form == "html":
        text = page(made, own)
    else:
        text = _json(conversation, made)
    name = f"{file_name(title)}.{form}"
    return Export(name, f"{_MEDIA[form]}; charset=utf-8", text.encode("utf-8", "replace"))


def file_name(title: str) -> str:
    """A title as the name of a file, without its ending, that every system takes."""
    words = " ".join(_REFUSED.sub(" ", visible(title)).split())[:_LONGEST_NAME].strip(" .")
    return f"_{words}" if _DEVICES.match(words) else words or "yinzheng"


def _json(conversation: Conversation, made: Document) -> str:
    """What programs read: answers as `python -m rag --json` prints them."""
    fields = {
        "title": made.title,
        "exchanges": [_exchange(exchange) for exchange in conversation.exchanges],
        "references": [
            {
                "number": one.number,
                "reference": one.words,
                "article": one.article.id,
                "title": one.article.title,
                "authors": list(one.article.authors),
                "date": one.article.date,
                "source": one.article.source,
            }
            for one in made.references
        ],
    }
    return json.dumps(fields, ensure_ascii=False, indent=2) + "\n"


def _exchange(exchange: Exchange) -> dict[str, Any]:
    answer = exchange.answer
    return {
        "question": exchange.question,
        "asked": exchange.asked,
        "at": exchange.at,
        "filters": filters_to_json(exchange.filters),
        "answer": None if answer is None else answer.to_json(),
        "trouble": exchange.trouble,
    }
