"""An answer and the same answer with one thing wrong: what such a pair is and how it is made."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from eval.meta import changes
from eval.meta.made import Made, Papers, Row, Said, abstention, good_answer, row_of
from eval.sets import Question


@dataclass(frozen=True)
class Pair:
    """An answer and the same answer with one defect, for a question."""

    question: Question
    good: Row
    bad: Row
    asked: Question  # what the bad one is measured against; mostly the same question


Spoil = Callable[[Question, Papers], Pair | None]


@dataclass(frozen=True)
class Defect:
    """One thing wrong with an answer.

    Attributes:
        name: what it is, in words.
        spoil: makes the pair for a question; None where it does not apply to it.
        falls: metrics that must be lower in the bad answer.
        rises: metrics that must be higher.
        may: metrics that depend on how bad it is; all others must not move.
    """

    name: str
    spoil: Spoil
    falls: tuple[str, ...] = ()
    rises: tuple[str, ...] = ()
    may: tuple[str, ...] = ()


def changed(change: Callable[[Made, Papers], Made | None]) -> Spoil:
    """A defect that changes a good answer."""

    def spoil(question: Question, papers: Papers) -> Pair | None:
        good = good_answer(question, papers)
        bad = change(good, papers) if good else None
        if good is None or bad is None:
            return None
        gold = papers.gold(question)
        return Pair(question, row_of(good, gold), row_of(bad, gold), bad.question)

    return spoil


def in_row(change: Callable[[Row], None]) -> Spoil:
    """A defect of the written answer: what no answer made by the program has."""

    def spoil(question: Question, papers: Papers) -> Pair | None:
        good = good_answer(question, papers)
        if good is None:
            return None
        gold = papers.gold(question)
        bad = row_of(good, gold)
        change(bad)
        return Pair(question, row_of(good, gold), bad, question)

    return spoil


def only(kinds: Sequence[str], spoil: Spoil) -> Spoil:
    """A defect of some types of questions alone."""
    return lambda question, papers: spoil(question, papers) if question.type in kinds else None


def missed(question: Question, papers: Papers) -> Pair | None:
    """Both decline: one had found the gold paragraphs, the other had not."""
    good = good_answer(question, papers)
    if good is None:
        return None
    gold = papers.gold(question)
    bad = row_of(abstention(question, papers), gold)
    return Pair(question, row_of(replace(good, said=()), gold), bad, question)


def half_found(question: Question, papers: Papers) -> Pair | None:
    """Both decline: one of them had not found one of several gold paragraphs."""
    good = good_answer(question, papers)
    bad = changes.one_lost(good, papers) if good else None
    if good is None or bad is None:
        return None
    gold = papers.gold(question)
    return Pair(question, row_of(replace(good, said=()), gold), row_of(bad, gold), question)


def failed(question: Question, papers: Papers) -> Pair | None:
    """A question that is answered, and the same one ended in an error."""
    good = good_answer(question, papers)
    if good is None:
        return None
    gold = papers.gold(question)
    bad = {"id": question.id, "question": question.text, "error": "the model ended", "gold": gold}
    return Pair(question, row_of(good, gold), bad, question)


def answered(question: Question, papers: Papers) -> Pair | None:
    """A question without an answer gets one: a paragraph about something else, well cited."""
    if question.answerable:
        return None
    nothing = abstention(question, papers)
    hit = nothing.hits[0]
    bad = replace(nothing, said=(Said(hit.paragraph.text, (hit.paragraph.id,)),))
    return Pair(question, row_of(nothing, []), row_of(bad, []), question)


def premise_kept(question: Question, papers: Papers) -> Pair | None:
    """A false premise is answered as if it were true, instead of being corrected."""
    corrected = _corrected(question, papers)
    if corrected is None:
        return None
    bad = replace(corrected, said=corrected.said[1:])
    return Pair(question, row_of(corrected, []), row_of(bad, []), question)


def premise_declined(question: Question, papers: Papers) -> Pair | None:
    """A false premise is declined instead of being corrected: that is right as well."""
    corrected = _corrected(question, papers)
    if corrected is None:
        return None
    nothing = replace(corrected, said=())
    return Pair(question, row_of(corrected, []), row_of(nothing, []), question)


def _corrected(question: Question, papers: Papers) -> Made | None:
    if not question.corrections:
        return None
    nothing = abstention(question, papers)
    hit = nothing.hits[0]
    put_right = Said(question.corrections[0].answers[0])
    return replace(nothing, said=(put_right, Said(hit.paragraph.text, (hit.paragraph.id,))))
