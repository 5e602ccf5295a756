"""Yinzheng in LlamaIndex: a retriever of paragraphs, and a query engine whose answers cite them.

>>> retriever = YinzhengRetriever("my-store", k=5)                   # doctest: +SKIP
>>> for found in retriever.retrieve("How long is the new bridge?"):  # doctest: +SKIP
...     print(found.score, found.metadata["title"], found.text)
"""

from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

try:
    import llama_index.core  # noqa: F401 - only to tell at once what is missing
except ModuleNotFoundError as error:
    raise ImportError(
        'this needs LlamaIndex, which is not installed: pip install "yinzheng[llamaindex]"'
    ) from error

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.response.schema import (
    RESPONSE_TYPE,
    AsyncStreamingResponse,
    Response,
    StreamingResponse,
)
from llama_index.core.callbacks.base import CallbackManager
from llama_index.core.prompts.mixin import PromptMixinType
from llama_index.core.schema import (
    NodeRelationship,
    NodeWithScore,
    ObjectType,
    QueryBundle,
    RelatedNodeInfo,
    TextNode,
)
from llama_index.core.types import TokenAsyncGen, TokenGen

from index.store import Store
from rag.adapters.answers import added, cited, outcome
from rag.adapters.limits import checked, positive
from rag.adapters.metadata import metadata
from rag.answer import Answer, AnswerFinished, Event, Hit
from rag.assistant import Assistant
from rag.errors import InputError
from rag.retriever import PER_ARTICLE, Retriever

# What is put before the text: where it stands, for a model that reads; what names it, for one that
# embeds. Ids, offsets and file names would only be in the way.
_READ = ("title", "date", "heading")
_EMBEDDED = ("title", "heading")


class ParagraphNode(TextNode):
    """A paragraph as a node.

    Its hash says which paragraph it is, whatever was asked: a `TextNode` hashes its metadata too,
    the score among them, and a QueryFusionRetriever would not see that two searches found the same.
    """

    @property
    def hash(self) -> str:
        """Hash of the id and the text."""
        return sha256(f"{self.id_}\0{self.text}".encode("utf-8", "surrogatepass")).hexdigest()


class YinzhengRetriever(BaseRetriever):
    """Retrieves paragraphs from a store; safe to use from several threads."""

    def __init__(
        self,
        store: Store | Path | str | None = None,
        *,
        retriever: Retriever | None = None,
        k: int = 8,
        since: str | None = None,
        until: str | None = None,
        sources: Sequence[str] = (),
        articles: Sequence[str] = (),
        per_article: int = PER_ARTICLE,
        callback_manager: CallbackManager | None = None,
    ) -> None:
        """Open a store (else the default one), or use a `retriever` that is there already.

        The other options are those of `rag.Retriever.search`. A retriever with other limits over
        the same `rag.Retriever` costs next to nothing.

        Raises:
            YinzhengError: the store cannot be opened, or was made with another embedder.
            QuestionError: k, per_article or a limit cannot be used.
            InputError: both a store and a retriever are given.
        """
        if store is not None and retriever is not None:
            raise InputError("give YinzhengRetriever a store or a retriever, not both")
        self._limits = checked(since, until, sources, articles)
        positive(k=k, per_article=per_article)
        self._k, self._per_article = k, per_article
        self._retriever = retriever or Retriever(store)
        super().__init__(callback_manager=callback_manager)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._retriever.search(
            query_bundle.query_str, k=self._k, per_article=self._per_article, **self._limits
        )
        return [node(hit) for hit in hits]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = await self._retriever.asearch(
            query_bundle.query_str, k=self._k, per_article=self._per_article, **self._limits
        )
        return [node(hit) for hit in hits]


class YinzhengQueryEngine(BaseQueryEngine):
    """Answers over a store, each sentence with the paragraphs that prove it.

    Of a response, `source_nodes` are the paragraphs that are cited, in the order of their first
    markers, and `metadata` has the sentences with their verdicts and the exact places of what they
    quote (see `rag.adapters.answers.outcome`). A streaming response has them when its text has
    ended; leaving its generator stops the model.
    """

    def __init__(
        self,
        assistant: Assistant,
        *,
        k: int = 8,
        since: str | None = None,
        until: str | None = None,
        sources: Sequence[str] = (),
        articles: Sequence[str] = (),
        streaming: bool = False,
        callback_manager: CallbackManager | None = None,
    ) -> None:
        """Answer with an assistant (`rag.open_assistant`); see `rag.Assistant.ask`.

        Raises:
            QuestionError: k or a limit cannot be used.
        """
        positive(k=k)
        self._assistant, self._k = assistant, k
        self._limits = checked(since, until, sources, articles)
        self._streaming = streaming
        super().__init__(callback_manager=callback_manager)

    def _get_prompt_modules(self) -> PromptMixinType:
        return {}

    def _query(self, query_bundle: QueryBundle) -> RESPONSE_TYPE:
        question = query_bundle.query_str
        if not self._streaming:
            answer = self._assistant.ask(question, k=self._k, **self._limits)
            return Response(answer.text, _cited_nodes(answer), outcome(answer))
        events = self._assistant.stream(question, k=self._k, **self._limits)
        next(events)  # it has searched; an error is raised here, not among the texts
        proof = _Proof([], {})
        return StreamingResponse(_texts(events, proof), proof.nodes, proof.metadata)

    async def _aquery(self, query_bundle: QueryBundle) -> RESPONSE_TYPE:
        question = query_bundle.query_str
        if not self._streaming:
            answer = await self._assistant.aask(question, k=self._k, **self._limits)
            return Response(answer.text, _cited_nodes(answer), outcome(answer))
        events = self._assistant.astream(question, k=self._k, **self._limits)
        await anext(events)
        proof = _Proof([], {})
        return AsyncStreamingResponse(_atexts(events, proof), proof.nodes, proof.metadata)


def node(hit: Hit) -> NodeWithScore:
    """A hit as LlamaIndex knows it: paragraph, article and offsets in its terms, and the score."""
    paragraph, told = hit.paragraph, metadata(hit)
    as_printed = len(paragraph.pieces) == 1 and paragraph.pieces[0].length == len(paragraph.text)
    return NodeWithScore(
        node=ParagraphNode(
            id_=paragraph.id,
            text=paragraph.text,
            metadata=told,  # type: ignore[call-arg]  # mypy knows it by its alias only
            excluded_llm_metadata_keys=_all_but(_READ, told),
            excluded_embed_metadata_keys=_all_but(_EMBEDDED, told),
            relationships={
                NodeRelationship.SOURCE: RelatedNodeInfo(
                    node_id=hit.article.id, node_type=ObjectType.DOCUMENT
                )
            },
            # Where the document has the very text of the node, as LlamaIndex means them.
            start_char_idx=paragraph.span.start if as_printed else None,
            end_char_idx=paragraph.span.end if as_printed else None,
        ),
        score=hit.score,
    )


def _all_but(kept: Sequence[str], told: dict[str, Any]) -> list[str]:
    return [key for key, value in told.items() if key not in kept or not value]


def _cited_nodes(answer: Answer) -> list[NodeWithScore]:
    return [node(hit) for hit in cited(answer)]


@dataclass(frozen=True)
class _Proof:
    """What a streaming response has beside its text; filled where it stands, in the end."""

    nodes: list[NodeWithScore]
    metadata: dict[str, Any]

    def take(self, event: Event) -> None:
        """Keep what the last event tells."""
        if isinstance(event, AnswerFinished):
            self.nodes.extend(_cited_nodes(event.answer))
            self.metadata.update(outcome(event.answer))


def _texts(events: Iterator[Event], proof: _Proof) -> TokenGen:
    began = False
    with closing(cast(Generator[Event, None, None], events)):
        for event in events:
            proof.take(event)
            if text := added(event, began=began):
                began = True
                yield text


async def _atexts(events: AsyncIterator[Event], proof: _Proof) -> TokenAsyncGen:
    began = False
    async with aclosing(cast(AsyncGenerator[Event, None], events)):
        async for event in events:
            proof.take(event)
            if text := added(event, began=began):
                began = True
                yield text
