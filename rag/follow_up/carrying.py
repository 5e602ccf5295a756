"""Whether a question leans on the conversation, and what it then asks, by rules alone."""

from collections.abc import Sequence

from index.language import language
from rag.answer import Turn
from rag.follow_up import chinese, chinese_leaning, japanese, latin

RECENT = 4  # turns that a question may lean on
MOST_MORE = 200  # characters that are carried over
_QUESTION, _ANSWER = 300, 1000  # characters that are read: a question that leans is no page
_LATIN = ("en", "es", "fr")


def leans(question: str, history: Sequence[Turn]) -> bool:
    """Whether a question seems to lean on the conversation before it."""
    if not history or len(question) > _QUESTION:
        return False
    code = language(question)
    if code == "zh":
        return chinese_leaning.lean(question) is not None
    if code == "ja":
        return japanese.leans(question)
    return code in _LATIN and latin.leans(question)


def carried(question: str, history: Sequence[Turn]) -> str:
    """A question that can be understood alone, by carrying names over from the conversation.

    One that can be understood already comes back as it is; so does one of which it cannot be told
    what it leans on.
    """
    if not leans(question, history):
        return question
    turns = [
        Turn(t.question[:_QUESTION], t.answer[:_ANSWER], abstained=t.abstained)
        for t in history[-RECENT:]
    ]
    made = _carried(question, turns)
    return made if len(made) <= len(question) + MOST_MORE else question


def _carried(question: str, turns: Sequence[Turn]) -> str:
    code = language(question)
    if code == "zh":
        found = chinese_leaning.lean(question)
        return chinese.carried(question, found, turns) if found else question
    if code == "ja":
        return japanese.carried(question, turns)
    return latin.carried(question, turns)
