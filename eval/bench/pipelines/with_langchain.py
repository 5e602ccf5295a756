"""LangChain: ensemble of FAISS and BM25, a prompt with numbered sources, ChatLlamaCpp."""

import re
from collections.abc import Callable

from langchain_classic.retrievers import EnsembleRetriever
from langchain_community.retrievers import BM25Retriever
from langchain_community.vectorstores import FAISS
from langchain_core.documents import Document
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable
from langchain_huggingface import HuggingFaceEmbeddings

from eval.bench.pipelines.job import BATCH, TOKEN, Job, Reply, run

# The prompt of its introduction to retrieval (rlm/rag-prompt), and what its guide to citations
# adds: numbered sources, and their numbers behind what they say.
_PROMPT = (
    "You are an assistant for question-answering tasks. Use the following pieces of retrieved "
    "context to answer the question. If you don't know the answer, just say that you don't know. "
    "Use three sentences maximum and keep the answer concise. After each sentence, cite the "
    "number of the source that justifies it in square brackets, like [1]. Answer in the language "
    "of the question.\n\nQuestion: {question}\n\nContext:\n{context}\n\nAnswer:"
)
_TOKEN = re.compile(TOKEN)


def load(job: Job) -> Callable[[str], Reply]:
    """Both retrievers over the same documents, and the chain."""
    documents = [
        Document(page_content=d.content, metadata={"id": d.id, "date": d.date})
        for d in job.documents
    ]
    embeddings = HuggingFaceEmbeddings(model_name=job.embedder, encode_kwargs={"batch_size": BATCH})
    words = BM25Retriever.from_documents(documents, preprocess_func=_tokens, k=job.depth)
    vectors = FAISS.from_documents(documents, embeddings)
    retriever = EnsembleRetriever(
        retrievers=[words, vectors.as_retriever(search_kwargs={"k": job.depth})],
        weights=[0.5, 0.5],
        id_key="id",
    )
    chain = _chain(job) if job.llm else None

    def ask(question: str) -> Reply:
        found = retriever.invoke(question)[: job.k]
        ids = [document.metadata["id"] for document in found]
        text = chain.invoke({"question": question, "context": _numbered(found)}) if chain else ""
        return Reply(text, ids, ids)

    return ask


def _chain(job: Job) -> Runnable[dict[str, str], str]:
    from langchain_community.chat_models import ChatLlamaCpp

    from eval.bench.pipelines.engine import GREEDY, prepare, settings

    prepare(job)
    llm = ChatLlamaCpp(
        model_path=str(job.llm), max_tokens=job.max_tokens, **settings(job), **GREEDY
    )
    chain: Runnable[dict[str, str], str] = (
        ChatPromptTemplate.from_template(_PROMPT) | llm | StrOutputParser()
    )
    return chain


def _numbered(documents: list[Document]) -> str:
    return "\n\n".join(
        f"[{number}] ({document.metadata['date']}) {document.page_content}"
        for number, document in enumerate(documents, 1)
    )


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text.lower())


if __name__ == "__main__":
    run(load)
