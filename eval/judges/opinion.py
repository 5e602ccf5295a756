"""What a judge is asked and says."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from rag.answer import Verdict
from rag.support import Source


@dataclass(frozen=True)
class Opinion:
    """A judge's verdict on a sentence.

    `supported`: what it cites says it; `partial`: says part of it; `unsupported`: says the
    contrary, or nothing of it; `unknown`: the judge could not say.

    Attributes:
        verdict: as above.
        why: why it could not say; "" if it could.
        failed: the judge could not be asked.
        again: where it failed, the seconds after which asking once more may help; None if it
            cannot.
        calls: how often a model was asked for it.
        prompt_tokens: tokens read for it, where known.
        reply_tokens: tokens written for it, where known.
    """

    verdict: Verdict
    why: str = ""
    failed: bool = False
    again: float | None = None
    calls: int = 1
    prompt_tokens: int | None = None
    reply_tokens: int | None = None


class Judge(Protocol):
    """Says whether a sentence follows from what it cites."""

    @property
    def name(self) -> str:
        """What users call it."""
        ...

    @property
    def identity(self) -> dict[str, Any]:
        """All that its verdicts depend on: another identity is another judge."""
        ...

    def opinion(self, sentence: str, sources: Sequence[Source]) -> Opinion:
        """The verdict on a sentence (without markers) given what it cites, at least one source.

        A judge that cannot be asked now says so in the opinion.

        Raises:
            ModelError: it cannot be asked at all: there is no such model, or no permission.
        """
        ...
