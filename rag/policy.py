"""What becomes of sentences that their sources do not support: marked, left out, or quoted."""

import os
from typing import Literal, get_args

from rag.errors import InputError

Unsupported = Literal["flag", "drop", "quote"]

CHOICES: tuple[Unsupported, ...] = get_args(Unsupported)
VARIABLE = "RAG_UNSUPPORTED"


def unsupported_choice(name: str | None = None) -> Unsupported:
    """The policy called `name`, else the one in RAG_UNSUPPORTED, else flag.

    Raises:
        InputError: there is none of this name.
    """
    name = name or os.environ.get(VARIABLE) or "flag"
    for choice in CHOICES:
        if choice == name:
            return choice
    raise InputError(
        f"unsupported sentences cannot be treated by {name!r}; give {', '.join(CHOICES[:-1])} or "
        f"{CHOICES[-1]} (--unsupported, {VARIABLE})"
    )
