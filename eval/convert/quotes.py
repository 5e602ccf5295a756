"""The sentence of a paragraph that holds an answer, as it will stand in a store."""

import re
from collections.abc import Iterator, Sequence

from index.sentences import sentences
from index.text import fold

_BREAKS = str.maketrans(dict.fromkeys("\r\v\f\x1c\x1d\x1e\x85\u2028\u2029", "\n") | {"\0": " "})


def levelled(text: str) -> str:
    """Text of the same length whose only line breaks are newlines, and which UTF-8 can write."""
    return text.encode("utf-8", "replace").decode().translate(_BREAKS)


def plain(text: str) -> str:
    """Text as it is stored: a line a paragraph, single spaces, no empty lines."""
    lines = map(one_line, levelled(text).split("\n"))
    return "\n".join(filter(None, lines))


def one_line(text: str) -> str:
    """Text with one space for all white space."""
    return " ".join(levelled(text).replace("\ufeff", "").split())


def sentence_at(text: str, start: int, end: int) -> str | None:
    """The sentences that the characters run over; None where they run over lines, or beyond."""
    text = levelled(text)
    if not 0 <= start < end <= len(text) or "\n" in text[start:end].strip():
        return None
    over = [span for span in sentences(text) if span.start < end and start < span.end]
    return one_line(text[over[0].start : over[-1].end]) if over else None


def sentence_with(texts: Sequence[str], answers: Sequence[str], question: str) -> str | None:
    """Of the sentences that hold an answer, that with most in common with the question.

    What they share is counted in pairs of characters; of equal ones the first. Where the answer
    runs over sentences of a line, they are one.
    """
    found = [sentence for text in texts for sentence in _holding(text, answers)]
    asked = _pairs(question)
    return max(found, key=lambda sentence: len(_pairs(sentence) & asked), default=None)


def _holding(text: str, answers: Sequence[str]) -> Iterator[str]:
    patterns = [_pattern(answer) for answer in answers]
    for line in plain(text).split("\n"):
        spans = [span.cut(line) for span in sentences(line)]
        alone = [s for s in spans if any(pattern.search(fold(s)) for pattern in patterns)]
        yield from alone
        starts = ((line.find(answer), answer) for answer in answers)
        over = next(((start, answer) for start, answer in starts if start >= 0), None)
        if not alone and over is not None:
            sentence = sentence_at(line, over[0], over[0] + len(over[1]))
            if sentence is not None and any(p.search(fold(sentence)) for p in patterns):
                yield sentence


def _pattern(answer: str) -> re.Pattern[str]:
    """The folded answer, but no figure within another: 70 does not stand in 170, nor in 70.5."""
    words = fold(answer)
    before = r"(?<!\d)(?<!\d[.,])" if words[:1].isdecimal() else ""
    after = r"(?!\d|[.,]\d)" if words[-1:].isdecimal() else ""
    return re.compile(before + re.escape(words) + after)


def _pairs(text: str) -> set[str]:
    folded = fold(text)
    return {folded[place : place + 2] for place in range(len(folded) - 1)}
