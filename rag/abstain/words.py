"""Which words of a question stand in which texts: by looking for them, without cutting the texts.

Search tokens (`index.tokens`) of CJK scripts are looked for as they are, words of letters from
their beginning (four letters and more also match the beginning of a longer word, as an inflected
one is), figures and dates also in their normal form.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from index.text import fold
from index.tokens import CJK, WORD, normal_forms, plain_word
from rag.features import Candidate

Flags = NDArray[np.bool_]

_LEAST_STEM = 4
_IS_CJK = re.compile(f"[{CJK}]")
_HAS_FIGURE = re.compile(r"\d|[一二两三四五六七八九十百千万亿]")


@dataclass(frozen=True)
class Seen:
    """The words of a question in the sentences of its hits.

    `words` have the rarest first. `sentences` (sentences, words) tells which sentence has which,
    `over` (hits, words) which stand in the title and heading over a hit, `hit_of` (sentences,)
    the place of each sentence's hit among the hits, from 0.
    """

    words: tuple[str, ...]
    sentences: Flags
    over: Flags
    hit_of: NDArray[np.int64]

    @cached_property
    def near(self) -> Flags:
        """The same with the sentences before and behind, and what stands over them."""
        found = self.sentences | self.over[self.hit_of]
        joined = self.hit_of[1:] == self.hit_of[:-1]
        found[1:][joined] |= self.sentences[:-1][joined]
        found[:-1][joined] |= self.sentences[1:][joined]
        return found

    @cached_property
    def hits(self) -> Flags:
        """Which hit has which word, what stands over it included; (hits, words)."""
        found = self.over.copy()
        np.logical_or.at(found, self.hit_of, self.sentences)
        return found


def seen(words: Sequence[str], found: Sequence[Candidate]) -> Seen:
    """Look for the words in the sentences of the hits; `found` must not be empty."""
    figures = any(map(_HAS_FIGURE.search, words))
    numbers = {number: place for place, number in enumerate(dict.fromkeys(c.number for c in found))}
    over = {c.number: searchable(c.hit.context, c.hit.article.date, figures) for c in found}
    texts = [searchable(c.text, c.hit.article.date, figures) for c in found]
    hit_of = np.array([numbers[c.number] for c in found])
    return Seen(tuple(words), standing(words, texts), standing(words, [*over.values()]), hit_of)


def searchable(text: str, date: str | None, figures: bool) -> str:
    """A raw text of an article of this day so that `standing` finds words in it.

    With `figures` the normal forms of its figures and dates are there, too; they take longest.
    """
    folded = fold(text)
    words = " ".join(plain_word(word) for word in WORD.findall(folded))
    forms = "\t".join(normal_forms(folded, date)) if figures else ""
    return f"{folded}\n {words} \n\t{forms}\t"


def standing(words: Sequence[str], texts: Sequence[str]) -> Flags:
    """Which text has which word, shape (texts, words)."""
    wanted = [(_as_printed(word), f"\t{word}\t") for word in words]
    rows = [[printed in text or form in text for printed, form in wanted] for text in texts]
    return np.array(rows, np.bool_).reshape(len(texts), len(words))


def is_cjk(word: str) -> bool:
    """Whether a token begins with a character of a script without spaces."""
    return bool(_IS_CJK.match(word))


def _as_printed(word: str) -> str:
    if is_cjk(word):
        return word
    return f" {word}" if len(word) >= _LEAST_STEM and word.isalpha() else f" {word} "
