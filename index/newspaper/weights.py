"""The learned weights of the page reader, in weights.json."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

FILE: Final = Path(__file__).with_name("weights.json")


@cache
def stored() -> dict[str, Any]:
    """All that was learnt: for each decision its features and weights."""
    learnt: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return learnt


@cache
def table(decision: str, features: tuple[str, ...]) -> NDArray[np.float32]:
    """The weights of one decision, shape (…, features).

    Raises:
        ValueError: they were learnt for other features.
    """
    learnt = stored()[decision]
    if tuple(learnt["features"]) != features:
        raise ValueError(f"the weights of {decision} belong to other features; learn them anew")
    return np.array(learnt["weights"], dtype=np.float32)


def forget() -> None:
    """Read the file anew at the next question, because it was learnt anew."""
    stored.cache_clear()
    table.cache_clear()
