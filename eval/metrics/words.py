"""Whether words stand in a text: the folded view, without what printing adds."""

import re
from functools import lru_cache

from index.text import fold

_GROUPED = re.compile(r"(?<![\d.])\d{1,3}(?:[ ,]\d{3})+(?!\d)")
_SPACE = re.compile(r"(?<!\d)\s+|\s+(?!\d)")  # all but those that keep two numbers apart


@lru_cache(maxsize=20_000)
def folded(text: str) -> str:
    """`index.text.fold`, remembered: the same paragraphs come back for many questions."""
    return fold(text)


def contains(text: str, alternative: str) -> bool:
    """Whether `alternative` stands in `text`, both folded and without spaces and digit commas.

    A match may not cut a number in two: 14 is not in 114. Nothing stands nowhere.
    """
    inside, wanted = compact(text), compact(alternative)
    if not wanted:
        return False
    before = r"(?<!\d)(?<!\d\.)" if wanted[:1].isdecimal() else ""
    after = r"(?!\.?\d)" if wanted[-1:].isdecimal() else ""
    return re.search(before + re.escape(wanted) + after, inside) is not None


@lru_cache(maxsize=20_000)
def compact(text: str) -> str:
    """The folded text without white space and without the commas of digit groups."""
    ungrouped = _GROUPED.sub(lambda m: re.sub("[ ,]", "", m.group()), fold(text))
    return _SPACE.sub("", ungrouped)
