"""What is known of an answer before its sentences, and how it becomes one in the end."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from index.language import language
from index.text import fold
from rag.answer import Answer, Dropped, Hit, Sentence, Timings
from rag.filters import Filters
from rag.prompt import abstention, nothing_passes

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

    def timings(self) -> Timings:
        """What the clock saw so far."""
        total = self._now()
        return Timings(self._retrieved, self._first or total, total)

    def _now(self) -> float:
        return (time.perf_counter() - self._start) * 1000


@dataclass(frozen=True)
class Draft:
    """What is known of an answer before its sentences."""

    question: str
    filters: Filters
    llm: str
    hits: tuple[Hit, ...]
    clock: Clock

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
    ) -> Answer:
        """The answer with these sentences, or without any an abstention."""
        return Answer(
            question=self.question,
            language=self.language,
            llm=self.llm,
            hits=self.hits,
            sentences=tuple(sentences),
            timings=self.clock.timings(),
            message="" if sentences else self._abstention(),
            raw_text=raw_text,
            removed_markers=removed,
            passages=passages,
            dropped=dropped,
        )

    def _abstention(self) -> str:
        if self.filters and not self.hits:  # any article that passes gives a hit
            return nothing_passes(str(self.filters), self.language)
        return abstention(self.question, self.language)
