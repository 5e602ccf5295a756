"""Words that turn a statement round: denial, bounds, quantifiers, directions, outcomes.

A sentence that repeats its source but for one of them says something else. Each such word is a
sign on an axis, at one of its poles; two signs at different poles of an axis exclude each other.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from index.text import fold
from rag.support.tokens import Tokens

DENIAL = "denial"
HEDGE = "hedge"  # its pole says nothing; to leave it out makes a claim stronger


@dataclass(frozen=True)
class Sign:
    """A sign: axis and pole, and the tokens `first:last` of its text that make it."""

    axis: str
    pole: str
    first: int
    last: int


_FILE = Path(__file__).parent / "signs.txt"
_MARK = " | "  # between clauses
_BAR = re.compile(r"\|(?![^()]*\))")  # between alternatives, not inside of one
_NOT = ("n't", "n’t")


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    """By the first character of a sign, one pattern of all signs that begin so.

    Of one axis the longer turns come first. To try a few patterns where a token begins is many
    times as fast as one pattern of all.
    """
    by_first: dict[str, list[str]] = {}
    for name, words in _table():
        alike: dict[str, list[str]] = {}
        for word in sorted(words, key=len, reverse=True):
            pattern = rf"{word}\b" if word[0] < "\u3000" else fold(word)
            alike.setdefault(pattern[0], []).append(pattern)
        for first, patterns in alike.items():
            by_first.setdefault(first, []).append(f"(?P<{name}>{'|'.join(patterns)})")
    return {first: re.compile("|".join(parts)) for first, parts in by_first.items()}


def _table() -> Iterator[tuple[str, list[str]]]:
    """The groups of the file, `axis_pole` or `harmless`, and their words."""
    for part in _FILE.read_text("utf-8").split("\n[")[1:]:
        head, _, lines = part.partition("\n")
        words = _BAR.split(lines.replace("\n", "|"))
        yield head.partition("]")[0].replace(" ", "_"), [w.strip() for w in words if w.strip()]


def signs(tokens: Tokens) -> list[Sign]:
    """The signs of a text in order; those within a harmless turn are left out."""
    laid, starts = _laid(tokens)
    patterns = _patterns()
    found, after = [], 0
    for i, word in enumerate(tokens.words):
        if i < after:
            continue
        if word.endswith(_NOT):
            found.append(Sign(DENIAL, "no", i, i + 1))
            continue
        pattern = patterns.get(word[0])
        match = pattern.match(laid, starts[i]) if pattern else None
        if match:
            after = bisect_left(starts, match.end(), lo=i)
            axis, _, pole = (match.lastgroup or "").partition("_")
            if pole:
                found.append(Sign(axis, pole, i, after))
    return found


def _laid(tokens: Tokens) -> tuple[str, list[int]]:
    """The folded words laid out as they are written, and where each begins."""
    parts: list[str] = []
    starts: list[int] = []
    length = 0
    for i, word in enumerate(tokens.words):
        if i:
            gap = tokens.text[tokens.ends[i - 1] : tokens.starts[i]]
            space = _MARK if gap.strip() else " " if gap else ""
            parts.append(space)
            length += len(space)
        parts.append(word)
        starts.append(length)
        length += len(word)
    return "".join(parts), starts
