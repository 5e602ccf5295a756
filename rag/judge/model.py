"""The language model that answers, as the judge of its own words."""

import contextlib
import re
from collections.abc import Generator, Iterator, Sequence

from rag.answer import Verdict
from rag.errors import ModelError
from rag.judge.judgement import Judgement
from rag.judge.windows import windows
from rag.llm import LLM, Message, Request
from rag.prompt import claim, judge_rules

SOURCE = 768  # tokens of what a sentence cites, at most: on two cores more take too long to read
ROOM = 16  # … and for each source at least
_REPLY = 8  # tokens; a marker is at most three
_AROUND = 128  # tokens that a chat template may put around two messages (see `rag.layout`)

_MARKER = re.compile(r"\s*\[([012])\]")
_BEGINNING = re.compile(r"\s*(\[([012]\]?)?)?")
_CONTRADICTED = 2  # the last of the markers; [0] is always allowed


class ModelJudge:
    """Asks the language model whether a sentence follows from what it cites.

    The reply is bound to one of three markers, at temperature 0. It is no independent check, and
    each reason says so: a model that made a mistake may well approve of it.
    """

    waits = True  # it is writing the answer

    def __init__(self, llm: LLM) -> None:
        """`llm` is asked between its answers.

        Raises:
            PromptError: the words for it are missing.
        """
        self._llm = llm
        self._rules = judge_rules()

    @property
    def name(self) -> str:
        """The language model's."""
        return self._llm.name

    def judge(self, sentence: str, texts: Sequence[str]) -> Judgement:
        """See `Judge.judge`; of a text that is too long only the best-matching part is shown."""
        try:
            shown = self._shown(sentence, texts)
            if not shown:
                return Judgement("unknown", f"too long for the language model {self.name} to check")
            return self._judgement(self._reply(sentence, shown))
        except ModelError as error:
            return Judgement("unknown", f"not checked by the language model {self.name}: {error}")

    def _shown(self, sentence: str, texts: Sequence[str]) -> list[str]:
        """The texts, or of each the part that matches best; none if there is no room for them."""
        taken = self._llm.count_tokens(f"{self._rules}\n\n{claim(sentence, [''])}")
        room = min(SOURCE, self._llm.context_size - _REPLY - _AROUND - taken)
        share = room // max(1, len(texts)) - 1  # and a line between each
        if share < ROOM:
            return []
        return [windows(sentence, text, room=share, count=self._count)[0] for text in texts]

    def _count(self, texts: Sequence[str]) -> list[int]:
        return [self._llm.count_tokens(text) for text in texts]

    def _reply(self, sentence: str, texts: Sequence[str]) -> str:
        """What the model says, up to the first marker."""
        messages = (Message("system", self._rules), Message("user", claim(sentence, texts)))
        reply = ""
        with _closing(self._llm.stream(Request(messages, _REPLY, pointers=_CONTRADICTED))) as said:
            for piece in said:
                reply += piece
                if not _BEGINNING.fullmatch(reply) or _MARKER.match(reply):
                    break
        return reply

    def _judgement(self, reply: str) -> Judgement:
        found = _MARKER.match(reply)
        if found is None:
            return Judgement("unknown", f"the language model {self.name} gave no verdict")
        verdict, words = _SAID[found.group(1)]
        return Judgement(
            verdict, f"{words}, according to the language model {self.name}, which wrote it"
        )


_SAID: dict[str, tuple[Verdict, str]] = {
    "0": ("unknown", "the source neither says nor denies it"),
    "1": ("supported", "follows from the source"),
    "2": ("unsupported", "contradicts the source"),
}


@contextlib.contextmanager
def _closing(pieces: Iterator[str]) -> Generator[Iterator[str]]:
    """Ends the model's work with the reading; a stream need not have a `close`."""
    try:
        yield pieces
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()
