"""LlamaIndex: fusion of FAISS and BM25, CitationQueryEngine with its own prompts, LlamaCPP.

Its HuggingFaceEmbedding refuses models without a longest input (static ones), so the vectors are
made by sentence-transformers itself and handed over with the nodes and questions.
"""

from collections.abc import Callable
from typing import Any

import faiss
from llama_index.core import MockEmbedding, Settings, StorageContext, VectorStoreIndex
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import CitationQueryEngine
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.retrievers.fusion_retriever import FUSION_MODES
from llama_index.core.schema import QueryBundle, TextNode
from llama_index.retrievers.bm25 import BM25Retriever
from llama_index.vector_stores.faiss import FaissVectorStore
from sentence_transformers import SentenceTransformer

from eval.bench.pipelines.job import BATCH, TOKEN, Job, Reply, run


def load(job: Job) -> Callable[[str], Reply]:
    """The fusion retriever, without questions of its own making, and the query engine."""
    model = SentenceTransformer(job.embedder, device="cpu")
    llm = _llm(job) if job.llm else MockLLM()
    retriever = _retriever(job, model, llm)
    engine = CitationQueryEngine(retriever, llm=llm) if job.llm else None

    def ask(question: str) -> Reply:
        query = QueryBundle(question, embedding=model.encode(question).tolist())
        if engine is None:
            ids = [_id(found) for found in retriever.retrieve(query)]
            return Reply("", ids, ids)
        answer = engine.query(query)
        shown = [_id(found) for found in answer.source_nodes]
        return Reply(str(answer), list(dict.fromkeys(shown)), shown)

    return ask


def _retriever(job: Job, model: SentenceTransformer, llm: Any) -> QueryFusionRetriever:
    vectors = model.encode([d.content for d in job.documents], batch_size=BATCH)
    nodes = [
        TextNode(
            id_=document.id,
            text=document.content,
            embedding=vector.tolist(),
            metadata={"paragraph": document.id, "date": document.date},
            excluded_llm_metadata_keys=["paragraph"],
            excluded_embed_metadata_keys=["paragraph", "date"],
        )
        for document, vector in zip(job.documents, vectors, strict=True)
    ]
    store = FaissVectorStore(faiss_index=faiss.IndexFlatIP(vectors.shape[1]))
    index = VectorStoreIndex(
        nodes,
        storage_context=StorageContext.from_defaults(vector_store=store),
        embed_model=MockEmbedding(vectors.shape[1]),
    )
    depth = min(job.depth, len(nodes))
    words = BM25Retriever(
        nodes=nodes, similarity_top_k=depth, token_pattern=TOKEN, skip_stemming=True
    )
    return QueryFusionRetriever(
        [index.as_retriever(similarity_top_k=depth), words],
        llm=llm,
        mode=FUSION_MODES.RECIPROCAL_RANK,
        similarity_top_k=job.k,
        num_queries=1,
        use_async=False,
    )


def _llm(job: Job) -> Any:
    from llama_index.llms.llama_cpp import LlamaCPP

    from eval.bench.pipelines.engine import GREEDY, Vocabulary, prepare, settings

    prepare(job)
    vocabulary = Vocabulary(job)
    Settings.tokenizer = vocabulary.tokens
    return LlamaCPP(
        model_path=str(job.llm),
        context_window=job.context,
        max_new_tokens=job.max_tokens,
        temperature=GREEDY["temperature"],
        generate_kwargs=dict(GREEDY),
        model_kwargs=settings(job),
        completion_to_prompt=vocabulary.prompt,
        verbose=False,
    )


def _id(found: Any) -> str:
    return str(found.node.metadata["paragraph"])


if __name__ == "__main__":
    run(load)
