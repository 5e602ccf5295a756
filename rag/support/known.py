"""The facts of a text, read once: the sentences of an answer cite the same few paragraphs."""

from functools import lru_cache

from rag.facts import Facts, facts
from rag.support.tokens import Tokens


@lru_cache(maxsize=512)
def facts_of(text: str, date: str | None = None) -> Facts:
    """See `rag.facts.facts`."""
    return facts(text, date=date)


def places(sentence: Tokens, *kinds: str) -> list[tuple[int, int]]:
    """First and last token of each fact of these kinds that a sentence asserts."""
    found = []
    for fact in facts_of(sentence.text).asserted:
        if fact.kind in kinds:
            within = [
                i
                for i, (start, end) in enumerate(zip(sentence.starts, sentence.ends, strict=True))
                if fact.span.start < end and start < fact.span.end
            ]
            if within:
                found.append((within[0], within[-1] + 1))
    return found
