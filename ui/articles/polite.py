"""Work in the background that lets questions go first."""

import os
import sys
import threading
import time
from collections.abc import Sequence

import numpy as np

from index.embedder import Embedder, Kind, Vectors

PIECE = 64  # texts embedded in one call
_PAUSE = 0.001  # seconds between two calls, in which another thread gets its turn
_NICE = 10  # steps down from the usual priority


class Polite:
    """An embedder in small pieces, so that a question never waits for a thousand paragraphs."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.fingerprint = embedder.fingerprint
        self.dimension = embedder.dimension

    def embed(self, texts: Sequence[str], *, kind: Kind) -> Vectors:
        """See `index.embedder.Embedder.embed`."""
        parts = [np.zeros((0, self.dimension), np.float32)]
        for start in range(0, len(texts), PIECE):
            parts.append(self._embedder.embed(texts[start : start + PIECE], kind=kind))
            time.sleep(_PAUSE)
        return np.concatenate(parts)


def give_way() -> None:
    """Lower the priority of the thread that calls; where a system knows no such thing, nothing."""
    if sys.platform == "linux":  # elsewhere a priority belongs to the whole process
        try:
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        except OSError:
            return  # not allowed here: questions only wait a little longer
