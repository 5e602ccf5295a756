"""An answer under way in a thread of its own, so that its reader can leave at any moment.

The page's server can only stop what comes back to it now and then. A model may read passages for
a minute, or wait for its turn, before it says a word.
"""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from copy import copy
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from rag.answer import Event, Turn
from rag.llm import LLM, Request

PULSE = 0.5  # seconds after which the reader is asked whether it is still there
_FAREWELL = 1.0  # seconds for the thread to end when the answer is left

_searching = threading.Lock()  # one search at a time is soonest done on few cores


class Answers(Protocol):
    """What answers questions (a `rag.Assistant`)."""

    def stream(
        self, question: str, *, history: Sequence[Turn] = (), session: str = ""
    ) -> Iterator[Event]:
        """The events of one answer; closing the iterator stops the work."""
        ...


class Background:
    """The events of one answer, to be left by `close`."""

    def __init__(
        self, assistant: Answers, question: str, *, history: Sequence[Turn], session: str
    ) -> None:
        """Ask; see `rag.Assistant.stream`."""
        self._llm: _Stoppable | None = None
        llm: LLM | None = getattr(assistant, "llm", None)
        if llm is not None:
            self._llm = _Stoppable(llm)
            own: Any = copy(assistant)
            own.llm = self._llm
            assistant = own
        self._news: SimpleQueue[Event | Exception | None] = SimpleQueue()
        self._left = threading.Event()
        events = assistant.stream(question, history=history, session=session)
        self._thread = threading.Thread(target=self._run, args=(events,), daemon=True)
        self._thread.start()

    def events(self) -> Iterator[Event | None]:
        """The events as they come, and None after each `PULSE` without one.

        Raises:
            Exception: whatever the assistant raised.
        """
        while True:
            try:
                news = self._news.get(timeout=PULSE)
            except Empty:
                yield None
                continue
            if news is None:
                return
            if isinstance(news, Exception):
                raise news
            yield news

    def close(self) -> None:
        """Stop the work."""
        self._left.set()
        if self._llm is not None:
            self._llm.stop()
        self._thread.join(_FAREWELL)

    def _run(self, events: Iterator[Event]) -> None:
        try:
            with _searching:
                first = next(events)
            self._news.put(first)
            while not self._left.is_set():
                self._news.put(next(events))
        except StopIteration:
            pass
        except Exception as error:  # noqa: BLE001 - raised where the events are read
            self._news.put(error)
        finally:
            _close(events)
        self._news.put(None)


class _Stoppable:
    """A language model for one answer, which another thread may stop."""

    def __init__(self, llm: LLM) -> None:
        self._llm = llm
        self.name = llm.name
        self.context_size = llm.context_size
        self.answer_style = llm.answer_style
        self._changing = threading.Lock()
        self._pieces: Iterator[str] = iter(())
        self._stopped = False

    def count_tokens(self, text: str) -> int:
        """See `LLM`."""
        return self._llm.count_tokens(text)

    def stream(self, request: Request) -> Iterator[str]:
        """See `LLM`."""
        pieces = self._llm.stream(request)
        with self._changing:
            self._pieces = pieces
            stopped = self._stopped
        if stopped:
            _close(pieces)
        return pieces

    def stop(self) -> None:
        """Stop the answer under way, or the one that is about to begin."""
        with self._changing:
            self._stopped = True
            pieces = self._pieces
        _close(pieces)


def _close(iterator: Iterator[Any]) -> None:
    close = getattr(iterator, "close", None)
    if close is not None:
        with contextlib.suppress(ValueError):  # a generator that another thread is in
            close()
