"""One measurement of the serving bench in a process of its own.

`python -m eval.bench.tools.worker TASK JOB.json` prints a JSON object; TASK is `load` (clients
against a server) or `bound` (searches without one), JOB.json is what `eval.bench.tools.serving`
wrote.
"""

import asyncio
import json
import sys
import threading
import time
from itertools import cycle
from pathlib import Path
from typing import Any

from eval.bench.tools.load import loaded

Row = dict[str, Any]


def load_task(job: Row) -> Row:
    """What clients of a server saw."""
    return asyncio.run(
        loaded(
            job["port"],
            job["questions"],
            k=job["k"],
            clients=job["clients"],
            seconds=job["seconds"],
            warm_up=job["warm_up"],
        )
    )


def bound_task(job: Row) -> Row:
    """Searches a second by threads of one process that do nothing else."""
    from index.embedder import load_embedder
    from rag.retriever import Retriever

    retriever = Retriever(Path(job["store"]), embedder=load_embedder(job["embedder"]))
    for question in job["questions"][:20]:
        retriever.search(question, k=job["k"])
    counts = [0] * job["threads"]
    end = time.perf_counter() + job["seconds"]

    def search(number: int) -> None:
        for question in cycle(job["questions"][number :: len(counts)] or job["questions"]):
            if time.perf_counter() >= end:
                return
            retriever.search(question, k=job["k"])
            counts[number] += 1

    threads = [threading.Thread(target=search, args=(n,)) for n in range(len(counts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"threads": len(counts), "searches a second": sum(counts) / job["seconds"]}


TASKS = {"load": load_task, "bound": bound_task}

if __name__ == "__main__":
    given = json.loads(Path(sys.argv[2]).read_text("utf-8"))
    sys.stdout.write(json.dumps(TASKS[sys.argv[1]](given)) + "\n")
