"""Reading an answer by pointers: a model names sentences by number, and they are quoted.

Small or slow models choose sentences better than they write them, and `[7][12]` is a few tokens.
What is shown is the articles' own, word for word, so that it is supported by construction.
"""

from collections.abc import Iterable, Iterator, Sequence

from rag.answer import Sentence, SentenceChecked, TextAdded
from rag.citations import Marker, MarkerParser
from rag.features import Candidate
from rag.reply_rules import MOST_POINTERS
from rag.written import Declined

NONE = "[0]"  # the reply when no sentence answers


class PointedAnswer:
    """Folds the pieces of a model's reply, a row of `[n]`, into quoted sentences.

    They come in the order in which the model names them, the best first as it was asked to: that
    is how they can be shown at once. What names no sentence is never shown.
    """

    def __init__(self, shown: Sequence[Candidate]) -> None:
        """`shown` are the sentences that the model was shown, numbered from 1."""
        self._shown = shown
        self._parser = MarkerParser(len(shown))
        self._chosen: set[int] = set()
        self.sentences: list[Sentence] = []
        self.raw_text = ""

    @property
    def removed_markers(self) -> int:
        """How many numbers stood for no sentence; `[0]` alone is no such number."""
        return 0 if self._declined else self._parser.removed

    @property
    def _declined(self) -> bool:
        return self.raw_text.strip() == NONE

    def events(self, pieces: Iterable[str]) -> Iterator[TextAdded | SentenceChecked]:
        """Each sentence as soon as its number is complete; reading stops with the last allowed.

        Raises:
            Declined: the model says that no sentence answers.
        """
        for piece in pieces:
            self.raw_text += piece
            yield from self._read(self._parser.feed(piece))
            if len(self.sentences) == MOST_POINTERS:
                return
        yield from self._read(self._parser.close())
        if self._declined:
            raise Declined

    def _read(self, parts: Iterable[str | Marker]) -> Iterator[TextAdded | SentenceChecked]:
        for part in parts:
            if isinstance(part, Marker) and part.number not in self._chosen:
                self._chosen.add(part.number)
                sentence = self._shown[part.number - 1].quoted()
                yield from quoted_events(sentence, first=not self.sentences)
                self.sentences.append(sentence)
            if len(self.sentences) == MOST_POINTERS:
                return


def quoted_events(sentence: Sentence, *, first: bool) -> Iterator[TextAdded | SentenceChecked]:
    """A quoted sentence as it is streamed: all at once, and checked already."""
    yield TextAdded(("" if first else " ") + sentence.marked)
    yield SentenceChecked(sentence)
