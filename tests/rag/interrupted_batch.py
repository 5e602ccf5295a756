"""A batch in a process of its own, to be interrupted: `python -m tests.rag.interrupted_batch …`.

Arguments: the store, the log of questions asked, how many are answered at once, the largest file
that may be written (bytes, 0: any), and those of the command. The questions after these many are
under way until there is a file GO beside the log.
"""

import resource
import sys
import threading
import time
from pathlib import Path
from typing import Any

from rag import Answer, Assistant, Retriever, opening
from rag.__main__ import main
from tests.conftest import HashEmbedder


class Gated(Assistant):
    """Writes down every question that it is asked; some of them take as long as it is told."""

    def __init__(self, store: str, log: Path, free: int) -> None:
        super().__init__(Retriever(store, embedder=HashEmbedder()))
        self._log, self._free = log, free
        self._writing = threading.Lock()

    def ask(self, question: str, **options: Any) -> Answer:
        with self._writing:
            with self._log.open("a", encoding="utf-8") as file:
                file.write(question + "\n")
            self._free -= 1
            free = self._free >= 0
        while not free and not (self._log.parent / "GO").exists():
            time.sleep(0.01)
        return super().ask(question, **options)


if __name__ == "__main__":
    store, log, free, largest, *arguments = sys.argv[1:]
    assistant = Gated(store, Path(log), int(free))
    opening.open_assistant = lambda *_, **__: assistant
    if int(largest):
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(largest), int(largest)))
    sys.exit(main(arguments))
