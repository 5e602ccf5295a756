"""The job by LlamaIndex: FaissVectorStore, BM25Retriever and QueryFusionRetriever, in memory.

Its HuggingFaceEmbedding refuses models without a longest input (static ones), so the vectors are
made by sentence-transformers itself and handed over with the nodes and questions.
"""

from collections.abc import Sequence
from typing import Any

import faiss
from llama_index.core import MockEmbedding, StorageContext, VectorStoreIndex
from llama_index.core.llms import MockLLM
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.retrievers.fusion_retriever import FUSION_MODES
from llama_index.core.schema import QueryBundle, TextNode
from llama_index.retrievers.bm25 import BM25Retriever
from llama_index.vector_stores.faiss import FaissVectorStore
from sentence_transformers import SentenceTransformer

from eval.bench.peers.job import BATCH, TOKEN, K, run


class LlamaIndex:
    """Dense by the index's retriever; hybrid by the fusion retriever without more questions."""

    def __init__(self, embedder: str) -> None:
        self._model = SentenceTransformer(embedder, device="cpu")

    def build(self, texts: Sequence[str]) -> None:
        """Both retrievers over the same nodes."""
        vectors = self._model.encode(list(texts), batch_size=BATCH)
        nodes = [
            TextNode(id_=str(number), text=text, embedding=vector.tolist())
            for number, (text, vector) in enumerate(zip(texts, vectors, strict=True))
        ]
        store = FaissVectorStore(faiss_index=faiss.IndexFlatIP(vectors.shape[1]))
        index = VectorStoreIndex(
            nodes,
            storage_context=StorageContext.from_defaults(vector_store=store),
            embed_model=MockEmbedding(vectors.shape[1]),
        )
        words = BM25Retriever(
            nodes=nodes, similarity_top_k=K, token_pattern=TOKEN, skip_stemming=True
        )
        self._dense = index.as_retriever(similarity_top_k=K)
        self._hybrid = QueryFusionRetriever(
            [self._dense, words],
            llm=MockLLM(),
            mode=FUSION_MODES.RECIPROCAL_RANK,
            similarity_top_k=K,
            num_queries=1,
            use_async=False,
        )

    def dense(self, question: str) -> list[int]:
        """The vector index's retriever."""
        return [int(hit.node.node_id) for hit in self._dense.retrieve(self._query(question))]

    def hybrid(self, question: str) -> list[int]:
        """Reciprocal rank fusion of both."""
        return [int(hit.node.node_id) for hit in self._hybrid.retrieve(self._query(question))]

    def _query(self, question: str) -> Any:
        vector = self._model.encode(question)
        return QueryBundle(question, embedding=vector.tolist())


if __name__ == "__main__":
    run(LlamaIndex)
