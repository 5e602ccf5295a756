"""Answers as LangChain's messages: one text block a sentence, and its citations as annotations."""

from collections.abc import Iterator, Sequence
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.messages.ai import UsageMetadata  # 1.0 has it nowhere else
from langchain_core.messages.content import Citation as CitationBlock
from langchain_core.messages.content import TextContentBlock

from rag.adapters.answers import outcome
from rag.answer import Answer, AnswerFinished, Citation, Event, Sentence, SentenceChecked, Turn
from rag.errors import QuestionError


def message(answer: Answer) -> AIMessage:
    """The whole answer; `text` of the message is `Answer.text`."""
    blocks = [_block(sentence, i) for i, sentence in enumerate(answer.sentences)]
    return AIMessage(
        content_blocks=[*blocks] or [_words(answer.message, 0)],
        response_metadata=_about(answer),
        usage_metadata=_usage(answer),
    )


class Chunks:
    """The same message while it comes: a chunk for each sentence, at last one that tells of all.

    Their sum is `message`, but for two things that only the end can tell: where a model declines
    after it had answered, what it said stands before the message of the abstention; and verdicts
    of a judge that waits for the end are in "sentences" of the last chunk's metadata alone.
    """

    def __init__(self) -> None:
        self._sentences = 0

    def of(self, event: Event) -> Iterator[AIMessageChunk]:
        """What an event adds; most add nothing."""
        if isinstance(event, SentenceChecked):
            yield AIMessageChunk(content=[dict(_block(event.sentence, self._sentences))])
            self._sentences += 1
        elif isinstance(event, AnswerFinished):
            yield from self._last(event.answer)

    def _last(self, answer: Answer) -> Iterator[AIMessageChunk]:
        if answer.abstained:
            words = "\n\n" * bool(self._sentences) + answer.message
            yield AIMessageChunk(content=[dict(_words(words, self._sentences))])
        yield AIMessageChunk(
            content=[],
            response_metadata=_about(answer),
            usage_metadata=_usage(answer),
            chunk_position="last",
        )


def asked(messages: Sequence[BaseMessage]) -> tuple[str, list[Turn]]:
    """The question, which is the last message, and the earlier ones that have an answer.

    Answers of a `YinzhengAssistant` tell how their question was understood. Messages of the
    system and of tools are passed over.

    Raises:
        QuestionError: the last message is not a person's.
    """
    if not messages or not isinstance(messages[-1], HumanMessage):
        raise QuestionError("the last message is no question; let it be a HumanMessage")
    turns: list[Turn] = []
    question: str | None = None
    for earlier in messages[:-1]:
        if isinstance(earlier, HumanMessage):
            question = str(earlier.text)
        elif isinstance(earlier, AIMessage) and question is not None and earlier.text:
            turns.append(_turn(question, earlier))
            question = None
    return str(messages[-1].text), turns


def _turn(question: str, answer: AIMessage) -> Turn:
    told = answer.response_metadata
    passages = told.get("passages")
    return Turn(
        str(told.get("asked") or question),
        str(answer.text),
        tuple(map(str, passages)) if isinstance(passages, list) else (),
        told.get("abstained") is True,
    )


def _block(sentence: Sentence, index: int) -> TextContentBlock:
    # Sentences are joined as `Answer.text` joins them. The index keeps blocks of a stream apart.
    before = " " if index else ""
    start = len(before)
    return {
        "type": "text",
        "text": before + sentence.marked,
        "index": index,
        "annotations": [_citation(c, sentence, start) for c in sentence.citations],
        "extras": {"support": sentence.support, "reasons": list(sentence.reasons)},
    }


def _words(text: str, index: int) -> TextContentBlock:
    return {"type": "text", "text": text, "index": index}


def _citation(citation: Citation, sentence: Sentence, start: int) -> CitationBlock:
    told = citation.to_json()
    del told["title"], told["quote"]["text"]
    return {
        "type": "citation",
        "title": citation.hit.article.title,
        "cited_text": citation.quote_text,
        "start_index": start,
        "end_index": start + len(sentence.text),
        "extras": {**told, "support": sentence.support},
    }


def _about(answer: Answer) -> dict[str, Any]:
    return {
        "model_name": answer.llm,
        "model_provider": "yinzheng",
        "output_version": "v1",  # the content is LangChain's standard one already
        **outcome(answer),
        "hits": [hit.to_json() for hit in answer.hits],
        "passages": list(answer.passages),
    }


def _usage(answer: Answer) -> UsageMetadata | None:
    if answer.usage is None:
        return None
    read, wrote = answer.usage.prompt, answer.usage.reply
    return UsageMetadata(input_tokens=read, output_tokens=wrote, total_tokens=read + wrote)
