"""Where in a source a sentence stands, word for word, and how the two differ there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from index.sentences import sentences
from rag.support.tokens import Tokens, read

_WINDOW = 3  # neighbouring sentences of a paragraph that are looked at together
_LENGTH_COSTS = 0.1  # share of the sentence that each sentence more must carry
_LIGHT = 0.2  # weight of a token without content
_STRAY = 2  # a matched run this short between larger differences is chance
_FAR = 12  # tokens of the window: a run this far from all others must be long
_LONG = 4
MOST_SAID = 300  # tokens of a sentence that are laid beside its source; more is no sentence
_MOST_READ = 600  # tokens of a window, for text without ends of sentences


@dataclass(frozen=True)
class Edit:
    """Sentence tokens `first:last` stand where the source has its tokens `at:to`.

    Either may be empty: words added to, or left out of, what the source says.
    """

    first: int
    last: int
    at: int
    to: int


@dataclass(frozen=True)
class Alignment:
    """A sentence laid beside the window of a source that carries most of it.

    Attributes:
        sentence: its tokens.
        window: the tokens of the window; their places are those of the whole source.
        edits: where they differ, in order.
        matched: for each token of the sentence, whether it stands in the window, in order.
    """

    sentence: Tokens
    window: Tokens
    edits: tuple[Edit, ...]
    matched: tuple[bool, ...]

    @property
    def share(self) -> float:
        """Share of the sentence's content that stands in the window, 0 to 1."""
        return share(self.sentence, self.matched)

    def runs(self) -> Iterator[tuple[int, int, int, int]]:
        """The matched runs between the edits: sentence first and last, window first and last."""
        first = at = 0
        for edit in self.edits:
            if edit.first > first:
                yield first, edit.first, at, edit.at
            first, at = edit.last, edit.to
        if len(self.sentence) > first:
            yield first, len(self.sentence), at, len(self.window)


def share(sentence: Tokens, matched: Sequence[bool]) -> float:
    """Share of a sentence's content that is matched; words without content count a fifth."""
    weights = [_LIGHT if light else 1.0 for light in sentence.light]
    total = sum(weights)
    return (
        sum(w for w, found in zip(weights, matched, strict=True) if found) / total if total else 0.0
    )


def firm(alignment: Alignment) -> list[bool]:
    """For each token of the sentence whether its match tells: no single character by itself."""
    found = [False] * len(alignment.sentence)
    for first, last, _, _ in alignment.runs():
        if last - first > 1 or len(alignment.sentence.words[first]) > 1:
            found[first:last] = [True] * (last - first)
    return found


def align(sentence: Tokens, source: str) -> Alignment:
    """The sentence beside the run of up to three sentences of `source` that carries most of it.

    Of a sentence the first MOST_SAID tokens count.
    """
    sentence = sentence.part(0, MOST_SAID)
    window = best_window(sentence, read(source))
    if len(window) > _MOST_READ:
        window = _best_stretch(sentence, window)
    return align_tokens(sentence, window)


def align_tokens(sentence: Tokens, window: Tokens) -> Alignment:
    """The sentence beside this window: what stands in both in one order, longest runs first."""
    matcher = SequenceMatcher(None, sentence.keys, window.keys, autojunk=False)
    found = [(b.a, b.b, b.size) for b in matcher.get_matching_blocks() if b.size]
    blocks = _without_strays(found, sentence)
    edits, matched = list[Edit](), [False] * len(sentence)
    first = at = 0
    for start, there, size in [*blocks, (len(sentence), len(window), 0)]:
        if start > first or there > at:
            edits.append(Edit(first, start, at, there))
        matched[start : start + size] = [True] * size
        first, at = start + size, there + size
    return Alignment(sentence, window, tuple(edits), tuple(matched))


def best_window(sentence: Tokens, source: Tokens) -> Tokens:
    """The run of up to three sentences of the source that has most of a sentence's words."""
    borders = _borders(source)
    wanted = _grams(sentence)
    total = sum(wanted.values()) or 1.0
    grams = [_grams(source.part(first, last)) for first, last in borders]
    best, best_score = (0, len(source)), 0.0
    for size in range(1, _WINDOW + 1):
        for i in range(len(borders) - size + 1):
            there = set().union(*grams[i : i + size])
            score = sum(weight for gram, weight in wanted.items() if gram in there) / total
            score -= _LENGTH_COSTS * (size - 1)
            if score > best_score + 1e-9:
                best, best_score = (borders[i][0], borders[i + size - 1][1]), score
    return source.part(*best)


def _best_stretch(sentence: Tokens, window: Tokens) -> Tokens:
    """The half of `_MOST_READ` tokens, and as many again, where most of a sentence's words are."""
    wanted, step = _grams(sentence), _MOST_READ // 2
    parts = [set(_grams(window.part(at, at + step))) for at in range(0, len(window), step)]
    scores = [
        sum(weight for gram, weight in wanted.items() if gram in one or gram in two)
        for one, two in zip(parts, [*parts[1:], set()], strict=True)
    ]
    best = max(range(len(scores)), key=lambda i: (scores[i], -i))
    return window.part(best * step, best * step + _MOST_READ)


def _borders(source: Tokens) -> list[tuple[int, int]]:
    """First and last token of each sentence of a text that has tokens."""
    borders, first = [], 0
    for span in sentences(source.text):
        last = first
        while last < len(source) and source.starts[last] < span.end:
            last += 1
        if last > first:
            borders.append((first, last))
        first = last
    return borders


def _grams(tokens: Tokens) -> dict[str, float]:
    """Tokens and pairs of neighbours, with the weight of each."""
    weights = {
        key: _LIGHT if light else 1.0 for key, light in zip(tokens.keys, tokens.light, strict=True)
    }
    for left, right in zip(tokens.keys, tokens.keys[1:], strict=False):
        weights[f"{left} {right}"] = 0.5
    return weights


def _without_strays(
    blocks: Sequence[tuple[int, int, int]], sentence: Tokens
) -> list[tuple[int, int, int]]:
    """Matched runs less those that are chance: short and far from the others, or of no content."""
    kept: list[tuple[int, int, int]] = []
    for i, (start, there, size) in enumerate(blocks):
        left = blocks[i - 1] if i else None
        right = blocks[i + 1] if i + 1 < len(blocks) else None
        before = start - (left[0] + left[2] if left else 0)
        after = (right[0] if right else len(sentence)) - start - size
        light = all(sentence.light[start : start + size])
        if light and size <= _STRAY and before > size and after > size:
            continue
        behind = there - (left[1] + left[2]) if left else _FAR
        ahead = right[1] - there - size if right else _FAR
        if len(blocks) > 1 and size < _LONG and min(behind, ahead) >= _FAR:
            continue
        kept.append((start, there, size))
    return kept
