"""What the questions and answers of a conversation are about, in any language."""

from index.language import language
from rag.follow_up import chinese_subject, japanese_subject, latin_subject
from rag.follow_up.words import bare

__all__ = ["person", "subject"]


def subject(question: str) -> str:
    """The thing that a question is about, as it stands there; nothing if that cannot be told."""
    code = language(question)
    if code == "zh":
        return chinese_subject.chinese_subject(question)
    if code == "ja":
        return japanese_subject.japanese_subject(question)
    return latin_subject.latin_subject(bare(question), code)


def person(text: str) -> str:
    """The first person that a question or answer names; nothing if there is none."""
    code = language(text)
    if code == "zh":
        return chinese_subject.person(text)
    if code == "ja":
        return japanese_subject.person(text)
    return latin_subject.person(text)
