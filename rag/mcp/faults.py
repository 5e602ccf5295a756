"""What a tool says when it cannot do what it was asked: words for a model, without details."""

import traceback
from pathlib import Path

from index.errors import StoreError
from rag.errors import ModelBusy, ModelError, QuestionError, YinzhengError


class ToolFault(YinzhengError):
    """A tool cannot do this; the message is for whoever called it."""


def words_for(error: YinzhengError) -> str:
    """What is said of an error; paths and reasons that only its log should hold are left out."""
    if isinstance(error, ToolFault | QuestionError):
        return str(error)
    if isinstance(error, ModelBusy):
        return f"the language model is busy; try again in {error.seconds} s"
    if isinstance(error, ModelError):
        return "the language model cannot answer now; search and read the articles instead"
    if isinstance(error, StoreError):
        return "the store of articles cannot be read now; try again later"
    return "this cannot be done now; the log of the server says why"


def place_of(error: Exception) -> str:
    """What the log says of an error.

    The words of errors that are not ours may hold what was asked: of these only kind and place.
    """
    kind = type(error).__name__
    if isinstance(error, YinzhengError):
        return f"{kind}: {error}"
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return kind
    return f"{kind} in {Path(frames[-1].filename).name}, line {frames[-1].lineno}"
