"""Reading a model's answer as it is written: markers, sentences, verdicts."""

import re
from collections.abc import Iterable, Iterator, Sequence

from index.sentences import sentences
from rag.answer import Citation, Hit, Sentence, SentenceChecked, TextAdded
from rag.citations import Marker, MarkerParser
from rag.prompt import CANNOT_ANSWER
from rag.refusals import LONGEST, is_refusal, may_refuse
from rag.support import Source, support

_ENDED = re.compile("[。！？!?.…][”’」』）)\"']*\\s*$")
_LONGEST_END = 100  # characters that are searched for a sentence's end
_LOOKAHEAD = 24  # characters behind a sentence's end that may still pull it on (“…。”他说)
# Begins where white space does: from each of its places anew, a long run takes minutes.
_SPACE_BEFORE_MARK = re.compile(r"(?<!\s)\s+(?=[.,;:!?。，；：！？、])")
_NO_LETTERS = re.compile(r"[\W\d_]*")  # what may stand before words that decline


class Declined(Exception):
    """The model says that the passages do not answer the question. Never reaches a user."""


class WrittenAnswer:
    """Folds the pieces of a model's text into checked sentences over the passages shown."""

    def __init__(self, passages: Sequence[Hit], numbers: Sequence[int] = ()) -> None:
        """`passages` were shown, and are cited by `numbers`; by their own, from 1, unless given."""
        self._passages = passages
        self._numbers = numbers or range(1, len(passages) + 1)
        self._parser = MarkerParser(len(passages))
        self._text = ""  # the sentence under way, without markers
        self._look_at = 0  # length of that text at which it is next searched for sentences
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
            Declined: the whole reply is a refusal. Nothing of it was shown if it began like one.
        """
        for piece in self._opening_held(pieces):
            yield from self._read(self._parser.feed(piece))
        yield from self._read(self._parser.close())
        yield from self._finish(final=True)

    def _opening_held(self, pieces: Iterable[str]) -> Iterator[str]:
        """The pieces; the first sentence waits while it may be one that declines."""
        held: str | None = ""
        at = 0  # where its letters begin
        for piece in pieces:
            self.raw_text += piece
            if held is None:
                yield piece
                continue
            held += piece
            at = _NO_LETTERS.match(held, at).end()  # type: ignore[union-attr]
            start = held[at : at + LONGEST + 1]
            if start[: len(CANNOT_ANSWER)].upper() == CANNOT_ANSWER:
                raise Declined  # at once: it need not write more
            if not may_refuse(start):
                yield held
                held = None
        if is_refusal(self.raw_text):
            raise Declined
        if held:
            yield held

    def _read(self, parts: Iterable[str | Marker]) -> Iterator[TextAdded | SentenceChecked]:
        for part in parts:
            if isinstance(part, Marker):
                self._markers.append((len(self._text), part.number))
                yield TextAdded(f"[{self._numbers[part.number - 1]}]")
                continue
            if part.strip() and self._closed():
                yield from self._finish(final=True)  # "….[1]Next": the marker ends the sentence
            self._text += part
            yield TextAdded(part)
            yield from self._finish(final=False)

    def _closed(self) -> bool:
        """Whether the text so far ends with a marker behind a whole sentence."""
        if not self._markers or self._text[self._markers[-1][0] :].strip():
            return False
        return bool(_ENDED.search(self._text, max(0, len(self._text) - _LONGEST_END)))

    def _finish(self, *, final: bool) -> Iterator[SentenceChecked]:
        """Check the sentences that are complete: all but the last, or all at the end."""
        if not final and len(self._text) < self._look_at:
            return
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
        # The longer the sentence under way, the seldomer: a look reads all of it.
        self._look_at = len(self._text) * 17 // 16

    def _checked(self, text: str, numbers: Sequence[int]) -> Sentence:
        text = _SPACE_BEFORE_MARK.sub("", text)
        cited = [self._passages[number - 1] for number in numbers]
        checked = support(text, [_source(hit) for hit in cited])
        quoted = zip(numbers, cited, checked.quotes, strict=True) if checked.quotes else ()
        return Sentence(
            text,
            tuple(Citation(self._numbers[n - 1], hit, quote) for n, hit, quote in quoted),
            checked.verdict,
            checked.reasons,
        )


def _source(hit: Hit) -> Source:
    return Source(hit.paragraph.text, hit.article.date, hit.article.title)
