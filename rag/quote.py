"""Answering by quotation: the sentences that answer, word for word. No language model needed.

Each sentence of the retrieved paragraphs is scored by a linear function of a few features; the
best is quoted, a second one when the question has a part that the first leaves open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from index.article import Span
from index.embedder import Embedder
from index.lexical import Lexical, tokens
from index.sentences import sentences
from index.text import fold
from rag.answer import Citation, Hit, Sentence
from rag.question import kinds_asked, offers

FEATURES = (
    "coverage", "coverage_around", "rare_coverage", "density", "common_substring", "cosine",
    "offers_kind", "is_first", "relative_coverage", "has_closing_mark",
)  # fmt: skip
# Learnt by `python -m eval bench fit-quote` from questions outside every evaluation set.
WEIGHTS = {
    "coverage": 3.0,
    "coverage_around": 1.0,
    "rare_coverage": 1.0,
    "density": 1.0,
    "common_substring": 1.5,
    "cosine": 2.0,
    "offers_kind": 0.8,
    "is_first": 0.1,
    "relative_coverage": 0.5,
    "has_closing_mark": 0.3,
}
PARAGRAPH_WEIGHT = 2.0  # of the retriever's score, against sentences of other paragraphs


@dataclass(frozen=True)
class Candidate:
    """A sentence of a hit; `number` is the hit's place in the list, from 1."""

    number: int
    hit: Hit
    span: Span

    @property
    def text(self) -> str:
        """The sentence as it stands in the paragraph."""
        return self.span.cut(self.hit.paragraph.text)

    def quoted(self) -> Sentence:
        """The sentence as an answer: its own quotation, so it is supported by construction."""
        return Sentence(self.text, (Citation(self.number, self.hit, self.span),), "supported")


def candidates(hits: Sequence[Hit]) -> list[Candidate]:
    """All sentences of the hits, in order."""
    return [
        Candidate(number, hit, span)
        for number, hit in enumerate(hits, 1)
        for span in sentences(hit.paragraph.text)
    ]


def answer_by_quotation(
    question: str, found: Sequence[Candidate], values: NDArray[np.float64], lexical: Lexical
) -> list[Sentence]:
    """The one or two sentences that answer best, best first."""
    totals = _totals(found, values)
    order = [int(i) for i in np.argsort(-totals, kind="stable")]
    chosen = [found[order[0]]]
    second = _second(question, found, totals, order, lexical)
    if second is not None:
        chosen.append(second)
    return [candidate.quoted() for candidate in chosen]


def features(
    question: str, found: Sequence[Candidate], lexical: Lexical, embedder: Embedder
) -> NDArray[np.float64]:
    """Feature values of each candidate, shape (candidates, features)."""
    if not found:
        return np.zeros((0, len(FEATURES)))
    asked = set(tokens(question))
    views = [set(tokens(candidate.text)) for candidate in found]
    idf = lexical.idf(asked)
    rare = _rarest(idf)
    coverage = np.array([_weight(asked & view, idf) for view in views]) / _total(idf, asked)
    columns = (
        coverage,
        np.array([_weight(asked & v, idf) for v in _around(found, views)]) / _total(idf, asked),
        np.array([_weight(rare & view, idf) for view in views]) / _total(idf, rare),
        coverage / np.sqrt(np.array([max(1, len(view)) for view in views])) * 5,
        np.array([_common_substring(question, c.text) for c in found]),
        _cosines(question, found, embedder),
        np.array([_offered(question, c.text) for c in found]),
        np.array([float(c.span.start == 0) for c in found]),
        coverage / _best_of_paragraph(found, coverage),
        np.array([float(c.text[-1] in "。！？!?.”」』") for c in found]),
    )
    return np.stack(columns, axis=1)


def scores(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """How well each sentence answers, from its features; comparable within one question."""
    return np.asarray(values @ np.array([WEIGHTS[name] for name in FEATURES]))


def reordered(
    found: Sequence[Candidate], values: NDArray[np.float64]
) -> tuple[list[Hit], list[Candidate], NDArray[np.float64]]:
    """A second look: hits in the order of their best sentences, candidates renumbered alike."""
    best: dict[int, float] = {}
    for candidate, total in zip(found, _totals(found, values), strict=True):
        best[candidate.number] = max(best.get(candidate.number, -np.inf), float(total))
    order = sorted(best, key=lambda number: (-best[number], number))
    place = {old: new for new, old in enumerate(order, 1)}
    rows = sorted(range(len(found)), key=lambda i: (place[found[i].number], i))
    renumbered = [replace(found[i], number=place[found[i].number]) for i in rows]
    hits = {candidate.number: candidate.hit for candidate in renumbered}
    return list(hits.values()), renumbered, values[rows]


def _totals(found: Sequence[Candidate], values: NDArray[np.float64]) -> NDArray[np.float64]:
    return scores(values) + PARAGRAPH_WEIGHT * np.array([c.hit.score for c in found])


def _second(
    question: str,
    found: Sequence[Candidate],
    totals: NDArray[np.float64],
    order: Sequence[int],
    lexical: Lexical,
) -> Candidate | None:
    """A close runner-up that covers words of the question which the best sentence lacks."""
    asked = set(tokens(question))
    idf = lexical.idf(asked)
    first = found[order[0]]
    open_words = asked - set(tokens(first.text))
    for i in order[1:4]:
        gained = _weight(open_words & set(tokens(found[i].text)), idf) / _total(idf, asked)
        close = totals[i] >= SECOND_SHARE * totals[order[0]]
        if close and gained >= SECOND_GAIN and fold(found[i].text) != fold(first.text):
            return found[i]
    return None


SECOND_SHARE = 0.8  # of the best score
SECOND_GAIN = 0.1  # of the question's weight


def _weight(words: set[str], idf: Mapping[str, float]) -> float:
    return sum(idf[word] for word in words)


def _total(idf: Mapping[str, float], words: set[str]) -> float:
    return max(_weight(words, idf), 1e-9)


def _rarest(idf: Mapping[str, float]) -> set[str]:
    """The rarest third of the question's tokens."""
    ranked = sorted(idf, key=lambda word: (-idf[word], word))
    return set(ranked[: max(1, len(ranked) // 3)])


def _around(found: Sequence[Candidate], views: Sequence[set[str]]) -> list[set[str]]:
    """Tokens of each sentence and of its neighbours in the paragraph."""
    joined = []
    for i, candidate in enumerate(found):
        near = [j for j in (i - 1, i + 1) if 0 <= j < len(found)]
        same = [j for j in near if found[j].number == candidate.number]
        joined.append(views[i].union(*(views[j] for j in same)))
    return joined


def _best_of_paragraph(
    found: Sequence[Candidate], values: NDArray[np.float64]
) -> NDArray[np.float64]:
    best: dict[int, float] = {}
    for candidate, value in zip(found, values, strict=True):
        best[candidate.number] = max(best.get(candidate.number, 1e-9), float(value))
    return np.array([best[candidate.number] for candidate in found])


def _common_substring(question: str, sentence: str) -> float:
    """Length of the longest run of characters in both, as a share of the question."""
    asked, text = fold(question), fold(sentence)
    longest = 0
    for start in range(len(asked)):
        while asked[start : start + longest + 1] in text and start + longest < len(asked):
            longest += 1
    return longest / max(1, len(asked))


def _cosines(question: str, found: Sequence[Candidate], embedder: Embedder) -> NDArray[np.float64]:
    vectors = embedder.embed([candidate.text for candidate in found], kind="passage")
    asked = embedder.embed([question], kind="query")[0]
    return np.asarray(vectors @ asked, dtype=np.float64)


def _offered(question: str, sentence: str) -> float:
    """Share of the kinds asked for that the sentence offers; one half when none is clear."""
    kinds = kinds_asked(question)
    if not kinds:
        return 0.5
    return sum(offers(sentence, kind, question) for kind in kinds) / len(kinds)
