"""Cited answers as a component."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, closing
from inspect import isawaitable
from pathlib import Path
from typing import Any, cast

from haystack import component, default_from_dict, default_to_dict
from haystack.core.errors import SerializationError
from haystack.dataclasses import (
    ChatMessage,
    ComponentInfo,
    GeneratedAnswer,
    StreamingCallbackT,
    select_streaming_callback,
)

from rag.adapters.haystack.filters import translated
from rag.adapters.haystack.parts import Told, live, turns
from rag.adapters.limits import limits, positive
from rag.answer import Event
from rag.assistant import Assistant, open_assistant
from rag.errors import InputError

_opening = threading.Lock()  # one for all, so that a component that is not opened can be copied


@component
class YinzhengAnswerer:
    """Answers a question from a newspaper archive, each sentence with what proves it."""

    def __init__(
        self,
        store: str | Path | None = None,
        *,
        assistant: Assistant | None = None,
        llm: str | None = None,
        embedder: str | None = None,
        reranker: str | None = None,
        answer_style: str | None = None,
        unsupported: str | None = None,
        judge: str | None = None,
        filters: dict[str, Any] | None = None,
        top_k: int = 8,
    ) -> None:
        """Answer over the store in a folder (else the default one), or with an `assistant`.

        The other options are those of `rag.open_assistant`, which `warm_up` calls, or the first
        question; `filters` hold where `run` is given none, and `top_k` paragraphs are read.

        Raises:
            InputError: an assistant and what would open another one are given.
            QuestionError: top_k is less than 1.
            FilterError: the filters cannot be used.
        """
        self.store = None if store is None else str(store)
        self.llm, self.embedder, self.reranker = llm, embedder, reranker
        self.answer_style, self.unsupported, self.judge = answer_style, unsupported, judge
        opening = (store, llm, embedder, reranker, answer_style, unsupported, judge)
        if assistant is not None and any(value is not None for value in opening):
            raise InputError("an assistant that is given has its store and its models already")
        positive(top_k=top_k)
        translated(filters)
        self.filters, self.top_k = filters, top_k
        self._given = assistant is not None
        self._assistant = assistant

    def warm_up(self) -> None:
        """Open the store and load the models, once.

        Raises:
            YinzhengError: one of them cannot be opened.
        """
        self._opened()

    async def warm_up_async(self) -> None:
        """`warm_up` without blocking the event loop."""
        if self._assistant is None:
            await asyncio.to_thread(self._opened)

    def to_dict(self) -> dict[str, Any]:
        """The component as a saved pipeline holds it: the store's folder, the models' names.

        Raises:
            SerializationError: it was made over an assistant, which cannot be saved.
        """
        if self._given:
            raise SerializationError(live("YinzhengAnswerer", "assistant"))
        return default_to_dict(
            self,
            store=self.store,
            llm=self.llm,
            embedder=self.embedder,
            reranker=self.reranker,
            answer_style=self.answer_style,
            unsupported=self.unsupported,
            judge=self.judge,
            filters=self.filters,
            top_k=self.top_k,
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "YinzhengAnswerer":
        """The component that `to_dict` told of."""
        return default_from_dict(cls, data)

    @component.output_types(answers=list[GeneratedAnswer])
    def run(
        self,
        query: str,
        filters: dict[str, Any] | None = None,
        top_k: int | None = None,
        history: list[ChatMessage] | None = None,
        streaming_callback: StreamingCallbackT | None = None,
    ) -> dict[str, list[GeneratedAnswer]]:
        """Answer a question; an abstention is an answer without documents.

        :param query: the question, in any language.
        :param filters: limits in Haystack's filter language, in place of the component's own.
        :param top_k: how many paragraphs are read, in place of the component's own number.
        :param history: earlier questions and answers of the conversation.
        :param streaming_callback: told the text as it comes.
        :returns: one answer under "answers": its documents are the paragraphs that are cited, its
            meta has the sentences with their verdicts and the exact places of what they quote.
        """
        tell = select_streaming_callback(None, streaming_callback, requires_async=False)
        limited = limits(translated(filters or self.filters))
        events = self._opened().stream(
            query,
            history=turns(history or []),
            k=self.top_k if top_k is None else top_k,
            **limited,
        )
        told = Told(ComponentInfo.from_component(self))
        with closing(cast(Generator[Event, None, None], events)):  # whatever `tell` raises
            for event in events:
                for chunk in told.chunks(event):
                    if tell is not None:
                        tell(chunk)
        return {"answers": [told.answer(query)]}

    @component.output_types(answers=list[GeneratedAnswer])
    async def run_async(
        self,
        query: str,
        filters: dict[str, Any] | None = None,
        top_k: int | None = None,
        history: list[ChatMessage] | None = None,
        streaming_callback: StreamingCallbackT | None = None,
    ) -> dict[str, list[GeneratedAnswer]]:
        """`run` without blocking the event loop; cancelling it stops the model."""
        tell = select_streaming_callback(None, streaming_callback, requires_async=True)
        limited = limits(translated(filters or self.filters))
        await self.warm_up_async()
        events = self._opened().astream(
            query,
            history=turns(history or []),
            k=self.top_k if top_k is None else top_k,
            **limited,
        )
        told = Told(ComponentInfo.from_component(self))
        async with aclosing(cast(AsyncGenerator[Event, None], events)):
            async for event in events:
                for chunk in told.chunks(event):
                    if tell is not None and isawaitable(done := tell(chunk)):
                        await done
        return {"answers": [told.answer(query)]}

    def _opened(self) -> Assistant:
        if self._assistant is None:
            with _opening:
                if self._assistant is None:
                    self._assistant = open_assistant(
                        self.store,
                        llm=self.llm,
                        embedder=self.embedder,
                        reranker=self.reranker,
                        answer_style=self.answer_style,
                        unsupported=self.unsupported,
                        judge=self.judge,
                    )
        return self._assistant
