"""What a judge is asked and says."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rag.answer import Verdict


@dataclass(frozen=True)
class Judgement:
    """A judge's verdict on a sentence; `reason` is for users and names the judge."""

    verdict: Verdict
    reason: str


class Judge(Protocol):
    """Says whether a sentence follows from what it cites."""

    @property
    def name(self) -> str:
        """What users know it by."""
        ...

    @property
    def waits(self) -> bool:
        """Whether it may only be asked once the model has finished writing: it is that model."""
        ...

    def judge(self, sentence: str, texts: Sequence[str]) -> Judgement:
        """The verdict on a sentence (without markers) given the texts of what it cites.

        Nothing is raised for a judge that cannot answer: that is `unknown`, with the reason.
        """
        ...
