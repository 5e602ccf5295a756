"""The reader: the bundled small language model that points at the sentences that answer."""

from rag.reader.reading import Reading

__all__ = ["Reading"]
