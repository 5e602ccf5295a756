"""How figures, and texts of strangers, are put into plain text."""

import re
import unicodedata

# Controls, characters of no width, and what turns the direction of text around or hides in it.
# The joiners and the plain direction marks stay: Persian, Hindi and emoji are written with them.
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b\u2028-\u202e\u2060-\u206f\ufdd0-\ufdef\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
NONE = "—"


def lines_of(text: str) -> str:
    """`text` with every line break as a plain newline."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def code_point(character: str) -> str:
    """The name by which a hidden character is shown: `U+202E`."""
    return f"U+{ord(character):04X}"


def plain(text: str) -> str:
    """`text` on one line, hidden characters told by number: safe to print to a terminal."""
    told = HIDDEN.sub(lambda found: f"⟨{code_point(found[0])}⟩", lines_of(text))
    return " ".join(told.split())


def figure(value: float | None) -> str:
    """A metric's value to three places, or a dash where it is undefined."""
    return NONE if value is None else f"{value:.3f}"


def interval(low: float | None, high: float | None) -> str:
    """An interval to three places."""
    return NONE if low is None else f"{figure(low)} … {figure(high)}"


def milliseconds(value: float | None) -> str:
    """A duration as people read it: `840 ms`, `2.4 s`."""
    if value is None:
        return NONE
    if value < 10:
        return f"{value:.1f} ms"
    return f"{value:.0f} ms" if value < 1000 else f"{value / 1000:.1f} s"


def count(number: float | None) -> str:
    """A whole number with commas between the thousands."""
    return NONE if number is None else f"{number:,.0f}"


def plural(number: int, noun: str) -> str:
    """`1 question`, `2 questions`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def width(text: str) -> int:
    """Columns that a text takes in a terminal: two for a wide character, none for an accent."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    bare = sum(unicodedata.category(character) in ("Mn", "Me", "Cf") for character in text)
    return len(text) + wide - bare
