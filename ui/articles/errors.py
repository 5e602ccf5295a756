"""What cannot be done with the articles, by a name under which every language has its words."""

from typing import Literal

from rag.errors import (
    EmbedderError,
    InputError,
    StoreBusy,
    StoreDamaged,
    StoreMismatch,
    YinzhengError,
)

Reason = Literal[
    "off", "name", "kind", "empty", "large", "much", "full", "job", "nothing_waits", "too_late",
    "unknown", "no_way_back", "undone", "changed", "taken", "dates", "failed",
    "store_busy", "mismatch", "damaged", "unwritable", "unreadable",
]  # fmt: skip


class Refusal(YinzhengError):
    """Something that a reader asked for and that is not done; `name` is the file meant."""

    def __init__(self, reason: Reason, why: str, *, name: str = "") -> None:
        super().__init__(why)
        self.reason: Reason = reason
        self.name = name


def reason_of(error: YinzhengError) -> Reason:
    """The name of an error, one of the index too."""
    if isinstance(error, Refusal):
        return error.reason
    kinds: tuple[tuple[type[YinzhengError], Reason], ...] = (
        (StoreBusy, "store_busy"),
        (StoreMismatch, "mismatch"),
        (EmbedderError, "mismatch"),
        (StoreDamaged, "damaged"),
        (InputError, "unreadable"),
    )
    return next((reason for kind, reason in kinds if isinstance(error, kind)), "unwritable")
