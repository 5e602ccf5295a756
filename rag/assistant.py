"""From a question to a cited answer: `stream` yields events, `ask` folds them."""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from index.embedder import load_embedder
from index.language import language
from index.store import Store
from index.text import fold
from rag.abstain import MODEL_THRESHOLD, QUOTE_THRESHOLD, evidence
from rag.answer import (
    Answer,
    AnswerFinished,
    Event,
    Hit,
    Sentence,
    SentenceChecked,
    SourcesFound,
    TextAdded,
    Timings,
)
from rag.features import candidates, features
from rag.filters import Filters
from rag.llm import LLM, Request, load, resolve
from rag.prompt import abstention, answer_messages, nothing_passes
from rag.quote import answer_by_quotation, best_candidate, reordered
from rag.reranker import load_reranker
from rag.retriever import Retriever, usable
from rag.written import Declined, WrittenAnswer

MAX_TOKENS = 400  # of an answer
# More than a list of hits shows of one article: whoever answers reads them all, and often one
# article has everything. See rag/README.md.
PER_ARTICLE = 5


@dataclass(frozen=True)
class Turn:
    """An earlier question of the conversation and its answer."""

    question: str
    answer: str


class Assistant:
    """Answers questions over a store, by quotation or with a language model."""

    def __init__(self, retriever: Retriever, llm: LLM | None = None) -> None:
        self.retriever = retriever
        self.llm = llm

    @property
    def llm_name(self) -> str:
        """What answers: "quote", or the name of the language model."""
        return self.llm.name if self.llm else "quote"

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        k: int = 8,
        since: str | None = None,
        until: str | None = None,
        sources: Sequence[str] = (),
        articles: Sequence[str] = (),
    ) -> Answer:
        """The finished answer to a question; the limits are those of `rag.filters.Filters`.

        Raises:
            QuestionError: the question or a filter cannot be used.
            ModelError: the language model failed.
        """
        events = self.stream(
            question,
            history=history,
            k=k,
            since=since,
            until=until,
            sources=sources,
            articles=articles,
        )
        for event in events:
            if isinstance(event, AnswerFinished):
                return event.answer
        raise AssertionError("a stream ends with AnswerFinished")

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        k: int = 8,
        since: str | None = None,
        until: str | None = None,
        sources: Sequence[str] = (),
        articles: Sequence[str] = (),
    ) -> Iterator[Event]:
        """SourcesFound, then TextAdded and SentenceChecked as they come, then AnswerFinished.

        An abstention has no text in between; where no article passes the limits, its message says
        so. Closing the iterator stops the model.

        Raises:
            QuestionError: the question or a filter cannot be used.
            ModelError: the language model failed.
        """
        clock = _Clock()
        question = usable(question)
        filters = Filters(since, until, tuple(sources), tuple(articles))
        generation = self.retriever.store.current()  # one state for the whole answer
        hits = self.retriever.search_within(
            filters, question, k=k, per_article=PER_ARTICLE, generation=generation
        )
        found = candidates(hits)
        values = features(question, found, generation.lexical, self.retriever.embedder)
        hits, found, values = reordered(found, values)
        score = evidence(values, best_candidate(found, values)) if found else 0.0
        clock.retrieved()
        yield SourcesFound(tuple(hits))
        draft = _Draft(question, filters, self.llm_name, tuple(hits), clock)
        if self.llm is None:
            chosen = []
            if score >= QUOTE_THRESHOLD:
                chosen = answer_by_quotation(question, found, values, generation.lexical)
            yield from self._quoted(chosen, clock)
            yield AnswerFinished(draft.finished(chosen))
        elif score < MODEL_THRESHOLD:
            yield AnswerFinished(draft.finished([]))
        else:
            yield from self._written(self.llm, draft, history)

    def _quoted(self, chosen: Sequence[Sentence], clock: "_Clock") -> Iterator[Event]:
        for i, sentence in enumerate(chosen):
            clock.first_token()
            yield TextAdded((" " if i else "") + sentence.marked)
            yield SentenceChecked(sentence)

    def _written(self, llm: LLM, draft: "_Draft", history: Sequence[Turn]) -> Iterator[Event]:
        messages, shown = answer_messages(
            draft.question,
            draft.hits,
            llm,
            language=draft.language.partition("-")[0],
            max_tokens=MAX_TOKENS,
            history=[(turn.question, turn.answer) for turn in history],
        )
        written = WrittenAnswer(draft.hits[:shown])
        pieces = llm.stream(Request(tuple(messages), MAX_TOKENS))
        try:
            for event in written.events(pieces):
                draft.clock.first_token()
                yield event
        except Declined:
            written.sentences.clear()
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
        yield AnswerFinished(
            draft.finished(
                written.sentences, raw_text=written.raw_text, removed=written.removed_markers
            )
        )


def open_assistant(
    store: Path | str | None = None,
    *,
    llm: str | None = None,
    embedder: str | None = None,
    reranker: str | None = None,
) -> Assistant:
    """An assistant over the store in a folder (else RAG_STORE, else the default one).

    `llm` is a .gguf file, `user/repo:QUANT`, `quote` or `auto` (else RAG_LLM, else `auto`);
    `reranker` a cross-encoder's folder or hub name (else RAG_RERANKER, else none).

    Raises:
        YinzhengError: the store or one of the models cannot be opened.
    """
    name = llm or os.environ.get("RAG_LLM") or "auto"
    resolve(name)  # wrong names are told before anything slow happens
    opened = Store(store)  # first: a missing store is told before a model loads
    retriever = Retriever(
        opened, embedder=load_embedder(embedder), reranker=load_reranker(reranker)
    )
    return Assistant(retriever, load(name))


class _Clock:
    """Milliseconds since the question."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._retrieved = self._first = 0.0

    def retrieved(self) -> None:
        self._retrieved = self._now()

    def first_token(self) -> None:
        self._first = self._first or self._now()

    def timings(self) -> Timings:
        total = self._now()
        return Timings(self._retrieved, self._first or total, total)

    def _now(self) -> float:
        return (time.perf_counter() - self._start) * 1000


@dataclass(frozen=True)
class _Draft:
    """What is known of an answer before its sentences."""

    question: str
    filters: Filters
    llm: str
    hits: tuple[Hit, ...]
    clock: _Clock

    @cached_property
    def language(self) -> str:
        """The language to answer in."""
        return _answer_language(self.question)

    def finished(
        self, sentences: Sequence[Sentence], *, raw_text: str = "", removed: int = 0
    ) -> Answer:
        message = "" if sentences else self._abstention()
        return Answer(
            question=self.question,
            language=self.language,
            llm=self.llm,
            hits=self.hits,
            sentences=tuple(sentences),
            timings=self.clock.timings(),
            message=message,
            raw_text=raw_text,
            removed_markers=removed,
        )

    def _abstention(self) -> str:
        if self.filters and not self.hits:  # any article that passes gives a hit
            return nothing_passes(str(self.filters), self.language)
        return abstention(self.question, self.language)


def _answer_language(question: str) -> str:
    """The question's language; zh-Hant when it is written in traditional characters."""
    code = language(question)
    traditional = code == "zh" and fold(question) != fold(question, simplify=False)
    return "zh-Hant" if traditional else code
