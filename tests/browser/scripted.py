"""Language models that say what a test tells them, when it tells them to."""

import threading
import time
from collections.abc import Iterator


class GatedLLM:
    """Says its pieces one by one, each when `more` is released; knows whether it was closed."""

    name = "gated"
    context_size = 8192
    answer_style = "prose"

    def __init__(self, *pieces: str) -> None:
        self.pieces = pieces
        self.more = threading.Semaphore(0)
        self.closed = threading.Event()

    def count_tokens(self, text: str) -> int:
        return len(text)

    def stream(self, request: object) -> Iterator[str]:
        try:
            for piece in self.pieces:
                assert self.more.acquire(timeout=20)
                yield piece
        finally:
            self.closed.set()


class EndlessLLM(GatedLLM):
    """Never stops by itself."""

    name = "endless"

    def stream(self, request: object) -> Iterator[str]:
        try:
            while True:
                time.sleep(0.02)
                yield "很长"
        finally:
            self.closed.set()


class SilentLLM(GatedLLM):
    """Says nothing until it is closed, from another thread."""

    name = "silent"

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Event()

    def stream(self, request: object) -> Iterator[str]:
        self.asked.set()
        return self

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        assert self.closed.wait(20)
        raise StopIteration

    def close(self) -> None:
        self.closed.set()


class ReadyLLM(GatedLLM):
    """Says the same at once, whatever it is asked."""

    name = "ready"

    def stream(self, request: object) -> Iterator[str]:
        yield from self.pieces
