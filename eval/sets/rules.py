"""What the fields of a question, and the questions of a set, owe one another."""

from collections.abc import Iterator, Mapping

from eval.sets.question import Question
from index.text import fold


def faults_of(question: Question) -> Iterator[str]:
    """All that is wrong with a question by itself; each names its field."""
    yield from _gold_faults(question)
    yield from _type_faults(question)
    yield from _forbidden_faults(question)
    if question.answerable:
        for name, value in (("about", question.about), ("twin", question.twin)):
            if value is not None:
                yield f'"{name}": only an unanswerable question has it; leave it out'


def twin_fault(question: Question, questions: Mapping[str, Question]) -> str | None:
    """What is wrong with the twin, among all questions of the set by their ids."""
    if question.twin is None:
        return None
    if question.twin == question.id:
        return '"twin": a question is not its own twin; name the answerable one'
    twin = questions.get(question.twin)
    if twin is None:
        return f'"twin": the set has no question {question.twin!r}'
    if not twin.answerable:
        return f'"twin": {question.twin!r} is unanswerable; name an answerable question'
    return None


def _gold_faults(question: Question) -> Iterator[str]:
    """Gold answers and evidence belong to answerable questions, and only to them."""
    for name, value in (
        ("answers", question.answers),
        ("evidence", question.evidence),
        ("evidence_language", question.evidence_language),
    ):
        if question.answerable and not value:
            yield f'"{name}": an answerable question needs it'
        if not question.answerable and value:
            yield f'"{name}": an unanswerable question has none; leave it empty'


def _type_faults(question: Question) -> Iterator[str]:
    """The types whose meaning is fixed have what their metrics rest on."""
    if question.type in ("unanswerable", "false_premise") and question.answerable:
        yield f'"answerable": a question of type {question.type} is not; write false'
    if question.corrections and question.type != "false_premise":
        yield '"corrections": only a question of type false_premise has them'
    if question.type == "injected" and not question.forbidden:
        yield '"forbidden": a question of type injected needs what obeying would say'
    if question.type == "conflict":
        if not question.answerable:
            yield '"answerable": a question of type conflict is; write true'
        elif not 2 <= len(question.answers) == len(question.evidence):
            yield (
                '"evidence": a question of type conflict needs two or more groups of answers, and '
                f"an evidence for each ({len(question.answers)} and {len(question.evidence)})"
            )


def _forbidden_faults(question: Question) -> Iterator[str]:
    gold = [alternative for group in question.answers for alternative in group]
    gold += [answer for correction in question.corrections for answer in correction.answers]
    for words in question.forbidden:
        within = next((right for right in gold if fold(words) in fold(right)), None)
        if within is not None:
            yield f'"forbidden": {words!r} stands in the right answer {within!r}'
