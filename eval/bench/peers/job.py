"""The job that every library does: index paragraphs, then answer questions. Standard library only.

A library's script runs in its own environment, so that nothing of this project but this file is
imported there.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

K = 10
BATCH = 256  # texts in one call of the model
# Words, and CJK characters one by one: the least with which BM25 finds anything in Chinese.
TOKEN = r"[^\W\u3040-\u30ff\u3400-\u9fff]+|[\u3040-\u30ff\u3400-\u9fff]"


class Peer(Protocol):
    """A library that is given paragraphs and asked for the numbers of the best ten."""

    def build(self, texts: Sequence[str]) -> None:
        """Make the paragraphs searchable, by vectors and by words."""
        ...

    def dense(self, question: str) -> list[int]:
        """Numbers of the best paragraphs by vectors."""
        ...

    def hybrid(self, question: str) -> list[int]:
        """Numbers of the best paragraphs by vectors and words together."""
        ...


def run(load: Callable[[str], Peer]) -> None:
    """Do the job of the JSON file that the command line names, and print its times.

    The file has `embedder` (a folder), `texts` and `questions` (pairs of a question and the number
    of its text). Loading the model is not timed; a query of each kind goes before those timed.
    """
    job = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    peer = load(job["embedder"])
    start = time.perf_counter()
    peer.build(job["texts"])
    times: dict[str, float] = {"build s": time.perf_counter() - start}
    for name, search in (("dense", peer.dense), ("hybrid", peer.hybrid)):
        search(job["questions"][0][0])
        seconds, found = _asked(search, job["questions"])
        times[f"{name} ms"] = 1000 * statistics.median(seconds)
        times[f"{name} found"] = found
    sys.stdout.write(json.dumps(times) + "\n")


def _asked(
    search: Callable[[str], list[int]], questions: Sequence[tuple[str, int]]
) -> tuple[list[float], float]:
    """Seconds of each question, and the share whose text is among the first ten."""
    seconds, found = [], 0
    for question, number in questions:
        start = time.perf_counter()
        numbers = search(question)
        seconds.append(time.perf_counter() - start)
        found += number in numbers[:K]
    return seconds, found / len(questions)
