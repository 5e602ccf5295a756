"""What a choice among models keeps account of: what is open, and what is on its way."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from rag import Assistant
from rag.llm import LLM
from rag.model_files import parts


@dataclass(frozen=True)
class Status:
    """What answers and what is being loaded.

    Attributes:
        current: name of what answers, as it was chosen.
        wanted: name of what is being loaded; "" if nothing is.
        share: how much of that is loaded, 0 to 1; None as long as this is not known.
        error: why what was chosen last does not answer; "" if nothing went wrong.
        failed: the name of that.
    """

    current: str
    wanted: str = ""
    share: float | None = None
    error: str = ""
    failed: str = ""


@dataclass(eq=False)
class Opened:
    """An assistant, and how many answers it is giving; `path` is the file of its model."""

    name: str
    path: Path | None
    assistant: Assistant
    users: int = 0
    retired: bool = False  # to be closed when it gives no answer any more
    closing: bool = False
    closed: threading.Event = field(default_factory=threading.Event)


@dataclass(eq=False)
class Loading:
    """A model on its way, which begins when the thread of the one before has ended."""

    name: str
    path: Path
    after: threading.Thread | None
    share: float | None = None
    unwanted: bool = False


class Cancelled(Exception):
    """Nobody wants the model any more that is being loaded."""


def telling(loading: Loading) -> Callable[[float], None]:
    """What is told how much is loaded, and ends a loading that nobody wants any more."""

    def told(share: float) -> None:
        loading.share = share
        if loading.unwanted:
            raise Cancelled

    return told


def size_of(path: Path) -> int:
    """Bytes of a model; of one in parts, of all of them."""
    files = map(path.with_name, parts(path.name))
    return sum(file.stat().st_size for file in files if file.exists())


def close(model: LLM | None) -> None:
    """End a model that has something to end."""
    end = getattr(model, "close", None)
    if callable(end):
        end()
