"""The quote finder: the shortest span of a paragraph that carries a sentence's content."""

import math
import re
from collections.abc import Sequence

from index.article import Span
from index.language import language
from index.sentences import sentences
from index.text import fold
from index.tokens import WORD as _WORD
from index.translations import bundled as translations
from rag.facts import Facts, facts
from rag.support.alignment import Alignment, align
from rag.support.known import facts_of
from rag.support.tokens import Tokens, read

# Ends of clauses; not between digits.
_CLAUSE_END = re.compile(r"[，,；;：:。！？!?]+[”’」』）)\"']*(?!\d)|[—–]{1,2}|\.(?=\s|$)")
_BEHIND = re.compile(r"(?:[ \u00a0\u202f]?[%％‰€])?[。！？!?.”’」』）)》\"'；;]*")
_CARRIES = 0.9  # share of the matched content that the shortest run of clauses must keep
_SHORTEST = 4  # tokens: less is no readable quotation
_ALIKE = 0.8  # above, languages need not be told
_LEAST = 0.25  # share of a sentence's content; less is chance
_MANY_WORDS = 8.0  # weight of translated words that counts as much as all figures and dates


def find_quote(sentence: str, paragraph: str) -> Span:
    """The shortest run of clauses, or of up to three sentences, that carries a sentence's content.

    Offsets into `paragraph`, exact. In another language, figures, dates and translated words
    decide; where nothing is in common it is the whole paragraph.
    """
    return quote_of(align(read(sentence), paragraph), paragraph)


def stands_whole(sentence: str, paragraph: str) -> bool:
    """Whether a sentence is one or several whole sentences of a paragraph, word for word.

    Words that are only part of one do not count: what was left out could turn them around.
    """
    wanted = fold(sentence).strip()
    if not wanted or wanted not in fold(paragraph):
        return False
    spans = sentences(paragraph)
    return any(_begins_run(wanted, paragraph, spans[first:]) for first in range(len(spans)))


def _begins_run(wanted: str, paragraph: str, spans: Sequence[Span]) -> bool:
    for last in spans:
        said = fold(paragraph[spans[0].start : last.end]).strip()
        if said == wanted:
            return True
        if not wanted.startswith(said):
            return False
    return False


def quote_of(alignment: Alignment, paragraph: str) -> Span:
    """See `find_quote`, for a sentence that is aligned with its paragraph already."""
    same = alignment.share >= _ALIKE or language(alignment.sentence.text) == language(paragraph)
    if same and alignment.share >= _LEAST:
        return _clauses(alignment, paragraph)
    return _across(alignment.sentence.text, paragraph)


def _clauses(alignment: Alignment, paragraph: str) -> Span:
    window = alignment.window
    weights = _weights(alignment)
    borders = _borders(window, paragraph)
    carried = [sum(weights[first:last]) for first, last in borders]
    total = sum(carried)
    best = (0, len(borders))
    for size in range(1, len(borders) + 1):
        runs = [(sum(carried[i : i + size]), -i) for i in range(len(borders) - size + 1)]
        most, i = max(runs)
        first, last = borders[-i][0], borders[-i + size - 1][1]
        if most >= _CARRIES * total and last - first >= min(_SHORTEST, len(window)):
            best = (-i, -i + size)
            break
    first, last = borders[best[0]][0], borders[best[1] - 1][1]
    return _with_marks(window, first, last, paragraph)


def _weights(alignment: Alignment) -> list[float]:
    """How much of the sentence each token of the window carries, in order or moved."""
    sentence, window = alignment.sentence, alignment.window
    moved = {
        sentence.keys[i]
        for edit in alignment.edits
        for i in range(edit.first, edit.last)
        if not sentence.light[i]
    }
    weights = [float(key in moved) for key in window.keys]
    for _, _, at, to in alignment.runs():
        weights[at:to] = [0.2 if light else 1.0 for light in window.light[at:to]]
    return weights


def _borders(window: Tokens, paragraph: str) -> list[tuple[int, int]]:
    """First and last token of each clause of the window."""
    borders, first = [], 0
    for i in range(1, len(window) + 1):
        gap = "" if i == len(window) else paragraph[window.ends[i - 1] : window.starts[i]]
        if i == len(window) or _CLAUSE_END.search(gap) or "\n" in gap:
            borders.append((first, i))
            first = i
    return borders


def _with_marks(window: Tokens, first: int, last: int, paragraph: str) -> Span:
    """From a first to a last token, with opening and closing marks that belong to them."""
    whole = _sentence_around(paragraph, window.starts[first], window.ends[last - 1])
    start, end = window.starts[first], window.ends[last - 1]
    if not paragraph[whole.start : start].strip("“‘「『（(《\"'¿¡—·•*-> \u3000"):
        start = whole.start
    else:
        while start > whole.start and paragraph[start - 1] in "“‘「『（(《\"'¿¡$€£¥￥":
            start -= 1
    end += len(_BEHIND.match(paragraph, end, whole.end).group())  # type: ignore[union-attr]
    return Span(start, end)


def _sentence_around(paragraph: str, start: int, end: int) -> Span:
    parts = [s for s in sentences(paragraph) if s.end > start and s.start < end]
    return Span(parts[0].start, parts[-1].end) if parts else Span(0, len(paragraph))


def _across(sentence: str, paragraph: str) -> Span:
    """The sentence of a paragraph that shares most figures, dates and translated words."""
    parts = sentences(paragraph)
    if not parts:
        return Span(0, len(paragraph))
    texts = [part.cut(paragraph) for part in parts]
    wanted = facts_of(sentence)
    shared = [_shared(wanted, facts(text)) for text in texts]
    if language(sentence) != language(paragraph):
        told = _translated(sentence, [fold(text) for text in texts])
        shared = [s + w for s, w in zip(shared, told, strict=True)]
    best = max(range(len(parts)), key=lambda i: (shared[i], -i))
    return parts[best] if shared[best] > 0 else Span(0, len(paragraph))


def _translated(sentence: str, folded: Sequence[str]) -> list[float]:
    """How much of a sentence each folded text has translations of; rarer words count more."""
    words_of = [set(_WORD.findall(text)) for text in folded]
    totals = [0.0] * len(folded)
    for word in translations().words(sentence):
        found = [
            max(
                (w for t, w in word.items() if (t in words if t < "\u3000" else t in text)),
                default=0.0,
            )
            for text, words in zip(folded, words_of, strict=True)
        ]
        having = sum(weight > 0 for weight in found)
        if having > 0:
            rarity = math.log((len(folded) + 1) / (having + 0.5))
            totals = [total + rarity * weight for total, weight in zip(totals, found, strict=True)]
    return [total / _MANY_WORDS for total in totals]


def _shared(wanted: Facts, given: Facts) -> float:
    asked = len(wanted.numbers) + len(wanted.dates)
    if not asked:
        return 0.0
    dates = sum(any(d.agrees(g, year=d.year) for g in given.dates) for d in wanted.dates)
    return (len(wanted.numbers & given.numbers) + dates) / asked
