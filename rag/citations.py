"""The one parser of markers, for stream, chat and eval.

Understood are [1], [1, 2], [1-3], [1][2], 【1】, ［１］ and their mixtures. A marker is shown as
`[n]` and only if passage n was shown to the model in this very answer; others are removed and
counted. Text that merely looks alike ([sic], [2024年]) passes untouched.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_OPEN, _CLOSE = "[【［", "]】］"
_LONGEST = 40  # characters of one marker; an opening bracket without an end goes out as text
_NUMBERS = re.compile(
    rf"[{re.escape(_OPEN)}]\s*[\d０-９]+(?:\s*[,，、;；\-–—~～]\s*[\d０-９]+)*\s*[{re.escape(_CLOSE)}]"
)
_HALF = re.compile(rf"[{re.escape(_OPEN)}][\d０-９\s,，、;；\-–—~～]*$")
_WIDEST_RANGE = 20


@dataclass(frozen=True)
class Marker:
    """A valid reference to passage `number`."""

    number: int


class MarkerParser:
    """Turns streamed text into text and valid markers; never lets out half a marker."""

    def __init__(self, passages: int) -> None:
        """`passages` were shown, numbered from 1."""
        self._passages = passages
        self._held = ""
        self.removed = 0

    def feed(self, text: str) -> Iterator[str | Marker]:
        """What can be told from the text so far."""
        self._held += text
        yield from self._parse(final=False)

    def close(self) -> Iterator[str | Marker]:
        """What was held back at the end of the stream."""
        yield from self._parse(final=True)

    def _parse(self, *, final: bool) -> Iterator[str | Marker]:
        while self._held:
            match = _NUMBERS.search(self._held)
            half = None if final else _HALF.search(self._held)
            if match is None:
                cut = len(self._held) if half is None else half.start()
                if half is not None and len(half.group()) > _LONGEST:
                    cut = len(self._held)
                text, self._held = self._held[:cut], self._held[cut:]
                if text:
                    yield text
                return
            if match.start():
                yield self._held[: match.start()]
            self._held = self._held[match.end() :]
            yield from self._resolve(match.group()[1:-1])

    def _resolve(self, inside: str) -> Iterator[Marker]:
        for number in dict.fromkeys(_numbers(inside)):
            if 1 <= number <= self._passages:
                yield Marker(number)
            else:
                self.removed += 1


def parse(text: str, passages: int) -> tuple[list[str | Marker], int]:
    """All text and markers of a whole answer, and how many invalid markers were removed."""
    parser = MarkerParser(passages)
    parts = [*parser.feed(text), *parser.close()]
    return parts, parser.removed


def neutralise(text: str) -> str:
    """Article text for a prompt: what looks like a marker cannot be read as one any more."""
    return _NUMBERS.sub(lambda match: f"〔{match.group()[1:-1]}〕", text)


def _numbers(inside: str) -> Iterator[int]:
    plain = unicodedata.normalize("NFKC", inside)
    for part in re.split(r"[,、;]", plain):
        ends = [_small(end) for end in re.split(r"[-–—~]", part) if end.strip()]
        if len(ends) == 2 and ends[0] < ends[1] <= ends[0] + _WIDEST_RANGE:
            yield from range(ends[0], ends[1] + 1)
        else:
            yield from ends


def _small(digits: str) -> int:
    """The number, or 0 (never valid) when it is absurdly long."""
    digits = digits.strip()
    return int(digits) if len(digits) <= 6 else 0
