"""How a question went: what its answer holds, what is cited, and whether its twin was answered."""

from collections.abc import Sequence
from dataclasses import dataclass

from eval.bench.reader_pipeline.archives import Asking
from index.text import fold
from rag.answer import Answer, Citation


@dataclass(frozen=True)
class Outcome:
    """A question and its twin, the same one asked of the store without its paragraph.

    Shares are of 0 to 1; None where they are not defined.

    Attributes:
        text: number of the question's text: questions of one text are no independent draws.
        found: whether that text is among the hits.
        answered: whether there is an answer.
        contains_gold: whether its sentences together hold an answer that counts as right.
        first_contains_gold: whether the first one does.
        citation_precision: share of the citations that are of the question's text with a right
            answer in what they quote; not defined for an abstention.
        gold_cited: share of the citations that are of the question's text.
        false_answer: whether the twin was answered.
        confidence: `Answer.confidence` of the question.
        twin_confidence: … of its twin.
        seconds: the answer took without the search.
    """

    text: int
    found: float
    answered: float
    contains_gold: float
    first_contains_gold: float
    citation_precision: float | None
    gold_cited: float | None
    false_answer: float
    confidence: float
    twin_confidence: float
    seconds: float


def outcome(asked: Asking, answer: Answer, twin: Answer, seconds: float) -> Outcome:
    """What the answers to a question and its twin are worth."""
    texts = [sentence.text for sentence in answer.sentences]
    cited = [citation for sentence in answer.sentences for citation in sentence.citations]
    gold = [citation for citation in cited if _is_gold(citation, asked)]
    proven = [citation for citation in gold if holds(citation.quote_text, asked.answers)]
    return Outcome(
        text=asked.text,
        found=float(any(hit.article.id == str(asked.text) for hit in answer.hits)),
        answered=float(not answer.abstained),
        contains_gold=float(holds(" ".join(texts), asked.answers)),
        first_contains_gold=float(holds("".join(texts[:1]), asked.answers)),
        citation_precision=_share(len(proven), cited),
        gold_cited=_share(len(gold), cited),
        false_answer=float(not twin.abstained),
        confidence=answer.confidence,
        twin_confidence=twin.confidence,
        seconds=seconds,
    )


def holds(text: str, answers: Sequence[str]) -> bool:
    """Whether one of the answers stands in the text, both in the folded view."""
    folded = fold(text)
    return any(fold(answer) in folded for answer in answers)


def _is_gold(citation: Citation, asked: Asking) -> bool:
    return citation.hit.article.id == str(asked.text)


def _share(count: int, of: Sequence[Citation]) -> float | None:
    return count / len(of) if of else None
