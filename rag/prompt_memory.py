"""Which beginnings of prompts are computed already, and where: live, pinned, or set aside."""

from collections.abc import Sequence

from rag.conversations import Conversations, Saved, common
from rag.llama_context import LIVE, PINNED, SCRATCH, Context

WORTH_SAVING = 128  # tokens of a conversation that would be lost


class PromptMemory:
    """Finds the longest beginning of a prompt that need not be computed again.

    Only what was computed in batches as large as now counts, and only whole granules of it: then
    the same messages get the same answer whatever was asked before. A conversation that has to
    give way is set aside as bytes, and comes back to where it was.
    """

    def __init__(
        self, context: Context, *, granule: int, limit: int, partial: bool, most: int
    ) -> None:
        """Begin with nothing.

        Args:
            context: whose memory this is about.
            granule: tokens that are kept or forgotten together.
            limit: bytes of all conversations that are set aside.
            partial: whether this kind of model can forget the end of a sequence.
            most: tokens of a beginning that is pinned, for which the context has cells to spare.
        """
        self._context = context
        self._granule = granule
        self._partial = partial
        self._most = most
        self._live: tuple[int, ...] = ()
        self._pinned: tuple[int, ...] = ()
        self.aside = Conversations(limit)

    @property
    def pinned(self) -> tuple[int, ...]:
        """The tokens of the beginning that PINNED holds."""
        return self._pinned

    @property
    def live(self) -> int:
        """Tokens of the live conversation that may be used again."""
        return len(self._live)

    def forget(self) -> None:
        """Forget all that is live or pinned."""
        self._context.clear()
        self._live = self._pinned = ()

    def recall(self, prompt: Sequence[int]) -> int:
        """Make LIVE hold the longest beginning of a prompt that is known; at least one token is
        left to compute. Returns how many tokens it holds.
        """
        if not self._partial:
            self.forget()
            return 0
        held, saved = self._usable(self._live, prompt), self.aside.best(prompt)
        other = self._usable(saved.tokens, prompt) if saved else 0
        if len(self._live) - held >= WORTH_SAVING:
            self._set_aside()
        if saved and other > held and self._bring_back(saved):
            held = other
            if held == len(saved.tokens):
                self.aside.drop(saved)  # it is live now
        else:
            held = self._usable(self._live, prompt)  # nothing is live any more if there was no room
            if (pinned := self._usable(self._pinned, prompt)) > held:
                self._from_pinned(pinned)
                held = pinned
        self._context.trim(LIVE, held)
        self._live = tuple(prompt[:held])
        return held

    def computed(self, prompt: Sequence[int], fixed: int) -> None:
        """LIVE holds a whole prompt now, whose first `fixed` tokens all prompts begin with."""
        if not self._partial:
            return
        self._live = tuple(prompt[: self._whole(len(prompt))])
        begin = self._live[: self._whole(min(fixed, self._most))]
        if begin and begin != self._pinned:
            self._context.trim(PINNED, 0)
            self._context.copy(LIVE, PINNED, 0, len(begin))
            self._pinned = begin

    def lost(self) -> None:
        """LIVE holds nothing that may be used again."""
        self._live = ()

    def _whole(self, count: int) -> int:
        return count // self._granule * self._granule

    def _usable(self, tokens: Sequence[int], prompt: Sequence[int]) -> int:
        return self._whole(min(common(tokens, prompt), len(prompt) - 1))

    def _set_aside(self) -> None:
        base = self._whole(common(self._live, self._pinned))
        self._context.copy(LIVE, SCRATCH, base)
        self._context.trim(SCRATCH, len(self._live))
        self.aside.keep(Saved(self._live, base, self._context.state(SCRATCH)))
        self._context.trim(SCRATCH, 0)

    def _bring_back(self, saved: Saved) -> bool:
        """Make LIVE what was set aside; False if it does not fit what is pinned now."""
        if self._pinned[: saved.base] != saved.tokens[: saved.base]:
            return False
        self._from_pinned(saved.base)
        if not self._context.restore(SCRATCH, saved.state):
            self.aside.drop(saved)
            self.forget()
            return False
        self._context.copy(SCRATCH, LIVE, saved.base)
        self._context.trim(SCRATCH, 0)
        return True

    def _from_pinned(self, count: int) -> None:
        self._context.trim(LIVE, 0)
        if count:
            self._context.copy(PINNED, LIVE, 0, count)
