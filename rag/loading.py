"""Telling somebody at a terminal how far a model is loaded."""

import sys
from collections.abc import Callable

from tqdm import tqdm

PATIENCE = 2.0  # seconds before anything is shown


def loading_bar() -> Callable[[float], None]:
    """What takes the share that is loaded, and shows it on stderr if loading takes a while."""
    bar = tqdm(
        total=100,
        desc="loading the language model",
        bar_format="{desc}: {percentage:3.0f} %",
        delay=PATIENCE,
        leave=False,
        disable=None,
        file=sys.stderr,
    )

    def told(share: float) -> None:
        bar.update(100 * share - bar.n)
        if share >= 1.0:
            bar.close()

    return told
