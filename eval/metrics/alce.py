"""Citation recall and precision of ALCE, with the rules of `rag.support` as entailment model.

Gao et al. 2023, "Enabling Large Language Models to Generate Text with Citations": a sentence's
recall is 1 iff it has citations, all of them valid, and the cited paragraphs together support it.
A citation's precision is 1 iff its sentence's recall is 1 and it is not irrelevant; it is
irrelevant iff it alone does not support the sentence and the others without it do. Supported is
what the rules call supported: partial and unknown are not.
"""

from dataclasses import dataclass

from eval.metrics.rows import Hit, Row, Sentence
from eval.metrics.shares import mean
from eval.metrics.verdicts import Judge, verdict


@dataclass(frozen=True)
class Marks:
    """What ALCE says of one sentence: its recall, the precision of each of its citations.

    `decided` is False where its citations are valid and no rule could decide on them.
    """

    recall: bool
    precision: tuple[bool, ...]
    decided: bool


def marks(row: Row, sentence: Sentence, judge: Judge = verdict) -> Marks:
    """The marks of a sentence; a passage that it cites twice is one citation."""
    each = {(citation.number, citation.paragraph): citation for citation in sentence.citations}
    cited = tuple(row.cited(citation) for citation in each.values())
    hits = tuple(hit for hit in cited if hit is not None)
    if not hits or len(hits) < len(cited):
        return Marks(False, (False,) * len(cited), decided=True)
    together = judge(sentence.text, hits)
    if together != "supported":
        return Marks(False, (False,) * len(cited), decided=together != "unknown")
    needed = (not _irrelevant(sentence.text, hits, place, judge) for place in range(len(hits)))
    return Marks(True, tuple(needed), decided=True)


def citation_recall(row: Row, judge: Judge = verdict) -> float | None:
    """Mean recall of the answer's sentences; None for an abstention."""
    return mean(marks(row, sentence, judge).recall for sentence in row.sentences)


def citation_precision(row: Row, judge: Judge = verdict) -> float | None:
    """Mean precision of the answer's citations.

    An answer without any citation has 0, as in ALCE; None for an abstention.
    """
    if not row.sentences:
        return None
    each = [flag for s in row.sentences for flag in marks(row, s, judge).precision]
    return mean(each) or 0.0


def undecided_sentences(row: Row, judge: Judge = verdict) -> float | None:
    """Share of the sentences on whose citations no rule could decide."""
    return mean(not marks(row, sentence, judge).decided for sentence in row.sentences)


def undecided_citations(row: Row, judge: Judge = verdict) -> float | None:
    """Share of the citations that stand by such a sentence; None for an abstention."""
    if not row.sentences:
        return None
    made = [marks(row, sentence, judge) for sentence in row.sentences]
    return mean(not each.decided for each in made for _ in each.precision) or 0.0


def _irrelevant(text: str, hits: tuple[Hit, ...], place: int, judge: Judge) -> bool:
    others = hits[:place] + hits[place + 1 :]
    if not others or judge(text, (hits[place],)) == "supported":
        return False
    return judge(text, others) == "supported"
