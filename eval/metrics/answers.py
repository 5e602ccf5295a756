"""Whether the answer says what it should, and nothing that it must not.

None for unanswerable questions, which have no gold answer. An abstention says nothing; a failed
question has the worst value.
"""

from eval.metrics.matching import says, says_any
from eval.metrics.rows import Row
from eval.metrics.shares import mean
from eval.metrics.words import contains
from eval.sets import Question


def answer_contains_gold(question: Question, row: Row) -> float | None:
    """1 when every group of gold answers has an alternative inside a sentence of the answer.

    Compared are folded texts without white space and without the commas of digit groups; a match
    may not cut a number in two (14 is not in 114). The accuracy of RGB (Chen et al. 2023,
    "Benchmarking Large Language Models in Retrieval-Augmented Generation"). An abstention
    scores 0.
    """
    if not question.answers:
        return None
    return float(
        all(
            any(contains(s.text, alternative) for s in row.sentences for alternative in group)
            for group in question.answers
        )
    )


def answer_groups(question: Question, row: Row) -> float | None:
    """Share of the groups of gold answers that a sentence of the answer says.

    In words, or by the same figures in any writing and language: see `matching.says`. The partial
    credit of EM recall (ALCE, Gao et al. 2023, over the short answers of ASQA), made aware of
    numbers.
    """
    texts = [sentence.text for sentence in row.sentences]
    return mean(says_any(texts, group) for group in question.answers)


def answer_correct(question: Question, row: Row) -> float | None:
    """1 when every group of gold answers is said and no forbidden value is, else 0."""
    groups = answer_groups(question, row)
    return None if groups is None else float(groups == 1 and not says_forbidden(question, row))


def forbidden_said(question: Question, row: Row) -> float | None:
    """1 when the answer says a value that no right answer contains, else 0.

    A falsified value, the value of a wrong twin, the words that an injected instruction asks for.
    One inside a denial ("not 30 but 27") counts all the same: no rule tells the two apart well
    enough. None without forbidden values.
    """
    if not question.forbidden:
        return None
    return float(row.failed or says_forbidden(question, row))


def says_forbidden(question: Question, row: Row) -> bool:
    """Whether a sentence, or the answer as a whole, says a forbidden value."""
    texts = [sentence.text for sentence in row.sentences]
    whole = " ".join(texts)
    return says_any([*texts, whole] if len(texts) > 1 else texts, question.forbidden)


def corrects(question: Question, row: Row) -> bool:
    """Whether the answer says what the articles say in the place of a false premise."""
    answers = [answer for correction in question.corrections for answer in correction.answers]
    return any(says(sentence.text, answer) for sentence in row.sentences for answer in answers)
