"""Follow-up questions: what leans on the conversation, asked so that it can be understood alone.

`carried` does it by rules, `rewritten` with a language model whose reply is checked; `understood`
with whichever there is, and only for a question that leans.
"""

from rag.follow_up.carrying import carried, leans
from rag.follow_up.rewriting import rewritten, understood

__all__ = ["carried", "leans", "rewritten", "understood"]
