"""Answering by quotation: the sentences that answer, word for word. No language model needed.

The best sentence is quoted; a question with parts gets the best one for each, up to three. Where
other articles give a value for what is asked, too, all values are laid side by side, and one that
differs is quoted: which of them is right is the reader's to judge.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from index.lexical import Lexical, asked_tokens, tokens
from index.text import fold
from rag.answer import Citation, Hit, Reported, Sentence
from rag.facts import Fact
from rag.features import FEATURES, Candidate, Values, scores
from rag.question import parts
from rag.values import agree, answering_value, comparable

# Of a paragraph that the retriever is sure of. The logarithm of its probability is added: both
# that and the sentences' scores come from fitting a softmax, so they are of one scale.
SURE = 12.0
MOST = 3  # sentences
SECOND_SHARE = 0.8  # of the best sentence's score that a second one needs
SECOND_GAIN = 0.1  # of the question's weight that it must add
ALIKE = 0.35  # share of the shorter one's words that two reports of the same have in common
COVERED_ALIKE = 0.8  # share of the question's weight that the other covers, of the first's
PART_COVERED = 0.3  # share of the weight of a part of a question that its sentence has
WHOLE_SHARE = 0.3  # of the score for the whole question, in that for a part of it
_LOOKED_AT = 4  # best sentences
_LEAST = 1e-5  # probability: paragraphs less likely are all alike

Look = Callable[[str], Values]  # a question → the features of the candidates


@dataclass(frozen=True)
class Quotation:
    """The sentences that answer, best first, and the values that several articles report."""

    sentences: tuple[Sentence, ...]
    reported: tuple[Reported, ...] = ()


def answer_by_quotation(
    question: str, found: Sequence[Candidate], values: Values, lexical: Lexical, look: Look
) -> Quotation:
    """What is quoted; `values` are the features of the candidates found, of which there are some.

    `look` gives those for another question, which a part of this one is.
    """
    asked = parts(question)
    if len(asked) > 1:
        chosen = _for_parts(asked, found, values, look)
        return Quotation(tuple(candidate.quoted() for candidate in chosen))
    order = [int(i) for i in np.argsort(-_totals(found, values), kind="stable")]
    first = found[order[0]]
    reports = _reports(question, order[0], found, values)
    reported = [Reported(value.text, Citation(c.number, c.hit, c.span)) for c, value in reports]
    chosen = [first, *_differing(reports)]
    if len(chosen) == 1:
        chosen += _second(question, first, _near(order, found, values), lexical)
    quoted = tuple(candidate.quoted() for candidate in chosen[:MOST])
    return Quotation(quoted, tuple(reported) if len(reported) > 1 else ())


def best_candidate(found: Sequence[Candidate], values: Values) -> int:
    """Place of the candidate that answers best; there has to be one."""
    return int(np.argmax(_totals(found, values)))


def reordered(
    found: Sequence[Candidate], values: Values
) -> tuple[list[Hit], list[Candidate], Values]:
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


def _totals(found: Sequence[Candidate], values: Values) -> Values:
    likely = np.array([max(c.hit.score, _LEAST) for c in found])
    return np.asarray(scores(values) + SURE + np.log(likely))


def _for_parts(
    asked: Sequence[str], found: Sequence[Candidate], values: Values, look: Look
) -> list[Candidate]:
    """The best sentence for each part of a question, each once, in the order of the parts.

    The whole question counts a little: a part may not name what it is about. Parts of which no
    sentence has enough are left out; the best of all stays.
    """
    whole, headline = _totals(found, values), values[:, FEATURES.index("closed")] == 0
    chosen: dict[str, Candidate] = {}
    for part in asked:
        seen = look(part)
        totals = _totals(found, seen) + WHOLE_SHARE * whole
        # A headline may answer, but not add.
        best = int(np.argmax(np.where(headline & bool(chosen), -np.inf, totals)))
        if seen[best, FEATURES.index("coverage_before")] >= PART_COVERED:
            chosen.setdefault(fold(found[best].text), found[best])
    return list(chosen.values())[:MOST] or [found[int(np.argmax(whole))]]


def _reports(
    question: str, first: int, found: Sequence[Candidate], values: Values
) -> list[tuple[Candidate, Fact]]:
    """Sentences with a value for what is asked: the best one, and one of each other article.

    The others must tell of the same thing: alike in words, and no worse an answer by far.
    """
    value = answering_value(question, found[first].text)
    if value is None:
        return []
    reports = {found[first].hit.article.id: (found[first], value)}
    said = set(tokens(found[first].text))
    coverage, closed = (values[:, FEATURES.index(name)] for name in ("coverage", "closed"))
    for candidate, covered, whole in zip(found, coverage, closed, strict=True):
        if candidate.hit.article.id in reports or not whole:
            continue
        words = set(tokens(candidate.text))
        alike = len(said & words) / max(1, min(len(said), len(words))) >= ALIKE
        if alike and covered >= COVERED_ALIKE * coverage[first]:
            other = answering_value(question, candidate.text)
            if other is not None and comparable(value, other):
                reports[candidate.hit.article.id] = candidate, other
    return list(reports.values())


def _differing(reports: Sequence[tuple[Candidate, Fact]]) -> list[Candidate]:
    """The reports with another value than those before them, the first aside."""
    told: list[Fact] = []
    chosen = []
    for candidate, value in reports:
        if not any(agree(value, known) for known in told):
            chosen.append(candidate)
            told.append(value)
    return chosen[1:]


def _near(order: Sequence[int], found: Sequence[Candidate], values: Values) -> list[Candidate]:
    """Close runners-up; a headline may answer, but not add."""
    totals, closed = _totals(found, values), values[:, FEATURES.index("closed")]
    enough = SECOND_SHARE * totals[order[0]]
    return [found[i] for i in order[1:_LOOKED_AT] if totals[i] >= enough and closed[i]]


def _second(
    question: str, first: Candidate, near: Sequence[Candidate], lexical: Lexical
) -> list[Candidate]:
    """A close runner-up with words of the question that the best sentence and its title lack."""
    asked = set(asked_tokens(question))
    idf = lexical.idf(asked)
    still_open = (
        asked
        - set(tokens(first.text, date=first.hit.article.date))
        - set(tokens(first.hit.context))
    )
    for candidate in near:
        gained = still_open & set(tokens(candidate.text, date=candidate.hit.article.date))
        if _share(gained, idf) >= SECOND_GAIN and fold(candidate.text) != fold(first.text):
            return [candidate]
    return []


def _share(words: set[str], idf: Mapping[str, float]) -> float:
    return sum(idf[word] for word in words) / max(sum(idf.values()), 1e-9)
