"""The retriever as a component."""

import asyncio
import threading
from pathlib import Path
from typing import Any

from haystack import Document, component, default_from_dict, default_to_dict
from haystack.core.errors import SerializationError

from index.embedder import load_embedder
from rag.adapters.haystack.filters import translated
from rag.adapters.haystack.parts import document, live
from rag.adapters.limits import limits, positive
from rag.errors import InputError
from rag.reranker import load_reranker
from rag.retriever import PER_ARTICLE, Retriever

_opening = threading.Lock()  # one for all, so that a component that is not opened can be copied


@component
class YinzhengRetriever:
    """Finds the paragraphs of a newspaper archive that a question asks for."""

    def __init__(
        self,
        store: str | Path | None = None,
        *,
        retriever: Retriever | None = None,
        embedder: str | None = None,
        reranker: str | None = None,
        filters: dict[str, Any] | None = None,
        top_k: int = 8,
        per_article: int = PER_ARTICLE,
    ) -> None:
        """Search the store in a folder (else the default one), or with a `retriever` made already.

        A component may be used from several threads.
        The store is opened by `warm_up`, or with the first question; `embedder` and `reranker` are
        folders or hub names (see `index.embedder.load_embedder`, `rag.reranker.load_reranker`).
        `filters` hold where `run` is given none; `per_article` is that of `rag.Retriever.search`.

        Raises:
            InputError: a retriever and what would open another one are given.
            QuestionError: top_k or per_article is less than 1.
            FilterError: the filters cannot be used.
        """
        if retriever is not None and (store, embedder, reranker) != (None, None, None):
            raise InputError("a retriever that is given has its store and its models already")
        positive(top_k=top_k, per_article=per_article)
        translated(filters)
        self.store = None if store is None else str(store)
        self.embedder, self.reranker = embedder, reranker
        self.filters = filters
        self.top_k, self.per_article = top_k, per_article
        self._given = retriever is not None
        self._retriever = retriever

    def warm_up(self) -> None:
        """Open the store and load the models, once.

        Raises:
            YinzhengError: one of them cannot be opened.
        """
        self._opened()

    async def warm_up_async(self) -> None:
        """`warm_up` without blocking the event loop."""
        if self._retriever is None:
            await asyncio.to_thread(self._opened)

    def to_dict(self) -> dict[str, Any]:
        """The component as a saved pipeline holds it: the store's folder, the models' names.

        Raises:
            SerializationError: it was made over a retriever, which cannot be saved.
        """
        if self._given:
            raise SerializationError(live("YinzhengRetriever", "retriever"))
        return default_to_dict(
            self,
            store=self.store,
            embedder=self.embedder,
            reranker=self.reranker,
            filters=self.filters,
            top_k=self.top_k,
            per_article=self.per_article,
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "YinzhengRetriever":
        """The component that `to_dict` told of."""
        return default_from_dict(cls, data)

    @component.output_types(documents=list[Document])
    def run(
        self, query: str, filters: dict[str, Any] | None = None, top_k: int | None = None
    ) -> dict[str, list[Document]]:
        """Find the paragraphs that a question asks for, best first.

        :param query: the question, in any language.
        :param filters: limits in Haystack's filter language, in place of the component's own:
            comparisons of meta.date (text like 2031, 2031-05 or 2031-05-01) by >=, >, <=, < or ==,
            of meta.source and meta.article by == or in, and several of them under AND.
        :param top_k: how many paragraphs, in place of the component's own number.
        :returns: the paragraphs under "documents".
        """
        limited = limits(translated(filters or self.filters))
        k = self.top_k if top_k is None else top_k
        hits = self._opened().search(query, k=k, per_article=self.per_article, **limited)
        return {"documents": [document(hit) for hit in hits]}

    @component.output_types(documents=list[Document])
    async def run_async(
        self, query: str, filters: dict[str, Any] | None = None, top_k: int | None = None
    ) -> dict[str, list[Document]]:
        """`run` without blocking the event loop."""
        limited = limits(translated(filters or self.filters))
        k = self.top_k if top_k is None else top_k
        await self.warm_up_async()
        hits = await self._opened().asearch(query, k=k, per_article=self.per_article, **limited)
        return {"documents": [document(hit) for hit in hits]}

    def _opened(self) -> Retriever:
        if self._retriever is None:
            with _opening:
                if self._retriever is None:
                    self._retriever = Retriever(
                        self.store,
                        embedder=load_embedder(self.embedder),
                        reranker=load_reranker(self.reranker) if self.reranker else None,
                    )
        return self._retriever
