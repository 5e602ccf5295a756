"""What the differences between a sentence and its source mean: contradictions and doubts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.support.alignment import Alignment
from rag.support.signs import DENIAL, HEDGE, Sign, signs
from rag.support.tokens import Tokens

_NEAR = 3  # tokens between a sign and the words that it belongs to
_DROPPED = 8  # tokens: what is left out in longer runs is a part left out, not a word
_MOST = 64  # signs of a side that are looked at
_SHIFT = 5  # tokens that a sign and its opposite may be apart


@dataclass(frozen=True)
class Finding:
    """A difference that matters: tokens `first:last` of the sentence, and what to tell of it.

    `hard` ones contradict the source; the others are for the reader to judge.
    """

    reason: str
    hard: bool
    first: int
    last: int


def turned(alignment: Alignment) -> list[Finding]:
    """Signs that only one side has: denials, flipped bounds and quantifiers, dropped hedges."""
    if not alignment.edits:
        return []
    placed = _places(alignment)
    there = _matched_there(alignment)
    stands = [at if found else -1 for at, found in zip(placed, alignment.matched, strict=True)]
    ours = [s for s in signs(alignment.sentence) if not _kept(s, stands)][:_MOST]
    theirs = [s for s in signs(alignment.window) if not _kept(s, there)][:_MOST]
    found, used = list[Finding](), set[Sign]()
    for sign in ours:
        near = [t for t in theirs if t.axis == sign.axis and t not in used]
        near = [t for t in near if _apart(sign, t, alignment, placed) <= _SHIFT]
        same = next((t for t in near if t.pole == sign.pole), None)
        other = same or next(iter(near), None)
        if other is not None:
            used.add(other)
        if same is None:
            found += _one_sided(alignment, sign, other)
    for sign in theirs:
        if sign not in used:
            found += _left_out(alignment, sign, there)
    return _without_double_turns(found)


def _kept(sign: Sign, stands: Sequence[int]) -> bool:
    """Whether a sign stands on the other side as well: there are its tokens, side by side."""
    places = stands[sign.first : sign.last]
    return places[0] >= 0 and list(places) == list(range(places[0], places[0] + len(places)))


def _apart(ours: Sign, theirs: Sign, alignment: Alignment, placed: Sequence[int]) -> int:
    """Tokens between a sign of the window and the place that one of the sentence would have."""
    distances = [abs(theirs.first - placed[ours.first])]
    for edit in alignment.edits:
        if edit.first <= ours.first < edit.last:
            distances += [abs(theirs.first - edit.at), abs(edit.to - theirs.last)]
    return min(distances)


def _one_sided(alignment: Alignment, ours: Sign, theirs: Sign | None) -> Iterator[Finding]:
    said = alignment.sentence.printed(ours.first, ours.last)
    if theirs is not None:
        source = alignment.window.printed(theirs.first, theirs.last)
        reason = f"“{said}” where the source has “{source}”"
        yield Finding(reason, True, ours.first, ours.last)
    elif ours.axis == DENIAL and _stands_by(ours, alignment.sentence, alignment.matched):
        yield Finding(f"“{said}” denies what the source says", True, ours.first, ours.last)


def _left_out(alignment: Alignment, sign: Sign, there: Sequence[int]) -> Iterator[Finding]:
    """A sign of the source that the sentence drops while it keeps the words beside it."""
    edit = next((e for e in alignment.edits if e.at <= sign.first < e.to), None)
    if (
        edit is None
        or edit.to - edit.at > _DROPPED
        or not _stands_by(sign, alignment.window, [i >= 0 for i in there])
    ):
        return
    source = alignment.window.printed(sign.first, sign.last)
    alone = len(content(alignment.window, edit.at, edit.to)) <= sign.last - sign.first
    if sign.axis == DENIAL:
        yield Finding(f"leaves out “{source}” of the source", True, edit.first, edit.last)
    elif alone and sign.axis in ("scope", "bound", HEDGE):
        yield Finding(f"leaves out “{source}” of the source", False, edit.first, edit.last)


def _stands_by(sign: Sign, tokens: Tokens, matched: Sequence[bool]) -> bool:
    """Whether the words that a sign belongs to are common to both sides.

    They stand right behind it, or before it where it ends its clause (as in Japanese).
    """
    behind = tokens.in_clause(range(sign.last, min(sign.last + _NEAR, len(tokens))))
    before = tokens.in_clause(range(sign.first - 1, max(-1, sign.first - 1 - _NEAR), -1))
    near = [matched[i] for i in (*behind, *before)]
    if not any(matched[i] for i in behind) and len(behind) == _NEAR:
        return False
    return sum(near) >= min(2, max(1, len(near)))


def _without_double_turns(found: Sequence[Finding]) -> list[Finding]:
    """Two contradictions side by side may cancel (does not allow, forbids): left to the reader."""
    hard = [f for f in found if f.hard]
    if len(hard) == 2 and abs(hard[0].first - hard[1].first) <= _NEAR:
        reason = "; ".join(f.reason for f in hard)
        return [f for f in found if not f.hard] + [
            Finding(reason, False, hard[0].first, hard[1].last)
        ]
    return list(found)


def _matched_there(alignment: Alignment) -> list[int]:
    """For each token of the window, where it stands in the sentence, in order; -1 if nowhere."""
    there = [-1] * len(alignment.window)
    for first, last, at, to in alignment.runs():
        there[at:to] = range(first, last)
    return there


def _places(alignment: Alignment) -> list[int]:
    """For each token of the sentence the place in the window where it stands or would stand."""
    edits = [(edit.first, edit.last, edit.at, edit.to) for edit in alignment.edits]
    return [
        min(at + i, max(at, to - 1))
        for first, last, at, to in sorted([*alignment.runs(), *edits])
        for i in range(last - first)
    ]


def content(tokens: Tokens, first: int, last: int) -> list[int]:
    """Places of the tokens with content of their own among `first:last`."""
    return [i for i in range(first, last) if not tokens.light[i]]
