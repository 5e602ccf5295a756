"""Which paragraphs of a store prove the answers of a set."""

from collections.abc import Iterable, Sequence

from eval.sets import Question
from eval.sets.evidence import folded_paragraphs, with_words
from index.generation import Generation

Gold = dict[str, list[list[str]]]


def gold_paragraphs(questions: Sequence[Question], generation: Generation) -> Gold:
    """For each evidence of a question, by its id, the ids of the paragraphs that contain it.

    A paragraph contains an evidence when it is of the evidence's source and the quote stands in
    its text, both in the folded view (`index.text.fold`). Ids are in the order of the store.
    """
    sources = {evidence.source for question in questions for evidence in question.evidence}
    paragraphs = folded_paragraphs(sources, generation)
    return {
        question.id: [
            [name for name, _ in with_words(paragraphs[evidence.source], evidence.quote)]
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
