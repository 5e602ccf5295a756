"""Line numbers of a raw text, counted from 1 as an editor does."""

import re
from bisect import bisect_right
from collections.abc import Iterable

from index.article import Piece, Span

_BREAK = re.compile(r"\r\n|[\r\n]")


class Lines:
    """The lines of a raw text."""

    def __init__(self, raw: str) -> None:
        breaks = list(_BREAK.finditer(raw))
        self._starts = [0, *(found.end() for found in breaks)]
        self._ends = [*(found.start() for found in breaks), len(raw)]
        self._blank = [not span.cut(raw).strip() for span in self.spans()]

    def spans(self) -> list[Span]:
        """Every line without its break."""
        return [Span(s, e) for s, e in zip(self._starts, self._ends, strict=True)]

    def number(self, offset: int) -> int:
        """The number of the line that holds the character at `offset`."""
        return bisect_right(self._starts, offset)

    def printed(self, pieces: Iterable[Piece]) -> str:
        """Where pieces stand, in their order: `line 4`, `lines 9–11, 61–63`, "" for none.

        Lines with only blank lines between them count as neighbours.
        """
        ranges: list[list[int]] = []
        for piece in pieces:
            first = self.number(piece.raw_start)
            last = self.number(piece.raw_start + max(piece.length - 1, 0))
            if ranges and self._neighbours(ranges[-1][1], first):
                ranges[-1][1] = max(ranges[-1][1], last)
            else:
                ranges.append([first, last])
        words = ", ".join(f"{a}–{b}" if a < b else str(a) for a, b in ranges)
        several = len(ranges) > 1 or any(a < b for a, b in ranges)
        return (("lines " if several else "line ") + words) if ranges else ""

    def _neighbours(self, before: int, line: int) -> bool:
        return before <= line and all(self._blank[before : line - 1])
