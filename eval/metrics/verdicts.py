"""The verdicts that metrics rest on: `rag.support` asked anew, and remembered.

Computed from the texts of the row alone, never taken from the verdicts recorded in it, so that
a run made yesterday is measured by the rules of today, and by the same ones for every pipeline.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from eval.metrics.rows import Hit, Row, Sentence
from rag.answer import Verdict
from rag.support import Source, support
from rag.support.tokens import read

Judge = Callable[[str, tuple[Hit, ...]], Verdict]
"""A sentence and the paragraphs that it is compared with: what the rules say."""

_QUESTION_MARKS = "?？؟¿"
_CLOSING = " \t\n\r\"'”’」』»)）]】"
# Words, then a quotation that ends the sentence: it states that somebody asked.
_TELLS_A_QUESTION = re.compile('\\s*[^\\s"“‘「『«].*["“‘「『«].+["”’」』»]\\s*$', re.DOTALL)
_ORDER: tuple[Verdict, ...] = ("supported", "partial", "unknown", "unsupported")


def verdict(sentence: str, hits: tuple[Hit, ...]) -> Verdict:
    """What the rules say of a sentence and paragraphs taken together."""
    return _verdict(sentence, tuple(Source(hit.text, hit.date, hit.title) for hit in hits))


@lru_cache(maxsize=50_000)
def _verdict(sentence: str, sources: tuple[Source, ...]) -> Verdict:
    return support(sentence, sources).verdict


def cited_hits(row: Row, sentence: Sentence) -> tuple[Hit, ...]:
    """The paragraphs that a sentence cites, each once; citations of nothing are left out."""
    found = (row.cited(citation) for citation in sentence.citations)
    return tuple(dict.fromkeys(hit for hit in found if hit is not None))


def is_factual(text: str) -> bool:
    """Whether a sentence states something: it is no question, and has a word or a figure.

    A word is a token with content in the sense of `rag.support.tokens`, in any script. Left out
    are bare marks ("——"), sentences of nothing but particles, questions put to the reader, and
    single letters and characters ("首。"), which stand in any page and say nothing.
    """
    asks = text.rstrip(_CLOSING)[-1:] in tuple(_QUESTION_MARKS)
    if asks and not _TELLS_A_QUESTION.match(text):
        return False
    tokens = read(text)
    said = "".join(w for w, light in zip(tokens.words, tokens.light, strict=True) if not light)
    return len(said) > 1 or said.isnumeric()


def factual(row: Row) -> tuple[Sentence, ...]:
    """The factual sentences of an answer."""
    return tuple(sentence for sentence in row.sentences if is_factual(sentence.text))


def outcome(row: Row, sentence: Sentence, judge: Judge = verdict) -> Verdict:
    """What is known of a sentence with all that was shown in view.

    Supported by what it cites, or by a single hit that was shown; else the verdict on what it
    cites, or, where it cites nothing, the best of those on each hit.
    """
    cited = cited_hits(row, sentence)
    said: Verdict = judge(sentence.text, cited) if cited else "unsupported"
    if said == "supported":
        return said
    best = min(_each(row.hits, sentence.text, judge), key=_ORDER.index, default=said)
    return best if best == "supported" or not cited else said


def _each(hits: Iterable[Hit], text: str, judge: Judge) -> list[Verdict]:
    """The verdicts on single hits, up to the first that supports."""
    found: list[Verdict] = []
    for hit in hits:
        found.append(judge(text, (hit,)))
        if found[-1] == "supported":
            break
    return found
