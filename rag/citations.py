"""The one parser of markers, for stream, chat and eval.

Understood are [1], [1, 2], [1-3], [^1], [1][2], 【1】, ［１］, [①], [[1]], 【1†source】 and their
mixtures, with digits of any script and in square or lenticular brackets of any kind. A marker is
shown as `[n]` and only if passage n was shown to the model in this very answer.

Whatever else a reader could take for a marker is removed and counted: every bracket that holds a
digit but no word, with invisible characters, [1.5] and [-1] among them, and one that was begun
when the text ended. Left untouched is text that merely looks alike: words ([sic], [2024年], [1a]),
quantities ([50%], [12:30], [$5]), and 〔1〕, which numbers documents in Chinese and replaces [1] in
articles, see `neutralise`.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

_OPEN, _CLOSE = "[【［﹇︻〖︗⟦〚⁅⦋⦍⦏", "]】］﹈︼〗︘⟧〛⁆⦌⦎⦐"
_OPENING = re.compile(f"[{re.escape(_OPEN)}]")
_TORTOISE = str.maketrans(dict.fromkeys(_OPEN, "〔") | dict.fromkeys(_CLOSE, "〕"))

# What characters are inside brackets, beside digits and brackets
_WORD, _LATIN, _QUANTITY, _SPACE, _LIST, _RANGE, _NOTE, _SOURCE, _OTHER = "wx: ,-#†?"
_KINDS = (
    dict.fromkeys(":%‰‱٪°⁄∶", _QUANTITY)
    | dict.fromkeys(",;、،؛", _LIST)
    | dict.fromkeys("~−∼", _RANGE)
    | dict.fromkeys("^#", _NOTE)
    | dict.fromkeys("\u115f\u1160\u2800", "")  # letters and a symbol without any ink
    | {_SOURCE: _SOURCE}
)
_NUMBERS = re.compile(rf"{_NOTE}?\d+(?:{_RANGE}\d+)*")
_BEFORE_SOURCE = re.compile(rf"([^\d{_SOURCE}]*\d[^{_SOURCE}]*){_SOURCE}")
_WIDEST_RANGE = 20
_LONGEST_NUMBER = 6  # digits; longer ones are never valid


@dataclass(frozen=True)
class Marker:
    """A valid reference to passage `number`."""

    number: int


@dataclass(frozen=True)
class _Found:
    """A marker as written, `start` to `end` in the whole text: its valid numbers, the others."""

    start: int
    end: int
    numbers: tuple[int, ...]
    removed: int


class _Bracket:
    """An open bracket: where it stands in the text, among the parts held, and what is in it."""

    __slots__ = ("at", "digits", "inside", "markers", "named", "place", "quantity", "source")

    def __init__(self, at: int, place: int, inside: int) -> None:
        self.at = at
        self.place = place
        self.inside = inside  # where its own characters begin among those inside brackets
        self.digits = self.markers = self.quantity = False
        self.source = False  # 【1†…】: the name of a source may follow
        self.named = False

    def add(self, plain: str) -> bool:
        """Take another character, of these kinds; False if this can be no marker any more."""
        if plain.isdigit():  # most of them
            self.digits = True
            return True
        if _WORD in plain or (self.named and _SPACE in plain):
            return False
        if _LATIN in plain:
            self.named = self.source
            return self.source
        self.source = self.source or (self.is_numbered and plain == _SOURCE)
        self.digits = self.digits or any(map(str.isdigit, plain))
        self.quantity = self.quantity or _QUANTITY in plain
        return True

    def add_bracket(self, bracket: "_Bracket") -> None:
        """Take what stood in brackets of its own."""
        if bracket.is_marker:
            self.markers = True
        else:
            self.quantity = self.quantity or bracket.quantity

    @property
    def is_numbered(self) -> bool:
        """Whether a digit stands in it, of its own or in a marker."""
        return self.digits or self.markers

    @property
    def is_marker(self) -> bool:
        """Whether a reader could take this for a marker, right or wrong, once it is closed."""
        return self.is_numbered and (self.source or not self.quantity)


class MarkerParser:
    """Turns streamed text into text and valid markers; never lets out half a marker."""

    def __init__(self, passages: int) -> None:
        """`passages` were shown, numbered from 1."""
        self._passages = passages
        self._at = 0  # in the whole text
        self._held: list[str | _Found] = []  # since the first bracket that is open
        self._brackets: list[_Bracket] = []
        self._inside: list[str] = []  # the kinds of the characters in them
        self.removed = 0

    def feed(self, text: str) -> Iterator[str | Marker]:
        """What can be told from the text so far."""
        yield from self._resolved(self._scan(text))

    def close(self) -> Iterator[str | Marker]:
        """What was held back at the end of the stream."""
        while self._brackets:
            self._close_bracket(ended=False)
        yield from self._resolved(self._let_out())

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where markers stand in a whole text, valid or not, and what may become one at its end."""
        for part in self._scan(text):
            if isinstance(part, _Found):
                yield part.start, part.end
        if self._brackets:
            yield self._brackets[0].at, len(text)

    def _resolved(self, parts: Iterable[str | _Found]) -> Iterator[str | Marker]:
        """Neighbouring texts as one, and the markers that are valid; the others are counted."""
        text: list[str] = []
        for part in parts:
            if isinstance(part, str):
                text.append(part)
                continue
            self.removed += part.removed
            if text and part.numbers:
                yield "".join(text)
                text = []
            for number in part.numbers:
                yield Marker(number)
        if text:
            yield "".join(text)

    def _scan(self, text: str) -> Iterator[str | _Found]:
        """The text that can be no marker, and the markers, as far as this can be told."""
        start = 0
        while start < len(text):
            if not self._brackets:
                opening = _OPENING.search(text, start)
                end = opening.start() if opening else len(text)
                if end > start:
                    yield text[start:end]
                self._at += end - start
                start = end
            while start < len(text):
                self._read(text[start])
                start += 1
                if not self._brackets:
                    yield from self._let_out()
                    break

    def _read(self, character: str) -> None:
        plain = _plain(character)
        if plain == "[":
            self._brackets.append(_Bracket(self._at, len(self._held), len(self._inside)))
        self._held.append(character)
        self._at += 1
        if plain == "]":
            self._close_bracket()
        elif plain != "[":
            self._inside.append(plain)
            if not self._brackets[-1].add(plain):
                self._brackets.clear()

    def _close_bracket(self, *, ended: bool = True) -> None:
        bracket = self._brackets.pop()
        if bracket.is_marker:
            self._collapse(bracket, ended=ended)
        self._inside[bracket.inside :] = _LIST
        if self._brackets:
            self._brackets[-1].add_bracket(bracket)

    def _collapse(self, bracket: _Bracket, *, ended: bool) -> None:
        """Replace the text of a marker, and the markers inside it, by what they stand for."""
        own = _numbers("".join(self._inside[bracket.inside :])) if ended else [0] * bracket.digits
        numbers = dict.fromkeys(own)
        valid = dict.fromkeys(n for n in numbers if 1 <= n <= self._passages)
        removed = len(numbers) - len(valid)
        for part in self._held[bracket.place :]:
            if isinstance(part, _Found):
                valid |= dict.fromkeys(part.numbers)
                removed += part.removed
        self._held[bracket.place :] = [_Found(bracket.at, self._at, tuple(valid), removed)]

    def _let_out(self) -> list[str | _Found]:
        """All that was held."""
        held = self._held
        self._held, self._inside = [], []
        return held


def parse(text: str, passages: int) -> tuple[list[str | Marker], int]:
    """All text and markers of a whole answer, and how many invalid markers were removed."""
    parser = MarkerParser(passages)
    parts = [*parser.feed(text), *parser.close()]
    return parts, parser.removed


def neutralise(text: str) -> str:
    """Article text for a prompt: what looks like a marker cannot be read as one any more.

    Nor can a bracket at its end become one with what comes after.
    """
    parts, done = [], 0
    for start, end in MarkerParser(0).spans(text):
        parts += [text[done:start], text[start:end].translate(_TORTOISE)]
        done = end
    return "".join([*parts, text[done:]])


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    """What a character is inside brackets; nothing for one that cannot be seen."""
    if character in _OPEN:
        return "["
    if character in _CLOSE:
        return "]"
    return "".join(map(_kind, unicodedata.normalize("NFKC", character)))


def _kind(character: str) -> str:
    if character in _KINDS:
        return _KINDS[character]
    category = unicodedata.category(character)
    if category[0] == "Z" or character.isspace():
        return _SPACE
    if category[0] in "CM":
        return ""
    if category in ("Nd", "No"):
        value = unicodedata.numeric(character)
        return str(int(value)) if value.is_integer() else _QUANTITY
    if category == "Sc":
        return _QUANTITY
    if category == "Pd":
        return _RANGE
    if category[0] in "PS":
        return _OTHER
    return _LATIN if character.isascii() else _WORD


def _numbers(inside: str) -> Iterator[int]:
    """The numbers of a list; 0, which is never valid, for each part that is no number."""
    if inside.isdigit():
        yield _small(inside)
        return
    if source := _BEFORE_SOURCE.match(inside):
        inside = source[1]
    spaced = _SPACE.join(inside.split())
    listed = re.sub(f"{_SPACE}?{_RANGE}{_SPACE}?", _RANGE, spaced).replace(_SPACE, _LIST)
    for part in listed.split(_LIST):
        if not _NUMBERS.fullmatch(part):
            yield from [0] * any(map(str.isdigit, part))
            continue
        ends = [_small(end) for end in part.removeprefix(_NOTE).split(_RANGE)]
        if len(ends) == 2 and ends[0] < ends[1] <= ends[0] + _WIDEST_RANGE:
            yield from range(ends[0], ends[1] + 1)
        else:
            yield from ends


def _small(digits: str) -> int:
    """The number, or 0 when it is absurdly long."""
    return int(digits) if len(digits) <= _LONGEST_NUMBER else 0
