"""What a tokeniser makes of single characters: asked of the `tokenizers` library once for each.

Normalisation is looked up for characters whose neighbours cannot matter. A text with any other
character (a combining mark, a Hangul vowel, a ligature that becomes several letters) is normalised
by the library. How words end is a matter of two neighbouring characters alone in the rules that
`index.unigram` supports: characters get labels, and a word ends where the label changes.
"""

import threading
import unicodedata
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint32]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]
Labels = NDArray[np.uint16]

SEPARATOR, ODD = 1, 2  # no part of a word; a character whose words only the library can tell
_UNSEEN, _FIRST = 0, 3
_PLAIN, _WOVEN = 1, 2  # normalised by itself; together with its neighbours

_CODE_POINTS = 0x110000
_PLAIN_RANGES = ((0, 0xFFFF), (0x1F000, 0x1FAFF), (0x20000, 0x3FFFF))
_JAMO = ((0x1100, 0x11FF), (0xA960, 0xA97F), (0xD7B0, 0xD7FF))
_CLINGING = "\r\u0d4e\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"  # parts of graphemes


class Characters:
    """Tables of the characters seen so far; safe to share among threads."""

    def __init__(
        self,
        normalize: Callable[[str], str],
        cut: Callable[[str], list[tuple[str, tuple[int, int]]]],
    ) -> None:
        """The library's normaliser and its pre-tokeniser (`pre_tokenize_str`)."""
        self._normalize = normalize
        self._cut = cut
        self._states = np.zeros(_CODE_POINTS, np.uint8)
        self._folded = np.zeros(_CODE_POINTS, np.uint32)
        self._labels = np.zeros(_CODE_POINTS, np.uint16)
        self._samples: list[str] = []  # one character of each label from _FIRST on
        self._digits = np.zeros(_FIRST, np.bool_)
        self._learning = threading.Lock()

    def normal(self, texts: Sequence[str]) -> tuple[Codes, Integers]:
        """The code points of the normalised texts, and the bounds between texts.

        A character that becomes several separators is given as one of them.
        """
        codes, bounds = _codes(texts)
        self._meet(codes)
        woven = owners(np.flatnonzero(self._states[codes] == _WOVEN), bounds)
        if not woven.any():
            return self._folded[codes], bounds
        codes, bounds = _codes(
            [self._normalize(t) if w else t for t, w in zip(texts, woven.tolist(), strict=True)]
        )
        done = np.repeat(woven, np.diff(bounds))
        return np.where(done, codes, self._folded[codes]), bounds

    def labels(self, codes: Codes) -> Labels:
        """Labels of normalised characters: SEPARATOR, ODD, or one that ends words by changing."""
        labels = self._labels[codes]
        if not labels.all():
            with self._learning:
                self._label("".join(map(chr, np.unique(codes[labels == _UNSEEN]).tolist())))
            labels = self._labels[codes]
        return labels

    def are_digits(self, labels: Labels) -> Flags:
        """Which labels are those of decimal digits."""
        return self._digits[labels]

    def _meet(self, codes: Codes) -> None:
        new = np.unique(codes[self._states[codes] == _UNSEEN])
        if not len(new):
            return
        with self._learning:
            for code in new.tolist():
                folded = self._alone(chr(code)) if _is_plain(chr(code)) else None
                self._folded[code] = ord(folded or "\0")
                self._states[code] = _PLAIN if folded else _WOVEN

    def _alone(self, character: str) -> str | None:
        """The one character that this one becomes, or None if that is not one."""
        folded = self._normalize(character)
        if len(folded) > 1:
            self._label(folded)
            if all(self._labels[ord(c)] == SEPARATOR for c in folded):
                return folded[0]
        return folded if len(folded) == 1 else None

    def _label(self, characters: str) -> None:
        """Give labels to characters that have none."""
        letters = ""
        for character in characters:
            if self._labels[ord(character)] != _UNSEEN:
                continue
            if self._cut(character * 5):
                letters += character
            else:  # nothing remains of it alone, but some that have no script remain in a word
                around = [piece for piece, _ in self._cut(f"一{character}一")]
                self._labels[ord(character)] = SEPARATOR if around == ["一", "一"] else ODD
        for run, _ in self._cut(letters):
            self._labels[[ord(c) for c in run]] = self._label_of(run[0])

    def _label_of(self, letter: str) -> int:
        """The label of a letter: that of a known sample beside which no word ends, or a new one."""
        beside = "".join(letter + sample for sample in self._samples)
        starts = {start for _, (start, _) in self._cut(beside)}
        for i in range(len(self._samples)):
            if 2 * i + 1 not in starts:
                return _FIRST + i
        self._samples.append(letter)
        self._digits = np.append(self._digits, len(self._cut(letter * 5)) > 1)
        return _FIRST + len(self._samples) - 1


def owners(positions: Integers, bounds: Integers) -> Flags:
    """Which of the texts between `bounds` hold some of the positions."""
    holds = np.zeros(len(bounds) - 1, np.bool_)
    holds[np.searchsorted(bounds, positions, side="right") - 1] = True
    return holds


def _codes(texts: Sequence[str]) -> tuple[Codes, Integers]:
    codes = np.frombuffer("".join(texts).encode("utf-32-le"), "<u4")
    return codes, np.cumsum([0, *map(len, texts)])


def _is_plain(character: str) -> bool:
    """Whether a character is normalised by itself, whatever stands beside it.

    Not so: what may join the character before it in Unicode's normal form or in a grapheme
    (the last step of the normaliser looks at graphemes), and what Python's tables do not know.
    """
    if not _within(character, _PLAIN_RANGES) or character in _CLINGING:
        return False
    if unicodedata.category(character) in ("Cf", "Cn", "Cs"):
        return False
    if unicodedata.category(unicodedata.normalize("NFKD", character)[0]).startswith("M"):
        return False
    return not any(_within(c, _JAMO) for c in unicodedata.normalize("NFKC", character))


def _within(character: str, ranges: Sequence[tuple[int, int]]) -> bool:
    return any(low <= ord(character) <= high for low, high in ranges)
