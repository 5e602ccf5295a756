"""Does what a sentence cites support it? Pure, in any language, without a language model.

Three tiers. Hard facts first: every figure, date and quotation of the sentence must stand in what
it cites, and nothing overrules a missing one. Then wording: the sentence is laid beside the words
of the source that carry most of it, and what differs is read: a denial, another bound or
quantifier, another figure or name in the same place, two that changed places. What neither
decides is unknown, for an optional judge (rag/judge) or the reader.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.article import Span
from index.language import language
from index.text import fold
from rag.answer import Verdict
from rag.facts import missing
from rag.support.alignment import MOST_SAID, Alignment, align, firm, share
from rag.support.differences import Finding, turned
from rag.support.exchanged import changed_places
from rag.support.known import facts_of
from rag.support.quotes import find_quote, quote_of, stands_whole
from rag.support.replaced import Said, foreign_words, found_in
from rag.support.tokens import Tokens, read

__all__ = ["Source", "Support", "find_quote", "support"]

NEAR_VERBATIM = 0.8  # share of a sentence's content that stands in its source
PARTLY = 0.5
NOTHING = 0.1  # less is another matter: chosen on headlines and their reports (training data)
_NAME = 8  # tokens with content: a phrase of no more is a name or figure, not a way to put things
_MUCH = 12  # tokens with content of which paraphrases keep some
_FEW = 5  # tokens
_LATIN = frozenset(("en", "es", "fr", "de", "pt", "it"))
_MOST_REASONS = 6
_SENTENCE_END = re.compile(r"[。！？!?.．]\W*$")
# What only says whose words follow: the source's own.
_ATTRIBUTION = re.compile(
    r"^\s*(?:[据據根][据據]?(?:[该該本]?(?:报道|報道|報導|文章|资料|資料|新闻|新聞|报纸|報紙))?(?:[称稱显顯示]|指出|介绍)?[，,]|"
    r"(?:[该該]?(?:文章|报道|報道|報導))(?:[称稱]|[说說](?!明)|指出|提到|写道|寫道|显示|顯示)[，,:：]?|"
    r"according to (?:the|this) (?:article|report|passage|source|newspaper|text)s?,|"
    r"the (?:article|report|passage|newspaper) (?:says|states|notes|reports|mentions) (?:that )?|"
    r"según (?:el|la|los|las) (?:artículo|noticia|texto|informe|periódico)s?,|"
    r"(?:согласно|как сообщает|по данным) (?:статье|статья|тексту|сообщению|статьи),|"
    r"(?:記事|報道|本文)に(?:よると|よれば)、?)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Source:
    """A paragraph that a sentence cites; its article's date (YYYY-MM-DD, XX for unknown parts)."""

    text: str
    date: str | None = None
    title: str = ""


@dataclass(frozen=True)
class Support:
    """The verdict on a sentence, why, and the span to mark in each source, in their order."""

    verdict: Verdict
    reasons: tuple[str, ...]
    quotes: tuple[Span, ...]


def support(sentence: str, sources: Sequence[Source]) -> Support:
    """Compare a sentence (without markers) with the paragraphs that it cites."""
    if not sources:
        return Support("unsupported", ("cites no paragraph",), ())
    sentence = _ATTRIBUTION.sub("", sentence)
    whole = read(sentence)
    words = whole.part(0, MOST_SAID)
    aligned = [align(words, source.text) for source in sources]
    quotes = tuple(quote_of(a, s.text) for a, s in zip(aligned, sources, strict=True))
    if any(stands_whole(sentence, source.text) for source in sources):
        return Support("supported", (), quotes)  # however its figures are to be read
    hard, soft = _facts_missing(sentence, sources)
    said = Said.of([read(text) for source in sources for text in (source.text, source.title)])
    findings = _findings(aligned, said)
    hard += [f.reason for f in findings if f.hard]
    if hard:
        return Support("unsupported", _reasons(hard, soft), quotes)
    soft += [f.reason for f in findings]
    if len(whole) > len(words):
        soft.append("so long that only its beginning was checked")
    found = _any(found_in(alignment, said) for alignment in aligned)
    verdict, reason = _by_wording(share(words, found), soft)
    if verdict == "unknown":
        firmly = share(words, _any(firm(alignment) for alignment in aligned))
        verdict, reason = _unlike(words, firmly, sources)
    return Support(verdict, _reasons(soft, [reason] if reason else []), quotes)


def _facts_missing(sentence: str, sources: Sequence[Source]) -> tuple[list[str], list[str]]:
    """Reasons that figures, dates and quotations give against a sentence, and those of names."""
    given = [facts_of(source.text, source.date) for source in sources]
    found = missing(facts_of(sentence), given)
    titles = " ".join(source.title for source in sources)
    soft = [m for m in found if not m.hard and fold(m.fact.text) not in fold(titles)]
    return [m.reason for m in found if m.hard], [m.reason for m in soft]


def _findings(aligned: Sequence[Alignment], said: Said) -> list[Finding]:
    """What differs from the source that carries most, unless another one has just these words."""
    best = max(aligned, key=lambda alignment: alignment.share)
    if best.share < PARTLY:
        return []  # other words altogether: differences mean nothing
    others = [alignment for alignment in aligned if alignment is not best]
    return [
        finding
        for finding in (*turned(best), *foreign_words(best, said), *changed_places(best))
        if not any(_has(other, finding) for other in others)
    ]


def _has(alignment: Alignment, finding: Finding) -> bool:
    part = alignment.matched[finding.first : finding.last]
    return bool(part) and all(part)


def _any(flags: Iterable[Sequence[bool]]) -> list[bool]:
    return [any(each) for each in zip(*flags, strict=True)]


def _by_wording(found: float, doubts: Sequence[str]) -> tuple[Verdict, str]:
    """The verdict where no fact is missing and nothing contradicts, and a reason or "".

    `found` is the share of the sentence's content that stands in the sources.
    """
    if found >= NEAR_VERBATIM:
        return ("partial" if doubts else "supported"), ""
    if found >= PARTLY:
        return "partial", "" if doubts else f"{found:.0%} of its words stand in the source"
    return "unknown", ""


def _unlike(words: Tokens, found: float, sources: Sequence[Source]) -> tuple[Verdict, str]:
    """The verdict on a sentence of other words: they may be those of another language."""
    if not any(_same_language(words, source.text) for source in sources):
        return "unknown", "in another language than the source: only figures and dates are checked"
    if found < NOTHING:
        content = words.light.count(False)
        bare = content <= _NAME and not _SENTENCE_END.search(words.text)
        if bare or content >= _MUCH:
            return "unsupported", "hardly any of its words stand in the source"
        return "unknown", "hardly any of its words stand in the source: not checked"
    return "unknown", "worded differently from the source: not checked"


def _same_language(words: Tokens, text: str) -> bool:
    ours, theirs = language(words.text), language(text)
    # A few words hardly tell their language; among those of Latin letters there is no other way.
    return ours == theirs or (len(words) < _FEW and {ours, theirs} <= _LATIN)


def _reasons(first: Sequence[str], then: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*first, *then]))[:_MOST_REASONS]
