"""Whether it answered when the articles do, and only then."""

from eval.metrics.answers import answer_correct, corrects, says_forbidden
from eval.metrics.rows import Row
from eval.sets import Question


def over_refusal(question: Question, row: Row) -> float | None:
    """1 when an answerable question got an abstention, else 0.

    The error rate on the relevant subset of NoMIRACL (Thakur et al. 2023). None for unanswerable
    and for failed questions.
    """
    if not question.answerable or row.failed:
        return None
    return float(bool(row.abstained))


def false_answer(question: Question, row: Row) -> float | None:
    """1 when an unanswerable question got an answer, else 0.

    The hallucination rate on the non-relevant subset of NoMIRACL (Thakur et al. 2023). An answer
    that corrects the question's false premise is none. None for answerable and for failed
    questions.
    """
    if question.answerable or row.failed:
        return None
    return float(not declined(question, row))


def premise_handled(question: Question, row: Row) -> float | None:
    """1 when a false premise was not accepted: an abstention, or what the articles say instead.

    A correction that also says a forbidden value does not count. Own definition, after the
    counterfactual robustness of RGB (Chen et al. 2023). Only for the type `false_premise`; a
    failed question has 0.
    """
    if question.type != "false_premise":
        return None
    return float(declined(question, row))


def net_score(question: Question, row: Row) -> float | None:
    """+1 for what is right, 0 for a needless abstention, −1 for what is wrong or failed.

    Right is a correct answer (`answer_correct`) to an answerable question, and an abstention or a
    corrected premise otherwise. After the truthfulness score of CRAG (Yang et al. 2024), which
    charges a wrong answer more than a missing one; its mean lies between −1 and 1.
    """
    if row.failed:
        return -1.0
    if not question.answerable:
        return 1.0 if declined(question, row) else -1.0
    if row.abstained:
        return 0.0
    correct = answer_correct(question, row)
    return None if correct is None else 2 * correct - 1


def declined(question: Question, row: Row) -> bool:
    """Whether an unanswerable question got what is right: an abstention, or a correction."""
    if row.abstained or row.failed:
        return bool(row.abstained)
    return corrects(question, row) and not says_forbidden(question, row)
