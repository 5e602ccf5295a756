"""Whether the words that a set quotes stand in a store."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from eval.sets.question import Correction, Evidence, Question
from index.text import fold

if TYPE_CHECKING:
    from index.generation import Generation


def missing_evidence(
    questions: Sequence[Question], generation: "Generation"
) -> list[dict[str, str]]:
    """Evidences that no paragraph of their source contains: `id`, `source`, `quote` of each."""
    return _missing([(q, e) for q in questions for e in q.evidence], generation)


def missing_corrections(
    questions: Sequence[Question], generation: "Generation"
) -> list[dict[str, str]]:
    """As `missing_evidence`, of what corrects false premises."""
    return _missing([(q, c) for q in questions for c in q.corrections], generation)


def folded_paragraphs(
    sources: set[str], generation: "Generation"
) -> dict[str, list[tuple[str, str]]]:
    """Id and folded text of every paragraph of the sources; none of a source that is not there."""
    places: dict[str, list[int]] = {source: [] for source in sources}
    for position, facts in generation.facts.items():
        if facts.source in places:
            places[facts.source].append(position)
    return {
        source: [(p.id, fold(p.text)) for p in generation.paragraphs(positions)]
        for source, positions in places.items()
    }


def with_words(paragraphs: Sequence[tuple[str, str]], words: str) -> list[tuple[str, str]]:
    """Those of some `folded_paragraphs` that have the words, in the folded view."""
    folded = fold(words)
    return [(name, text) for name, text in paragraphs if folded in text]


def _missing(
    quoted: Sequence[tuple[Question, Evidence | Correction]], generation: "Generation"
) -> list[dict[str, str]]:
    paragraphs = folded_paragraphs({words.source for _, words in quoted}, generation)
    return [
        {"id": question.id, "source": words.source, "quote": words.quote}
        for question, words in quoted
        if not with_words(paragraphs[words.source], words.quote)
    ]
