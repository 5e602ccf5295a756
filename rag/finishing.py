"""What is known of an answer before its sentences, and how it becomes one in the end."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from index.language import language
from index.text import fold
from rag.answer import Answer, Dropped, Event, Hit, Reported, Sentence, Timings, Usage
from rag.filters import Filters
from rag.looked_for import looked_for
from rag.prompt import abstention, nothing_passes, withdrawn

_NOTHING = Dropped()


class Clock:
    """Milliseconds since the question."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._retrieved = self._first = 0.0

    def retrieved(self) -> None:
        """The hits are there."""
        self._retrieved = self._now()

    def first_token(self) -> None:
        """Words of the answer are there; the first call counts."""
        self._first = self._first or self._now()

    def watched(self, events: Iterable[Event]) -> Iterator[Event]:
        """The events; the first one is the first of the answer."""
        for event in events:
            self.first_token()
            yield event

    def timings(self) -> Timings:
        """What the clock saw so far."""
        total = self._now()
        return Timings(self._retrieved, self._first or total, total)

    def _now(self) -> float:
        return (time.perf_counter() - self._start) * 1000


@dataclass(frozen=True)
class Draft:
    """What is known of an answer before its sentences.

    `question` is as typed; `understood` as it is searched for and put to a model, often the same.
    """

    question: str
    understood: str
    filters: Filters
    llm: str
    hits: tuple[Hit, ...]
    clock: Clock
    confidence: float = 0.0

    @cached_property
    def language(self) -> str:
        """The language to answer in; zh-Hant if the question is in traditional characters."""
        code = language(self.question)
        traditional = fold(self.question) != fold(self.question, simplify=False)
        return "zh-Hant" if code == "zh" and traditional else code

    def finished(
        self,
        sentences: Sequence[Sentence],
        *,
        raw_text: str = "",
        removed: int = 0,
        passages: tuple[str, ...] = (),
        dropped: Dropped = _NOTHING,
        taken_back: Sequence[Sentence] = (),
        reported: tuple[Reported, ...] = (),
        usage: Usage | None = None,
    ) -> Answer:
        """The answer with these sentences, or without any an abstention.

        `taken_back` are the model's sentences that are not among them, `reported` the values that
        several articles give.
        """
        return Answer(
            question=self.question,
            language=self.language,
            llm=self.llm,
            hits=self.hits,
            sentences=tuple(sentences),
            timings=self.clock.timings(),
            message="" if sentences else self._abstention(bool(taken_back)),
            raw_text=raw_text,
            removed_markers=removed,
            passages=passages,
            dropped=dropped,
            withdrawn=tuple(taken_back),
            reported=reported,
            asked=self.understood if self.understood != self.question else "",
            confidence=self.confidence,
            usage=usage,
        )

    def _abstention(self, wrote: bool) -> str:
        """Why there is no answer; `wrote` says whether the model gave one."""
        if wrote:
            return withdrawn(self.question, self.language)
        if self.filters and not self.hits:  # any article that passes gives a hit
            return nothing_passes(str(self.filters), self.language)
        words = looked_for(self.understood, self.hits)
        return abstention(self.question, self.language, found=words.found, missing=words.missing)
