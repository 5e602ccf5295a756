"""Paragraphs as LangChain's documents."""

from collections.abc import Sequence
from copy import copy
from pathlib import Path
from typing import Any, Unpack

from langchain_core.callbacks import (
    AsyncCallbackManagerForRetrieverRun,
    CallbackManagerForRetrieverRun,
)
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever, LangSmithRetrieverParams
from pydantic import ConfigDict, Field

from rag.adapters.langchain.limits import SEARCH, SearchLimits, overridden
from rag.adapters.limits import checked, positive
from rag.adapters.metadata import metadata
from rag.answer import Hit
from rag.errors import InputError
from rag.retriever import PER_ARTICLE, Retriever

_LIMITS = ("k", "since", "until", "sources", "articles", "per_article")


class YinzhengRetriever(BaseRetriever):
    """Finds paragraphs of a store, each a document with its place and its score.

    Made over a store's folder (else the default one), or over a `rag.Retriever`, which may have
    an embedder and a reranker of its own. The limits are those of `rag.Retriever.search`; each
    call may give others: `retriever.invoke(question, k=3, since="2031")`.

    Documents come best first. `id` is the paragraph's, `page_content` its text as shown, `metadata`
    that of `rag.adapters.metadata`. One object serves any number of threads and event loops.

    It is pickled as its folder and limits, and opened anew where it arrives; made over a
    `rag.Retriever` it cannot be. LangChain's own serialisation (`dumps`) leaves it out: what comes
    as text from elsewhere is not to open folders.

    Raises:
        StoreMissing, StoreDamaged, StoreMismatch, EmbedderError: as `rag.Retriever` does.
        QuestionError: a limit has another form; when asked, that the question cannot be used.
        InputError: both a store and a retriever over another one were given.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    store: Path | None = None
    retriever: Retriever | None = Field(default=None, exclude=True, repr=False)
    k: int = 8
    since: str | None = None
    until: str | None = None
    sources: Sequence[str] = ()
    articles: Sequence[str] = ()
    per_article: int = PER_ARTICLE

    def model_post_init(self, context: Any, /) -> None:
        """Open the store and check the limits."""
        positive(k=self.k, per_article=self.per_article)
        checked(self.since, self.until, self.sources, self.articles)
        if self.retriever is None:
            # Kept as a field: LangChain makes configured copies from the fields, for every call.
            self.retriever = Retriever(self.store)
            self.store = self.retriever.store.folder
        elif self.store is not None and self.store != self.retriever.store.folder:
            raise InputError(
                f"the store {self.store} was given, and a retriever over "
                f"{self.retriever.store.folder}; give one of them (to choose between stores when "
                "asking, use configurable_alternatives)"
            )

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,
        **limits: Unpack[SearchLimits],
    ) -> list[Document]:
        found = self._opened.search(query, **overridden(self._limits(), limits, SEARCH))
        return [document(hit) for hit in found]

    async def _aget_relevant_documents(
        self,
        query: str,
        *,
        run_manager: AsyncCallbackManagerForRetrieverRun,
        **limits: Unpack[SearchLimits],
    ) -> list[Document]:
        found = await self._opened.asearch(query, **overridden(self._limits(), limits, SEARCH))
        return [document(hit) for hit in found]

    def _get_ls_params(self, **kwargs: Any) -> LangSmithRetrieverParams:
        return LangSmithRetrieverParams(
            ls_retriever_name="yinzheng",
            ls_vector_store_provider="yinzheng",
            ls_embedding_model=self._opened.embedder.fingerprint,
        )

    @property
    def _opened(self) -> Retriever:
        assert self.retriever is not None  # since `model_post_init`
        return self.retriever

    def _limits(self) -> dict[str, Any]:
        fields = self.__dict__
        return {name: fields[name] for name in _LIMITS}

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> "YinzhengRetriever":
        return copy(self)  # a store is open once

    def __reduce__(self) -> tuple[Any, ...]:
        if self.store is None:
            raise TypeError(
                "a YinzhengRetriever over a rag.Retriever cannot be pickled; make it over a store: "
                'YinzhengRetriever(store="…")'
            )
        names = (*_LIMITS, "store", "tags", "metadata", "name")
        return _reopened, (type(self), {name: getattr(self, name) for name in names})


def document(hit: Hit) -> Document:
    """A hit as LangChain's retrievers give it."""
    return Document(id=hit.paragraph.id, page_content=hit.paragraph.text, metadata=metadata(hit))


def _reopened(made: type[YinzhengRetriever], fields: dict[str, Any]) -> YinzhengRetriever:
    return made(**fields)
