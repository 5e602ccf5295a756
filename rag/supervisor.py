"""Whose turn it is with a model's process, and what takes too long."""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import count
from queue import SimpleQueue
from statistics import fmean
from time import monotonic
from typing import Any

from rag.child import Child, ChildLost
from rag.errors import ModelBusy, ModelError
from rag.fair_queue import FairQueue
from rag.keeper import Keeper, Limits
from rag.llm import Request
from rag.loop import Loop

_FIRST_GUESS = 20.0  # seconds of an answer, as long as none is known


@dataclass(eq=False)
class Job:
    """An answer that someone waits for: pieces of text, then None or what went wrong."""

    request: Request
    said: SimpleQueue[str | ModelError | None] = field(default_factory=SimpleQueue)
    begun: float = 0.0  # when its turn began
    speaks: bool = False  # there was text
    unwanted: bool = False
    ahead: int = 0  # answers before its turn; written by the supervisor's thread, read by any


@dataclass(eq=False)
class Count:
    """A number of tokens that someone waits for."""

    text: str
    said: SimpleQueue[int | ModelError] = field(default_factory=SimpleQueue)
    tries: int = 0


class Supervisor:
    """Hands a process one answer after another, and what it says to those who wait.

    One thread does it all (see `Loop`). `ask`, `forget`, `tokens`, `silence` and `close` are for
    any thread; the others are how the `Keeper` tells what happens, on that one.

    Attributes:
        loaded: how far the first loading is; at last the facts of "ready", or what went wrong.
        keeper: has the state of the process.
        waiting: how many answers wait for their turn; to be read by any thread.
    """

    def __init__(self, path: str, start: Callable[[], Child], limits: Limits) -> None:
        self.loaded: SimpleQueue[float | tuple[str, int, str] | ModelError] = SimpleQueue()
        self._name = path
        self._limits = limits
        self._queue: FairQueue[Job] = FairQueue(limits.places, limits.places_of_session)
        self.waiting = 0
        self._running: Job | None = None
        self._number = 0  # of the running one
        self._sign = 0.0  # when it last gave a sign that it gets on
        self._numbers = count(1)
        self._counts: dict[int, Count] = {}
        self._durations: deque[float] = deque(maxlen=8)
        self._loaded = False
        self._loop = Loop("language model", first=self._begin, last=self._end)
        self.keeper = Keeper(path, start, self, self._loop, limits)
        self._loop.start()

    # --- for any thread ---

    def ask(self, job: Job) -> None:
        """Put an answer in the queue."""
        if not self._loop.post(self._add, job):
            job.said.put(self._closed())

    def forget(self, job: Job) -> None:
        """Nobody wants the answer any more. Takes no lock."""
        self._loop.hurry(self._forget, job)

    def tokens(self, wanted: Count) -> None:
        """Have the tokens of a text counted."""
        if not self._loop.post(self._add_count, wanted):
            wanted.said.put(self._closed())

    @property
    def silence(self) -> float:
        """Seconds since the running answer gave a sign that it gets on; 0.0 where none runs."""
        sign = self._sign  # first: the next answer sets it before it is the running one
        return monotonic() - sign if self._running is not None else 0.0

    def close(self, wait: float = 0.0) -> None:
        """End the process. Takes no lock."""
        self._loop.hurry(self._loop.stop)
        if wait:
            self._loop.join(wait)

    # --- what the keeper tells ---

    def loading(self, share: float) -> None:
        """See `Owner`."""
        if not self._loaded:
            self.loaded.put(share)

    def unloadable(self, message: str) -> None:
        """See `Owner`."""
        self.loaded.put(ModelError(message))
        self._loop.stop()

    def ready(self, name: str, context_size: int, answer_style: str) -> None:
        """See `Owner`."""
        if not self._loaded:
            self._name, self._loaded = name, True
            self.loaded.put((name, context_size, answer_style))
        for number, wanted in self._counts.items():
            self._send_count(number, wanted)
        self._next()

    def heard(self, kind: str, number: int, content: Any = None) -> None:
        """See `Owner`."""
        if kind == "count" and number in self._counts:
            self._loop.drop(("count", number))
            self._counts.pop(number).said.put(content)
            return
        job = self._running
        if job is None or kind == "count" or number != self._number:
            raise ChildLost("its process answers what nobody asked")
        self._sign = monotonic()
        if kind == "text":
            self._text(job, content)
        elif kind != "sign":
            self._ended(job, None if kind == "end" else ModelError(content))

    def lost(self, why: str) -> None:
        """See `Owner`. One answer is lost; a text being counted gets one more try."""
        for name in ("late", "stop"):
            self._loop.drop(name)
        job, self._running = self._running, None
        message = f"{self._name} broke off, because {why}; ask again"
        if job is not None and not job.unwanted:
            job.said.put(ModelError(f"{message}; if it happens again, choose another model"))
        for number, wanted in list(self._counts.items()):
            self._loop.drop(("count", number))
            if wanted.tries > 1:
                self._counts.pop(number).said.put(ModelError(message))

    def off(self) -> None:
        """See `Owner`."""
        self._refuse_all(self._refusal)

    # --- what others want ---

    def _add(self, job: Job) -> None:
        if self._loop.over or self.keeper.refuses():
            job.said.put(self._refusal())
            return
        session = job.request.session
        if turns := self._queue.turns_until_place(session):
            job.said.put(self._busy(turns, session))
            return
        self._queue.add(job, session)
        self._loop.after(self._limits.turn, job, partial(self._waited, job))
        self._next()
        self._place()

    def _add_count(self, wanted: Count) -> None:
        if self._loop.over or self.keeper.refuses():
            wanted.said.put(self._refusal())
            return
        number = next(self._numbers)
        self._counts[number] = wanted
        if not self.keeper.trouble:
            self._send_count(number, wanted)

    def _send_count(self, number: int, wanted: Count) -> None:
        wanted.tries += 1
        silent = ChildLost(f"its process gave no sign of life for {self._limits.silence:g} s")
        lose = partial(self.keeper.lose, silent)
        self._loop.after(self._limits.silence, ("count", number), lose)
        self.keeper.send("count", number, wanted.text)

    def _forget(self, job: Job) -> None:
        if job is self._running:
            if not job.unwanted:
                # If it does not stop, nobody has lost anything, so that this is no crash.
                self._stop(job, crash=False)
        elif self._queue.remove(job):
            self._loop.drop(job)
            self._place()

    # --- turns ---

    def _next(self) -> None:
        if self._running is not None or self.keeper.trouble or not len(self._queue):
            return
        self._sign = monotonic()
        job = self._running = self._queue.take()
        self._loop.drop(job)
        job.begun, self._number = self._sign, next(self._numbers)
        self._place()
        self._limit(job, self._limits.first_text, "has written nothing")
        self.keeper.send("stream", self._number, asdict(job.request))

    def _place(self) -> None:
        """Tell those who wait how many come before them."""
        self.waiting = len(self._queue)
        before = int(self._running is not None)
        for place, job in enumerate(self._queue, before):
            job.ahead = place
        if self._running is not None:
            self._running.ahead = 0

    def _text(self, job: Job, text: str) -> None:
        if job.unwanted:
            return
        if not job.speaks:
            job.speaks = True
            self._limit(job, self._limits.answer, "was not finished")
        job.said.put(text)

    def _ended(self, job: Job, error: ModelError | None) -> None:
        for name in ("late", "stop"):
            self._loop.drop(name)
        self._durations.append(monotonic() - job.begun)
        self._running = None
        job.said.put(error)
        self._next()

    def _limit(self, job: Job, seconds: float, fault: str) -> None:
        message = (
            f"{self._name} {fault} after {seconds:g} s; ask a shorter question, use fewer "
            "passages, or choose a smaller model"
        )
        rest = seconds - (monotonic() - job.begun)
        self._loop.after(rest, "late", partial(self._late, job, message))

    def _late(self, job: Job, message: str) -> None:
        job.said.put(ModelError(message))
        self._stop(job, crash=True)

    def _stop(self, job: Job, *, crash: bool) -> None:
        job.unwanted = True
        self._loop.drop("late")
        deaf = ChildLost(f"its process did not stop within {self._limits.stop:g} s when told to")
        lose = partial(self.keeper.lose, deaf, crash=crash)
        self._loop.after(self._limits.stop, "stop", lose)
        self.keeper.send("cancel", self._number)

    def _waited(self, job: Job) -> None:
        self._queue.remove(job)
        self._place()
        waited = f"{self._name} is busy: no turn within {self._limits.turn:g} s"
        job.said.put(ModelBusy(waited, self._seconds(len(self._queue) + 1)))

    # --- refusals ---

    def _busy(self, turns: int, session: str) -> ModelBusy:
        full = len(self._queue) >= self._limits.places
        whose = "questions" if full else "of your questions"
        places = self._limits.places if full else self._limits.places_of_session
        message = f"{self._name} is busy, and {places} {whose} wait already"
        return ModelBusy(message, self._seconds(turns))

    def _seconds(self, turns: int) -> int:
        """About when so many more answers will have had their turn."""
        typical = fmean(self._durations) if self._durations else _FIRST_GUESS
        begun = self._running.begun if self._running else monotonic()
        return math.ceil(max(typical - (monotonic() - begun), 1.0) + (turns - 1) * typical)

    def _refusal(self) -> ModelError:
        if self._loop.over:
            return self._closed()
        return ModelError(f"{self._name} cannot answer: {self.keeper.trouble}")

    def _closed(self) -> ModelError:
        return ModelError(f"{self._name} is closed; load it again")

    def _refuse_all(self, error: Callable[[], ModelError]) -> None:
        while len(self._queue):
            job = self._queue.take()
            self._loop.drop(job)
            job.said.put(error())
        self._place()
        for wanted in self._counts.values():
            wanted.said.put(error())
        self._counts.clear()

    # --- the thread ---

    def _begin(self) -> None:
        self.keeper.begin()

    def _end(self) -> None:
        self.keeper.end()
        if self._loop.at_exit:
            return  # only daemon threads still wait, and they are to end without a sound
        job, self._running = self._running, None
        if job is not None and not job.unwanted:
            job.said.put(self._closed())
        self._refuse_all(self._closed)
        self.loaded.put(self._closed())  # a fault of ours may have ended the thread while loading
