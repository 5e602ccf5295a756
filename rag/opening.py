"""What the options of a command open: the retriever alone, or what answers."""

import argparse

from threadpoolctl import threadpool_limits

from index.embedder import load_embedder
from index.store import Store
from rag.assistant import Assistant, open_assistant
from rag.loading import loading_bar
from rag.reranker import load_reranker
from rag.retriever import Retriever


def share_cores() -> None:
    """Compute small matrices on one thread each, for programs that answer many at a time.

    Several threads for one gain nothing on idle cores, and wait for each other on busy ones: half
    as many answers a second were measured beside one busy core of two. For libraries it is the
    user's own choice (OPENBLAS_NUM_THREADS). Models that compute with torch are not concerned.
    """
    threadpool_limits(1, user_api="blas")


def retriever_of(options: argparse.Namespace) -> Retriever:
    """What searches, by --store, --embedder and --reranker.

    Raises:
        YinzhengError: the store or one of the models cannot be opened.
    """
    store = Store(options.store)  # first: a missing store is told before the model loads
    return Retriever(
        store,
        embedder=load_embedder(options.embedder),
        reranker=load_reranker(options.reranker),
    )


def assistant_of(options: argparse.Namespace) -> Assistant:
    """What answers, by the same and `rag.options.add_answering`; loading is shown on stderr.

    Raises:
        YinzhengError: the store or one of the models cannot be opened.
    """
    return open_assistant(
        options.store,
        llm=options.llm,
        embedder=options.embedder,
        reranker=options.reranker,
        answer_style=options.answer_style,
        unsupported=options.unsupported,
        judge=options.judge,
        progress=loading_bar(),
    )
