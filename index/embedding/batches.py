"""Texts in batches of like length, so that little of a batch is padding."""

from collections.abc import Sequence

BUDGET = 8192  # tokens of a batch, padding included: more gains nothing on a CPU
MOST = 256  # texts of a batch


def batches(lengths: Sequence[int]) -> list[list[int]]:
    """Positions of texts, batch by batch, longest first; `lengths` are theirs in tokens.

    A batch costs its longest text times its size, which stays within `BUDGET` where a single text
    does, and it has at most `MOST` texts.
    """
    found: list[list[int]] = []
    widest = 0
    for position in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        full = found and (len(found[-1]) == MOST or (len(found[-1]) + 1) * widest > BUDGET)
        if not found or full:
            found.append([])
            widest = lengths[position]
        found[-1].append(position)
    return found
