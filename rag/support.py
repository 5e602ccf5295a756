"""Does what a sentence cites support it? Pure, without a language model.

Two tiers. Hard facts first: every number, date and quotation of the sentence must stand in the
cited paragraphs, and nothing overrules a missing one. Then wording: a sentence whose words
nearly all stand in one place of a paragraph is supported; otherwise nobody has checked (unknown).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from index.article import Span
from index.sentences import sentences
from index.text import fold
from index.tokens import printed_tokens as tokens  # figures and dates are compared as facts
from rag.answer import Hit, Support
from rag.facts import Date, Facts, facts

NEAR_VERBATIM = 0.8  # share of the sentence's tokens found in its source
PARTLY = 0.5
_WINDOW = 3  # neighbouring sentences of a paragraph looked at together


@dataclass(frozen=True)
class Verdict:
    """The verdict on a sentence, why, and the span to mark in each cited paragraph."""

    support: Support
    reasons: tuple[str, ...]
    quotes: tuple[Span, ...]


def support(sentence: str, cited: Sequence[Hit]) -> Verdict:
    """Compare a sentence (without markers) with the paragraphs that it cites, in their order."""
    if not cited:
        return Verdict("unsupported", ("cites no paragraph",), ())
    quotes = tuple(find_quote(sentence, hit.paragraph.text) for hit in cited)
    missing = _missing(facts(sentence), cited)
    if missing:
        return Verdict("unsupported", missing, quotes)
    texts = [quote.cut(hit.paragraph.text) for quote, hit in zip(quotes, cited, strict=True)]
    share = max(_coverage(sentence, text) for text in [*texts, " ".join(texts)])
    if share >= NEAR_VERBATIM:
        return Verdict("supported", (), quotes)
    if share >= PARTLY:
        return Verdict("partial", (f"{share:.0%} of its words stand in the source",), quotes)
    return Verdict("unknown", ("worded differently from the source: not checked",), quotes)


def find_quote(sentence: str, paragraph: str) -> Span:
    """The shortest run of up to three sentences of a paragraph that carries most of a sentence."""
    parts = sentences(paragraph)
    wanted, hard = set(tokens(sentence)), facts(sentence)
    best, best_score = Span(0, len(paragraph)), 0.0
    for size in range(1, _WINDOW + 1):
        for start in range(len(parts) - size + 1):
            span = Span(parts[start].start, parts[start + size - 1].end)
            text = span.cut(paragraph)
            shared = len(wanted & set(tokens(text))) / max(1, len(wanted))
            # A longer run must earn its length; a shared figure tells across languages too.
            score = shared + 0.3 * _shared_facts(hard, facts(text)) - 0.05 * (size - 1)
            if score > best_score + 1e-9:
                best, best_score = span, score
    return best


def _coverage(sentence: str, source: str) -> float:
    """Share of the sentence's distinct tokens that stand in the source."""
    if fold(sentence) in fold(source):
        return 1.0
    wanted = set(tokens(sentence))
    return len(wanted & set(tokens(source))) / max(1, len(wanted))


def _missing(wanted: Facts, cited: Sequence[Hit]) -> tuple[str, ...]:
    found = [facts(hit.paragraph.text) for hit in cited]
    numbers = {number for given in found for number in given.numbers}
    years = [_year(hit) for hit in cited]
    reasons = [f"number not in the source: {n}" for n in sorted(map(str, wanted.numbers - numbers))]
    for date in sorted(wanted.dates, key=str):
        if not any(_dated(date, given, y) for given, y in zip(found, years, strict=True)):
            reasons.append(f"date not in the source: {date}")
    views = [fold(hit.paragraph.text) for hit in cited]
    for words in wanted.quotations:
        if not any(fold(words) in view for view in views):
            reasons.append(f"quotation not in the source: {words}")
    return tuple(reasons)


def _dated(date: Date, given: Facts, year: int | None) -> bool:
    if any(date.agrees(other, year=year) for other in given.dates):
        return True
    # "in 2022" is right for an article of 2022 that names no year.
    return (date.month, date.day) == (None, None) and date.year == year


def _year(hit: Hit) -> int | None:
    year = (hit.article.date or "")[:4]
    return int(year) if year.isdecimal() else None  # XXXX: no year is known


def _shared_facts(wanted: Facts, given: Facts) -> float:
    asked = len(wanted.numbers) + len(wanted.dates)
    if not asked:
        return 0.0
    dates = sum(any(d.agrees(g, year=d.year) for g in given.dates) for d in wanted.dates)
    return (len(wanted.numbers & given.numbers) + dates) / asked
