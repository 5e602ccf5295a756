"""Flows: runs of paragraphs that stand on the page in reading order.

A flow ends where a headline stands or where a sentence breaks off.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from index.newspaper.ends import ends_closed
from index.newspaper.lines import Line


@dataclass
class Paragraph:
    """Printed lines of one paragraph, and how sure each join between them is."""

    lines: list[Line]
    joins: list[float] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its characters, for evidence only."""
        return "".join(line.text for line in self.lines)


@dataclass
class Flow:
    """Paragraphs in reading order, and what stands around them."""

    paragraphs: list[Paragraph]
    begins: float = 0.0  # log-odds that its first line begins a paragraph
    glue: float | None = None  # log-odds that it simply goes on with the flow before
    headed: bool = False  # a headline or crosshead stands directly before it
    fresh: bool = False  # it certainly begins an article: a dateline, an end mark before it
    next: int | None = None
    next_confidence: float = 1.0
    previous: int | None = None
    resumes: bool = False  # a notice such as （上接第二版） stands before it
    closing: list[Line] = field(default_factory=list)  # by-lines and end marks behind it
    continued_on: int | None = None  # the page on which it goes on, as printed

    @cached_property
    def text(self) -> str:
        """Its characters, for evidence only."""
        return "".join(line.text for paragraph in self.paragraphs for line in paragraph.lines)

    @property
    def breaks_off(self) -> bool:
        """Whether it stops inside a sentence; an item of a list may end with a semicolon."""
        last = self.last
        if ends_closed(last.text):
            return False
        return last.text[-1] not in "；;：:" or last.column > 0

    @property
    def runs_on(self) -> bool:
        """Whether its last sentence goes on in the flow that follows it."""
        return self.next is not None and self.breaks_off

    @property
    def first(self) -> Line:
        """Its first line."""
        return self.paragraphs[0].lines[0]

    @property
    def last(self) -> Line:
        """Its last line."""
        return self.paragraphs[-1].lines[-1]


class Topics:
    """How alike texts are in their pairs of characters, rare ones counting more."""

    def __init__(self, known: NDArray[np.uint64], holds: NDArray[np.float32]) -> None:
        """`known` are all pairs, sorted; `holds` (texts, pairs) is 1 where a text holds a pair."""
        self._known = known
        self._holds = holds
        self._rarity = _rarities(len(holds))[holds.sum(axis=0).astype(np.intp)]
        shared = (holds * self._rarity) @ holds.T
        norms = np.sqrt(np.maximum(shared.diagonal(), 1e-6))
        self.alike = shared / norms[:, None] / norms[None, :]

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Topics":
        """Of texts that are compared with one another."""
        pairs = [_pairs(text) for text in texts]
        owners = np.repeat(np.arange(len(texts)), [len(own) for own in pairs])
        known, places = np.unique(np.concatenate(pairs), return_inverse=True)
        holds = np.zeros((len(texts), len(known)), dtype=np.float32)
        holds[owners, places] = 1.0
        return cls(known, holds)

    def merged(self, groups: Sequence[Sequence[int]]) -> "Topics":
        """Of texts that are each put together from several of these."""
        holds = [self._holds[list(group)].max(axis=0) for group in groups]
        return Topics(self._known, np.stack(holds))

    def likeness(self) -> float:
        """The cosine of two texts on the average."""
        count = len(self.alike)
        return float(self.alike.sum() - count) / (count * (count - 1)) if count > 1 else 0.0

    def covered(self, words: str, text: int) -> float:
        """The share of `words`, by rarity, that stands in one of the texts.

        A pair that stands in no text counts 1.
        """
        pairs = np.unique(_pairs(words))
        if not len(pairs) or not len(self._known):
            return 0.0
        places = np.minimum(np.searchsorted(self._known, pairs), len(self._known) - 1)
        found = self._known[places] == pairs
        rarity = np.where(found, self._rarity[places], 1.0)
        held = found * self._holds[text, places]
        return float((rarity * held).sum() / rarity.sum())


@cache
def _rarities(texts: int) -> NDArray[np.float32]:
    """The weight of a pair that so many of the texts hold."""
    counts = np.maximum(np.arange(texts + 1), 1)
    return np.log((texts + 1) / counts).astype(np.float32)


def _pairs(text: str) -> NDArray[np.uint64]:
    """The pairs of neighbouring letters, digits and Chinese characters of a text, as numbers."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    marks = (codes < 0x30) | ((codes >= 0x2000) & (codes < 0x3040)) | (codes >= 0xFF00)
    letters = codes[~marks].astype(np.uint64)
    return (letters[:-1] << np.uint64(32)) | letters[1:]
