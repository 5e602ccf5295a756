"""Text in terminal columns: East Asian wide characters take two."""

import re
import unicodedata

_OPENERS = "“‘（《「『【〈〔(\\["
_CLOSERS = "，。、；：？！…”’）》」』】〉〕,.;:?!)\\]⁀⤳"
_NARROW = f"[^\\s{_OPENERS}{_CLOSERS}\u1100-\u11ff\u2e80-\ud7ff\uf900-\uffef\U00020000-\U0003ffff]"
# What must not be torn apart: a word or a wide character, with the punctuation that clings to it.
_UNIT = re.compile(f"\\s+|[{_OPENERS}]*(?:{_NARROW}+|[^\\s{_CLOSERS}])?[{_CLOSERS}]*")


def width(text: str) -> int:
    """Columns that `text` takes."""
    return sum(_columns(character) for character in text)


def wrap(text: str, columns: int | None, indent: str) -> str:
    """`text` in lines of at most `columns` columns, each behind `indent`; None: one line.

    White space at a line's end is dropped. At least 20 columns are used.
    """
    words = re.sub("[\t\n]", " ", text)
    if columns is None:
        return indent + words
    room = max(columns - width(indent), 20)
    lines, line, used = [], "", 0
    for unit in _units(words, room):
        size = width(unit)
        if used + size > room and line:
            lines.append(line.rstrip())
            line, used = "", 0
        if line or not unit.isspace():
            line, used = line + unit, used + size
    return "\n".join(indent + line for line in [*lines, line.rstrip()])


def _units(text: str, room: int) -> list[str]:
    """The units of a text; one wider than `room` is cut into characters."""
    units: list[str] = []
    for found in _UNIT.finditer(text):
        unit = found.group()
        units += [unit] if width(unit) <= room else list(unit)
    return [unit for unit in units if unit]


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
