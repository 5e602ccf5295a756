"""Which form an answer of a language model has: free text, or sentences quoted word for word."""

import os
from typing import Literal, get_args

from rag.errors import InputError
from rag.llm import AnswerStyle

StyleChoice = Literal["auto", "prose", "quote"]  # auto: what suits the model

CHOICES: tuple[StyleChoice, ...] = get_args(StyleChoice)
VARIABLE = "RAG_ANSWER_STYLE"


def style_choice(name: str | None = None) -> StyleChoice:
    """The choice called `name`, else the one in RAG_ANSWER_STYLE, else auto.

    Raises:
        InputError: there is none of this name.
    """
    name = name or os.environ.get(VARIABLE) or "auto"
    for choice in CHOICES:
        if choice == name:
            return choice
    raise InputError(
        f"there is no answer style {name!r}; give {', '.join(CHOICES[:-1])} or {CHOICES[-1]} "
        f"(--answer-style, {VARIABLE})"
    )


def chosen_style(choice: StyleChoice, suits: AnswerStyle) -> AnswerStyle:
    """The style to answer in, for a model that a style suits."""
    return suits if choice == "auto" else choice
