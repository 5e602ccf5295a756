"""Which assistant answers, and how another language model takes its place.

A model is loaded in a thread while the one before answers on. When it is there, new questions go
to it; the one before is closed as soon as its last answer has ended. Where memory does not hold
both, the one before is closed first and the articles are quoted in the meantime; if the new one
then does not come, the one before is loaded again.
"""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from pathlib import Path

from rag import Assistant, found_models, llm
from rag.errors import YinzhengError
from rag.found_models import Found, usual_folders
from rag.gguf_names import bundled_reader, is_bundled_reader, resolve
from rag.judge import ModelJudge, load_judge
from rag.llm import LLM
from ui.models.choosable import QUOTE, READER, Choosable, choosable, same_file
from ui.models.memory import Memory
from ui.models.opened import Cancelled, Loading, Opened, Status, close, size_of, telling

Load = Callable[..., LLM | None]  # as rag.llm.load
Find = Callable[[Sequence[Path]], list[Found]]  # as rag.found_models.find

BESIDE = 400_000_000  # bytes that a model of usual size needs beside its weights
_PATIENCE = 0.1  # seconds between looks whether a model that waits for room is still wanted
_MEMORY = Memory()


class ModelChoice:
    """The assistant that answers, of which the language model can be exchanged. Thread-safe."""

    def __init__(
        self,
        assistant: Assistant,
        *,
        name: str | None = None,
        load: Load = llm.load,
        find: Find = found_models.find,
        memory: Memory = _MEMORY,
    ) -> None:
        """Begin with an assistant, whose language model belongs to this from now on.

        Args:
            assistant: what answers at first.
            name: the value of --llm that its model was opened by, else RAG_LLM; by this it can be
                chosen again later, wherever its file lies.
            load: loads a model (see `rag.llm.load`).
            find: finds the models on this computer (see `rag.found_models.find`).
            memory: tells how much there is.

        Raises:
            ModelError: `name` is no model.
        """
        self._load, self._find, self._memory = load, find, memory
        self._judges_itself = isinstance(assistant.judge, ModelJudge)
        given = name or os.environ.get("RAG_LLM") or "auto"
        self._first = resolve(given) if assistant.llm is not None else None
        called = given if self._first is not None else assistant.llm_name
        if self._first is not None and is_bundled_reader(self._first):
            called = READER
        self._lock = threading.Lock()
        self._opened = Opened(called, self._first, assistant)
        self._put_away: Opened | None = None  # to make room for one that has not come yet
        self._loading: Loading | None = None
        self._thread: threading.Thread | None = None
        self._error = self._failed = ""

    @property
    def assistant(self) -> Assistant:
        """The one that answers now. Who lets it answer holds it by `answering`."""
        return self._opened.assistant

    @contextlib.contextmanager
    def answering(self) -> Iterator[Assistant]:
        """The assistant that answers now, kept open until its answer has ended."""
        with self._lock:
            opened = self._opened
            opened.users += 1
        try:
            yield opened.assistant
        finally:
            with self._lock:
                opened.users -= 1
            self._close_if_free(opened)

    def status(self) -> Status:
        """What answers and what is being loaded, at this moment."""
        with self._lock:
            loading, away = self._loading, self._put_away
            wanted = loading or away  # what made room comes back if the other does not come
            return Status(
                self._opened.name,
                wanted.name if wanted else "",
                loading.share if loading else None,
                self._error,
                self._failed,
            )

    def found(self) -> list[Choosable]:
        """What can be chosen: quotation, then the models on this computer."""
        own = self._first is not None and not is_bundled_reader(self._first)
        first = [self._first] if own and self._first and self._first.is_file() else []
        opened = self._opened
        return choosable(
            self._find([*usual_folders(), *first]),
            current=(opened.name, opened.path),
            reader=bundled_reader(),
            memory=self._memory.whole(),
        )

    def choose(self, name: str) -> None:
        """Let another model answer: quotation at once, a language model when it is loaded.

        What was chosen before and is still being loaded is given up.

        Args:
            name: a value of --llm; see `rag.llm.load`.

        Raises:
            ModelError: nothing of that name, or what there is is not a GGUF.
        """
        path = resolve(name)
        before: Opened | None = None
        with self._lock:
            self._error = self._failed = ""
            self._give_up()
            if path is None:
                before, self._put_away = self._swap(QUOTE, None, None), None
            elif not same_file(path, self._opened.path):
                self._start(name, path)
        if before is not None:
            self._close_if_free(before)

    def cancel(self) -> None:
        """Give up what is being loaded; what answers now answers on."""
        with self._lock:
            self._give_up()

    # --- with the lock held ---

    def _give_up(self) -> None:
        if self._loading is not None:
            self._loading.unwanted = True
            self._loading = None

    def _start(self, name: str, path: Path) -> None:
        loading = self._loading = Loading(name, path, self._thread)
        self._thread = threading.Thread(target=self._run, args=(loading,), daemon=True)
        self._thread.start()

    def _swap(self, name: str, path: Path | None, model: LLM | None) -> Opened:
        """Let a model answer new questions (None: quotation); returns what did so before."""
        before = self._opened
        # A copy has the retriever, the policy, and the choice of style, which it does not show.
        assistant = copy(before.assistant)
        assistant.llm = model
        if self._judges_itself:
            writes = model is not None and model.answer_style != "reader"
            assistant.judge = load_judge("llm", model) if writes else None
        before.retired = True
        self._opened = Opened(name, path, assistant)
        return before

    # --- in the thread of a loading ---

    def _run(self, loading: Loading) -> None:
        if loading.after is not None:
            loading.after.join()  # what was given up may take memory until it has ended
            loading.after = None
        try:
            self._make_room(loading)
            model = self._load(str(loading.path.absolute()), progress=telling(loading))
            self._loaded(loading, model)
        except Cancelled:
            pass
        except (YinzhengError, OSError, MemoryError) as error:
            self._lost(loading, str(error) or "there is no memory for it; choose a smaller model")
        except BaseException as error:
            self._lost(loading, f"something went wrong ({type(error).__name__}); try it again")
            raise
        finally:
            self._restore()

    def _make_room(self, loading: Loading) -> None:
        """Close the model that answers if memory does not hold both, after its answers."""
        available = self._memory.available()
        if available is not None and size_of(loading.path) + BESIDE > available:
            with self._lock:
                if self._opened.assistant.llm is not None and not loading.unwanted:
                    self._put_away = self._swap(QUOTE, None, None)
                before = self._put_away
            if before is not None:
                self._close_if_free(before)
                while not before.closed.wait(_PATIENCE) and not loading.unwanted:
                    pass
        if loading.unwanted:
            raise Cancelled

    def _loaded(self, loading: Loading, model: LLM | None) -> None:
        with self._lock:
            wanted = self._loading is loading
            if wanted:
                before = self._swap(loading.name, loading.path, model)
                self._loading = self._put_away = None
        if wanted:
            self._close_if_free(before)
        else:
            close(model)

    def _lost(self, loading: Loading, why: str) -> None:
        with self._lock:
            if self._loading is loading:
                self._loading = None
                self._error, self._failed = why, loading.name

    def _restore(self) -> None:
        """Have the model back that made room for one that did not come, unless another comes."""
        with self._lock:
            before = self._put_away
            if before is None or self._loading is not None:
                return
            self._put_away = None
            if not before.closing:  # it is still giving an answer
                before.retired, self._opened = False, before
            elif before.path is not None:
                self._start(before.name, before.path)

    def _close_if_free(self, opened: Opened) -> None:
        with self._lock:
            if not opened.retired or opened.users or opened.closing:
                return
            opened.closing = True
        close(opened.assistant.llm)
        opened.closed.set()
