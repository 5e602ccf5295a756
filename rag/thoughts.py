"""What a model writes before its answer, and how it is kept from being shown."""

import codecs
from typing import Literal

THINK, END_THINK = "<think>", "</think>"


class VisibleText:
    """The bytes of an answer as text to show: whole characters, no leading `<think>` block."""

    def __init__(self, *, thinking: bool = False) -> None:
        """Begin an answer; `thinking` if its prompt has already opened the block."""
        # a model may produce any bytes: those that are no character are not shown
        self._decoder = codecs.getincrementaldecoder("utf-8")("ignore")
        self._state: Literal["begin", "thinking", "thought", "shown"] = "begin"
        if thinking:
            self._state = "thinking"
        self._held = ""

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
        if start.startswith(THINK):
            self._state, self._held = "thinking", start.removeprefix(THINK)
        elif not THINK.startswith(start):
            self._state = "shown"

    def _skip(self) -> None:
        _, end, after = self._held.partition(END_THINK)
        if end:
            self._state, self._held = "thought", after
        else:
            self._held = self._held[1 - len(END_THINK) :]  # the tag may come in two halves
