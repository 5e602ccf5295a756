"""A run in a process of its own, to be killed: `python -m tests.eval.interrupted_run …`.

Arguments: the store, the log of questions asked, seconds for each, and those of the command.
"""

import logging
import sys
import time
from pathlib import Path
from typing import Any

import rag
from eval.__main__ import main
from rag import Answer, Assistant, Retriever
from tests.conftest import HashEmbedder


class Counting(Assistant):
    """Writes down every question that it is asked, then takes its time, most for the first."""

    def __init__(self, store: str, log: Path, seconds: float) -> None:
        super().__init__(Retriever(store, embedder=HashEmbedder()))
        self._log, self._seconds = log, seconds

    def ask(self, question: str, **options: Any) -> Answer:
        with self._log.open("a", encoding="utf-8") as file:
            file.write(question + "\n")
        first = self._log.read_text("utf-8").startswith(question + "\n")
        time.sleep(self._seconds * (6 if first else 1))
        return super().ask(question, **options)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    store, log, seconds, *arguments = sys.argv[1:]
    assistant = Counting(store, Path(log), float(seconds))
    rag.open_assistant = lambda *_, **__: assistant
    sys.exit(main(["run", *arguments]))
