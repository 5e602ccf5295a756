"""How good the hits are, whatever was answered: recall, reciprocal rank, nDCG.

Relevant are the paragraphs that prove an evidence of the question. Evidence that the store does
not have counts as not found. None for unanswerable questions; a failed question found nothing.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from eval.metrics.matching import proves
from eval.metrics.rows import Hit, Row
from eval.metrics.shares import mean
from eval.sets import Question

DEPTHS = (1, 5, 8)


def recall(question: Question, row: Row, depth: int) -> float | None:
    """Share of the question's evidences that stand in one of the first `depth` hits.

    A hit is right when its source (or one that it is also in) is the evidence's, and its paragraph
    contains the quote in the folded view. Recall at a cut-off, as in any retrieval evaluation
    (Manning, Raghavan & Schütze 2008, chapter 8), with evidences as the relevant items.
    """
    return share_proven(question, row.hits[:depth])


def all_evidence(question: Question, row: Row, depth: int) -> float | None:
    """1 when every evidence of the question is among the first `depth` hits, else 0.

    What an answer from several articles needs; own definition, recall made strict.
    """
    found = recall(question, row, depth)
    return None if found is None else float(found == 1)


def reciprocal_rank(question: Question, row: Row) -> float | None:
    """1 / place of the first hit that holds some evidence; 0 when none does.

    Its mean is the MRR (Voorhees, TREC-8 question answering track, 1999).
    """
    if not question.evidence:
        return None
    for place, hit in enumerate(row.hits, 1):
        if any(proves(hit, evidence) for evidence in question.evidence):
            return 1 / place
    return 0.0


def ndcg(question: Question, row: Row, depth: int) -> float | None:
    """Normalised discounted cumulative gain of the first `depth` hits.

    nDCG = Σ rel_i / log2(i + 1) over the hits' places i, divided by the same sum for the best
    order there could be (Järvelin & Kekäläinen 2002, with the discount of trec_eval, which
    ir-measures calls). Relevant (1) are the paragraphs in the row's `gold`, and one more that is
    never found for each evidence that no paragraph proves. Paragraphs that are one hit, being
    printed again, are one. None where the row has no `gold`.
    """
    if not question.evidence or (row.gold is None and not row.failed):
        return None
    places: dict[str, int] = {}  # of every paragraph in the hits; a hit again counts once
    for place, hit in enumerate(row.hits):
        for paragraph in hit.paragraphs:
            places.setdefault(paragraph, place)
    relevant = set()
    for number, group in enumerate(row.gold or ((),)):
        relevant |= {f"hit {places[p]}" if p in places else f"paragraph {p}" for p in group}
        if not group:
            relevant.add(f"evidence {number}")
    # Names that the measure's own code can carry, whatever characters the ids have.
    names = {name: f"d{number}" for number, name in enumerate(sorted(relevant))}
    shown = [names.get(f"hit {place}", f"h{place}") for place in range(len(row.hits))]
    return _ndcg(list(names.values()), shown, depth) if names else 0.0


def share_proven(question: Question, hits: Sequence[Hit]) -> float | None:
    """Share of the question's evidences that some of these hits prove; None without evidence."""
    return mean(any(proves(hit, evidence) for hit in hits) for evidence in question.evidence)


def _ndcg(relevant: Sequence[str], shown: Sequence[str], depth: int) -> float:
    if not shown:
        return 0.0
    library = _measures()
    run = {"q": {name: -float(place) for place, name in enumerate(shown)}}
    found = library.iter_calc([library.nDCG @ depth], {"q": dict.fromkeys(relevant, 1)}, run)
    return float(next(iter(found)).value)


@cache
def _measures() -> Any:
    """ir-measures, loaded when it is first needed: it takes a tenth of a second."""
    import ir_measures

    return ir_measures
