"""Work for several threads: what is under way survives an error and Ctrl-C, results keep order."""

import logging
import threading
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Generic, TypeVar

from threadpoolctl import threadpool_limits

from rag.errors import ModelBusy

_LONGEST_WAIT = 10.0  # seconds until a model that was busy is asked again
_PULSE = 0.1  # seconds after which who waits looks whether it is to stop

T = TypeVar("T")

log = logging.getLogger(__name__)


def in_threads(
    items: Iterable[T], work: Callable[[T], None], *, jobs: int, stop: threading.Event
) -> None:
    """Do `work` for each item, in `jobs` threads that draw one item after another.

    The first error sets `stop`, and is raised once the work under way is done; so does Ctrl-C,
    unless it comes again. After `stop` no item is drawn. Nothing that `work` does is interrupted
    half way: Ctrl-C comes to the thread that waits.

    Raises:
        KeyboardInterrupt: Ctrl-C.
        BaseException: what `work` or the items raised first.
    """
    left = iter(items)
    drawing = threading.Lock()
    errors: list[BaseException] = []

    def work_off(ended: threading.Event) -> None:
        try:
            while not stop.is_set():
                with drawing:
                    drawn = list(islice(left, 1))
                if not drawn:
                    break
                work(*drawn)
        except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits
            errors.append(error)
            stop.set()
        finally:
            ended.set()

    # The matrices are small: several threads for one spend their time on waiting for each other,
    # several times as much of it as on computing. The sums come out the same.
    with threadpool_limits(1, user_api="blas"):
        _run(work_off, jobs, stop)
    if errors:
        raise errors[0]


def _run(work_off: Callable[[threading.Event], None], jobs: int, stop: threading.Event) -> None:
    """Run threads and wait for them, also after Ctrl-C, unless it comes again."""
    # Not `join`: where Ctrl-C interrupts it, Python 3.11 takes a running thread for one that ended.
    ends: list[threading.Event] = []
    try:
        for _ in range(jobs):
            ended = threading.Event()
            threading.Thread(target=work_off, args=(ended,), daemon=True).start()
            ends.append(ended)
        for ended in ends:
            ended.wait()
    except KeyboardInterrupt:
        stop.set()
        log.warning("waiting for the answers under way; interrupt again to give them up")
        for ended in ends:
            ended.wait()
        raise


def patiently(ask: Callable[[], T], stop: threading.Event) -> T | None:
    """What `ask` returns, however long the model is busy with others; None when it is to stop."""
    while True:
        try:
            return ask()
        except ModelBusy as busy:
            if stop.wait(min(busy.seconds, _LONGEST_WAIT)):
                return None


class InOrder(Generic[T]):
    """Hands results on by their numbers 0, 1, 2, …, in whatever order threads bring them.

    Who brings one that is far ahead of what is missing waits: one slow result does not let the
    others pile up.
    """

    def __init__(self, give: Callable[[T], None], *, ahead: int, stop: threading.Event) -> None:
        """Give each result to `give`, one at a time; nobody waits any more after `stop`.

        `ahead` is how many results may be kept for the missing one, besides those of the threads.
        """
        self._give = give
        self._ahead = ahead
        self._stop = stop
        self._there = threading.Condition()
        self._kept: dict[int, T] = {}
        self._next = 0

    def put(self, number: int, result: T) -> None:
        """Bring a result, and hand on those that it was in the way of.

        Raises:
            BaseException: what `give` raised.
        """
        with self._there:
            while number > self._next + self._ahead and not self._stop.is_set():
                self._there.wait(_PULSE)
            self._kept[number] = result
            while self._next in self._kept:
                self._give(self._kept.pop(self._next))
                self._next += 1
            self._there.notify_all()
