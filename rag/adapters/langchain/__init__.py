"""LangChain: a retriever of cited paragraphs, and a chat model whose answers cite them.

>>> from rag.adapters.langchain import YinzhengRetriever              # doctest: +SKIP
>>> retriever = YinzhengRetriever(store="my-store", k=5)              # doctest: +SKIP
>>> retriever.invoke("How long is the new bridge?", since="2031")     # doctest: +SKIP
"""

try:
    import langchain_core  # noqa: F401 - only to tell at once what is missing
except ModuleNotFoundError as error:
    raise ImportError(
        'this needs LangChain, which is not installed: pip install "yinzheng[langchain]"'
    ) from error

from rag.adapters.langchain.assistant import YinzhengAssistant
from rag.adapters.langchain.retriever import YinzhengRetriever

__all__ = ["YinzhengAssistant", "YinzhengRetriever"]
