"""Parts of a text that are short enough for a judge to read, where the sentence may be proved."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice, pairwise

from index.article import Span
from index.sentences import sentences
from rag.support import find_quote

MOST = 4  # windows of a text; the nearest to what matches best

# The tokens that each of some texts takes
Counter = Callable[[Sequence[str]], Sequence[int]]


def windows(sentence: str, text: str, *, room: int, count: Counter) -> list[str]:
    """The text itself if it takes up to `room` tokens, else runs of its sentences that do.

    The first window lies around the place that matches the sentence best, with as many of the
    sentences before and behind it as there is room for; the others continue from there to both
    sides, `MOST` in all. Where no place matches (another language), they begin at the beginning.
    `room` is at least 1.
    """
    text = text.strip()
    if count([text])[0] <= room:
        return [text]
    page = _Page.of(text, room, count)
    best = page.around(find_quote(sentence, text))
    return [page.cut(*found) for found in islice(chain([best], page.others(*best)), MOST)]


class _Page:
    """A text in pieces, none of more than `room` tokens: its sentences, or parts of them."""

    def __init__(self, text: str, pieces: Sequence[Span], sizes: Sequence[int], room: int) -> None:
        self._text = text
        self._pieces = pieces
        self._sizes = sizes
        self._room = room

    @classmethod
    def of(cls, text: str, room: int, count: Counter) -> "_Page":
        """The sentences of a text, up to where the next begins; too long ones are halved."""
        starts = [span.start for span in sentences(text)]
        todo = [Span(*ends) for ends in pairwise([*starts, len(text)])]
        done: list[tuple[Span, int]] = []
        while todo:
            sized = list(zip(todo, count([span.cut(text) for span in todo]), strict=True))
            done += [(span, size) for span, size in sized if _settled(span, size, room)]
            long = [span for span, size in sized if not _settled(span, size, room)]
            todo = [half for span in long for half in _halves(span)]
        done.sort(key=lambda piece: piece[0].start)
        # One more each: two texts may take more tokens in one than apart.
        return cls(text, [span for span, _ in done], [size + 1 for _, size in done], room + 1)

    def around(self, place: Span) -> tuple[int, int]:
        """First and last piece of the window around a place, or around its beginning."""
        inside = [
            n for n, p in enumerate(self._pieces) if p.start < place.end and place.start < p.end
        ]
        first = last = inside[0] if inside else 0
        while last + 1 in inside and self._fits(first, last + 1):
            last += 1
        while True:
            before = self._fits(first - 1, last)
            first -= before
            behind = self._fits(first, last + 1)
            last += behind
            if not (before or behind):
                return first, last

    def others(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """The windows that continue from one to both sides, the nearest first."""
        end = len(self._pieces) - 1
        while first > 0 or last < end:
            if last < end:
                start = last = last + 1
                while self._fits(start, last + 1):
                    last += 1
                yield start, last
            if first > 0:
                stop = first = first - 1
                while self._fits(first - 1, stop):
                    first -= 1
                yield first, stop

    def cut(self, first: int, last: int) -> str:
        """The text of a window."""
        return self._text[self._pieces[first].start : self._pieces[last].end].rstrip()

    def _fits(self, first: int, last: int) -> bool:
        inside = first >= 0 and last < len(self._pieces)
        return inside and sum(self._sizes[first : last + 1]) <= self._room


def _settled(span: Span, size: int, room: int) -> bool:
    return size <= room or span.end - span.start < 2


def _halves(span: Span) -> tuple[Span, Span]:
    middle = (span.start + span.end) // 2
    return Span(span.start, middle), Span(middle, span.end)
