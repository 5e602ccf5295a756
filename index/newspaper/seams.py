"""Language evidence on a seam: do these two lines belong together?

The character model knows the language; the page knows its own words: four characters that span
a seam and stand elsewhere on the page in one piece are hardly chance.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.newspaper.contiguity import Places, Side, beginnings_of, ends_of, seams
from index.newspaper.ends import ends_closed
from index.newspaper.lines import Line

Floats = NDArray[np.float32]
Codes = NDArray[np.uint32]

_FOUR, _THREE = 2.0, 1.0  # nats for characters of the seam seen elsewhere on the page
_LATIN = 0x250  # letters below are Latin
_THINLY = 5  # a table of the page's characters has 2**5 places for each of them
_FIRST, _SECOND, _THIRD = np.array([0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D], dtype=np.uint32)


class Seams:
    """Scores seams of one page."""

    def __init__(self, lines: Sequence[Line]) -> None:
        """`lines` are all printed lines of the page."""
        self._page = "\n".join([line.text for line in lines])
        self._threes = _Threes(self._page)

    def scores(self, befores: Sequence[str], afters: Sequence[str]) -> Floats:
        """Log-odds that each `after` directly continues its `before`."""
        places = np.arange(len(befores))
        return self.between(befores, afters, places, places)

    def between(
        self, befores: Sequence[str], afters: Sequence[str], i: Places, j: Places
    ) -> Floats:
        """Log-odds that the `afters` j directly continue the `befores` i, pair by pair.

        Each line is looked at once, in however many pairs it stands.
        """
        scores = seams(ends_of(befores), beginnings_of(afters), i, j)
        ends = _codes([before[-1:-3:-1] for before in befores])
        beginnings = _codes([after[:2] for after in afters])
        latin = (ends[:, 0] < _LATIN)[i] & (beginnings[:, 0] < _LATIN)[j]
        for k in np.flatnonzero(latin).tolist():
            scores[k] = _latin(befores[i[k]], afters[j[k]])
        for k in np.flatnonzero(self._threes.may_hold(ends, beginnings, i, j) & ~latin).tolist():
            scores[k] += self._seen(befores[i[k]], afters[j[k]])
        return scores

    def _seen(self, before: str, after: str) -> float:
        """What it says that the seam's characters stand elsewhere on the page in one piece."""
        page = self._page
        if before[-2:] + after[:2] in page:
            return _FOUR
        return _THREE if before[-1] + after[:2] in page or before[-2:] + after[0] in page else 0.0


class _Threes:
    """Which three characters in a row a page may hold: a table of hashes, so some more."""

    def __init__(self, page: str) -> None:
        bits = max(10, len(page).bit_length() + _THINLY)
        codes = np.frombuffer(page.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        self._shift = np.uint32(32 - bits)
        self._held = np.zeros(1 << bits, dtype=np.bool_)
        threes = codes[:-2] * _FIRST + codes[1:-1] * _SECOND + codes[2:] * _THIRD
        self._held[threes >> self._shift] = True

    def may_hold(self, ends: Codes, beginnings: Codes, i: Places, j: Places) -> NDArray[np.bool_]:
        """Whether two characters of end i and one of beginning j, or one and two, may stand here.

        The first column of each is the character at the seam; 0 stands for none, and there
        everything may be.
        """
        one_end, two_ends = ends[:, 0] * _FIRST, ends[:, 1] * _FIRST + ends[:, 0] * _SECOND
        one, two = beginnings[:, 0] * _THIRD, beginnings[:, 0] * _SECOND + beginnings[:, 1] * _THIRD
        held = self._held[(one_end[i] + two[j]) >> self._shift]
        held |= self._held[(two_ends[i] + one[j]) >> self._shift]
        return np.asarray(held | (ends[:, 1] == 0)[i] | (beginnings[:, 1] == 0)[j])


def _codes(pairs: list[str]) -> Codes:
    """Shape (pairs, 2): the code points of two characters; 0 where there is none."""
    return np.array(pairs, dtype="<U2").view(np.uint32).reshape(len(pairs), 2)


def _latin(before: str, after: str) -> float:
    """In Latin script a small letter goes on with a sentence, a capital mostly begins one."""
    if not (before[-1].isalpha() or after[0].isalpha()):
        return 0.0
    if after[0].islower():
        return 2.0 if not ends_closed(before) else 0.0
    if before[-1] == "-":
        return -1.0
    return 0.5 if not ends_closed(before) else 0.0
