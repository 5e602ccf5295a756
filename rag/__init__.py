"""Yinzheng: from a question to a cited answer. What embedders import, and nothing more.

Names are loaded on first use, so that `import rag` costs nothing and needs neither Gradio nor
llama.cpp.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from index.article import Article, Paragraph, Span
    from index.store import Store, open_store
    from rag.answer import (
        Answer,
        AnswerFinished,
        Citation,
        Event,
        Hit,
        QuestionRewritten,
        Sentence,
        SentenceChecked,
        SourcesFound,
        TextAdded,
        Turn,
    )
    from rag.assistant import Assistant, open_assistant
    from rag.errors import YinzhengError
    from rag.retriever import Retriever

__all__ = [
    "Answer",
    "AnswerFinished",
    "Article",
    "Assistant",
    "Citation",
    "Event",
    "Hit",
    "Paragraph",
    "QuestionRewritten",
    "Retriever",
    "Sentence",
    "SentenceChecked",
    "SourcesFound",
    "Span",
    "Store",
    "TextAdded",
    "Turn",
    "YinzhengError",
    "open_assistant",
    "open_store",
]

_EVENTS = ("AnswerFinished", "Event", "QuestionRewritten", "SentenceChecked", "SourcesFound")
_HOMES = {
    "index.article": ("Article", "Paragraph", "Span"),
    "index.store": ("Store", "open_store"),
    "rag.answer": (*_EVENTS, "Answer", "Citation", "Hit", "Sentence", "TextAdded", "Turn"),
    "rag.assistant": ("Assistant", "open_assistant"),
    "rag.errors": ("YinzhengError",),
    "rag.retriever": ("Retriever",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
