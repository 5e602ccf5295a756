"""Answering by quotation: the sentences that answer, word for word. No language model needed.

The best sentence is quoted; with it one that says the same with another figure in another
article (which of them is right is the reader's to judge), or else one that covers a part of the
question which the best leaves open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from index.lexical import Lexical, asked_tokens, tokens
from index.text import fold
from rag.answer import Hit, Sentence
from rag.facts import facts
from rag.features import FEATURES, Candidate, Values, scores

# Of a paragraph that the retriever is sure of. The logarithm of its probability is added: both
# that and the sentences' scores come from fitting a softmax, so they are of one scale.
SURE = 12.0
SECOND_SHARE = 0.8  # of the best sentence's score that a second one needs
SECOND_GAIN = 0.1  # of the question's weight that it must add
ALIKE = 0.35  # share of the shorter one's words that two reports of the same have in common
COVERED_ALIKE = 0.8  # share of the question's weight that the other covers, of the first's
_LOOKED_AT = 4  # best sentences
_LEAST = 1e-5  # probability: paragraphs less likely are all alike


def answer_by_quotation(
    question: str, found: Sequence[Candidate], values: Values, lexical: Lexical
) -> list[Sentence]:
    """The one or two sentences that answer best, best first."""
    totals = _totals(found, values)
    order = [int(i) for i in np.argsort(-totals, kind="stable")[:_LOOKED_AT]]
    chosen = [found[order[0]]]
    closed = values[:, FEATURES.index("closed")]  # a headline may answer, but not add
    enough = SECOND_SHARE * totals[order[0]]
    near = [found[i] for i in order[1:] if totals[i] >= enough and closed[i]]
    second = _conflicting(order[0], found, values) or _second(question, chosen[0], near, lexical)
    if second is not None:
        chosen.append(second)
    return [candidate.quoted() for candidate in chosen]


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


def _conflicting(first: int, found: Sequence[Candidate], values: Values) -> Candidate | None:
    """A sentence of another article that answers as well, alike in words, with another figure."""
    said, figures = set(tokens(found[first].text)), facts(found[first].text).numbers
    coverage, closed = (values[:, FEATURES.index(name)] for name in ("coverage", "closed"))
    for candidate, covered, whole in zip(found, coverage, closed, strict=True):
        words = set(tokens(candidate.text))
        alike = len(said & words) / max(1, min(len(said), len(words))) >= ALIKE
        elsewhere = candidate.hit.article.id != found[first].hit.article.id
        other = facts(candidate.text).numbers
        as_well = whole and covered >= COVERED_ALIKE * coverage[first]
        if elsewhere and alike and as_well and figures and other and not figures & other:
            return candidate
    return None


def _second(
    question: str, first: Candidate, near: Sequence[Candidate], lexical: Lexical
) -> Candidate | None:
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
            return candidate
    return None


def _share(words: set[str], idf: Mapping[str, float]) -> float:
    return sum(idf[word] for word in words) / max(sum(idf.values()), 1e-9)
