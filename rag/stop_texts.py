"""Ending a reply where a given text begins."""

from collections.abc import Sequence


class StopTexts:
    """Lets text through up to the first of some texts; what may begin one is held back."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._held = ""
        self.found = False

    def feed(self, text: str) -> str:
        """What can be shown now; nothing more once a stop was found."""
        if self.found or not self._stops:
            return "" if self.found else text
        self._held += text
        places = [
            (at + len(stop), at) for stop in self._stops if (at := self._held.find(stop)) >= 0
        ]
        if places:  # the one that is complete first, so that it is the same in any pieces
            self.found = True
            return self._held[: min(places)[1]]
        return self._let_out()

    def rest(self) -> str:
        """What was held back, at the end of the reply."""
        return "" if self.found else self._held

    def _let_out(self) -> str:
        longest = max(map(len, self._stops))
        keep = next(
            n
            for n in range(min(longest - 1, len(self._held)), -1, -1)
            if any(stop.startswith(self._held[len(self._held) - n :]) for stop in self._stops)
        )
        text, self._held = (
            self._held[: len(self._held) - keep],
            self._held[len(self._held) - keep :],
        )
        return text
