"""Token buckets: how often something may be done, by whom."""

import time
from collections import OrderedDict
from collections.abc import Callable


class Buckets:
    """A bucket of so many tokens for each key; tokens come back one by one.

    Only the keys seen last are remembered: a key that is forgotten begins with a full bucket.
    """

    def __init__(
        self,
        tokens: int,
        *,
        every: float,
        keys: int = 1000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Set the limits.

        Args:
            tokens: how many a full bucket has.
            every: seconds after which a token comes back.
            keys: how many are remembered.
            clock: seconds from any moment on.
        """
        self._tokens = tokens
        self._every = every
        self._keys = keys
        self._clock = clock
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens, and when

    def __len__(self) -> int:
        return len(self._levels)

    def take(self, key: str) -> float:
        """Take a token: 0.0, or the seconds until there will be one, if none is left."""
        level, now = self._level(key), self._clock()
        taken = level >= 1.0
        self._set(key, level - taken, now)
        return 0.0 if taken else (1.0 - level) * self._every

    def give_back(self, key: str) -> None:
        """Put a token back that turned out not to be needed."""
        self._set(key, min(self._level(key) + 1.0, self._tokens), self._clock())

    def _level(self, key: str) -> float:
        level, then = self._levels.get(key, (float(self._tokens), self._clock()))
        return min(level + (self._clock() - then) / self._every, float(self._tokens))

    def _set(self, key: str, level: float, now: float) -> None:
        self._levels[key] = (level, now)
        self._levels.move_to_end(key)
        while len(self._levels) > self._keys:
            self._levels.popitem(last=False)


def client_of(client: tuple[str, int] | None) -> str:
    """The address that a connection is counted under: of IPv6, where one may have many, the net."""
    host = client[0] if client else ""
    if ":" not in host or host.startswith("::"):
        return host
    return ":".join(host.split("%")[0].split(":")[:4])
