"""The job by LangChain: FAISS, BM25Retriever and EnsembleRetriever, all in memory."""

import re
from collections.abc import Sequence

from langchain_classic.retrievers import EnsembleRetriever
from langchain_community.retrievers import BM25Retriever
from langchain_community.vectorstores import FAISS
from langchain_core.documents import Document
from langchain_huggingface import HuggingFaceEmbeddings

from eval.bench.peers.job import BATCH, TOKEN, K, run

_TOKEN = re.compile(TOKEN)


class LangChain:
    """Dense by FAISS; hybrid by the ensemble, as its documentation shows."""

    def __init__(self, embedder: str) -> None:
        self._embedder = HuggingFaceEmbeddings(
            model_name=embedder, encode_kwargs={"batch_size": BATCH}
        )

    def build(self, texts: Sequence[str]) -> None:
        """Both retrievers over the same documents."""
        documents = [
            Document(page_content=text, metadata={"n": number}) for number, text in enumerate(texts)
        ]
        words = BM25Retriever.from_documents(documents, preprocess_func=_tokens, k=K)
        vectors = FAISS.from_documents(documents, self._embedder)
        self._dense = vectors.as_retriever(search_kwargs={"k": K})
        self._hybrid = EnsembleRetriever(retrievers=[words, self._dense], weights=[0.5, 0.5])

    def dense(self, question: str) -> list[int]:
        """The vector store's retriever."""
        return [document.metadata["n"] for document in self._dense.invoke(question)]

    def hybrid(self, question: str) -> list[int]:
        """The ensemble: reciprocal rank fusion."""
        return [document.metadata["n"] for document in self._hybrid.invoke(question)]


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text.lower())


if __name__ == "__main__":
    run(LangChain)
