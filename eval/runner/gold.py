"""Which paragraphs of a store prove the answers of a set."""

from collections.abc import Iterable, Sequence

from eval.sets import Question
from index.generation import Generation
from index.text import fold

Gold = dict[str, list[list[str]]]


def gold_paragraphs(questions: Sequence[Question], generation: Generation) -> Gold:
    """For each evidence of a question, by its id, the ids of the paragraphs that contain it.

    A paragraph contains an evidence when it is of the evidence's source and the quote stands in
    its text, both in the folded view (`index.text.fold`). Ids are in the order of the store.
    """
    sources = {evidence.source for question in questions for evidence in question.evidence}
    texts = _folded(sources, generation)
    return {
        question.id: [
            [name for name, text in texts[evidence.source] if fold(evidence.quote) in text]
            for evidence in question.evidence
        ]
        for question in questions
    }


def missing(questions: Iterable[Question], gold: Gold) -> list[dict[str, str]]:
    """The evidences that no paragraph contains: `id` of the question, `source`, `quote`."""
    return [
        {"id": question.id, "source": evidence.source, "quote": evidence.quote}
        for question in questions
        for evidence, names in zip(question.evidence, gold[question.id], strict=True)
        if not names
    ]


def _folded(sources: set[str], generation: Generation) -> dict[str, list[tuple[str, str]]]:
    """Id and folded text of every paragraph of these sources."""
    places: dict[str, list[int]] = {source: [] for source in sources}
    for position, facts in generation.facts.items():
        if facts.source in places:
            places[facts.source].append(position)
    return {
        source: [(p.id, fold(p.text)) for p in generation.paragraphs(positions)]
        for source, positions in places.items()
    }
