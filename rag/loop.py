"""One thread that does, in order, what it is told, what has come in, and what is due."""

import atexit
import contextlib
import os
import selectors
import socket
import threading
import time
import weakref
from collections.abc import Callable, Hashable
from functools import partial
from queue import SimpleQueue
from typing import Any, cast

_AT_EXIT = 5.0  # seconds that all loops get to end their work when the interpreter ends


class Loop:
    """A thread for state that nobody else touches, so that the state needs no lock.

    `post` and `hurry` are for any thread, `after`, `drop`, `selector` and `stop` for its own. The
    data of a key in the selector is the function that is called when the key is ready.

    Attributes:
        over: it has ended and does nothing more, or is not there: this process is a fork.
        at_exit: it ends because the interpreter does.
    """

    def __init__(self, name: str, *, first: Callable[[], None], last: Callable[[], None]) -> None:
        """Prepare a thread that begins with `first`, and does `last` however it ends."""
        self.selector = selectors.DefaultSelector()
        self._first, self._last = first, last
        self._due: dict[Hashable, tuple[float, Callable[[], None]]] = {}
        self._told: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._bell, self._ear = socket.socketpair()
        for end in (self._bell, self._ear):
            end.setblocking(False)
        self.selector.register(self._ear, selectors.EVENT_READ, self._woken)
        self._posting = threading.Lock()
        self._stopping = self.over = self.at_exit = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        _loops.add(self)
        self._thread.start()

    # --- for any thread ---

    def post(self, action: Callable[..., None], *arguments: Any) -> bool:
        """Have something done by the thread; False if it is over."""
        with self._posting:
            if not self.over:
                self.hurry(action, *arguments)
            return not self.over

    def hurry(self, action: Callable[..., None], *arguments: Any) -> None:
        """Like `post`, in vain if it is over; takes no lock, as a `__del__` must not."""
        self._told.put(partial(action, *arguments))
        with contextlib.suppress(OSError):  # it has ended, or is awake anyway
            self._bell.send(b"!")

    def join(self, seconds: float) -> None:
        """Wait until the thread has ended, unless it is the one that calls."""
        if threading.current_thread() is not self._thread:
            self._thread.join(seconds)

    # --- for its own ---

    def after(self, seconds: float, name: Hashable, action: Callable[[], None]) -> None:
        """Do something so many seconds from now, instead of what had this name."""
        self._due[name] = (time.monotonic() + seconds, action)

    def drop(self, name: Hashable) -> None:
        """Do not do what was to be done by this name, if anything."""
        self._due.pop(name, None)

    def stop(self) -> None:
        """End after what is being done now."""
        self._stopping = True

    def _run(self) -> None:
        try:
            self._first()
            while not self._stopping:
                for key, _ in self.selector.select(self._patience()):
                    key.data()
                self._do_told()
                self._do_due()
        finally:
            self._wind_up()

    def _wind_up(self) -> None:
        _loops.discard(self)
        try:
            self._last()
        finally:
            with self._posting:
                self.over = True
            self._do_told()  # by now in vain, as whoever is told can see
            self.selector.close()
            self._bell.close()
            self._ear.close()

    def _patience(self) -> float | None:
        moments = [moment for moment, _ in self._due.values()]
        return max(min(moments) - time.monotonic(), 0.0) if moments else None

    def _woken(self) -> None:
        self._ear.recv(1 << 12)

    def _do_told(self) -> None:
        while not self._told.empty():
            self._told.get()()

    def _do_due(self) -> None:
        now = time.monotonic()
        for name, (moment, action) in sorted(self._due.items(), key=lambda entry: entry[1][0]):
            if moment <= now and self._due.get(name) == (moment, action):
                del self._due[name]
                action()

    def _leave(self) -> None:
        """In a copy of this process, made by a fork: the thread is not there."""
        self.over = True
        self._posting = threading.Lock()  # it may have been held
        self._bell.close()
        for key in self.selector.get_map().values():
            cast(Any, key.fileobj).close()  # else the other side would not see the original end
        self.selector.close()


def _end_all() -> None:
    loops = list(_loops)
    for loop in loops:
        loop.at_exit = True
        loop.post(loop.stop)
    end = time.monotonic() + _AT_EXIT
    for loop in loops:
        loop.join(max(end - time.monotonic(), 0.0))


def _leave_all() -> None:
    for loop in list(_loops):
        loop._leave()


_loops: "weakref.WeakSet[Loop]" = weakref.WeakSet()
atexit.register(_end_all)
os.register_at_fork(after_in_child=_leave_all)
