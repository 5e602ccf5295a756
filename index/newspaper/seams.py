"""Language evidence on a seam: do these two lines belong together?

The character model knows the language; the page knows its own words: four characters that span
a seam and stand elsewhere on the page in one piece are hardly chance.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.newspaper.contiguity import edges, seams, sides_of
from index.newspaper.ends import ends_closed
from index.newspaper.lines import Line
from index.newspaper.scorer import Places

Floats = NDArray[np.float32]

_FOUR, _THREE = 2.0, 1.0  # nats for characters of the seam seen elsewhere on the page
_LATIN = 0x250  # letters below are Latin
_MANY = 4096  # lines whose sides are kept at once
_LARGEST = 22  # bits: a larger table of hashes is not made
_PIECE = 1 << 20  # characters that are hashed at once
_THINLY = 5  # a table of the page's characters has 2**5 places for each of them
_FIRST, _SECOND, _THIRD = np.array([0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D], dtype=np.uint32)


class Seams:
    """Scores seams of one page."""

    def __init__(self, lines: Sequence[Line]) -> None:
        """`lines` are all printed lines of the page."""
        texts = [line.text for line in lines]
        self._page = "\n".join(texts)
        known = texts if len(texts) <= _MANY else []
        self._lines = _Sides(known)
        self._places = {text: place for place, text in enumerate(known)}
        self._threes = _Threes(self._page)
        self._scores: dict[tuple[str, str], float] = {}  # of pairs that were asked for

    def scores(self, befores: Sequence[str], afters: Sequence[str]) -> Floats:
        """Log-odds that each `after` directly continues its `before`."""
        known = self._scores
        pairs = list(zip(befores, afters, strict=True))
        new = [pair for pair in pairs if pair not in known]
        for at in range(0, len(new), _MANY):
            ends, beginnings = zip(*new[at : at + _MANY], strict=True)
            places = np.arange(len(ends))
            found = self.between(ends, beginnings, places, places).tolist()
            known.update(zip(new[at : at + _MANY], found, strict=True))
        return np.array([known[pair] for pair in pairs], dtype=np.float32)

    def between(
        self, befores: Sequence[str], afters: Sequence[str], i: Places, j: Places
    ) -> Floats:
        """Log-odds that the `afters` j directly continue the `befores` i, pair by pair."""
        sides, places = self._lines, self._places
        try:
            one = np.array([places[text] for text in befores], dtype=np.intp)
            other = np.array([places[text] for text in afters], dtype=np.intp)
            i, j = one[i], other[j]
        except KeyError:  # a line that was cut in two
            sides, j = _Sides([*befores, *afters]), j + len(befores)
        scores = seams(sides.ends, sides.beginnings, i, j)
        texts, latin = sides.texts, sides.latin(i, j)
        for k in np.flatnonzero(latin).tolist():
            scores[k] = _latin(texts[i[k]], texts[j[k]])
        for k in np.flatnonzero(self._threes.may_hold(sides, i, j) & ~latin).tolist():
            scores[k] += self._seen(texts[i[k]], texts[j[k]])
        return scores

    def _seen(self, before: str, after: str) -> float:
        """What it says that the seam's characters stand elsewhere on the page in one piece."""
        page = self._page
        if before[-2:] + after[:2] in page:
            return _FOUR
        return _THREE if before[-1] + after[:2] in page or before[-2:] + after[0] in page else 0.0


class _Sides:
    """Ends and beginnings of lines, ready to be compared with one another."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        read = edges(texts)
        last, first = (codes.T.copy() for codes in read)
        self.ends, self.beginnings = sides_of(texts, read)
        self._latin_end, self._latin_beginning = last[0] < _LATIN, first[0] < _LATIN
        # What the last one and two characters add to the hash of three, and the first two.
        self.last, self.last_two = last[0] * _FIRST, last[1] * _FIRST + last[0] * _SECOND
        self.first, self.first_two = first[0] * _THIRD, first[0] * _SECOND + first[1] * _THIRD
        self.brief = last[1] == 0

    def latin(self, i: Places, j: Places) -> NDArray[np.bool_]:
        """Whether end i and beginning j are both Latin."""
        return np.asarray(self._latin_end[i] & self._latin_beginning[j])


class _Threes:
    """Which three characters in a row a page may hold: a table of hashes, so some more."""

    def __init__(self, page: str) -> None:
        bits = min(_LARGEST, len(page).bit_length() + _THINLY)
        self._shift = np.uint32(32 - bits)
        self._held = np.zeros(1 << bits, dtype=np.bool_)
        for at in range(0, len(page), _PIECE):
            piece = page[at : at + _PIECE + 2].encode("utf-32-le", "surrogatepass")
            codes = np.frombuffer(piece, dtype=np.uint32)
            threes = codes[:-2] * _FIRST + codes[1:-1] * _SECOND + codes[2:] * _THIRD
            self._held[threes >> self._shift] = True

    def may_hold(self, sides: _Sides, i: Places, j: Places) -> NDArray[np.bool_]:
        """Whether two characters of end i and one of beginning j, or one and two, may stand here.

        A line of one character has no two: there everything may be.
        """
        held = self._held[(sides.last[i] + sides.first_two[j]) >> self._shift]
        held |= self._held[(sides.last_two[i] + sides.first[j]) >> self._shift]
        if sides.brief.any():
            held |= sides.brief[i] | sides.brief[j]
        return np.asarray(held)


def _latin(before: str, after: str) -> float:
    """In Latin script a small letter goes on with a sentence, a capital mostly begins one."""
    if not (before[-1].isalpha() or after[0].isalpha()):
        return 0.0
    if after[0].islower():
        return 2.0 if not ends_closed(before) else 0.0
    if before[-1] == "-":
        return -1.0
    return 0.5 if not ends_closed(before) else 0.0
