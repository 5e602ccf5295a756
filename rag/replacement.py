"""The quotation that takes the place of a sentence which its sources do not support."""

from collections.abc import Iterator, Sequence, Set

from index.article import Span
from index.language import SMALL_WORDS
from index.text import fold
from index.tokens import printed_tokens
from rag.answer import Sentence
from rag.features import Candidate
from rag.support import find_quote

# Share of a sentence's words that a quotation needs which the sentence does not cite
LEAST_SHARED = 0.25
_TINY = 1e-9


def replacement(sentence: Sentence, shown: Sequence[Candidate], said: Set[str]) -> Sentence | None:
    """The sentence of the articles that says best what `sentence` is about, quoted; or None.

    It is one of what `sentence` cites; where it cites nothing, the best of all that were `shown`
    (sentences, with the numbers of their hits), if that has a good part of its words. None of the
    texts in `said` (folded) is quoted again.
    """
    cited = {citation.number for citation in sentence.citations}
    words = _words(sentence.text)
    best, most = None, -1.0 if cited else LEAST_SHARED - _TINY
    for number, passage in _passages(shown).items():
        if cited and number not in cited:
            continue
        for candidate, shared in _near(sentence.text, words, passage):
            if shared > most + _TINY and fold(candidate.text) not in said:
                best, most = candidate, shared
    return best.quoted() if best else None


def _passages(candidates: Sequence[Candidate]) -> dict[int, list[Candidate]]:
    found: dict[int, list[Candidate]] = {}
    for candidate in sorted(candidates, key=lambda c: (c.number, c.span.start)):
        found.setdefault(candidate.number, []).append(candidate)
    return found


def _near(
    text: str, words: Set[str], passage: Sequence[Candidate]
) -> Iterator[tuple[Candidate, float]]:
    """The sentences of a passage that carry most of `text`, and the share of its words in each."""
    paragraph = passage[0].hit.paragraph.text
    quote = find_quote(text, paragraph)
    nowhere = len(passage) > 1 and quote == Span(0, len(paragraph))  # or everywhere
    for candidate in passage:
        shared = len(words & _words(candidate.text)) / max(1, len(words))
        inside = candidate.span.start < quote.end and quote.start < candidate.span.end
        if inside and (shared or not nowhere):
            yield candidate, shared


def _words(text: str) -> set[str]:
    found = set(printed_tokens(text)) - SMALL_WORDS
    # Of Chinese and Japanese pairs only: single characters are everywhere.
    return {word for word in found if len(word) > 1} or found
