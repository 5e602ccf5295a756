"""Reading a model's answer as it is written: markers, sentences, verdicts."""

import re
from collections.abc import Iterable, Iterator, Sequence

from index.sentences import sentences
from rag.answer import Citation, Hit, Sentence, SentenceChecked, TextAdded
from rag.citations import Marker, MarkerParser
from rag.prompt import CANNOT_ANSWER
from rag.support import support

_ENDED = re.compile("[。！？!?.…][”’」』）)\"']*\\s*$")
_LOOKAHEAD = 24  # characters behind a sentence's end that may still pull it on (“…。”他说)
_SPACE_BEFORE_MARK = re.compile(r"\s+(?=[.,;:!?。，；：！？、])")


class Declined(Exception):
    """The model says that the passages do not answer the question. Never reaches a user."""


class WrittenAnswer:
    """Folds the pieces of a model's text into checked sentences over the passages shown."""

    def __init__(self, passages: Sequence[Hit]) -> None:
        self._passages = passages
        self._parser = MarkerParser(len(passages))
        self._text = ""  # the sentence under way, without markers
        self._markers: list[tuple[int, int]] = []  # (offset in the text, passage number)
        self.sentences: list[Sentence] = []
        self.raw_text = ""

    @property
    def removed_markers(self) -> int:
        """How many markers pointed at no passage."""
        return self._parser.removed

    def events(self, pieces: Iterable[str]) -> Iterator[TextAdded | SentenceChecked]:
        """Text with valid markers, and each sentence with its verdict once it is complete.

        Raises:
            Declined: the model used the phrase for "cannot answer".
        """
        for piece in self._opening_held(pieces):
            yield from self._read(self._parser.feed(piece))
        yield from self._read(self._parser.close())
        yield from self._finish(final=True)

    def _opening_held(self, pieces: Iterable[str]) -> Iterator[str]:
        """The pieces; the first words wait until they cannot be the phrase that declines."""
        held: str | None = ""
        for piece in pieces:
            self.raw_text += piece
            if held is None:
                yield piece
                continue
            held += piece
            start = held.lstrip(" \n\"'“*").upper()
            if start.startswith(CANNOT_ANSWER):
                raise Declined
            if not CANNOT_ANSWER.startswith(start):
                yield held
                held = None
        if held:
            yield held

    def _read(self, parts: Iterable[str | Marker]) -> Iterator[TextAdded | SentenceChecked]:
        for part in parts:
            if isinstance(part, Marker):
                self._markers.append((len(self._text), part.number))
                yield TextAdded(f"[{part.number}]")
                continue
            closed = self._markers and self._markers[-1][0] == len(self._text)
            if closed and _ENDED.search(self._text) and part.strip():
                yield from self._finish(final=True)  # "….[1]Next": the marker ends the sentence
            self._text += part
            yield TextAdded(part)
            yield from self._finish(final=False)

    def _finish(self, *, final: bool) -> Iterator[SentenceChecked]:
        """Check the sentences that are complete: all but the last, or all at the end."""
        spans = sentences(self._text)
        settled = len(self._text) - _LOOKAHEAD
        complete = spans if final else [span for span in spans[:-1] if span.end <= settled]
        for i, span in enumerate(complete):
            end = spans[i + 1].start if i + 1 < len(spans) else len(self._text)
            numbers = dict.fromkeys(n for at, n in self._markers if at <= end)
            self._markers = [(at, n) for at, n in self._markers if at > end]
            sentence = self._checked(span.cut(self._text), list(numbers))
            self.sentences.append(sentence)
            yield SentenceChecked(sentence)
        cut = len(self._text) if final else (spans[len(complete)].start if complete else 0)
        self._text = self._text[cut:]
        self._markers = [] if final else [(at - cut, n) for at, n in self._markers]

    def _checked(self, text: str, numbers: Sequence[int]) -> Sentence:
        text = _SPACE_BEFORE_MARK.sub("", text)
        cited = [self._passages[number - 1] for number in numbers]
        verdict = support(text, cited)
        quoted = zip(numbers, cited, verdict.quotes, strict=True) if verdict.quotes else ()
        return Sentence(
            text,
            tuple(Citation(number, hit, quote) for number, hit, quote in quoted),
            verdict.support,
            verdict.reasons,
        )
