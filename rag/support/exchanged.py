"""Two figures or two names that changed places: who did what to whom, and which figure is whose."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from rag.support.alignment import Alignment
from rag.support.differences import Finding
from rag.support.known import places
from rag.support.tokens import Tokens

_LEAST = 2  # characters of a piece, figures aside
_LONGEST = 8  # tokens of a piece that may change places with another
_MOST_PIECES = 12
_BETTER = 2  # more neighbours in common that show that two pieces changed places
_PASSIVE = frozenset(("被", "遭", "由", "by", "por", "от"))

Piece = tuple[int, int]  # first and last token of the sentence
Pairs = set[tuple[str, str]]


def changed_places(alignment: Alignment) -> list[Finding]:
    """A finding if two pieces of the sentence stand in each other's place in the window.

    They do if all neighbours of both are those of the source once they are changed back, and
    clearly not before. Neighbours in a list, clauses and adverbs of time may move freely.
    """
    if not alignment.edits:
        return []
    sentence = alignment.sentence
    pairs = set(zip(alignment.window.keys, alignment.window.keys[1:], strict=False))
    times = places(sentence, "date", "time")
    kinds = {piece: _kind(sentence, piece, times) for piece in _pieces(alignment)}
    for one, two in combinations(sorted(kinds), 2):
        if kinds[one] != kinds[two] or not _apart(sentence, one, two):
            continue
        if _better_changed(sentence, one, two, pairs) and not _passive(alignment):
            left, right = sentence.printed(*one), sentence.printed(*two)
            return [Finding(f"“{left}” and “{right}” changed places", True, one[0], two[1])]
    return []


def _better_changed(sentence: Tokens, one: Piece, two: Piece, pairs: Pairs) -> bool:
    """Whether two pieces have the neighbours of the source only once they are changed back."""
    keys = sentence.keys
    now = sum((keys[i - 1], keys[i]) in pairs for i in (*one, *two) if 0 < i < len(keys))
    changed = (
        *keys[: one[0]], *keys[slice(*two)], *keys[one[1] : two[0]], *keys[slice(*one)],
        *keys[two[1] :],
    )  # fmt: skip
    first = one[0], one[0] + two[1] - two[0]
    second = two[1] - (one[1] - one[0]), two[1]
    then = [
        (changed[i - 1], changed[i]) in pairs for i in (*first, *second) if 0 < i < len(changed)
    ]
    return all(then) and len(then) >= now + _BETTER


def _pieces(alignment: Alignment) -> list[Piece]:
    """Short runs of the sentence that each stand in the window as a whole, names and figures."""
    sentence = alignment.sentence
    laid = f" {' '.join(alignment.window.keys)} "
    found: dict[Piece, None] = {}
    for first, last in _stretches(alignment):
        for start, end in _cut(sentence, first, last, laid):
            while start < end and sentence.light[start]:
                start += 1
            while start < end and sentence.light[end - 1]:
                end -= 1
            if len("".join(sentence.words[start:end])) >= _LEAST and end - start <= _LONGEST:
                found[start, end] = None
    figures = [(i, i + 1) for i, key in enumerate(sentence.keys) if key[0].isdigit()]
    return list(dict.fromkeys([*figures, *places(sentence, "name"), *found]))[:_MOST_PIECES]


def _stretches(alignment: Alignment) -> Iterator[Piece]:
    """Differences first, then what is common."""
    yield from ((edit.first, edit.last) for edit in alignment.edits if edit.last > edit.first)
    yield from ((first, last) for first, last, _, _ in alignment.runs())


def _cut(sentence: Tokens, first: int, last: int, laid: str) -> Iterator[Piece]:
    """A stretch cut into the longest runs that stand in the window."""
    at = first
    while at < last:
        end = at + 1
        while end < last and f" {' '.join(sentence.keys[at : end + 1])} " in laid:
            end += 1
        if f" {' '.join(sentence.keys[at:end])} " in laid:
            yield at, end
        at = end


def _kind(sentence: Tokens, piece: Piece, times: Sequence[Piece]) -> str:
    if any(first < piece[1] and piece[0] < last for first, last in times):
        return "time"
    return "figure" if any(k[0].isdigit() for k in sentence.keys[slice(*piece)]) else "words"


def _apart(sentence: Tokens, one: Piece, two: Piece) -> bool:
    """Whether something is said between two pieces, and not both of them are clauses."""
    if one[1] > two[0] or all(sentence.light[one[1] : two[0]]):
        return False
    return not (_clause(sentence, one) and _clause(sentence, two))


def _clause(sentence: Tokens, piece: Piece) -> bool:
    """Whether a piece stands between marks, or at an end of the sentence, on both sides."""
    first, last = piece
    before = sentence.text[sentence.ends[first - 1] : sentence.starts[first]] if first else "."
    after = (
        sentence.text[sentence.ends[last - 1] : sentence.starts[last]]
        if last < len(sentence)
        else "."
    )
    return bool(before.strip()) and bool(after.strip())


def _passive(alignment: Alignment) -> bool:
    """Whether one side has a passive that the other has not."""
    ours, theirs = set(alignment.sentence.words), set(alignment.window.words)
    return bool((ours ^ theirs) & _PASSIVE)
