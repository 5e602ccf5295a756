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

# A pair of characters and the number of its text fit into 64 bits, so that they are sorted at once.
_CODE_BITS, _PAIR_BITS, _OWNER_BITS = np.uint64(21), np.uint64(42), np.uint64(22)
_PAIR, _OWNER = np.uint64((1 << 42) - 1), np.uint64((1 << 22) - 1)


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
        held = holds.sum(axis=0)
        self._rarity = _rarities(len(holds))[held.astype(np.intp)]
        common = np.flatnonzero(held > 1)  # all others make a text like itself alone
        columns = holds[:, common]
        shared = (columns * self._rarity[common]) @ columns.T
        own = holds @ self._rarity
        np.fill_diagonal(shared, own)
        norms = np.sqrt(np.maximum(own, 1e-6))
        self.alike = shared / norms[:, None] / norms[None, :]

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Topics":
        """Of texts that are compared with one another."""
        pairs, owners = _pairs(texts)
        told = np.sort(pairs << _OWNER_BITS | owners)
        pairs, owners = told >> _OWNER_BITS, told & _OWNER
        new = np.ones(len(told), dtype=np.bool_)
        new[1:] = pairs[1:] != pairs[:-1]
        known = pairs[new]
        holds = np.zeros((len(texts), len(known)), dtype=np.float32)
        holds[owners.astype(np.intp), np.cumsum(new) - 1] = 1.0
        return cls(known, holds)

    def merged(self, groups: Sequence[Sequence[int]]) -> "Topics":
        """Of texts that are each put together from several of these."""
        holds = np.zeros((len(groups), len(self._known)), dtype=np.float32)
        for own, group in zip(holds, groups, strict=True):
            for text in group:
                np.maximum(own, self._holds[text], out=own)
        return Topics(self._known, holds)

    def likeness(self) -> float:
        """The cosine of two texts on the average."""
        count = len(self.alike)
        return float(self.alike.sum() - count) / (count * (count - 1)) if count > 1 else 0.0

    def covered(self, words: Sequence[str]) -> NDArray[np.float64]:
        """The share of each of several `words`, by rarity, that stands in each text.

        Shape (words, texts). A pair that stands in no text counts 1.
        """
        pairs, owners = _pairs(words)
        shares = np.zeros((len(words), len(self._holds)))
        if not len(pairs) or not len(self._known):
            return shares
        told = np.unique(owners << _PAIR_BITS | pairs)
        pairs, owners = told & _PAIR, (told >> _PAIR_BITS).astype(np.intp)
        places = np.minimum(np.searchsorted(self._known, pairs), len(self._known) - 1)
        found = self._known[places] == pairs
        rarity = np.where(found, self._rarity[places], 1.0).astype(np.float64)
        held = self._holds[:, places] * (rarity * found)
        starts = np.flatnonzero(np.diff(owners, prepend=-1))
        total = np.add.reduceat(rarity, starts)
        shares[owners[starts]] = np.add.reduceat(held, starts, axis=1).T / total[:, None]
        return shares


@cache
def _rarities(texts: int) -> NDArray[np.float32]:
    """The weight of a pair that so many of the texts hold."""
    counts = np.maximum(np.arange(texts + 1), 1)
    return np.log((texts + 1) / counts).astype(np.float32)


def _pairs(texts: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """The pairs of neighbouring letters, digits and Chinese characters of texts, as numbers.

    Behind them the number of the text each pair stands in.
    """
    raw = "".join(texts).encode("utf-32-le", "surrogatepass")
    codes = np.frombuffer(raw, dtype=np.uint32)
    marks = (codes < 0x30) | ((codes >= 0x2000) & (codes < 0x3040)) | (codes >= 0xFF00)
    kept = np.flatnonzero(~marks)
    letters = codes[kept].astype(np.uint64)
    lengths = [len(text) for text in texts]
    owners = np.repeat(np.arange(len(texts), dtype=np.uint64), lengths)[kept]
    within = owners[1:] == owners[:-1]
    return (letters[:-1] << _CODE_BITS | letters[1:])[within], owners[1:][within]
