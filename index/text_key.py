"""What a text is known by where the text itself would take too much room."""

import hashlib


def text_key(text: str) -> int:
    """What a text is known by: the first 64 bits of its SHA-256.

    Among a million texts, two have the same key by chance once in thirty million stores.
    """
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
