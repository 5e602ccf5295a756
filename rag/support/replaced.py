"""Words that stand nowhere in the sources, or in place of others there: figures and names."""

from collections.abc import Sequence
from dataclasses import dataclass

from rag.facts import Date, Fact, Kind, missing
from rag.support.alignment import Alignment, Edit
from rag.support.differences import Finding, content
from rag.support.known import facts_of, places
from rag.support.tokens import Tokens

_COUNTED: tuple[Kind, ...] = ("figure", "date", "time")
_SHORT = 8  # tokens: longer differences are other statements, not other words


@dataclass(frozen=True)
class Said:
    """The tokens of all that a sentence cites, as one text to look words up in."""

    keys: frozenset[str]
    laid: str

    @classmethod
    def of(cls, sources: Sequence[Tokens]) -> "Said":
        """What these sources say, with their titles."""
        keys = frozenset(key for source in sources for key in source.keys)
        return cls(keys, " | ".join(" ".join(source.keys) for source in sources))

    def __contains__(self, keys: Sequence[str]) -> bool:
        """Whether these tokens stand side by side in it, or nearly all in runs of two or more."""
        if f" {' '.join(keys)} " in f" {self.laid} ":
            return True
        return len(keys) > 3 and self._pieced(keys) >= 0.8 * len(keys)

    def _pieced(self, keys: Sequence[str]) -> int:
        """How many of the tokens stand in it in runs of two or more."""
        laid, at, covered = f" {self.laid} ", 0, 0
        while at < len(keys):
            size = 1
            while at + size < len(keys) and f" {' '.join(keys[at : at + size + 1])} " in laid:
                size += 1
            covered += size if size > 1 else 0
            at += size
        return covered


def found_in(alignment: Alignment, said: Said) -> list[bool]:
    """For each token of the sentence, whether it is matched or stands elsewhere in the sources.

    Elsewhere counts for whole differences alone, of two tokens or more: words that moved.
    """
    found = list(alignment.matched)
    for edit in alignment.edits:
        if edit.last - edit.first > 1 and alignment.sentence.keys[edit.first : edit.last] in said:
            found[edit.first : edit.last] = [True] * (edit.last - edit.first)
    return found


def foreign_words(alignment: Alignment, said: Said) -> list[Finding]:
    """Words with content that stand nowhere in the sources, or in place of others there."""
    sentence, window = alignment.sentence, alignment.window
    counted = {
        i for first, last in places(sentence, *_COUNTED) for i in range(first, last)
    }  # compared as facts
    found = []
    for edit in alignment.edits:
        if edit.first == edit.last:
            found += _glued(alignment, edit)
            continue
        ours = [i for i in content(sentence, edit.first, edit.last) if i not in counted]
        theirs = content(window, edit.at, edit.to)
        if theirs and _other_figure(alignment, edit):
            found.append(_instead(alignment, edit.first, edit.last, theirs, hard=True))
        elif ours:
            first, last = ours[0], ours[-1] + 1
            if sentence.keys[first:last] not in said:
                if theirs and _comparable(edit):
                    found.append(_instead(alignment, first, last, theirs, hard=False))
                elif theirs or len("".join(sentence.words[first:last])) > 1:
                    found.append(_nowhere(alignment, first, last))
            elif theirs and _comparable(edit) and _in_place(alignment, edit):
                found.append(_instead(alignment, first, last, theirs, hard=False))
    return found


def _glued(alignment: Alignment, edit: Edit) -> list[Finding]:
    """Halves of two clauses put together over a figure: “3 km long, 30 m wide” is not 30 m long."""
    sentence, window = alignment.sentence, alignment.window
    if not (0 < edit.first < len(sentence) and sentence.keys[edit.first][0].isdigit()):
        return []
    if not any(window.keys[i][0].isdigit() for i in range(edit.at, edit.to)):
        return []
    parted = [i for i in range(edit.at, edit.to + 1) if window.parted(i)]
    if not parted or window.parted(edit.at) or window.parted(edit.to):
        return []
    said = sentence.printed(edit.first - 1, min(edit.first + 2, len(sentence)))
    source = window.printed(edit.at - 1, parted[0])
    return [Finding(f"“{said}” where the source has “{source}”", True, edit.first, edit.first + 1)]


def _instead(
    alignment: Alignment, first: int, last: int, theirs: Sequence[int], *, hard: bool
) -> Finding:
    said = alignment.sentence.printed(first, last)
    source = alignment.window.printed(theirs[0], theirs[-1] + 1)
    return Finding(f"“{said}” where the source has “{source}”", hard, first, last)


def _comparable(edit: Edit) -> bool:
    return max(edit.last - edit.first, edit.to - edit.at) <= _SHORT


def _in_place(alignment: Alignment, edit: Edit) -> bool:
    """Whether the words on both sides of a difference are common to both."""
    left = edit.first == 0 or alignment.matched[edit.first - 1]
    right = edit.last == len(alignment.sentence) or alignment.matched[edit.last]
    return left and right


def _other_figure(alignment: Alignment, edit: Edit) -> bool:
    """Whether both sides have a figure or date there, and the source's is another one."""
    if not (_comparable(edit) and _in_place(alignment, edit)):
        return False
    ours = facts_of(_with_unit(alignment.sentence, edit.first, edit.last))
    theirs = facts_of(_with_unit(alignment.window, edit.at, edit.to))
    counted = {_told(fact) for fact in theirs.asserted if fact.kind in _COUNTED}
    only_figures = _only_figures(alignment.sentence, edit.first, edit.last) and _only_figures(
        alignment.window, edit.at, edit.to
    )
    return any(
        m.hard and (_told(m.fact) in counted or (only_figures and m.fact.kind in _COUNTED))
        for m in missing(ours, [theirs])
    )


def _only_figures(tokens: Tokens, first: int, last: int) -> bool:
    """Whether these tokens are figures in digits and what belongs to dates and numbers."""
    keys = [key for i, key in enumerate(tokens.keys[first:last], first) if not tokens.light[i]]
    return any(k[0].isdigit() for k in keys) and all(
        k[0].isdigit() or k in "年月日号时分点万亿千百" for k in keys
    )


def _told(fact: Fact) -> tuple[object, ...]:
    """What a fact tells: its kind, and of a date which of year, month and day."""
    dates = [form for form in fact.forms if isinstance(form, Date)]
    parts = [(d.year is None, d.month is None, d.day is None) for d in dates[:1]]
    return (fact.kind, *parts)


def _with_unit(tokens: Tokens, first: int, last: int) -> str:
    """The words, with the common one behind them that a figure counts, as printed."""
    return tokens.printed(first, min(last + 1, len(tokens)))


def _nowhere(alignment: Alignment, first: int, last: int) -> Finding:
    words = alignment.sentence.printed(first, last)
    return Finding(f"not in the source: “{words}”", False, first, last)
