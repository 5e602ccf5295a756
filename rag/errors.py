"""Errors a user can meet while asking; every message names its remedy.

YinzhengError             (index.errors: also InputError, EmbedderError, StoreError …)
├── ModelError            the language model cannot be found, loaded or run
│   └── ModelBusy             too many questions wait for it already
├── PromptError           a prompt file is missing or its variables do not fit
└── QuestionError         the question, or a row of a batch, cannot be used
"""

from index.errors import (
    EmbedderError,
    InputError,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreMismatch,
    StoreMissing,
    YinzhengError,
)

__all__ = [
    "EmbedderError",
    "InputError",
    "ModelBusy",
    "ModelError",
    "PromptError",
    "QuestionError",
    "StoreBusy",
    "StoreDamaged",
    "StoreError",
    "StoreMismatch",
    "StoreMissing",
    "YinzhengError",
]


class ModelError(YinzhengError):
    """The language model cannot be found, loaded or run."""


class ModelBusy(ModelError):
    """Too many questions wait for the language model; in `seconds` there may be a place."""

    def __init__(self, why: str, seconds: int) -> None:
        super().__init__(f"{why}; try again in {seconds} s")
        self.seconds = seconds


class PromptError(YinzhengError):
    """A prompt file is missing or its variables do not fit."""


class QuestionError(YinzhengError):
    """The question, or a row of a batch, cannot be used."""
