"""The characters of many lines looked at together: how the lines end and begin, what they hold."""

from collections.abc import Sequence
from enum import IntFlag

import numpy as np
from numpy.typing import NDArray

from index.newspaper.ends import CLAUSE, CLOSERS, CLOSING, NEVER_FIRST, OPENING, STOPS, ends_closed

Flags = NDArray[np.bool_]


class Mark(IntFlag):
    """Kinds of characters; one character may be of several."""

    STOP = 1  # ends a sentence
    DOUBTFUL = 2  # may stand behind the end of a sentence, or be it: more must be looked at
    CLAUSE = 4
    NEVER_FIRST = 8
    FULL_STOP = 16
    LOUD = 32  # ends a sentence too, mostly of speech, or closes a quotation
    COLON = 64
    SEMICOLON = 128
    COMMA = 256
    DASH = 512
    HASH = 1024
    BRACKET = 2048
    NEWS = 4096  # stands in every dateline
    OPENS = 8192  # quotation marks and brackets
    CLOSES = 16384
    PAUSE = 32768  # parts sentences, or the items of a list


_HELD = {
    Mark.STOP: STOPS,
    Mark.DOUBTFUL: CLOSERS | set(".…"),
    Mark.CLAUSE: CLAUSE,
    Mark.NEVER_FIRST: NEVER_FIRST,
    Mark.FULL_STOP: set("。；;．"),
    Mark.LOUD: set("！？!?”’」』"),
    Mark.COLON: set("：:"),
    Mark.SEMICOLON: set("；;"),
    Mark.COMMA: set("，,"),
    Mark.DASH: set("—-─"),
    Mark.HASH: set("#"),
    Mark.BRACKET: set("（(【["),
    Mark.NEWS: set("讯电息"),
    Mark.OPENS: set(OPENING),
    Mark.CLOSES: set(CLOSING),
    Mark.PAUSE: set("。；;"),
}
_MARKS = np.zeros(0x10000, dtype=np.uint16)  # by code point; those beyond are no marks
for _mark, _characters in _HELD.items():
    _MARKS[[ord(character) for character in _characters]] |= np.uint16(_mark)


class Marks:
    """The marks of many lines, none of which is empty."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        self._marks = _MARKS[np.minimum(codes, len(_MARKS) - 1)]
        lengths = np.array([len(text) for text in texts], dtype=np.intp)
        ends = np.cumsum(lengths)
        self._owners = np.repeat(np.arange(len(texts)), lengths)
        self._first, self._last = self._marks[ends - lengths], self._marks[ends - 1]

    def first(self, mark: Mark) -> Flags:
        """Which lines begin with such a character."""
        return np.asarray((self._first & np.uint16(mark)) != 0)

    def last(self, mark: Mark) -> Flags:
        """Which lines end with such a character."""
        return np.asarray((self._last & np.uint16(mark)) != 0)

    def count(self, mark: Mark) -> NDArray[np.intp]:
        """How many such characters each line holds."""
        held = np.flatnonzero(self._marks & np.uint16(mark))
        return np.bincount(self._owners[held], minlength=len(self._texts))

    def closed(self) -> Flags:
        """`ends_closed` of every line."""
        found = self.last(Mark.STOP)
        for k in np.flatnonzero(self.last(Mark.DOUBTFUL) & ~found).tolist():
            found[k] = ends_closed(self._texts[k])
        return found
