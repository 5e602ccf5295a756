"""An assistant whose language model is loaded when somebody asks for the first time.

Clients start a server for each conversation, and many never ask: a model that is loaded at once
would take memory from all of them, and longer than they wait for a server.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from rag.assistant import Assistant


class LateAssistant:
    """Opens an assistant once; for one event loop."""

    def __init__(self, opening: Callable[[], Assistant]) -> None:
        """Take what opens it, which may take long and is called in a thread."""
        self._opening = opening
        self._opened: asyncio.Future[Assistant] | None = None

    @property
    def ready(self) -> bool:
        """Whether `get` returns at once."""
        return self._opened is not None and self._opened.done() and not self._failed

    async def get(self) -> Assistant:
        """The assistant; all who ask before it is open wait for the same one.

        Raises:
            ModelError: the language model does not load; the next one who asks tries again.
        """
        if self._opened is None or self._failed:
            self._opened = asyncio.get_running_loop().create_future()
            # No thread of a pool: a process that ends would wait for those.
            threading.Thread(target=self._open, args=(self._opened,), daemon=True).start()
        return await asyncio.shield(self._opened)  # who leaves does not stop it for the others

    @property
    def _failed(self) -> bool:
        opened = self._opened
        return opened is not None and opened.done() and opened.exception() is not None

    def _open(self, opened: "asyncio.Future[Assistant]") -> None:
        loop = opened.get_loop()
        try:
            assistant = self._opening()
        except Exception as error:  # noqa: BLE001 - raised where the assistant is waited for
            settle: Callable[[], None] = partial(opened.set_exception, error)
        else:
            settle = partial(opened.set_result, assistant)
        with suppress(RuntimeError):  # the loop has ended, and nobody waits any more
            loop.call_soon_threadsafe(settle)
