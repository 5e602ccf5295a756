"""What the options of a command open: the retriever alone, or what answers."""

import argparse

from index.embedder import load_embedder
from index.store import Store
from rag.assistant import Assistant, open_assistant
from rag.loading import loading_bar
from rag.reranker import load_reranker
from rag.retriever import Retriever


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
