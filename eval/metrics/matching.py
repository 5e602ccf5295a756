"""What stands in a text: words, gold evidence, and figures in any writing.

Two ways for an expected answer to stand in a sentence. In words: folded, without white space and
without the commas of digit groups. Or by its figures: the same amounts, dates and times in the
same units, however they are written (196.8亿元, 19.68 billion yuan), with any words beside
them where they stand in the expected answer.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from eval.metrics.amounts import may_be, same
from eval.metrics.rows import Hit
from eval.metrics.words import compact, contains, folded
from eval.sets import Evidence
from index.text import fold
from rag.facts import Fact
from rag.support.known import facts_of

_READ = ("figure", "date", "time")
_FIRST_MARK = 0xE000  # of the characters for private use, which stand in no newspaper
# Before the number, where its currency is read from; what else is neither letter nor digit.
_BESIDE = re.compile(r"(?:us|hk|nt|au?|ca?|rmb|cny)?[$€£¥₽₩]|[^\w$€£¥₽₩]|_")
_UNSPACED = ("zh", "ja")


def proves(hit: Hit, evidence: Evidence) -> bool:
    """Whether a hit's paragraph contains an evidence, in the folded view.

    A paragraph that is printed again (`also_in`) is one hit, and has all the sources of both.
    """
    return evidence.source in hit.sources and folded(evidence.quote) in folded(hit.text)


@lru_cache(maxsize=50_000)
def says(text: str, alternative: str) -> bool:
    """Whether a text says an expected answer, in its words or by the same figures.

    In words: `contains`, unless the figures of the alternative were cut out of other ones (14 out
    of 14万). By figures: every figure, date and time of the alternative stands in the text in the
    same unit in any writing (see `amounts.same`), and the words around them, if there are any,
    stand around them in the text as well: where 延误5个月 is expected, another period of five
    months will not do.
    """
    wanted = _read(alternative)
    if contains(text, alternative):
        return not any(_cut(fact, _read(text)) for fact in wanted)
    return bool(wanted) and _by_figures(text, alternative, wanted)


def says_any(texts: Iterable[str], alternatives: Iterable[str]) -> bool:
    """Whether some text says some alternative."""
    alternatives = tuple(alternatives)
    return any(says(text, alternative) for text in texts for alternative in alternatives)


@lru_cache(maxsize=20_000)
def _read(text: str) -> tuple[Fact, ...]:
    """The figures, dates and times that a text asserts, where they do not overlap."""
    found: list[Fact] = []
    for fact in facts_of(text).asserted:
        if fact.kind in _READ and (not found or fact.span.start >= found[-1].span.end):
            found.append(fact)
    return tuple(found)


def _cut(wanted: Fact, given: tuple[Fact, ...]) -> bool:
    """Whether the words of a figure stand in the text only as a part of other figures."""
    if wanted.kind != "figure":
        return False
    words = compact(wanted.text)
    around = [f for f in given if f.kind == "figure" and words in compact(f.text)]
    return bool(around) and not any(may_be(wanted, fact) for fact in around)


def _by_figures(text: str, alternative: str, wanted: tuple[Fact, ...]) -> bool:
    """Whether the text has all figures of the alternative, and its words around them."""
    spaced = facts_of(text).language not in _UNSPACED
    kinds: list[Fact] = []
    marks: list[str] = []
    for fact in wanted:
        mark = _mark(fact, kinds, spaced=False)
        if not mark:
            mark = chr(_FIRST_MARK + len(kinds))
            kinds.append(fact)
        marks.append(mark)
    given = [(fact, _mark(fact, kinds, spaced=spaced)) for fact in _read(text)]
    if not set(marks) <= {mark for _, mark in given}:
        return False
    pattern = _marked(alternative, zip(wanted, marks, strict=True))
    if not _BESIDE.sub("", fold(pattern)).strip("".join(marks)):
        return True  # nothing but figures
    return contains(_marked(text, given), pattern)


def _mark(fact: Fact, kinds: list[Fact], *, spaced: bool) -> str:
    """The character for the figure of the alternative that `fact` says as well, or nothing."""
    for place, kind in enumerate(kinds):
        if same(kind, fact, spaced=spaced):
            return chr(_FIRST_MARK + place)
    return ""


def _marked(text: str, facts: Iterable[tuple[Fact, str]]) -> str:
    """The text with marks in the place of the figures that have one."""
    pieces, done = [], 0
    for fact, mark in facts:
        if mark:
            pieces += [text[done : fact.span.start], mark]
            done = fact.span.end
    return "".join((*pieces, text[done:]))
