"""How well a sentence answers a question: a few features and a linear score over them.

Words count by their rarity in the store (idf), and "telling" words also by their rarity among
the sentences of the paragraph: in a paragraph about a bridge the word bridge tells nothing. What
the words do not tell, the ranker (`rag/ranker.py`) reads.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.article import Span
from index.embedder import Embedder
from index.language import language
from index.lexical import Lexical, asked_tokens, tokens
from index.sentences import sentences
from index.translations import bundled as translations
from rag.answer import Citation, Hit, Sentence
from rag.matching import translated_shares
from rag.question import kinds_asked, offers, parts
from rag.ranker import bundled_ranker

Values = NDArray[np.float64]

FEATURES = (
    "telling_coverage",  # share of the question's telling words in the sentence
    "coverage_before",  # share of its words in this sentence, the one before, title and heading
    "coverage_after",  # … and the one after
    "offers_kind",  # share of the kinds asked for (figure, date …) that the sentence offers
    "closed",  # it ends like a sentence, not like a headline
    "cosine_abroad",  # cosine to the question, where the paragraph is in another language
    "translated_abroad",  # there, share of its words of which the sentence has a translation
    "read",  # logarithm of the share that the ranker gives it among all sentences found
    # Not in the score, but signs for abstention:
    "coverage",  # plain share of the question's words
    "cosine_home",  # cosine to the question, where the paragraph is in its language
    "foreign",  # 1 where the paragraph is in another language than the question
    # What the others are weighted by:
    "read_again",  # 1 where the bundled reader has its share in "read"
)

# What `read` counts is one: it is a logarithm of a probability already. The others are, in the
# same unit, rounded from what `python -m eval bench fit-quote` learns of them by themselves, times
# 0.65, for the ranker knows half of it; that factor and the weights of cosine_abroad and
# translated_abroad were chosen on halves of development sets, for there are no training sets
# across languages.
WEIGHTS = {
    "telling_coverage": 2.5,
    "coverage_before": 1.6,
    "coverage_after": 0.4,
    "offers_kind": 1.3,
    "closed": 0.2,
    "cosine_abroad": 6.0,
    "translated_abroad": 4.0,
    "read": 1.0,
}
# Where the bundled reader reads, too: its share of what is read (the ranker has the rest), and what
# the features of words still count, for most of what they tell is read by now. Chosen on training
# questions that neither was trained on. Across languages they count as ever.
READER_SHARE = 0.5
WORDS_BESIDE_READER = 0.3
_OF_WORDS = ("telling_coverage", "coverage_before", "coverage_after", "offers_kind", "closed")
_MOST_PARTS = 4  # of a question that are read one by one
_VECTOR = np.array([WEIGHTS.get(name, 0.0) for name in FEATURES])
_BESIDE_READER = _VECTOR * [WORDS_BESIDE_READER if n in _OF_WORDS else 1.0 for n in FEATURES]


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


def scores(values: Values) -> Values:
    """How well each sentence answers, from its features; comparable within one question."""
    again = values[:, FEATURES.index("read_again")] > 0
    found: Values = np.where(again, values @ _BESIDE_READER, values @ _VECTOR)
    return found


class Reads(Protocol):
    """Scores sentences by reading them; the ranker does, and the bundled reader."""

    def scores(self, question: str, paragraphs: Sequence[Sequence[str]]) -> Values:
        """Of each sentence, paragraph after paragraph; exp(score) is comparable among all."""
        ...


def features(
    question: str,
    found: Sequence[Candidate],
    lexical: Lexical,
    embedder: Embedder,
) -> Values:
    """Feature values of each candidate, shape (candidates, features)."""
    if not found:
        return np.zeros((0, len(FEATURES)))
    asked = set(asked_tokens(question))
    views = [
        asked & set(tokens(candidate.text, date=candidate.hit.article.date)) for candidate in found
    ]
    idf = lexical.idf(asked)
    total = max(_weight(asked, idf), 1e-9)
    before, after = _neighbours(found)
    over = {c.number: asked & set(tokens(c.hit.context)) for c in found}  # title and heading
    above = [over[candidate.number] for candidate in found]
    cosines = _cosines(question, found, embedder)
    foreign = _foreign(question, found)
    columns = (
        _telling(found, views, idf),
        [_weight(views[i] | views[j] | above[i], idf) / total for i, j in enumerate(before)],
        [_weight(views[i] | views[j] | above[i], idf) / total for i, j in enumerate(after)],
        [_offered(question, candidate.text) for candidate in found],
        [float(candidate.text[-1] in "。！？!?.”」』") for candidate in found],
        cosines * foreign,
        _translated(question, found, foreign),
        _read(question, found, bundled_ranker()),
        [_weight(view, idf) / total for view in views],
        cosines * (1 - foreign),
        foreign,
        np.zeros(len(found)),
    )
    return np.stack([np.asarray(column, dtype=np.float64) for column in columns], axis=1)


def _weight(words: set[str], idf: Mapping[str, float]) -> float:
    # An exact sum: that of a set in its own order changes in the last digit between runs.
    return math.fsum(idf[word] for word in words)


def _telling(
    found: Sequence[Candidate], views: Sequence[set[str]], idf: Mapping[str, float]
) -> list[float]:
    """Coverage with each word weighted by idf × ln((n + 1) / (s + ½)): s of n sentences have it."""
    groups: dict[int, list[int]] = {}
    for i, candidate in enumerate(found):
        groups.setdefault(candidate.number, []).append(i)
    values = [0.0] * len(found)
    for members in groups.values():
        having = [sum(word in views[i] for i in members) for word in idf]
        weights = {
            word: weight * max(0.0, math.log((len(members) + 1) / (s + 0.5))) if s else 0.0
            for (word, weight), s in zip(idf.items(), having, strict=True)
        }
        total = max(math.fsum(weights.values()), 1e-9)
        for i in members:
            values[i] = _weight(views[i], weights) / total
    return values


def _foreign(question: str, found: Sequence[Candidate]) -> Values:
    """1 for sentences of paragraphs in another language than the question, else 0."""
    asked = language(question)
    known = {c.number: language(c.hit.paragraph.text) for c in found}
    return np.array([float(known[c.number] not in (asked, "und")) for c in found])


def _translated(question: str, found: Sequence[Candidate], foreign: Values) -> Values:
    """Shares of the question's words that foreign sentences translate; 0 for others."""
    places = np.flatnonzero(foreign).tolist()
    shares = np.zeros(len(found))
    if places:
        words = translations().words(question)
        shares[places] = translated_shares(words, [found[i].text for i in places])
    return shares


def read_again(values: Values, question: str, found: Sequence[Candidate], reader: Reads) -> Values:
    """The feature values with what `reader` makes of the sentences, READER_SHARE of what is read.

    Logarithms of the shares are averaged, and made shares again.
    """
    values = values.copy()
    if found:
        column = FEATURES.index("read")
        both = (1 - READER_SHARE) * values[:, column]
        both += READER_SHARE * _read(question, found, reader)
        values[:, column] = both - np.logaddexp.reduce(both)
        values[:, FEATURES.index("read_again")] = 1.0
    return values


def best_read(question: str, found: Sequence[Candidate], reader: Reads) -> float:
    """The reader's highest score; of a question of several parts the mean of those for each."""
    paragraphs = by_paragraph(found)
    asked = parts(question)[:_MOST_PARTS]
    return float(np.mean([reader.scores(part, paragraphs).max() for part in asked]))


def _read(question: str, found: Sequence[Candidate], reader: Reads) -> Values:
    """What is read in the sentences, as logarithms of shares: Σ exp = 1 over all found.

    Of a question of several parts each has an equal share to give.
    """
    paragraphs = by_paragraph(found)
    asked = parts(question)[:_MOST_PARTS]
    scores = np.stack([reader.scores(part, paragraphs) for part in asked])
    shares = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    return np.asarray(np.logaddexp.reduce(shares, axis=0) - math.log(len(asked)))


def by_paragraph(found: Sequence[Candidate]) -> list[list[str]]:
    """The sentences of each hit, in order."""
    groups = groupby(found, key=lambda candidate: candidate.number)
    return [[candidate.text for candidate in group] for _, group in groups]


def _neighbours(found: Sequence[Candidate]) -> tuple[list[int], list[int]]:
    """For each sentence, the one before and the one after in its paragraph, else itself."""
    before, after = [], []
    for i, candidate in enumerate(found):
        first = i == 0 or found[i - 1].number != candidate.number
        last = i + 1 == len(found) or found[i + 1].number != candidate.number
        before.append(i if first else i - 1)
        after.append(i if last else i + 1)
    return before, after


def _cosines(question: str, found: Sequence[Candidate], embedder: Embedder) -> Values:
    vectors = embedder.embed([candidate.text for candidate in found], kind="passage")
    asked = embedder.embed([question], kind="query")[0]
    return np.asarray(vectors @ asked, dtype=np.float64)


def _offered(question: str, sentence: str) -> float:
    """Share of the kinds asked for that the sentence offers; one half when none is clear."""
    kinds = kinds_asked(question)
    if not kinds:
        return 0.5
    return sum(offers(sentence, kind, question) for kind in kinds) / len(kinds)
