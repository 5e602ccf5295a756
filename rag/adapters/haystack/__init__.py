"""Yinzheng in Haystack: a retriever of paragraphs, and a component whose answers cite them.

>>> retriever = YinzhengRetriever("my-store", top_k=5)                        # doctest: +SKIP
>>> for found in retriever.run("How long is the new bridge?")["documents"]:   # doctest: +SKIP
...     print(found.score, found.meta["title"], found.content)

Haystack loads saved pipelines only from modules that it is told to trust; see docs/haystack.md.
"""

try:
    import haystack  # noqa: F401 - only to tell at once what is missing
except ModuleNotFoundError as error:
    raise ImportError(
        'this needs Haystack, which is not installed: pip install "yinzheng[haystack]"'
    ) from error

from rag.adapters.haystack.answerer import YinzhengAnswerer
from rag.adapters.haystack.retriever import YinzhengRetriever

__all__ = ["YinzhengAnswerer", "YinzhengRetriever"]
