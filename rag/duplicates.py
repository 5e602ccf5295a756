"""Near-duplicates among hits: wire copy printed twice, a story carried over into a later edition.

Two paragraphs are the same when nearly all their pairs of characters are, and every figure, date
and word of denial: a changed figure makes another statement, however alike the words.
"""

import re
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from index.text import fold
from rag.facts import facts

NEAR = 0.85  # cosine of two paragraphs below which their words are not compared
ALIKE = 0.85  # share of pairs of characters in common, of all that either has (Jaccard)

_DENIAL = re.compile(r"[不没未无非否]|\b(?:not?|never|none|nor)\b|n't\b|ない|ません|\bне\b")
_SPACE_OR_MARK = re.compile(r"[\W_]+")


def printed_again(texts: Sequence[str], vectors: NDArray[np.float32]) -> list[int]:
    """For each paragraph the place of the first one that it repeats, its own where it is new.

    `vectors` (n, dimension), of length 1, save comparing the words of paragraphs far apart. They
    hold the titles too, so that short paragraphs may lie apart although their words are the same.
    """
    near = vectors @ vectors.T >= NEAR
    read = [_Read(text) for text in texts]
    first: list[int] = []
    for place, paragraph in enumerate(read):
        repeated = (
            other
            for other in range(place)
            if first[other] == other
            and (near[place, other] or texts[other] == texts[place])
            and read[other].repeats(paragraph)
        )
        first.append(next(repeated, place))
    return first


def same_statement(one: str, other: str) -> bool:
    """Whether two paragraphs say the same in nearly the same words."""
    return _Read(one).repeats(_Read(other))


class _Read:
    """A paragraph, and what is compared of it, made when it is needed."""

    def __init__(self, text: str) -> None:
        self._text = text

    def repeats(self, other: "_Read") -> bool:
        if self._text == other._text:
            return True
        lengths = sorted((len(self._text), len(other._text)))
        return (
            2 * lengths[0] >= lengths[1]
            and self._shares_pairs_with(other)
            and self._statement == other._statement
        )

    def _shares_pairs_with(self, other: "_Read") -> bool:
        one, two = self._pairs, other._pairs
        common = len(one & two)
        return common >= ALIKE * (len(one) + len(two) - common)

    @cached_property
    def _folded(self) -> str:
        return fold(self._text)

    @cached_property
    def _pairs(self) -> set[str]:
        text = _SPACE_OR_MARK.sub("", self._folded)
        return {text[i : i + 2] for i in range(max(1, len(text) - 1))}

    @cached_property
    def _statement(self) -> tuple[object, ...]:
        """What no edition may change: figures, dates, and how often something is denied."""
        found = facts(self._text)
        return found.numbers, found.dates, len(_DENIAL.findall(self._folded))
