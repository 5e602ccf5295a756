"""Whether citations hold, and whether they are those of the gold evidence.

None for an abstention, which cites nothing and need not.
"""

from eval.metrics.matching import proves
from eval.metrics.retrieval import share_proven
from eval.metrics.rows import Citation, Row
from eval.metrics.shares import mean
from eval.metrics.verdicts import factual
from eval.sets import Question
from rag.citations import Marker, parse


def citation_validity(row: Row) -> float | None:
    """Share of citations that hold: 1.0 is expected, anything else is a defect.

    A citation holds when its number is the place of a hit of this very answer, that hit is the
    paragraph it names, and its quote stands there, character for character, at its offsets. A
    marker left in the text of a sentence belongs to no citation and counts as one that does not
    hold. Own definition, after the rule of `rag/citations.py`. None without citations.
    """
    holding = [holds(citation, row) for citation in row.citations]
    for sentence in row.sentences:
        parts, removed = parse(sentence.text, len(row.hits))
        holding += [False] * (removed + sum(isinstance(part, Marker) for part in parts))
    return mean(holding)


def citation_coverage(row: Row) -> float | None:
    """Share of the factual sentences with a citation that holds.

    Own definition, after the citation coverage of the TREC 2024 RAG track; what a sentence must be
    to be factual stands in `verdicts.is_factual`.
    """
    return mean(
        any(holds(citation, row) for citation in sentence.citations) for sentence in factual(row)
    )


def gold_citation_recall(question: Question, row: Row) -> float | None:
    """Share of the question's evidences that are cited: some cited paragraph contains the quote.

    ALCE's citation recall (Gao et al. 2023) with gold evidence in the place of its entailment
    model. An abstention scores 0; None for unanswerable questions.
    """
    cited = (row.cited(citation) for citation in row.citations)
    return share_proven(question, [hit for hit in cited if hit is not None])


def gold_citation_precision(question: Question, row: Row) -> float | None:
    """Share of the citations whose paragraph contains some evidence of the question.

    As `gold_citation_recall`. None without citations, and for unanswerable questions
    (`false_answer` has those).
    """
    if not question.evidence:
        return None
    cited = [row.cited(citation) for citation in row.citations]
    return mean(
        hit is not None and any(proves(hit, evidence) for evidence in question.evidence)
        for hit in cited
    )


def holds(citation: Citation, row: Row) -> bool:
    """Whether a citation means a hit of this answer and quotes it character for character."""
    hit = row.cited(citation)
    if hit is None or not citation.text or not 0 <= citation.start < citation.end:
        return False
    return hit.text[citation.start : citation.end] == citation.text
