"""What adapters tell of an answer, besides its text: plain values that any library can keep."""

from typing import Any

from rag.answer import Answer, AnswerFinished, Event, Hit, TextAdded

_ELSEWHERE = ("id", "answer", "hits")  # the text, and the paragraphs, which libraries keep apart


def outcome(answer: Answer) -> dict[str, Any]:
    """The sentences with their verdicts and citations, whether it abstained, and the rest.

    As in `Answer.to_json`; "confidence" is the estimated probability that there is an answer.
    """
    told = {key: value for key, value in answer.to_json().items() if key not in _ELSEWHERE}
    return {**told, "confidence": round(answer.confidence, 4)}


def cited(answer: Answer) -> list[Hit]:
    """The paragraphs that an answer cites, each once, in the order of their first markers."""
    citations = [c for sentence in answer.sentences for c in sentence.citations]
    citations += [report.citation for report in answer.reported]
    return list({c.paragraph_id: c.hit for c in citations}.values())


def added(event: Event, *, began: bool) -> str:
    """What an event adds to the text of a streamed answer that `began`, or did not; often "".

    An abstention is told in the end, below the words of a model that gave up after a beginning.
    """
    if isinstance(event, TextAdded):
        return event.text
    if isinstance(event, AnswerFinished) and event.answer.abstained:
        return "\n\n" * began + event.answer.message
    return ""
