"""English, and the simplest of Spanish and French: a question that leans, without leaning."""

import re
from collections.abc import Sequence

from index.article import Span
from index.language import language
from rag.answer import Turn
from rag.follow_up.latin_subject import named
from rag.follow_up.subjects import person, subject
from rag.follow_up.words import CIRCUMSTANCES, Ask, asks, bare

_OPENER = re.compile(r"^(?:(?:and|but|so|ok(?:ay)?|then|y|pero|et|mais)\b[,\s]*)+", re.I)
_OTHER = re.compile(
    r"^(?:(?:and|but|so)\s+)?(?:(?:what|how) about|and|y|et)\s+"
    r"(?P<in>(?:in|on|at|for|of|en|à|a|para|pour)\s+)?(?P<x>[^,?]{2,40})$",
    re.I,
)
_ALONE = re.compile(
    r"^(?:(?:by|since|until|from|to|with|for) )?(?:why|when|where|who|whom"
    r"|how(?: (?:much|many|long|often|come|so))?"
    r"|what (?:year|time|for|else|then|happened(?: (?:then|next|afterwards?|after that))?)"
    r"|then what|anything else|(?:por )?qué|cu[aá]ndo|d[oó]nde|quién|cómo|cuánt[oa]s?"
    r"|pourquoi|quand|où|qui|combien)"
    r"(?: (?:not|exactly|then|was that|is that|so))?$",
    re.I,
)
_SO = "(?:true|possible|likely|necessary|safe|called|raining|snowing|known|clear|legal|allowed)"
_EXPLETIVE = re.compile(
    rf"\bit(?:['’]s| is| was)? {_SO}\b|\b(?:is|was|does|did|will|would) it "
    rf"(?:{_SO}|(?:still )?(?:take|cost)\b.*\bto\b|matter)"
    r"|\bit (?:takes?|took|costs?) .*\bto\b|\bit (?:was|is) .+ (?:that|who)\b",
    re.I,
)
_NO_NOUN = (
    "year|month|week|day|time|morning|evening|afternoon|summer|winter|spring|autumn|season|"
    "century|the|a|an|he|she|it|they|we|is|was|are|were|would|will|has|have|kind|sort|much|many"
)
_BEHIND_NOUN = (
    "is|are|was|were|did|do|does|has|have|had|will|would|can|could|in|on|at|of|for|to|from|by|"
    "with|and|or|when|before|after"
)
_PRONOUN = re.compile(
    r"\b(?:(?P<its>its|their)|(?P<thing>it|they|them)"
    r"|(?P<his>his|her(?=\s+(?!(?:say|do|and|or|in|on|at|when|why)\b)[a-z]))"
    r"|(?P<person>he|him|she|her|ell[ao]s?|él)"
    r"|(?P<place>(?<!is )(?<!are )(?<!was )(?<!were )(?<!be )(?<!been )"
    r"there(?=$|[,?]| (?:before|after|now|today)\b))"
    r"|(?P<that>that|this)(?=$|\s+(?:happen|happened|mean|take|cost|start|end|begin|work)\b)"
    rf"|(?P<noun>(?:that|this|these|those)\s+(?!(?:{_NO_NOUN})\b)[a-z]+"
    rf"(?=$|[,?]|\s+(?:{_BEHIND_NOUN})\b|\s+[a-z]+$)))\b",
    re.I,
)
_OWNER = re.compile(
    r"^(?:(?:which|what) (?!(?:is|are|was|were|did|do|does|has|have|will|would|can|about)\b)\w+"
    r"|who (?!(?:is|are|was|were|did)\b)\w+)",
    re.I,
)
_NAMES = re.compile(r"(?<![\w'’-])[A-ZÀ-Þ][\w'’-]*(?:\s+[A-ZÀ-Þ][\w'’-]*)*")
_WHOSE = re.compile(r"\bthe [a-z]+ (?:of|on|in|about|for|to|at|with|behind|under|over)\s$", re.I)
_PARTS = re.compile(r"^the [a-z ]+s (?:of|on|in|at|for) (?P<whole>the .+|[A-ZÀ-Þ].+)")  # no "it"
_LED_IN = re.compile(
    r"(?:^|\b(?:in|on|at|of|for|by|to|with|from|about|is|was|are|were|did|does|do|has|have|will|near))\s*$",
    re.I,
)


def leans(question: str) -> bool:
    """Whether a question cannot be understood without those before it."""
    text = bare(question)
    rest = _OPENER.sub("", text)
    return bool(_ALONE.match(rest) or _other(text) or _pronoun(text) or _open_end(text, rest))


def carried(question: str, turns: Sequence[Turn]) -> str:
    """The question with what it leans on put in; itself where nothing is there to put in."""
    text, last = bare(question), bare(turns[-1].question)
    rest = _OPENER.sub("", text)
    about = next(filter(None, (subject(turn.question) for turn in reversed(turns))), "")
    if not about:
        return question
    opened = "¿" if question.lstrip().startswith("¿") else ""
    return opened + _carried(text, rest, last, about, turns)


def _carried(text: str, rest: str, last: str, about: str, turns: Sequence[Turn]) -> str:
    if _ALONE.match(rest):
        return _asked_again(rest, last, about) + "?"
    other = _other(text)
    if other:
        return _with(other, last, about) + "?"
    pronoun = _pronoun(text)
    if pronoun is None:
        return f"{rest[:1].upper()}{rest[1:]} {about}?"
    return _put_in(text, pronoun, about, turns)


def _other(text: str) -> re.Match[str] | None:
    """X in "what about X" and "and in X", if it asks nothing."""
    match = _OTHER.match(text)
    if match is None or asks(match["x"]) or _PRONOUN.search(match["x"]):
        return None
    return match if len(match["x"].split()) <= 5 else None


def _open_end(text: str, rest: str) -> bool:
    """Whether a question goes on from another with "and why …" and names nothing."""
    return rest != text and bool(asks(rest)) and not named(rest)


def _pronoun(text: str) -> re.Match[str] | None:
    """The first pronoun that means nothing said before it in the question."""
    for match in _PRONOUN.finditer(text):
        kind, before = match.lastgroup, text[: match.start()]
        if kind == "noun" and (not _LED_IN.search(before) or named(text[match.end() :])):
            continue
        if kind == "thing" and _EXPLETIVE.search(text):
            continue
        if _antecedent(before) or (kind in ("its", "his") and _OWNER.match(before)):
            return None
        return match
    return None


def _antecedent(before: str) -> bool:
    """Whether what stands before a pronoun may be what it means; the work on it is not."""
    before = _WHOSE.sub("", before)
    return named(_OPENER.sub("", before))


def _put_in(text: str, match: re.Match[str], about: str, turns: Sequence[Turn]) -> str:
    """The question with the person or thing meant in the place of its pronoun."""
    kind = match.lastgroup
    meant = about
    parts = _PARTS.match(about)
    if parts and match.group().lower() in ("it", "its"):
        meant = parts["whole"]
    if kind in ("person", "his"):
        said = (person(bare(t.question)) or person(t.answer) for t in reversed(turns))
        meant = next(filter(None, said), "")
        if not meant:
            return f"{text}?"
    owner = kind in ("its", "his")
    if kind == "noun":
        meant = _pointed(match["noun"], about)
    if kind == "place" and not match.start():
        meant = f"in {about}"
    elif kind == "place":
        meant = f"at {about}"
    before, after = text[: match.start()], text[match.end() :]
    made = before + meant + ("'s" if owner and meant == meant.strip() else "") + after
    opener = _OPENER.match(made)
    made = made[opener.end() :] if opener else made
    return f"{made[:1].upper()}{made[1:]}?"


def _pointed(words: str, about: str) -> str:
    """What "that bridge" stands for: the subject, if it is one; else the noun of the subject."""
    noun = words.split()[-1].lower()
    stem = noun.removesuffix("s")
    return about if stem in about.lower() else f"the {noun} of {about}"


def _asked_again(rest: str, last: str, about: str) -> str:
    """The last question asked once more with other words; else both, one behind the other."""
    old, new = asks(last), asks(rest)
    if old and new and {old[0].kind, new[0].kind} <= CIRCUMSTANCES and _is_word(last, old[0]):
        before = last[: old[0].span.start]
        word = rest if not before else rest[:1].lower() + rest[1:]
        return before + word[:1].upper() + word[1:] + last[old[0].span.end :]
    many = _MANY.match(last)
    if many and new and new[0].kind == "why":
        return f"Why {many['verb']} {many['what']}{many['rest']}"
    joined = {"es": "y", "fr": "et"}.get(language(rest), "and")
    return f"{last}, {joined} {rest[:1].lower()}{rest[1:]}"


def _is_word(text: str, ask: Ask) -> bool:
    """Whether words that ask are one word, so that no verb is among them."""
    return not re.search(r"\s", text[ask.span.start : ask.span.end])


_MANY = re.compile(
    r"^how many (?P<what>(?:[\w'’-]+ )+?)"
    r"(?P<verb>are|were|is|was|did|do|does|have|had)\b(?P<rest>.*)$",
    re.I,
)


def _with(other: re.Match[str], last: str, about: str) -> str:
    """The last question asked of something else."""
    word, preposition = other["x"], other["in"] or ""
    span = _like(word, preposition, last, about)
    if span is None:
        return f"{last}, and {preposition}{word}"
    return last[: span.start] + word + last[span.end :]


def _like(word: str, preposition: str, last: str, about: str) -> Span | None:
    """What in the last question is of the kind of these words."""
    if preposition:
        placed = re.search(
            rf"\b{preposition.strip()}\s+(?P<np>(?:the\s+)?[A-ZÀ-Þ\d][\w'’-]*(?:\s+[A-ZÀ-Þ\d][\w'’-]*)*)",
            last,
        )
        if placed:
            return Span(*placed.span("np"))
    end = re.escape(word.split()[-1])
    same = re.search(
        rf"(?P<np>(?:the\s+)?(?:[A-ZÀ-Þ][\w'’-]*\s+)*{end})$|(?P<mid>(?:the\s+)?(?:[A-ZÀ-Þ][\w'’-]*\s+)+{end}\b)",
        last,
    )
    if same:
        return Span(*same.span("np" if same["np"] else "mid"))
    if word.lower().split()[:2] == about.lower().split()[:2]:  # the mayor of …
        start = last.find(about)
        return Span(start, start + len(about)) if start >= 0 else None
    if word[:1].isupper():
        names = [Span(*m.span()) for m in _NAMES.finditer(last, 1)]
        alike = [n for n in names if len(n.cut(last).split()) == len(word.split())] or names
        if alike:
            return alike[0]
    if re.match(r"the\s", word, re.I):
        plural = r"\w+s" if word.endswith("s") else r"\w+"
        same = re.search(rf"\bthe {plural}\b(?= |$)", last)
        if same:
            return Span(*same.span())
    start = last.find(about)
    return Span(start, start + len(about)) if start >= 0 else None
