"""What is made of a generation once, and kept for as long as anybody holds the generation."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from index.generation import Generation

T = TypeVar("T")


class PerGeneration(Generic[T]):
    """Makes it when it is first asked for. Safe to use from several threads."""

    def __init__(self, make: Callable[[Generation], T]) -> None:
        """Take what makes it; it must not hold on to the generation."""
        self._make = make
        self._made: WeakKeyDictionary[Generation, T] = WeakKeyDictionary()
        self._making = threading.Lock()

    def of(self, generation: Generation) -> T:
        """That of a generation."""
        with self._making:
            found = self._made.get(generation)
            if found is None:
                found = self._made[generation] = self._make(generation)
            return found
