"""The answering modes that are compared, loaded."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

from rag.llm import LLM, load
from rag.loading import loading_bar


@dataclass(frozen=True)
class Mode:
    """What answers: a language model or the reader, or without one quotation alone.

    `name` is that of the tables; `load_seconds` None where nothing is loaded.
    """

    name: str
    llm: LLM | None
    load_seconds: float | None


@contextmanager
def opened(name: str) -> Iterator[Mode]:
    """The mode of a value of --llm; its process ends with the context.

    Raises:
        ModelError: there is no such model, or it does not load.
    """
    begun = perf_counter()
    llm = load(name, progress=loading_bar())
    if llm is None:
        yield Mode(name if name == "quote" else f"{name} (quote)", None, None)
        return
    seconds = perf_counter() - begun
    try:
        yield Mode(name if name == llm.name else f"{name} ({llm.name})", llm, seconds)
    finally:
        close = getattr(llm, "close", None)
        if close is not None:
            close()
