"""The questions that one question is made of: 新桥有多长，由谁设计？ asks two things."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from index.article import Span
from index.text import fold_with_map
from rag.asking import Kind, asking

_QUESTION = re.compile(r"[^?？]+[?？]*")
# Where a clause may end: a comma joins questions in Chinese and, behind で or か, in Japanese only;
# elsewhere it may open a relative clause.
_BORDER = re.compile(
    r"(?<![下时時后後中裡里])[，；;]\s*|(?<=[でか])、\s*|(?<=[\u3040-\u9fff]),\s*"
    r"|,?\s+(?:and|but|y|e|и|а)\s+",
    re.IGNORECASE,
)
# Between two words that ask after one thing: 何时、在何地; where and when; いつ、どこで.
_BETWEEN = re.compile(
    r"(?P<particle>[でにへ]|から)?\s*"
    r"(?P<joined>[、，]?(?:以及|[和与與及并並跟])?|,?\s*(?:and|or|y|o|e|и|или)\b)"
    r"(?P<place>\s*(?:[在于於]|\b(?:in|on|at|en|в|на)\s))?\s*",
    re.I,
)
_CIRCUMSTANCES: set[Kind] = {"when", "where"}  # they may stand side by side without "and"
_PARTICLE = re.compile(r"[でにへ]|から")
_FIRST_LETTER = re.compile(r"[^\W\d_]")
_END = re.compile(r"[?？。.\s]*$")
# What may stand between a Chinese subject and the word that asks.
_LINK = re.compile(
    r"(?:[是有由在于於共为為的会會将將被从從到约約又而]|一共|总共|總共|位于|位於|建于|建於)+$"
)
_FOR_SUBJECT = re.compile(r"^(?:它们|它們|他们|他們|她们|她們|它|他|她|(?P<its>其))")
_ADJECTIVE = re.compile(r"^how \w+ (?:is|are|was|were) (?P<subject>[^?]+?)[?\s]*$", re.I)
_PRONOUN = re.compile(r"\b(?:it|they)\b", re.I)
_NEAR = 12  # characters behind "and" within which a word asks, where it joins questions
_HAN = re.compile("[\u3400-\u9fff]")
_KANA = re.compile("[\u3040-\u30ff]")


@dataclass(frozen=True)
class _Ask:
    kind: Kind
    span: Span


def parts(question: str) -> list[str]:
    """The single questions in a question; one that asks one thing is its own only part.

    Cut are several questions in a row, clauses that each ask, and words that ask after one thing
    together (where and when). A part has the subject of the one before if it obviously lacks one;
    what stands before the first clause that asks goes with each.
    """
    found: list[str] = []
    for whole in _questions(question):
        for clause in _clauses(whole):
            for part in _single(clause):
                found.append(_completed(part, found[-1] if found else ""))
    return found if len(found) > 1 else [question]


def _questions(text: str) -> list[str]:
    """What ends with question marks; what does not ask belongs to what follows, or precedes."""
    found: list[str] = []
    waiting = ""
    for whole in _QUESTION.findall(text):
        waiting += whole
        if _asks(whole):
            found.append(waiting.strip())
            waiting = ""
    return [*found[:-1], found[-1] + waiting] if found else [text]


def _asks(text: str) -> list[_Ask]:
    """The words that ask, by their places in the raw text."""
    folded = fold_with_map(text)
    spans = ((kind, Span(m.start(), m.end())) for kind, m in asking(folded.text))
    return [_Ask(kind, folded.raw_span(span)) for kind, span in spans if len(span)]


def _clauses(text: str) -> list[str]:
    """The clauses that ask, each with what stands before the first."""
    asks = [ask.span for ask in _asks(text)]
    inside = [Span(first.span.end, second.span.start) for first, second, _ in _pairs(text)]
    borders = [
        border
        for border in _BORDER.finditer(text)
        if any(ask.end <= border.start() for ask in asks)
        and _asks_behind(text, border, asks)
        and not any(gap.start <= border.start() < gap.end for gap in inside)
    ]
    if not borders:
        return [text]
    ends = [*(border.start() for border in borders), len(text)]
    begins = [0, *(border.end() for border in borders)]
    clauses = [text[begin:end] for begin, end in zip(begins, ends, strict=True)]
    commas = [0, *(m.end() for m in re.finditer(r"[，,；;]\s*", text[: asks[0].start]))]
    return [clauses[0], *(text[: commas[-1]] + clause for clause in clauses[1:])]


def _asks_behind(text: str, border: re.Match[str], asks: Sequence[Span]) -> bool:
    """Whether what follows a border, up to the next, asks (soon, if a word joins it)."""
    following = _BORDER.search(text, border.end())
    end = following.start() if following else len(text)
    if border.group()[-1].isspace():
        end = min(end, border.end() + _NEAR)
    return any(border.end() <= ask.start < end for ask in asks)


def _pairs(text: str) -> list[tuple[_Ask, _Ask, re.Match[str]]]:
    """Words side by side that ask after one thing, and what stands between them."""
    found = []
    for first, second in pairwise(_asks(text)):
        between = _BETWEEN.fullmatch(text, first.span.end, second.span.start)
        if between is None or first.kind == second.kind:
            continue
        if between["joined"].strip() or {first.kind, second.kind} <= _CIRCUMSTANCES:
            found.append((first, second, between))
    return found


def _single(clause: str) -> list[str]:
    """A clause with such a pair once with each of the two; else the clause alone."""
    pairs = _pairs(clause)
    if not pairs:
        return [clause]
    first, second, between = pairs[0]
    after, kept = clause[second.span.end :], between["particle"] or ""
    particle = _PARTICLE.match(after) if _KANA.search(clause) and not kept else None
    place = (between["place"] or "").lstrip()
    return [
        clause[: first.span.end] + kept + (after[particle.end() :] if particle else after),
        clause[: first.span.start] + place + clause[second.span.start :],
    ]


def _completed(part: str, previous: str) -> str:
    """A part that can be understood alone, as far as that is simple."""
    part = part.strip(" ，,；;、")
    asks, earlier = _asks(part), _asks(previous)
    if asks and earlier:
        part = _with_subject(part, asks[0], previous, earlier[0])
    if _HAN.search(part) or _KANA.search(part):
        return re.sub("(?<=[\u3040-\u9fff])で$", "", _END.sub("", part)) + "？"
    ended = _END.sub("", part) + "?"
    opened = "¿" if "¿" in previous and "¿" not in part else ""
    return opened + _FIRST_LETTER.sub(lambda m: m.group().upper(), ended, count=1)


def _with_subject(part: str, ask: _Ask, previous: str, earlier: _Ask) -> str:
    copied = _ADJECTIVE.match(previous)
    if copied:
        return _PRONOUN.sub(copied["subject"], part, count=1)
    alone = _END.sub("", part[: ask.span.start] + part[ask.span.end :])
    if not alone and not _HAN.search(previous):  # where does X lie and since when?
        return previous[: earlier.span.start] + _END.sub("", part) + previous[earlier.span.end :]
    if not _HAN.search(previous) or _KANA.search(previous):
        return part
    subject = _LINK.sub("", previous[: earlier.span.start])
    pronoun = _FOR_SUBJECT.match(part)
    lacks = pronoun or not _LINK.sub("", part[: ask.span.start])
    if not subject or not lacks:
        return part
    if pronoun is None:
        return subject + part
    return subject.split("的")[0] + ("的" if pronoun["its"] else "") + part[pronoun.end() :]
