"""Prompt lookup: guessing the next tokens of a reply from the passages that it may quote.

After Saxena, "Prompt Lookup Decoding" (2023). Drafts come from the passages alone, follow the
longest match, and are given up where they are seldom right: computing a guess costs time, too.
"""

from collections import defaultdict
from collections.abc import Sequence

MATCH = 3  # tokens at the end of the reply that have to stand in a passage
LONGEST_MATCH = 12  # more are not compared
SHORTEST, FIRST, MOST = 3, 7, 15  # tokens of a draft
RESULTS = 24  # drafted tokens that the decision to go on is taken from
ENOUGH = 0.4  # share of them that was right
PAUSE = 48  # tokens without drafts after that


class Drafts:
    """Guesses for one reply."""

    def __init__(self, passages: Sequence[Sequence[int]]) -> None:
        """Prepare to look up in the tokens of passages."""
        self._passages = passages
        self._places: dict[tuple[int, ...], list[tuple[int, int]]] = defaultdict(list)
        for number, tokens in enumerate(passages):
            for end in range(MATCH, len(tokens)):
                self._places[tuple(tokens[end - MATCH : end])].append((number, end))
        self._length = FIRST
        self._results: list[bool] = []
        self._resume = 0  # length of the reply at which drafting goes on
        self.drafted = self.accepted = 0

    def propose(self, reply: Sequence[int]) -> list[int]:
        """The tokens that may come next; often none."""
        if len(reply) < max(MATCH, self._resume):
            return []
        places = self._places.get(tuple(reply[-MATCH:]), [])
        if not places:
            return []
        number, end = max(reversed(places), key=lambda place: self._match(place, reply))
        return list(self._passages[number][end : end + self._length])

    def report(self, drafted: int, accepted: int, length: int) -> None:
        """Learn from a draft: how many tokens it had, how many were right, the reply's length."""
        self.drafted += drafted
        self.accepted += accepted
        if accepted == drafted:
            self._length = min(self._length * 2, MOST)
        elif accepted * 2 < drafted:
            self._length = max(self._length // 2, SHORTEST)
        missed = min(1, drafted - accepted)  # what comes after a wrong guess was never tried
        self._results += [True] * accepted + [False] * missed
        del self._results[:-RESULTS]
        tried = len(self._results)
        if tried >= RESULTS // 3 and sum(self._results) < ENOUGH * tried:
            self._resume = length + PAUSE
            self._results.clear()

    def _match(self, place: tuple[int, int], reply: Sequence[int]) -> int:
        number, end = place
        tokens = self._passages[number]
        most = min(end, len(reply), LONGEST_MATCH)
        for n in range(MATCH, most):
            if tokens[end - n - 1] != reply[-n - 1]:
                return n
        return most
