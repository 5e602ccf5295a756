"""Haystack: joined in-memory retrievers, and its chat components with an AnswerBuilder."""

from collections.abc import Callable

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

from eval.bench.pipelines.job import BATCH, TOKEN, Job, Reply, run

# After its guides: documents in a Jinja loop, references as the AnswerBuilder reads them.
_PROMPT = """Answer the question using only the given documents. \
After each sentence, reference the document that it comes from by its number in square brackets, \
like [1]. If the documents do not contain the answer, say that the documents do not contain the \
answer. Answer in the language of the question.

Documents:
{% for document in documents %}
[{{ loop.index }}] ({{ document.meta["date"] }}) {{ document.content }}
{% endfor %}
Question: {{ question }}
Answer:"""
_REFERENCE = r"\[(\d+)\]"


def load(job: Job) -> Callable[[str], Reply]:
    """One pipeline from the question to the answer, or to the documents."""
    pipeline = _searching(job)
    if job.llm:
        _add_answering(pipeline, job)

    def ask(question: str) -> Reply:
        given = {"embedder": {"text": question}, "words": {"query": question}}
        if job.llm:
            given |= {"prompt": {"question": question}, "answers": {"query": question}}
        found = pipeline.run(given, include_outputs_from={"joiner"})
        ids = [document.id for document in found["joiner"]["documents"]]
        return Reply(found["answers"]["answers"][0].data if job.llm else "", ids, ids)

    return ask


def _searching(job: Job) -> Pipeline:
    store = InMemoryDocumentStore(
        return_embedding=False,
        bm25_tokenization_regex=TOKEN,
        embedding_similarity_function="cosine",
    )
    embedder = SentenceTransformersDocumentEmbedder(
        model=job.embedder, batch_size=BATCH, progress_bar=False
    )
    embedder.warm_up()
    documents = [Document(id=d.id, content=d.content, meta={"date": d.date}) for d in job.documents]
    store.write_documents(embedder.run(documents)["documents"])
    pipeline = Pipeline()
    question = SentenceTransformersTextEmbedder(model=job.embedder, progress_bar=False)
    pipeline.add_component("embedder", question)
    pipeline.add_component("vectors", InMemoryEmbeddingRetriever(store, top_k=job.depth))
    pipeline.add_component("words", InMemoryBM25Retriever(store, top_k=job.depth))
    joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=job.k)
    pipeline.add_component("joiner", joiner)
    pipeline.connect("embedder.embedding", "vectors.query_embedding")
    pipeline.connect("vectors", "joiner")
    pipeline.connect("words", "joiner")
    return pipeline


def _add_answering(pipeline: Pipeline, job: Job) -> None:
    from haystack.components.builders import AnswerBuilder, ChatPromptBuilder
    from haystack.dataclasses import ChatMessage
    from haystack_integrations.components.generators.llama_cpp.chat.chat_generator import (
        LlamaCppChatGenerator,
    )

    from eval.bench.pipelines.engine import GREEDY, prepare, settings

    prepare(job)
    template = [ChatMessage.from_user(_PROMPT)]
    pipeline.add_component(
        "prompt", ChatPromptBuilder(template, required_variables=["documents", "question"])
    )
    pipeline.add_component(
        "llm",
        LlamaCppChatGenerator(
            str(job.llm),
            n_ctx=job.context,
            model_kwargs=settings(job),
            generation_kwargs={**GREEDY, "max_tokens": job.max_tokens},
        ),
    )
    pipeline.add_component("answers", AnswerBuilder(reference_pattern=_REFERENCE))
    pipeline.connect("joiner.documents", "prompt.documents")
    pipeline.connect("prompt.prompt", "llm.messages")
    pipeline.connect("llm.replies", "answers.replies")
    pipeline.connect("joiner.documents", "answers.documents")


if __name__ == "__main__":
    run(load)
