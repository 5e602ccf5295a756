"""Is what a model wrote a refusal, in whatever language: do the passages not answer, it says?

A reply is one if a sentence of it declines and no other sentence says something with a citation.
“The passages do not mention casualties, but three people were rescued [1]” is an answer; so is
“The mayor said that he could not answer [2]”: what declines names the passages, or the model
itself, or stands alone. The forms are those of `rag/refusals/*.toml`.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from index.sentences import sentences
from index.text import fold
from index.tokens import CJK
from rag.citations import Marker, parse
from rag.prompt import CANNOT_ANSWER
from rag.refusals.forms import MARK, forms

LONGEST = 800  # characters; a longer reply says something

Kind = Literal["declines", "filler", "says"]

_PASSAGES = 10**6  # any number that a marker names: which of them resolve is not the question here
_PHRASE = CANNOT_ANSWER.lower()

_NO_LETTERS = re.compile(r"[\W\d_]*")
_CLOSED = re.compile(rf"([。！？!?.]) ((?:{MARK} *)+)")
_SIGNS = re.compile(r"[*_`#>]+")
_QUOTED = re.compile('“[^“”]*”|「[^「」]*」|『[^『』]*』|«[^«»]*»|„[^“”]*[“”]|"[^"]*"')
_WRAPPED = re.compile('^[“「『«„"\'(\\s]+([^“”「」«»"]+)[”」』»“"\')\\s.。!！]+$')
_SPACED_MARK = re.compile(rf"(?<=[{CJK},]) *{MARK} *")
_EDGES = re.compile(rf"^\W+|(?:[\s。.!?！？…]|{MARK})+$")
# “I don't know”, the driver told the court: another speaks.
_SPOKEN = re.compile(
    r"[,”\"»] ?(?:\w+ ){0,4}?(?:said|says|told|asked|replied|wrote|ruled|added|dijo|afirmó|dit|"
    r"déclaré|sagte|erklärte|сказал\w*|заявил\w*|disse|ha detto|afirmou)\b"
    r"|, (?:the|a|an|one|his|her) \w+(?: \w+)? \w+(?:ed|s)$"
)


def is_refusal(reply: str) -> bool:
    """Whether a whole reply (with its markers) only says that the passages do not answer.

    Words that cite nothing and come behind a refusal (“They only discuss the bridge.”) go with it.
    """
    if len(reply) > LONGEST:
        return False
    kinds = list(_kinds(reply))
    return _declined(kinds) or (_PHRASE in fold(reply) and not _answers(kinds))


def may_refuse(beginning: str) -> bool:
    """Whether a reply that begins so may still be a refusal: for whoever shows it as it comes.

    Only the ways in which refusals usually begin count, so that answers are not held up.
    """
    beginning = beginning[_NO_LETTERS.match(beginning).end() :]  # type: ignore[union-attr]
    if len(beginning) > LONGEST:
        return False
    spans = sentences(beginning)
    last = spans[-1].start if spans else 0
    kinds = list(_kinds(beginning[:last]))
    if any(kind != "filler" for kind, _ in kinds):
        return _declined(kinds)
    return forms().opens(_plain(beginning[last:]))


_Kinds = Sequence[tuple[Kind, bool]]  # what each sentence does, and whether it cites anything


def _declined(kinds: _Kinds) -> bool:
    """Whether the first sentence that is no filler declines, and none behind it answers."""
    told = [kind for kind, _ in kinds if kind != "filler"]
    return told[:1] == ["declines"] and not _answers(kinds)


def _answers(kinds: _Kinds) -> bool:
    return any(kind == "says" and cited for kind, cited in kinds)


def _kinds(reply: str) -> Iterator[tuple[Kind, bool]]:
    parts, _ = parse(reply, _PASSAGES)
    text = "".join(f" {MARK} " if isinstance(part, Marker) else part for part in parts)
    text = _CLOSED.sub(r"\2\1 ", text)  # “….[1]” → “… [1].”: its sentence's own
    for span in sentences(text):
        sentence = span.cut(text)
        if re.search(r"\w", sentence.replace(MARK, "")):
            yield _kind(_plain(sentence), cited=MARK in sentence), MARK in sentence


def _kind(plain: str, *, cited: bool) -> Kind:
    if _SPOKEN.search(plain):
        return "says"
    if forms().declines(plain, cited=cited):
        return "declines"
    return "filler" if forms().filler.fullmatch(plain) else "says"


def _plain(sentence: str) -> str:
    """The folded sentence without quotation marks around it, markers at its end, and the like."""
    text = _SIGNS.sub("", sentence).strip()
    wrapped = _WRAPPED.match(text)
    text = fold(wrapped[1] if wrapped else text).replace("’", "'")
    text = _QUOTED.sub('"q"', _SPACED_MARK.sub(MARK, text))
    return _EDGES.sub("", text)
