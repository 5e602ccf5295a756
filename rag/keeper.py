"""What keeps a model's process alive: loading, what goes wrong with it, the next one."""

import logging
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any, Protocol

from rag.child import Child, ChildLost, Refused
from rag.loop import Loop

_PATIENCE = 1.0  # seconds for the process to end by itself when it is no longer needed
_LONGEST_PAUSE = 30.0  # seconds before a restart

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """What is granted, in seconds unless said otherwise.

    Attributes:
        first_text: from the beginning of an answer's turn until there is text.
        answer: from the beginning of its turn until it ends.
        turn: until its turn begins.
        places: how many answers may wait for their turn.
        places_of_session: how many of them may be of one session.
        silence: without a sign that loading goes on, or until a text is counted.
        stop: until an answer that nobody wants any more has ended.
        pause: before the second restart within `window`; doubled with each further one.
        crashes: so many within `window` switch the model off, for as long.
        window: see there.
    """

    first_text: float = 180.0
    answer: float = 600.0
    turn: float = 600.0
    places: int = 16
    places_of_session: int = 2
    silence: float = 25.0
    stop: float = 5.0
    pause: float = 1.0
    crashes: int = 5
    window: float = 600.0


class Owner(Protocol):
    """What is told of the process."""

    def loading(self, share: float) -> None:
        """So much of the model is loaded."""

    def ready(self, name: str, context_size: int, answer_style: str) -> None:
        """The process can answer."""

    def heard(self, kind: str, number: int, content: Any = None) -> None:
        """It says something about an answer or a count.

        Raises:
            ChildLost: nobody asked for that.
        """

    def lost(self, why: str) -> None:
        """It is gone, and what it was doing is lost."""

    def off(self) -> None:
        """There will be no next one for some time: see `Keeper.trouble`."""

    def unloadable(self, message: str) -> None:
        """The very first one did not come to load the model."""


class Keeper:
    """One process, and the next one when it is gone; used by the thread of its loop.

    Attributes:
        trouble: why it cannot answer now; "" if it can. To be read by any thread.
        pid: of the process; 0 if there is none. To be read by any thread.
    """

    def __init__(
        self, path: str, start: Callable[[], Child], owner: Owner, loop: Loop, limits: Limits
    ) -> None:
        """Prepare; `begin` starts the first process.

        Args:
            path: of the model, for messages.
            start: starts a process.
            owner: who is told.
            loop: whose thread does everything.
            limits: `silence` and all about crashes.
        """
        self.trouble = "it is being loaded"
        self.pid = 0
        self._path = path
        self._start = start
        self._owner = owner
        self._loop = loop
        self._limits = limits
        self._child: Child | None = None
        self._was_ready = False
        self._crashes: deque[float] = deque(maxlen=limits.crashes)
        self._off_at: float | None = None

    def refuses(self) -> bool:
        """Whether it is switched off; when it has been so for `window`, it is tried again."""
        if self._off_at is not None and monotonic() >= self._off_at + self._limits.window:
            self._off_at = None
            self.trouble = "it is being started anew"
            self.begin()
        return self._off_at is not None

    def begin(self) -> None:
        """Start a process."""
        try:
            self._child = child = self._start()
        except ChildLost as lost:
            self.lose(lost)
            return
        self.pid = child.pid
        child.register(self._loop.selector, partial(self._hear, child))
        self._progress(0.0)

    def send(self, *message: Any) -> None:
        """Send the process a message."""
        assert self._child is not None
        self._child.send(*message)

    def lose(self, lost: ChildLost, *, crash: bool = True) -> None:
        """Make sure that the process is gone, and have a next one; `crash` if it is to blame."""
        if self._child is not None:
            self._child.gone()
            self._child, self.pid = None, 0
        self._loop.drop("silence")
        if not self._was_ready:
            self._owner.unloadable(_unloadable(self._path, lost))
            return
        if crash:
            log.warning("%s: %s", self._path, lost)
            self._crashes.append(monotonic())
        self.trouble = f"it is being started anew, because {lost}"
        self._owner.lost(str(lost))
        if self._recent_crashes() < self._limits.crashes:
            self._loop.after(self._pause(), "begin", self.begin)
        else:
            self._switch_off(str(lost))

    def end(self) -> None:
        """End the process, and start no other."""
        self._loop.drop("begin")
        self.trouble = "it is closed"
        if self._child is not None:
            self._child.gone(_PATIENCE)
            self._child, self.pid = None, 0

    def _hear(self, child: Child) -> None:
        if child is not self._child:  # it was lost a moment ago
            return
        try:
            child.flush()
            for kind, *parts in child.receive():
                if kind not in ("progress", "ready", "refused"):
                    self._owner.heard(kind, *parts)
                elif not self.trouble:
                    raise ChildLost("its process is loaded and says that it is loading")
                elif kind == "progress":
                    self._progress(*parts)
                elif kind == "ready":
                    self._ready(*parts)
                else:
                    raise Refused(*parts)
        except ChildLost as lost:
            self.lose(lost)

    def _progress(self, share: float) -> None:
        why = f"its process gave no sign of life for {self._limits.silence:g} s"
        self._loop.after(self._limits.silence, "silence", lambda: self.lose(ChildLost(why)))
        self._owner.loading(share)

    def _ready(self, name: str, context_size: int, answer_style: str) -> None:
        self._loop.drop("silence")
        self._was_ready, self.trouble = True, ""
        self._owner.ready(name, context_size, answer_style)

    def _pause(self) -> float:
        recent = self._recent_crashes()
        return min(self._limits.pause * 2.0 ** (recent - 2), _LONGEST_PAUSE) if recent > 1 else 0.0

    def _recent_crashes(self) -> int:
        since = monotonic() - self._limits.window
        return sum(moment > since for moment in self._crashes)

    def _switch_off(self, why: str) -> None:
        minutes = math.ceil(self._limits.window / 60)
        self.trouble = (
            f"it is switched off after {self._limits.crashes} failures within {minutes} min, the "
            f"last because {why}; start the program again or choose another model; a question "
            f"after {minutes} min tries this one again"
        )
        self._off_at = monotonic()
        log.error("%s: %s", self._path, self.trouble)
        self._owner.off()


def _unloadable(path: str, lost: ChildLost) -> str:
    if isinstance(lost, Refused):
        return str(lost)
    return f"{path} does not load ({lost}); download it again, or choose a smaller model"
