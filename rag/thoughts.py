"""What a model writes before its answer, and how it is kept from being shown."""

import codecs
from typing import Literal

# How models begin and end their thoughts. The last pair is that of "harmony", where each part of
# a reply names its channel and only the final one is the answer.
PAIRS = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<seed:think>", "</seed:think>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|channel|>", "<|channel|>final<|message|>"),
)
# Texts of the tokens that have to be seen to know where thoughts are
TAGS = frozenset({*(tag for pair in PAIRS[:-1] for tag in pair), "<|channel|>", "<|message|>"})

_LONGEST = max(len(end) for _, end in PAIRS)


def opened(prompt: str) -> str:
    """What ends the model's thoughts if a prompt ends where they have already begun, else ""."""
    prompt = prompt.rstrip()
    return next((end for begin, end in PAIRS[:-1] if prompt.endswith(begin)), "")


class VisibleText:
    """The bytes of an answer as text to show: whole characters, no thoughts at the head."""

    def __init__(self, *, thinking: bool | str = False) -> None:
        """Begin an answer; `thinking` if its prompt has already `opened` the thoughts."""
        # a model may produce any bytes: those that are no character are not shown
        self._decoder = codecs.getincrementaldecoder("utf-8")("ignore")
        self._state: Literal["begin", "thinking", "thought", "shown"] = "begin"
        self._ends = tuple(end for _, end in PAIRS)
        if thinking:
            self._state = "thinking"
        if isinstance(thinking, str) and thinking:
            self._ends = (thinking, *self._ends)
        self._held = ""

    @property
    def hidden(self) -> bool:
        """Whether the model is at its thoughts."""
        return self._state == "thinking"

    @property
    def end(self) -> str:
        """The text that ends the thoughts under way."""
        return self._ends[0]

    def feed(self, data: bytes) -> str:
        """What can be shown now; often nothing."""
        self._held += self._decoder.decode(data)
        if self._state == "begin":
            self._begin()
        if self._state == "thinking":
            self._skip()
        if self._state == "thought":
            self._held = self._held.lstrip()
            self._state = "shown" if self._held else "thought"
        return self.rest() if self._state == "shown" else ""

    def rest(self) -> str:
        """What was held back, at the end; half a character and an open thought are dropped."""
        text, self._held = self._held, ""
        return "" if self._state == "thinking" else text

    def _begin(self) -> None:
        start = self._held.lstrip()
        for begin, end in PAIRS:
            if start.startswith(begin):
                # the tag is kept: that of harmony's last channel both begins and ends
                self._state, self._held, self._ends = "thinking", start, (end,)
                return
        if not any(begin.startswith(start) for begin, _ in PAIRS):
            self._state = "shown"

    def _skip(self) -> None:
        found = [(self._held.index(end), end) for end in self._ends if end in self._held]
        if found:
            at, end = min(found)
            self._state, self._held = "thought", self._held[at + len(end) :]
        else:
            self._held = self._held[-_LONGEST:]  # the tag may come in two halves
