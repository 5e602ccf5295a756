"""Raw text → printed lines.

A printed line is a line of the file, or, where a scan turned line breaks into spaces, a run
between two spaces of a long Chinese line.
"""

import re
from collections.abc import Iterator

from index.text import CJK_RANGES

_BESIDE = r"0-9%“”‘’\"'…—()\[\],.:;!?"  # what stands beside Chinese characters without a space
_HAN = CJK_RANGES.replace("\u3000-", "\u3001-")  # without the ideographic space
# White space between Chinese characters, or between one and a digit or mark: not the text's own.
GAP = re.compile(rf"(?<=[{_HAN}])\s+(?=[{_HAN}{_BESIDE}])|(?<=[{_BESIDE}])\s+(?=[{_HAN}])")
SPACE = re.compile(r"\s+")
_WORD = re.compile(r"\S+")

_LONG = 28  # characters; a shorter line with spaces is a headline or a by-line, not joined lines
_LONGER = 45  # the same where there is only one space
_RUN = 5  # characters; shorter runs between spaces are words or spaced-out characters


class Line:
    """One printed line; `text` has no white space between Chinese characters.

    `start` and `end` are raw offsets of the first character and behind the last one; `printed`
    is what stands there. `row` is the number of the file's line, from 0. `blank` counts the
    empty lines before it; `indent` is the width of the white space before it on its own line;
    `soft` says that only a space, no line break, stands before it; `spaced` that its characters
    are set wide apart, as in a headline. `behind` is the line whose end was printed a second
    time before this one; `column` the width of the column it is set in, 0 where it is not known.
    `width` is in Chinese characters (a Latin one counts
    half).
    """

    __slots__ = (
        "behind", "blank", "column", "end", "indent", "printed", "row", "soft", "spaced", "start",
        "text", "width",
    )  # fmt: skip

    def __init__(
        self, text: str, printed: str, start: int, row: int, *, blank: int = 0, indent: int = 0,
        soft: bool = False, spaced: bool = False,
    ) -> None:  # fmt: skip
        self.text = text
        self.printed = printed
        self.start = start
        self.end = start + len(printed)
        self.row = row
        self.blank = blank
        self.indent = indent
        self.soft = soft
        self.spaced = spaced
        self.behind: Line | None = None
        self.column = 0.0
        count = len(text)
        self.width = (count + (len(text.encode("utf-8", "surrogatepass")) - count) / 2) / 2

    @property
    def shown(self) -> str:
        """The text with the spaces that part names or the halves of a headline."""
        return self.text if self.spaced else SPACE.sub(" ", self.printed)

    def runs(self, text: str) -> Iterator[tuple[int, int, int]]:
        """Where `text` (its `text` or `shown`) is printed: text offset, raw offset, length."""
        if text == self.printed:
            yield 0, self.start, len(text)
            return
        at = 0
        for word in _WORD.finditer(self.printed):
            at += text[at] == " "
            length = word.end() - word.start()
            yield at, self.start + word.start(), length
            at += length

    def split(self, count: int) -> "tuple[Line, Line | None]":
        """The line cut behind `count` characters of its text; None when nothing is left.

        White space at the cut belongs to neither part, and no part is empty.
        """
        before, behind = self.text[:count].rstrip(), self.text[count:].lstrip()
        if not before or not behind:
            return self, None
        cut = self._printed_length(len(before))
        rest = self.printed[cut:].lstrip()
        first = Line(
            before, self.printed[:cut], self.start, self.row, blank=self.blank,
            indent=self.indent, soft=self.soft, spaced=self.spaced,
        )  # fmt: skip
        second = Line(behind, rest, self.end - len(rest), self.row, soft=True, spaced=self.spaced)
        return first.tied(), second.tied()

    def tied(self) -> "Line":
        """Itself, with one string for `text` and `printed` where they are equal."""
        if self.text == self.printed:
            self.text = self.printed
        return self

    def _printed_length(self, count: int) -> int:
        """How many printed characters hold the first `count` characters of the text."""
        for at, raw, length in self.runs(self.text):
            if count <= at + length:
                return raw - self.start + max(0, count - at)
        return len(self.printed)

    def __repr__(self) -> str:
        return f"Line({self.row}, {self.text!r})"


def printed_lines(raw: str) -> list[Line]:
    """All printed lines of a text, in the order of the file."""
    lines: list[Line] = []
    blank = 0
    for row, (start, text) in enumerate(_rows(raw)):
        words = text.strip()
        if not words:
            blank += 1
            continue
        indent = len(text) - len(text.lstrip())
        if SPACE.search(words) is None:
            line = Line(words, words, start + indent, row, blank=blank, indent=indent)
            lines.append(line)
        else:
            lines.extend(_spaced_lines(words, start + indent, row, blank, indent))
        blank = 0
    return lines


def without_gaps(words: str) -> str:
    """`words` without the white space that is not the text's own, and other space as one blank."""
    return SPACE.sub(" ", GAP.sub("", words)) if SPACE.search(words) else words


def _rows(raw: str) -> Iterator[tuple[int, str]]:
    at = 0
    for row in raw.splitlines(keepends=True):
        yield at, row
        at += len(row)


def _spaced_lines(words: str, start: int, row: int, blank: int, indent: int) -> Iterator[Line]:
    """The printed lines of one line of the file that holds white space."""
    bounds = [0, *(edge for gap in GAP.finditer(words) for edge in gap.span()), len(words)]
    runs = list(zip(bounds[::2], bounds[1::2], strict=True))
    spaced = len(runs) > 2 and len(words) < 2.6 * len(runs) + 2
    joined = len(words) >= (_LONG if len(runs) > 2 else _LONGER)
    if spaced or len(runs) == 1 or not joined:
        yield Line(
            without_gaps(words), words, start, row, blank=blank, indent=indent, spaced=spaced
        ).tied()
        return
    for number, (first, last) in enumerate(_merged(words, runs)):
        printed = words[first:last]
        yield Line(
            without_gaps(printed), printed, start + first, row, blank=0 if number else blank,
            indent=0 if number else indent, soft=number > 0,
        ).tied()  # fmt: skip


def _merged(words: str, runs: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Runs that are too short to be lines are put to the run before them."""
    first, last = runs[0]
    for run in runs[1:]:
        short = run[1] - run[0] < _RUN or last - first < _RUN
        if short and words[last - 1] not in "。！？!?":
            last = run[1]
        else:
            yield first, last
            first, last = run
    yield first, last
