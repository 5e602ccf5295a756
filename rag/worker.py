"""A GGUF model in a process of its own, which may die without taking the program along.

llama.cpp aborts its process when a file is damaged in certain ways or a calculation goes wrong.
Here that costs the answer under way: the next process is started at once, and whoever waits is
answered by that one.
"""

import json
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import cast

from rag.child import Child, python_command
from rag.errors import ModelError
from rag.keeper import Limits
from rag.llama_settings import Settings
from rag.llm import AnswerStyle, Request
from rag.supervisor import Count, Job, Supervisor

__all__ = ["Limits", "Stream", "Worker"]

_COUNTED = 4_000_000  # bytes of text whose tokens are remembered
_CLOSING = 3.0  # seconds to wait for the process when it is closed
_NO_LIMITS = Limits()


class Worker:
    """A GGUF model that answers one question at a time, for any number of threads; an `LLM`.

    Those who wait take turns by the `session` of their requests, of which each has few places;
    requests without one are not counted together.

    Attributes:
        name: see `LLM`.
        context_size: see `LLM`.
        answer_style: see `LLM`.
    """

    name: str
    context_size: int
    answer_style: AnswerStyle

    def __init__(
        self,
        path: Path,
        *,
        reader: bool = False,
        context_size: int | None = None,
        settings: Settings | None = None,
        progress: Callable[[float], None] | None = None,
        limits: Limits = _NO_LIMITS,
    ) -> None:
        """Load a model; returns when it can answer.

        Args:
            path: the .gguf; of a model in parts the first.
            reader: it is a reader (see `rag.reader`), no model that continues text.
            context_size: see `LlamaCpp`, whose choice it is unless given.
            settings: likewise.
            progress: told the share that is loaded, now and then.
            limits: how long things may take, and how many may wait.

        Raises:
            ModelError: the model does not load.
        """
        options: dict[str, object] = {"reader": reader} if reader else {}
        if context_size is not None:
            options["context_size"] = context_size
        if settings is not None:
            options["settings"] = asdict(settings)
        path = path.absolute()  # the working directory may be another one at a restart
        command = partial(_command, path, json.dumps(options))
        self._supervisor = Supervisor(str(path), partial(Child, command), limits)
        self._counted = _Counted()
        # At exit, `Loop` sees to it.
        self._finish = weakref.finalize(self, self._supervisor.close)
        self._finish.atexit = False
        try:
            self.name, self.context_size, style = self._loaded(progress)
        except BaseException:  # Ctrl-C, too
            self.close()
            raise
        self.answer_style = cast(AnswerStyle, style)

    def _loaded(self, progress: Callable[[float], None] | None) -> tuple[str, int, str]:
        while True:
            news = self._supervisor.loaded.get()
            if isinstance(news, ModelError):
                raise news
            if not isinstance(news, float):
                return news
            if progress is not None:
                progress(news)

    @property
    def ready(self) -> bool:
        """Whether the model can answer now, at once or in turn."""
        return not self.reason

    @property
    def reason(self) -> str:
        """Why it is not ready; "" if it is."""
        return self._supervisor.keeper.trouble

    @property
    def silence(self) -> float:
        """Seconds since the answer under way gave a sign that it gets on.

        0.0 where none is under way. Also a model that reads long passages, or thinks, gives one
        every few seconds: what is silent for minutes makes no progress.
        """
        return self._supervisor.silence

    @property
    def waiting(self) -> int:
        """How many answers wait for their turn."""
        return self._supervisor.waiting

    def count_tokens(self, text: str) -> int:
        """How many tokens `text` takes inside a prompt, also while an answer is under way.

        Raises:
            ModelError: the model is closed, or fails time and again.
        """
        known = self._counted.get(text)
        if known is not None:
            return known
        wanted = Count(text)
        self._supervisor.tokens(wanted)
        found = wanted.said.get()
        if isinstance(found, ModelError):
            raise found
        self._counted.put(text, found)
        return found

    def stream(self, request: Request) -> "Stream":
        """The answer, piece by piece, after those before it in the queue.

        This call takes the place in the queue and raises nothing; all errors are raised by the
        iterator, those that are known at once by its first `next`.
        """
        return Stream(self._supervisor, Job(request))

    def close(self) -> None:
        """End the process; answers under way end with an error. To be called from any thread."""
        self._finish.detach()
        self._supervisor.close(_CLOSING)


class Stream(Iterator[str]):
    """The pieces of one answer, none empty; to be closed from any thread.

    Closing it, or forgetting it, gives up the answer or its place in the queue.

    Raises:
        ModelBusy: (by `next`) too many answers wait already.
        ModelError: (by `next`) the prompt is too long, the model takes too long or cannot run.
    """

    def __init__(self, supervisor: Supervisor, job: Job) -> None:
        self._supervisor = supervisor
        self._job = job
        self._closed = False
        supervisor.ask(job)

    @property
    def ahead(self) -> int:
        """How many answers come before this one: 0 once it is its turn, for any thread to read.

        An estimate by turns: it counts those that wait now, in the order of their sessions. It
        grows where another session's first question comes before this session's second.
        """
        return self._job.ahead

    def __next__(self) -> str:
        if self._closed:
            raise StopIteration
        said = self._job.said.get()
        if self._closed:
            raise StopIteration
        if isinstance(said, str):
            return said
        self._closed = True
        if said is None:
            raise StopIteration
        raise said

    def close(self) -> None:
        """Give the answer up: the model stops, a thread inside `next` gets the end."""
        if not self._closed:
            self._closed = True
            self._supervisor.forget(self._job)
            self._job.said.put(None)

    def __del__(self) -> None:
        self.close()


class _Counted:
    """Tokens of the texts counted lately: the same passages come back question after question."""

    def __init__(self) -> None:
        self._counts: OrderedDict[str, int] = OrderedDict()
        self._bytes = 0
        self._changing = threading.Lock()

    def get(self, text: str) -> int | None:
        with self._changing:
            if text in self._counts:
                self._counts.move_to_end(text)
            return self._counts.get(text)

    def put(self, text: str, count: int) -> None:
        with self._changing:
            if text not in self._counts:
                self._bytes += _size(text)
            self._counts[text] = count
            while self._bytes > _COUNTED:
                oldest, _ = self._counts.popitem(last=False)
                self._bytes -= _size(oldest)


def _size(text: str) -> int:
    return 4 * len(text) + 100  # at most, with what a dictionary needs for it


def _command(path: Path, options: str, socket: int) -> list[str]:
    return python_command("rag.worker_process", str(socket), str(path), options)
