"""The one text view for matching: folding with a map back to the raw offsets.

Folding is: invisible characters out, NFKC (Unicode Standard Annex 15), lower case, traditional →
simplified characters (opencc, one character at a time so that a word folds alike in any
context), white space between CJK characters out and other white space to one space. Stored and
shown text is never folded.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from index.article import Span

# Controls, soft hyphen, zero-width and bidirectional marks, variation selectors, tags.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\U000e0000-\U000e0fff]"
)
# Han, kana, bopomofo, CJK punctuation and full-width forms: no space belongs between them.
CJK_RANGES = (
    "\u2e80-\u2fdf\u3000-\u312f\u3190-\u33ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\ufe30-\ufe4f\uff00-\uff9f\uffe0-\uffef\U00020000-\U0003ffff"
)
_CJK = re.compile(f"[{CJK_RANGES}]")
# It begins with the space: a search that first looks behind every character takes thrice as long.
_CJK_GAP = re.compile(rf"\s(?<=[{CJK_RANGES}]\s)\s*(?=[{CJK_RANGES}])")
_SPACES = re.compile(r"\s+")
# The usual characters of Chinese text that NFKC changes, replaced first: what is left is mostly in
# normal form, which costs next to nothing to find (a third of the whole folding).
_COMMON = tuple((c, unicodedata.normalize("NFKC", c)) for c in "，：；！？（）…～％\xa0")
# Characters that may compose with the one before them although they are not combining marks
# (Hangul vowels and finals, some Indic and Balinese vowels): no segment may begin with one.
_JOINERS = re.compile(
    "[\u09be\u09d7\u0b3e\u0b56\u0b57\u0bbe\u0bd7\u0cc2\u0cd5\u0cd6\u0d3e\u0d57\u0dcf\u0ddf"
    "\u102e\u1161-\u1175\u11a8-\u11c2\u1b35\U00011127\U0001133e\U00011357\U000114b0\U000114ba"
    "\U000114bd\U000115af\U00011930]"
)


@dataclass(frozen=True)
class Folded:
    """Folded text and, for each of its characters, the raw characters it came from."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def raw_span(self, span: Span) -> Span:
        """The raw characters behind a non-empty span of the folded text."""
        if not 0 <= span.start < span.end <= len(self.text):
            raise ValueError(f"{span} is no part of a folded text of {len(self.text)} characters")
        return Span(self.starts[span.start], self.ends[span.end - 1])


def fold(text: str, *, simplify: bool = True) -> str:
    """`text` in the view that index, query and quote check share.

    `simplify=False` keeps traditional characters, to tell the two ways of writing apart.
    """
    if text.isascii():
        return _SPACES.sub(" ", _INVISIBLE.sub("", text)).lower().strip(" ")
    visible = _CJK_GAP.sub("", _INVISIBLE.sub("", text))
    normal = _normalise(visible)
    return _trim(_simplify(normal) if simplify else normal)


def fold_with_map(text: str) -> Folded:
    """`fold(text)` with the raw offsets of every folded character (much slower than `fold`)."""
    characters: list[tuple[str, int, int, bool]] = []
    for segment, offsets in _segments(text):
        cjk = bool(_CJK.match(segment))
        for character in _simplify(_normalise(segment)):
            characters.append((character, offsets[0], offsets[-1] + 1, cjk))
    kept = list(_without_gaps(characters))
    return Folded(
        "".join(c for c, _, _ in kept), tuple(s for _, s, _ in kept), tuple(e for _, _, e in kept)
    )


def is_cjk(character: str) -> bool:
    """Whether a character belongs to the scripts that are written without spaces."""
    return bool(_CJK.match(character))


def _normalise(text: str) -> str:
    """NFKC and lower case, repeated because lower-casing can undo the normal form."""
    for wide, plain in _COMMON:
        text = text.replace(wide, plain)
    lowered = unicodedata.normalize("NFKC", text).lower().replace("ς", "σ")
    return unicodedata.normalize("NFKC", lowered)


def _simplify(text: str) -> str:
    if not _traditional().search(text):  # most texts; looking is ten times as fast as replacing
        return text
    return text.translate(_simplified_characters())


def _trim(text: str) -> str:
    return _SPACES.sub(" ", _CJK_GAP.sub("", text)).strip(" ")


@cache
def _simplified_characters() -> dict[int, str]:
    """Traditional → simplified, only one character to one character."""
    import opencc

    ranges = [(0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00), (0x20000, 0x2FA20)]
    characters = [chr(c) for low, high in ranges for c in range(low, high)]
    simplified = opencc.OpenCC("t2s").convert("\n".join(characters)).split("\n")
    pairs = zip(characters, simplified, strict=True)
    table = {ord(old): new for old, new in pairs if old != new and len(new) == 1}
    # Follow chains (a → b → c) so that folding twice changes nothing.
    return {old: chr(_last(table, old)) for old in table}


@cache
def _traditional() -> re.Pattern[str]:
    # One range for all rare characters: listed one by one they make the search a hundred times
    # as slow. A text with some is then translated for nothing.
    usual = "".join(chr(code) for code in sorted(_simplified_characters()) if code < 0x10000)
    return re.compile(f"[{usual}\U00010000-\U0010ffff]")


def _last(table: dict[int, str], code: int) -> int:
    seen = {code}
    while code in table and ord(table[code]) not in seen:
        code = ord(table[code])
        seen.add(code)
    return code


def _segments(text: str) -> list[tuple[str, list[int]]]:
    """Shortest runs that normalise on their own, with the raw offset of each character."""
    segments: list[tuple[str, list[int]]] = []
    for offset, character in enumerate(text):
        if _INVISIBLE.match(character):
            continue
        if segments and _joins(character):
            run, offsets = segments[-1]
            segments[-1] = (run + character, [*offsets, offset])
        else:
            segments.append((character, [offset]))
    return segments


def _joins(character: str) -> bool:
    """Whether normalisation may merge this character with the one before it."""
    if character < "\u0300":
        return False
    first = unicodedata.normalize("NFKD", character)[0]
    return unicodedata.combining(first) != 0 or bool(_JOINERS.match(first))


def _without_gaps(characters: list[tuple[str, int, int, bool]]) -> list[tuple[str, int, int]]:
    """White space collapsed to one space, and removed at the ends and between CJK characters."""
    kept: list[tuple[str, int, int]] = []
    last_cjk = False
    gap: tuple[int, int] | None = None
    for character, start, end, raw_cjk in characters:
        if character.isspace() and _SPACES.match(character):
            gap = (gap[0] if gap else start, end)
            continue
        cjk = raw_cjk or is_cjk(character)
        if gap and kept and not (cjk and last_cjk):
            kept.append((" ", *gap))
        kept.append((character, start, end))
        last_cjk, gap = cjk, None
    return kept
