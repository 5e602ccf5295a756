"""The job by Haystack: the in-memory document store, its two retrievers and the joiner."""

from collections.abc import Sequence

from haystack import Document, Pipeline
from haystack.components.joiners import DocumentJoiner
from haystack.components.retrievers.in_memory import (
    InMemoryBM25Retriever,
    InMemoryEmbeddingRetriever,
)
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)

from eval.bench.peers.job import BATCH, K, run


class Haystack:
    """Dense and hybrid search by pipelines, as its tutorial on hybrid retrieval shows."""

    def __init__(self, embedder: str) -> None:
        self._documents = SentenceTransformersDocumentEmbedder(
            model=embedder, batch_size=BATCH, progress_bar=False
        )
        self._question = SentenceTransformersTextEmbedder(model=embedder, progress_bar=False)
        self._documents.warm_up()
        self._question.warm_up()

    def build(self, texts: Sequence[str]) -> None:
        """Embed and write the documents; the store counts words when they are written."""
        store = InMemoryDocumentStore(return_embedding=False)
        documents = [Document(id=str(number), content=text) for number, text in enumerate(texts)]
        store.write_documents(self._documents.run(documents)["documents"])
        self._dense = Pipeline()
        self._dense.add_component("embedder", self._question)
        self._dense.add_component("vectors", InMemoryEmbeddingRetriever(store, top_k=K))
        self._dense.connect("embedder.embedding", "vectors.query_embedding")
        self._hybrid = Pipeline()
        question = SentenceTransformersTextEmbedder(model=self._question.model, progress_bar=False)
        self._hybrid.add_component("embedder", question)
        self._hybrid.add_component("vectors", InMemoryEmbeddingRetriever(store, top_k=K))
        self._hybrid.add_component("words", InMemoryBM25Retriever(store, top_k=K))
        joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=K)
        self._hybrid.add_component("joiner", joiner)
        self._hybrid.connect("embedder.embedding", "vectors.query_embedding")
        self._hybrid.connect("vectors", "joiner")
        self._hybrid.connect("words", "joiner")

    def dense(self, question: str) -> list[int]:
        """The pipeline of embedder and retriever."""
        found = self._dense.run({"embedder": {"text": question}})
        return [int(document.id) for document in found["vectors"]["documents"]]

    def hybrid(self, question: str) -> list[int]:
        """The pipeline with both retrievers: reciprocal rank fusion."""
        found = self._hybrid.run({"embedder": {"text": question}, "words": {"query": question}})
        return [int(document.id) for document in found["joiner"]["documents"]]


if __name__ == "__main__":
    run(Haystack)
