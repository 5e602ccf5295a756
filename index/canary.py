"""Fixed texts whose vectors a store keeps: do models and libraries still give the same ones?

The fingerprint of an embedder is made of its files. What computes with them may change all the
same: a release of a library, a processor. Then vectors of questions no longer fit those of a store.
"""

import base64
import hashlib

import numpy as np
from numpy.typing import NDArray

from index.embedder import Embedder, Vectors

CANARY = "canary.npy"
TEXTS = (
    "江边的新桥昨天通车，桥长五百米。",
    "市图书馆周二闭馆，周三照常开放。",
    "今年的稻谷比去年多收了三成。",
    "她说：“渡船晚点了，我们等了两个钟头。”",
    "The ferry to the island leaves at 7.40 in the morning.",
    "Prices of bread rose by 3 per cent in March 2030.",
    "Who will repair the roof of the old town hall?",
    "The mayor thanked the volunteers and promised a second bridge.",
)
_LEAST = 0.999  # cosine of a text's vectors then and now; half precision alone gives 0.999999

Halves = NDArray[np.float16]


def canary_of(embedder: Embedder) -> Halves:
    """The vectors of the fixed texts, shape (texts, dimension)."""
    return embedder.embed(TEXTS, kind="passage").astype("<f2")


def as_text(vectors: Halves) -> str:
    """Vectors as text, for a table."""
    return base64.b64encode(vectors.tobytes()).decode()


def from_text(text: str) -> Halves:
    """The vectors that `as_text` wrote."""
    return np.frombuffer(base64.b64decode(text), "<f2").reshape(len(TEXTS), -1)


def name_of(vectors: Halves) -> str:
    """What the vectors are known by."""
    return hashlib.sha256(vectors.tobytes()).hexdigest()[:16]


def maker_of(embedder: str, vectors: Halves) -> str:
    """What vectors are kept under: of one fingerprint they differ where these differ."""
    return f"{embedder}/{name_of(vectors)}"


def agree(stored: Halves, now: Halves) -> bool:
    """Whether each text has the same vector, up to rounding."""
    if stored.shape != now.shape:
        return False
    then, these = _directions(stored), _directions(now)
    return bool((np.sum(then * these, axis=1) >= _LEAST).all())


def _directions(vectors: Halves) -> Vectors:
    wide = vectors.astype(np.float32)
    return np.asarray(wide / np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1e-9))
