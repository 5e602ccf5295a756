"""What all languages of `rag.follow_up` share: a view of one length, words that ask."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from index.article import Span
from index.text import fold
from rag.asking import Kind, asking

CIRCUMSTANCES = frozenset[Kind]({"when", "where", "why"})  # what asks after them may change places
END = re.compile(r"[?？。.!！\s]*$")


@dataclass(frozen=True)
class Ask:
    """Words that ask, where they stand in a question."""

    kind: Kind
    span: Span


def level(text: str) -> str:
    """`text` folded character by character: as long as before, so that places stay the same."""
    return "".join(map(_leveled, text))


def asks(text: str) -> list[Ask]:
    """The words of a question that ask, in its order."""
    return [Ask(kind, Span(m.start(), m.end())) for kind, m in asking(level(text))]


def bare(question: str) -> str:
    """A question without white space and signs at its ends."""
    return END.sub("", question).strip().lstrip("¿¡")


def like(word: str, text: str, starts: frozenset[int]) -> Span | None:
    """What in `text` ends like `word` does and is as long: 二号线 for 三号线, 男子 for 女子.

    It begins where a word does (`starts`). None where nothing is like it, or it stands there
    itself.
    """
    if word in text:
        return None
    for begin in range(1, len(word)):
        ending = word[begin:]
        for at in _places(ending, text):
            start = at - begin
            if start in starts and text[start:at].isalnum():
                return Span(start, at + len(ending))
    return None


def _places(part: str, text: str) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)


@lru_cache(maxsize=4096)
def _leveled(character: str) -> str:
    folded = fold(character)
    return folded if len(folded) == 1 else character
