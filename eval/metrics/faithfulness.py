"""Whether the answer says what the paragraphs say: sentences, figures, dates, quotations.

None for an abstention: a refusal is no error here.
"""

from collections.abc import Iterator
from typing import Literal

from eval.metrics.rows import Row
from eval.metrics.shares import mean
from eval.metrics.verdicts import Judge, cited_hits, factual, outcome, verdict
from rag.facts import missing
from rag.support.known import facts_of
from rag.support.quotes import stands_whole

SUPPORTS = ("supported", "partial", "unsupported", "unknown")

Checked = Literal["number", "date", "quote"]
_KINDS = {"figure": "number", "date": "date", "time": "date", "quotation": "quote"}


def faithfulness(row: Row, judge: Judge = verdict) -> float | None:
    """Share of the factual sentences that are supported, by what they cite or by a single hit.

    Pessimistic: partial, unknown and unsupported count 0. The faithfulness of RAGAS (Es et al.
    2023), supported statements / statements, with sentences for statements and rules for its
    language model.
    """
    return mean(outcome(row, sentence, judge) == "supported" for sentence in factual(row))


def faithfulness_upper(row: Row, judge: Judge = verdict) -> float | None:
    """1 − share of the factual sentences that are unsupported: what faithfulness could be at most.

    Where no rule decides, the sentence may be true.
    """
    return mean(outcome(row, sentence, judge) != "unsupported" for sentence in factual(row))


def undecided(row: Row, judge: Judge = verdict) -> float | None:
    """Share of the factual sentences on which no rule could decide."""
    return mean(outcome(row, sentence, judge) == "unknown" for sentence in factual(row))


def fidelity(row: Row, kind: Checked) -> float | None:
    """Share of the figures, dates (with times of day) or quotations that stand in what is cited.

    Of every sentence of the answer and the whole paragraphs that it cites, as `rag.facts` reads
    them; those of a sentence that is whole sentences of its source stand there however they are
    read, those of a sentence that cites nothing stand nowhere. A quotation that is a translation
    cannot be looked up and is left out; `undecided_quotes` says how many are. None when the
    answer has none of the kind. Own definition.
    """
    return mean(stands for stands in _facts(row, kind) if stands is not None)


def undecided_quotes(row: Row) -> float | None:
    """Share of the quotations that are translations, of all in the answer."""
    return mean(stands is None for stands in _facts(row, "quote"))


def support_share(row: Row, support: str) -> float | None:
    """Share of the answer's sentences with this recorded verdict: what readers were shown.

    Own definition; close to the sentence-level support of the TREC 2024 RAG track, with rules in
    the place of the assessor.
    """
    return mean(sentence.support == support for sentence in row.sentences)


def _facts(row: Row, kind: Checked) -> Iterator[bool | None]:
    """Of each fact of a kind whether it stands in what is cited, None where that cannot be told."""
    for sentence in row.sentences:
        said = facts_of(sentence.text)
        asserted = [fact for fact in said.asserted if _KINDS.get(fact.kind) == kind]
        if not asserted:
            continue
        hits = cited_hits(row, sentence)
        cited = [facts_of(hit.text, hit.date) for hit in hits]
        whole = any(stands_whole(sentence.text, hit.text) for hit in hits)
        lacking = {} if whole else {m.fact.span: m.hard for m in missing(said, cited)}
        for fact in asserted:
            if not cited:
                yield False
            elif fact.span in lacking:
                yield False if lacking[fact.span] else None
            else:
                yield True
