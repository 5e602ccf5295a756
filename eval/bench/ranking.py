"""Measures of a ranked list: what is right is a set, and every right item counts alike."""

import math
from collections.abc import Collection, Sequence

DEPTH = 10


def ndcg(found: Sequence[object], right: Collection[object]) -> float:
    """nDCG@10 with gains of 0 and 1 (Järvelin and Kekäläinen 2002).

    The sum of 1 / log2(1 + place) over the right items among the first ten, divided by the sum
    that the best possible list has. With one right item it is 1 / log2(1 + its place).
    """
    gained = math.fsum(_gain(place) for place, item in enumerate(found[:DEPTH], 1) if item in right)
    return gained / math.fsum(_gain(place) for place in range(1, min(DEPTH, len(right)) + 1))


def recall(found: Sequence[object], right: Collection[object], k: int) -> float:
    """1 when a right item is among the first `k`, else 0; its mean is the share of questions.

    With one right item that is recall@k; with several it is also called success@k or hit rate.
    """
    return float(any(item in right for item in found[:k]))


def _gain(place: int) -> float:
    return 1 / math.log2(1 + place)
