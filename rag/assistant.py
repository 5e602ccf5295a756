"""From a question to a cited answer: `stream` yields events, `ask` folds them."""

import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

from index.embedder import load_embedder
from index.generation import Generation
from index.store import Store
from rag.abstain import (
    MODEL_THRESHOLD,
    QUOTE_THRESHOLD,
    beside_reader,
    cosines,
    evidence,
    signals,
    usual,
)
from rag.answer import Answer, AnswerFinished, Event, QuestionRewritten, SourcesFound, Turn, Usage
from rag.background import stream_async
from rag.errors import ModelError
from rag.features import Candidate, Values, best_read, candidates, features, read_again
from rag.filters import filters_of
from rag.finishing import Clock, Draft
from rag.follow_up import understood
from rag.judge import Judge, load_judge
from rag.layout import Prompt, lay_out
from rag.llm import LLM, AnswerStyle, Request, load, resolve
from rag.pointers import PointedAnswer, quoted_events
from rag.policy import Unsupported, unsupported_choice
from rag.quote import Quotation, answer_by_quotation, best_candidate, reordered
from rag.reader import Reading
from rag.reranker import load_reranker
from rag.retriever import Retriever, usable
from rag.style import StyleChoice, chosen_style, style_choice
from rag.vetting import Vetting
from rag.written import Declined, WrittenAnswer

MAX_TOKENS: dict[AnswerStyle, int] = {"prose": 400, "quote": 32}  # of a reply
# More than a list of hits shows of one article: whoever answers reads them all, and often one
# article has everything. See rag/README.md.
PER_ARTICLE = 5


class Assistant:
    """Answers questions over a store, by quotation or with a language model."""

    def __init__(
        self,
        retriever: Retriever,
        llm: LLM | None = None,
        *,
        answer_style: StyleChoice = "auto",
        unsupported: Unsupported = "flag",
        judge: Judge | None = None,
    ) -> None:
        """Answer with a language model, or by quotation alone.

        Args:
            retriever: finds the paragraphs.
            llm: a language model.
            answer_style: the form of its answers: `prose` that it writes, or `quote`, sentences
                that it points at; `auto` leaves this to the model. Without one nothing changes.
            unsupported: what becomes of sentences that it writes and their sources do not
                support: `flag` marks them, `drop` leaves them out, `quote` quotes the articles
                instead. What was taken out is in `Answer.withdrawn`.
            judge: gives a verdict on sentences that the rules of `rag.support` leave open.

        Raises:
            InputError: there is no such style or policy.
        """
        self.retriever = retriever
        self.llm = llm
        self.unsupported = unsupported_choice(unsupported)
        self.judge = judge
        self._style = style_choice(answer_style)

    @property
    def llm_name(self) -> str:
        """What answers: "quote", or the name of the language model."""
        return self.llm.name if self.llm else "quote"

    @property
    def answer_style(self) -> AnswerStyle:
        """The form of the answers: prose, or quoted sentences."""
        writer = self._writer
        return chosen_style(self._style, writer.answer_style) if writer else "quote"

    @property
    def _writer(self) -> LLM | None:
        """The language model, if it replies in words; the bundled reader does not."""
        return None if self.llm is None or self.llm.answer_style == "reader" else self.llm

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
        session: str = "",
        verbatim: bool = False,
    ) -> Answer:
        """The finished answer to a question; the limits are those of `rag.filters.Filters`.

        A question that leans on the conversation (`history`) is first rewritten so that it can be
        understood alone, with the language model if there is one; `verbatim` asks it as typed.
        `session` says who asks: those who wait for the language model take turns by it.

        Raises:
            QuestionError: the question or a filter cannot be used.
            PromptError: a prompt file is missing or damaged.
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
            session=session,
            verbatim=verbatim,
        )
        for event in events:
            if isinstance(event, AnswerFinished):
                return event.answer
        raise AssertionError("a stream ends with AnswerFinished")

    async def aask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        k: int = 8,
        since: str | None = None,
        until: str | None = None,
        sources: Sequence[str] = (),
        articles: Sequence[str] = (),
        session: str = "",
        verbatim: bool = False,
    ) -> Answer:
        """`ask` without blocking the event loop; cancelling it stops the model."""
        events = self.astream(
            question,
            history=history,
            k=k,
            since=since,
            until=until,
            sources=sources,
            articles=articles,
            session=session,
            verbatim=verbatim,
        )
        async for event in events:
            if isinstance(event, AnswerFinished):
                return event.answer
        raise AssertionError("a stream ends with AnswerFinished")

    def astream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        k: int = 8,
        since: str | None = None,
        until: str | None = None,
        sources: Sequence[str] = (),
        articles: Sequence[str] = (),
        session: str = "",
        verbatim: bool = False,
    ) -> AsyncIterator[Event]:
        """`stream` for an event loop: it works in a thread; closing or cancelling it stops that."""
        return stream_async(
            self,
            question,
            history=history,
            k=k,
            filters=filters_of(since, until, sources, articles),
            session=session,
            verbatim=verbatim,
        )

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
        session: str = "",
        verbatim: bool = False,
    ) -> Iterator[Event]:
        """SourcesFound, then TextAdded and SentenceChecked as they come, then AnswerFinished.

        Before them comes QuestionRewritten if the question was rewritten; see `ask`.
        An abstention has no text in between, but where a model declines in the end, or in words
        that do not begin like a refusal. Where no article passes the limits, the message says so.
        Closing the iterator stops the model.

        Raises:
            QuestionError: the question or a filter cannot be used.
            PromptError: a prompt file is missing or damaged.
            ModelError: the language model failed.
        """
        clock = Clock()
        typed = usable(question)
        question = typed
        if history and not verbatim:
            question = usable(understood(typed, history, self._writer, session=session))
        if question != typed:
            yield QuestionRewritten(question)
        filters = filters_of(since, until, sources, articles)
        generation = self.retriever.store.current()  # one state for the whole answer
        hits = self.retriever.search_within(
            filters, question, k=k, per_article=PER_ARTICLE, generation=generation
        )
        found = candidates(hits)
        reading = self._reading(session)

        def look(part: str) -> Values:
            lexical, embedder = generation.lexical, self.retriever.embedder
            seen = features(part, found, lexical, embedder)
            return read_again(seen, part, found, reading) if reading else seen

        values = look(question)
        best = best_read(question, found, reading) if reading and found else None
        hits, found, values = reordered(found, values)
        score = self._evidence(question, found, values, generation, best) if found else 0.0
        clock.retrieved()
        yield SourcesFound(tuple(hits))
        draft = Draft(typed, question, filters, self.llm_name, tuple(hits), clock, score)
        writer = self._writer
        if writer is None:
            quotation = Quotation(())
            if score >= QUOTE_THRESHOLD:
                quotation = answer_by_quotation(question, found, values, generation.lexical, look)
            for i, sentence in enumerate(quotation.sentences):
                clock.first_token()
                yield from quoted_events(sentence, first=i == 0)
            yield AnswerFinished(draft.finished(quotation.sentences, reported=quotation.reported))
        elif score < MODEL_THRESHOLD:
            yield AnswerFinished(draft.finished([]))
        else:
            yield from self._replied(writer, draft, history, session)

    def _reading(self, session: str) -> Reading | None:
        """What the bundled reader makes of sentences, if it is what answers."""
        if self.llm is None or self._writer is not None:
            return None
        return Reading(self.llm, session)

    def _evidence(
        self,
        question: str,
        found: Sequence[Candidate],
        values: Values,
        generation: Generation,
        read: float | None,
    ) -> float:
        """How likely the hits answer; `read` is the bundled reader's highest score, if it reads."""
        store = usual(question, generation, self.retriever.embedder)
        best = best_candidate(found, values)
        seen = signals(question, found, best, cosines(values), store, generation.lexical)
        chance = evidence(seen)
        return chance if read is None or seen.foreign else beside_reader(chance, read)

    def _replied(
        self, llm: LLM, draft: Draft, history: Sequence[Turn], session: str
    ) -> Iterator[Event]:
        style = self.answer_style
        prompt = lay_out(
            draft.understood,
            draft.hits,
            llm,
            style=style,
            max_tokens=MAX_TOKENS[style],
            history=history,
        )
        reply = _reader(prompt, style)
        pieces = llm.stream(_request(prompt, style, session))
        vetting = Vetting(self.unsupported, self.judge, prompt.sentences)
        try:
            yield from draft.clock.watched(vetting.events(reply.events(pieces)))
            declined = False
        except Declined:
            declined = True
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
        if not declined:
            yield from draft.clock.watched(vetting.ended())
        yield AnswerFinished(
            draft.finished(
                () if declined else vetting.sentences,
                raw_text=reply.raw_text,
                removed=reply.removed_markers,
                passages=prompt.ids,
                dropped=prompt.dropped,
                taken_back=() if declined else vetting.withdrawn,
                usage=_usage(prompt, reply.raw_text, llm),
            )
        )


def _reader(prompt: Prompt, style: AnswerStyle) -> WrittenAnswer | PointedAnswer:
    if style == "quote":
        return PointedAnswer(prompt.sentences)
    return WrittenAnswer(
        [part.hit for part in prompt.shown], [part.number for part in prompt.shown]
    )


def _usage(prompt: Prompt, wrote: str, llm: LLM) -> Usage | None:
    try:
        return Usage(prompt.tokens, llm.count_tokens(wrote))
    except ModelError:  # it ended meanwhile: the answer stands
        return None


def _request(prompt: Prompt, style: AnswerStyle, session: str) -> Request:
    return Request(
        prompt.messages,
        MAX_TOKENS[style],
        passages=prompt.passages,
        pointers=len(prompt.sentences) if style == "quote" else None,
        session=session,
    )


def open_assistant(
    store: Path | str | None = None,
    *,
    llm: str | None = None,
    embedder: str | None = None,
    reranker: str | None = None,
    answer_style: str | None = None,
    unsupported: str | None = None,
    judge: str | None = None,
    progress: Callable[[float], None] | None = None,
) -> Assistant:
    """An assistant over the store in a folder (else RAG_STORE, else the default one).

    `llm` is a .gguf file, `user/repo:QUANT`, `quote` or `auto` (else RAG_LLM, else `auto`);
    `reranker` a cross-encoder's folder or hub name (else RAG_RERANKER, else none);
    `answer_style` is `prose`, `quote` or `auto` (else RAG_ANSWER_STYLE, else `auto`);
    `unsupported` is `flag`, `drop` or `quote` (else RAG_UNSUPPORTED, else `flag`);
    `judge` is `none`, `llm` or a cross-encoder's folder or hub name (else RAG_JUDGE, else `none`);
    `progress` is told the share of the language model that is loaded, now and then.

    Raises:
        YinzhengError: the store or one of the models cannot be opened.
    """
    style, policy = style_choice(answer_style), unsupported_choice(unsupported)
    name = llm or os.environ.get("RAG_LLM") or "auto"
    resolve(name)  # wrong names are told before anything slow happens
    opened = Store(store)  # first: a missing store is told before a model loads
    retriever = Retriever(
        opened, embedder=load_embedder(embedder), reranker=load_reranker(reranker)
    )
    model = load(name, progress=progress)
    return Assistant(
        retriever,
        model,
        answer_style=style,
        unsupported=policy,
        judge=load_judge(judge, model),
    )
