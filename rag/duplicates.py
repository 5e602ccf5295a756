"""Near-duplicates among hits: wire copy printed twice, a story carried over into a later edition.

Two paragraphs are the same when nearly all their pairs of characters are, and every figure, date
and word of denial: a changed figure makes another statement, however alike the words.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.text import fold
from rag.facts import facts

NEAR = 0.9  # cosine of two paragraphs below which their words are not compared
ALIKE = 0.85  # share of pairs of characters in common, of all that either has (Jaccard)

_DENIAL = re.compile(r"[不没未无非否]|\b(?:not?|never|none|nor)\b|n't\b|ない|ません|\bне\b")
_SPACE_OR_MARK = re.compile(r"[\W_]+")


def same_statement(one: str, other: str) -> bool:
    """Whether two paragraphs say the same in nearly the same words."""
    if one == other:
        return True
    if 2 * min(len(one), len(other)) < max(len(one), len(other)):
        return False
    first, second = fold(one), fold(other)
    if _overlap(_pairs(first), _pairs(second)) < ALIKE:
        return False
    if len(_DENIAL.findall(first)) != len(_DENIAL.findall(second)):
        return False
    here, there = facts(one), facts(other)
    return (here.numbers, here.dates) == (there.numbers, there.dates)


def printed_again(texts: Sequence[str], vectors: NDArray[np.float32]) -> list[int]:
    """For each paragraph the place of the first one that it repeats, its own where it is new.

    `vectors` (n, dimension), of length 1, save comparing the words of paragraphs far apart.
    """
    near = vectors @ vectors.T >= NEAR
    first: list[int] = []
    for place, text in enumerate(texts):
        repeated = (
            other
            for other in np.flatnonzero(near[place, :place])
            if first[other] == other and same_statement(texts[other], text)
        )
        first.append(int(next(repeated, place)))
    return first


def _pairs(folded: str) -> set[str]:
    text = _SPACE_OR_MARK.sub("", folded)
    return {text[i : i + 2] for i in range(max(1, len(text) - 1))}


def _overlap(one: set[str], other: set[str]) -> float:
    return len(one & other) / max(1, len(one | other))
