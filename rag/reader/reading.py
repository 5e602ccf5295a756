"""Asking the reader about the sentences that were found for a question."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.llm import LLM
from rag.reader.request import request_for, told

Paragraphs = Sequence[Sequence[str]]


class Reading:
    """What the reader makes of paragraphs, for one answer; nothing is read twice for it."""

    def __init__(self, reader: LLM, session: str = "") -> None:
        """`reader` has the `answer_style` "reader"; `session` is that of its requests."""
        self._reader = reader
        self._session = session
        self._known: dict[tuple[str, Paragraphs], tuple[NDArray[np.float64], ...]] = {}

    def scores(self, question: str, paragraphs: Paragraphs) -> NDArray[np.float64]:
        """The score of each sentence, paragraph after paragraph; like `rag.ranker.Ranker.scores`.

        Raises:
            ModelBusy: too many questions wait for the reader.
            ModelError: it cannot run.
        """
        return self._read(question, paragraphs)[0]

    def whether(self, question: str, paragraphs: Paragraphs) -> NDArray[np.float64]:
        """Of each paragraph, the logit of the probability that it answers.

        Raises:
            ModelBusy, ModelError: as `scores`.
        """
        return self._read(question, paragraphs)[1]

    def _read(self, question: str, paragraphs: Paragraphs) -> tuple[NDArray[np.float64], ...]:
        key = question, tuple(tuple(sentences) for sentences in paragraphs)
        if key not in self._known:
            pieces = self._reader.stream(request_for(question, paragraphs, session=self._session))
            try:
                reply = "".join(pieces)
            finally:
                close = getattr(pieces, "close", None)
                if close is not None:
                    close()
            count = sum(map(len, paragraphs))
            self._known[key] = told(reply, count, len(paragraphs))
        return self._known[key]
