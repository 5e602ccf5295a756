"""A store of which one state answers a whole batch, whatever is published meanwhile."""

from index.generation import Generation
from index.store import Store


class HeldStore(Store):
    """A store in the state in which it is now; the files of it stay open until it is dropped."""

    def __init__(self, store: Store) -> None:
        """Hold on to the current state of a store that is open already."""
        self.folder = store.folder
        self._held = store.current()

    def current(self) -> Generation:
        """The state that is held."""
        return self._held

    def refresh(self) -> Generation:
        """Likewise: nothing newer is waited for."""
        return self._held

    def look(self) -> None:
        """Nothing newer is opened."""
