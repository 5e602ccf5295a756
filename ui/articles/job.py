"""One piece of work at a time in the background: how far it is, how it ended, and stopping it."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from index.build import Progress
from index.readers import Fault
from rag.errors import YinzhengError
from ui.articles.errors import Reason, reason_of
from ui.articles.polite import give_way

# What part of all the work a stage is, roughly: where it begins and where it ends.
_PARTS = {
    "read": (0.0, 0.3),
    "embed": (0.3, 0.75),
    "copy": (0.75, 0.8),
    "vectors": (0.8, 0.87),
    "coarse": (0.87, 0.89),
    "words": (0.89, 0.97),
    "write": (0.97, 1.0),
}
# Later the catalogue has changed, and stopping would leave what is searched behind it.
_STOPPABLE = ("read", "embed")

log = logging.getLogger(__name__)

Kind = Literal["add", "undo"]


@dataclass(frozen=True)
class Outcome:
    """What came of it: the files that are in now, how many articles they hold, what is not in.

    `replaced` are those of the files that were there before with other words; `total` is how many
    articles the store holds now.
    """

    files: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    articles: int = 0
    total: int = 0
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Status:
    """How far a job is: `done` of `total` units of a stage (see `index.build.Progress`)."""

    number: int
    kind: Kind
    state: Literal["running", "done", "failed", "cancelled"] = "running"
    stage: str = "read"
    done: int = 0
    total: int = 0
    outcome: Outcome | None = None
    reason: Reason | None = None
    why: str = ""

    @property
    def share(self) -> float:
        """How much of the work is done, from 0 to 1."""
        low, high = _PARTS.get(self.stage, (1.0, 1.0))
        part = min(self.done / self.total, 1.0) if self.total else 0.0
        return low + (high - low) * part

    @property
    def can_stop(self) -> bool:
        """Whether it can be stopped still."""
        return self.state == "running" and self.stage in _STOPPABLE


class Cancelled(Exception):
    """The reader stopped the work; whoever meets this leaves everything as it was."""


class Job:
    """Work in a thread of its own. Safe to use from threads."""

    def __init__(
        self,
        number: int,
        kind: Kind,
        work: Callable[[Progress], Outcome],
        ended: Callable[[], None],
    ) -> None:
        """Begin; `ended` is called in the job's thread, whatever happened."""
        self._work = work
        self._ended = ended
        self._lock = threading.Lock()
        self._status = Status(number, kind)
        self._stop = False
        # A daemon: a server that stops does not wait, and a store is whole at any moment.
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def status(self) -> Status:
        """How far it is."""
        with self._lock:
            return self._status

    def cancel(self) -> bool:
        """Stop it; False if it is too late for that."""
        with self._lock:
            self._stop = self._stop or self._status.can_stop
            return self._status.can_stop

    def join(self, seconds: float | None = None) -> None:
        """Wait for its end."""
        self._thread.join(seconds)

    def _progress(self, stage: str, done: int, total: int, *, articles: int) -> None:
        with self._lock:
            if self._stop and stage in _STOPPABLE:
                raise Cancelled
            self._status = replace(self._status, stage=stage, done=done, total=total)

    def _run(self) -> None:
        give_way()
        try:
            outcome = self._work(self._progress)
            end = replace(self.status(), state="done", outcome=outcome)
        except Cancelled:
            end = replace(self.status(), state="cancelled")
        except YinzhengError as error:
            end = self._failed(reason_of(error), str(error))
        except Exception as error:  # noqa: BLE001 - told on the page; else it would wait for ever
            log.error("changing the articles failed (%s)", type(error).__name__)
            end = self._failed("failed", type(error).__name__)
        finally:
            self._ended()
        with self._lock:
            self._status = end

    def _failed(self, reason: Reason, why: str) -> Status:
        return replace(self.status(), state="failed", reason=reason, why=why)
