"""Chinese: a question that leans on the conversation, without leaning.

Patterns are of leveled text (`words.level`): simplified characters, places as in the raw text.
"""

import re
from collections.abc import Sequence

from index.article import Span
from rag.answer import Turn
from rag.follow_up.chinese_leaning import OPENER, TIME, Lean
from rag.follow_up.chinese_subject import ending_with, pointed, starts, statement
from rag.follow_up.chinese_words import (
    ATTRIBUTE,
    NARROWING,
    NUMERIC,
    PLACE,
    PLACE_END,
    PLACES,
    WHOLE,
)
from rag.follow_up.subjects import person, subject
from rag.follow_up.words import CIRCUMSTANCES, Ask, asks, bare, level, like
from rag.looked_for import telling_words as telling
from rag.refusals import is_refusal

_SERIES = re.compile(
    r"(?:第|首|上|下|本|末|[\d一二两三四五六七八九十百]){1,6}(?P<unit>号线|届|次|期|轮|批|季|层|楼|代|场|章|名|号|部|集|任|班车)"
)


def carried(question: str, lean: Lean, turns: Sequence[Turn]) -> str:
    """The question with what it leans on put in; itself where nothing is there to put in."""
    text, last = bare(question), bare(turns[-1].question)
    if lean.kind == "other":
        about = _about(turns)
        return _with(lean.word, last, about) + "？"
    before = turns[-1]
    if lean.kind == "attribute" and (before.abstained or is_refusal(before.answer)):
        return question  # 票价是多少 behind what the articles do not have: of that there is no more
    if lean.kind in ("why", "later", "alone", "subject", "attribute", "clause"):
        made = _completed(text[lean.span.start :], lean.kind, last, turns)
        return f"{made}？" if made else question
    meant = _meant(text, lean, turns)
    return f"{meant}？" if meant else question


def _about(turns: Sequence[Turn]) -> str:
    """What was asked about last; nothing if that cannot be told."""
    return next(filter(None, (subject(turn.question) for turn in reversed(turns))), "")


def _with(word: str, last: str, about: str) -> str:
    """The last question asked of something else."""
    text, other = level(last), level(word)
    if about and ATTRIBUTE.fullmatch(other) and other not in text:
        return f"{about}的{word}是{'多少' if NUMERIC.search(other) else '什么'}"
    if other in text:
        return f"{last}，{word}呢"
    place = _like(other, text)
    if place is None:
        at = last.find(about) + len(about) if NARROWING.match(other) and about in last else 0
        return last[:at] + word + last[at:]
    return last[: place.start] + word + last[place.end :]


def _like(other: str, text: str) -> Span | None:
    """What in a question is of the kind of this word."""
    if TIME.fullmatch(other):
        same = next((m for m in TIME.finditer(text) if m.group()), None)
        return Span(*same.span()) if same else None
    series = _SERIES.match(other)
    if series:
        for match in _SERIES.finditer(text):
            if match["unit"] == series["unit"]:
                return Span(*match.span())
    found = like(other, text, starts(text))
    if found:
        return found
    words = telling(text)
    first = next((w for w in words if not TIME.fullmatch(w)), "")
    if other in PLACES or PLACE_END.search(other):
        return _place(text, words)
    if NARROWING.match(other):
        return None
    whole = level(subject(text)) or first
    at = text.find(whole)
    return Span(at, at + len(whole)) if whole and at >= 0 else None


def _place(text: str, words: Sequence[str]) -> Span | None:
    """The first place in a question: one known by name, else what ends like one."""
    known = PLACE.search(text)
    if known:
        return Span(*known.span())
    placed = next(filter(PLACE_END.search, words), "")
    at = text.find(placed)
    return Span(at, at + len(placed)) if placed else None


def _completed(rest: str, kind: str, last: str, turns: Sequence[Turn]) -> str:
    """A question that lacks its subject, or all but the word that asks, with it."""
    about = _about(turns)
    if not about:
        return ""
    said = _said(last, about)
    if kind == "later":
        return f"{said}，后来怎么样" if said != about else f"{about}后来怎么样"
    if kind == "clause":
        return f"{said}，{rest}"
    found = asks(last)
    new = asks(rest)
    if found and new and kind in ("why", "alone"):
        changed = _changed(rest, new[0], last, found[0], about)
        if changed:
            return changed
    return f"{about}的{rest}" if kind == "attribute" else about + rest


def _said(last: str, about: str) -> str:
    """What the last question takes for granted, if it is a whole sentence; else its subject."""
    found = asks(last)
    whole = subject(last) and len(found) == 1 and found[0].kind in ("why", "when", "how_many")
    return statement(last) if whole else about


def _changed(rest: str, new: Ask, last: str, old: Ask, about: str) -> str:
    """The last question, asking something else: 何时 → 为什么; nothing where that cannot be."""
    if new.kind not in CIRCUMSTANCES or not subject(last):
        return ""
    word = rest[new.span.start : new.span.end] if new.kind != "why" else _why(last)
    if old.kind in CIRCUMSTANCES:
        before = last[: old.span.start]
        after = last[old.span.end :]
        return before + word + after if level(before + after) not in ("", level(about)) else ""
    if new.kind == "where" or old.kind != "how_many" or not last.startswith(about):
        return ""
    amount = last[old.span.start : old.span.end]
    more = "这么" + (amount[-1] if amount[0] == "多" and amount[-1] != "少" else "多")
    if new.kind == "when":
        more = ""
    tail = last[len(about) : old.span.start] + more + last[old.span.end :]
    return about + word + tail


def _why(last: str) -> str:
    """The word for why, in the characters of a question."""
    return "为什么" if level(last) == last else "為什麼"


def _meant(text: str, lean: Lean, turns: Sequence[Turn]) -> str:
    """The question with the thing or person meant in the place of the words that point at it."""
    before, after = text[: lean.span.start], text[lean.span.end :]
    opener = OPENER.match(level(text))
    before = before[opener.end() :] if opener and opener.end() <= len(before) else before
    about = _about(turns)
    if lean.kind == "person":
        who = next(filter(None, map(_person, reversed(turns))), "")
        if not who:
            return f"{about}，{text}" if about else ""
        return before + who + after
    if lean.kind == "noun":
        meant = _pointed(after, about, turns)
        return before + meant if meant else ""
    if lean.kind == "this" and about:
        return before + _said(bare(turns[-1].question), about) + after
    if lean.kind == "place" and level(about).partition("的")[0] in PLACES:
        about = about.partition("的")[0]
    if not about:
        return ""
    return before + about + ("的" if lean.kind == "its" else "") + after


def _person(turn: Turn) -> str:
    return person(bare(turn.question)) or person(turn.answer)


def _pointed(after: str, about: str, turns: Sequence[Turn]) -> str:
    """What 这座, 该 … with the noun behind it stands for, and the rest of the question."""
    noun, generic = pointed(after)
    rest = after[len(noun) :]
    if noun in ("人",):
        who = next(filter(None, map(_person, reversed(turns))), "")
        return (who or about) + rest
    if noun in WHOLE and about:
        return f"{_said(bare(turns[-1].question), about)}的{noun}{rest}"
    if noun and level(about).endswith(level(noun)):
        return about + rest
    for turn in reversed(turns):
        for said in (turn.question, turn.answer):
            whole = ending_with(said, noun) if noun else ""
            if whole:
                return whole + rest
    if generic:
        return about + rest
    owner, noun = _spoken_of(noun, turns)
    if not owner and len(turns) > 1:
        return ""  # of several things that were spoken of it cannot be told whose this is
    rest = after[len(noun) :]
    if owner and level(owner).endswith(level(noun)):
        return owner + rest
    return f"{owner or about}的{noun}{rest}" if owner or about else after


def _spoken_of(noun: str, turns: Sequence[Turn]) -> tuple[str, str]:
    """What the last turn was about that speaks of a noun, and as much of the noun as it says."""
    for size in range(len(noun), 0, -1):
        for turn in reversed(turns):
            if (size > 1 or size == len(noun)) and level(noun[:size]) in level(
                f"{turn.question}\n{turn.answer}"
            ):
                return subject(turn.question), noun[:size]
    return "", noun
