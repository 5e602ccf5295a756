"""A bounded queue in which sessions take turns."""

from collections import deque
from collections.abc import Hashable, Iterator
from itertools import zip_longest
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")

_NOTHING: Any = object()  # where a session has no more items


class FairQueue(Generic[Item]):
    """What waits, with so many places in all and for each session; sessions take turns.

    A session with several items gets its next turn after all others that wait. Items without a
    session ("": the command line, a batch, another program's threads) have nothing to do with
    each other: each takes its turn alone, and only the places in all are limited.
    """

    def __init__(self, places: int, per_session: int) -> None:
        self._places = places
        self._per_session = per_session
        self._turns: dict[Hashable, deque[Item]] = {}  # by session, whoever is next first

    def __len__(self) -> int:
        return sum(map(len, self._turns.values()))

    def __iter__(self) -> Iterator[Item]:
        """What waits, in the order of its turns if nothing more is added."""
        rounds = zip_longest(*self._turns.values(), fillvalue=_NOTHING)
        return iter([item for taken in rounds for item in taken if item is not _NOTHING])

    def turns_until_place(self, session: str) -> int:
        """How many items must be taken before this session may add one; 0 if it may now."""
        turns = int(len(self) >= self._places)
        if session and len(self._turns.get(session, ())) >= self._per_session:
            turns = list(self._turns).index(session) + 1
        return turns

    def add(self, item: Item, session: str) -> None:
        """Put an item at the end of its session, for which there must be a place."""
        assert not self.turns_until_place(session)
        self._turns.setdefault(session or object(), deque()).append(item)

    def take(self) -> Item:
        """The next item; its session goes behind all others."""
        session = next(iter(self._turns))
        items = self._turns.pop(session)
        item = items.popleft()
        if items:
            self._turns[session] = items
        return item

    def remove(self, item: Item) -> bool:
        """Take an item out of turn; False if it does not wait."""
        for session, items in self._turns.items():
            if item in items:
                items.remove(item)
                if not items:
                    del self._turns[session]
                return True
        return False
