"""The HTTP server under load: it, its clients, and the search alone, each in its own process."""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eval.bench.tools.ways import K
from rag.errors import InputError

CLIENTS = (1, 8, 32)
THREADS = (1, 2)
_ROOT = Path(__file__).parents[3]
_START = 120.0  # seconds that a server has until it is ready
_SERVE = "import sys; from rag.serve.command import main; sys.exit(main(sys.argv[1:]))"

Row = dict[str, Any]


@contextmanager
def server(store: Path, embedder: str | None) -> Iterator[int]:
    """`python -m rag serve` over a store, ready; gives its port and ends it afterwards.

    Raises:
        InputError: it does not become ready; its last words are told.
    """
    port = _free_port()
    words = ["--store", str(store), "--llm", "quote", "--port", str(port)]
    words += ["--embedder", embedder] if embedder else []
    run = subprocess.Popen(
        [sys.executable, "-c", _SERVE, *words],
        cwd=_ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        _wait(run, port)
        yield port
    finally:
        run.terminate()
        run.communicate()


def load_rows(
    port: int, store: Path, embedder: str | None, questions: Sequence[str], seconds: float
) -> list[Row]:
    """One row for each number of clients: what they saw, beside the search without a server.

    "of the bound" is the share of what the best number of threads searches in a second when there
    is no server and nobody who asks: HTTP, its clients and the search share the same cores.

    Raises:
        InputError: a measuring process failed.
    """
    job: Row = {"k": K, "questions": list(questions), "seconds": seconds}
    at_store = {"store": str(store), "embedder": embedder}
    bounds = [_measure("bound", job | at_store | {"threads": threads}) for threads in THREADS]
    best = max(row["searches a second"] for row in bounds)
    rows: list[Row] = [
        {"what": f"Retriever.search, threads: {row.pop('threads')}", **row} for row in bounds
    ]
    for clients in CLIENTS:
        at_port = {"port": port, "clients": clients, "warm_up": min(1.0, seconds / 5)}
        row = _measure("load", job | at_port)
        share = row["searches a second"] / best
        what = f"HTTP, clients: {row.pop('clients')}"
        rows.append({"what": what, **row, "of the bound": share})
    return rows


def _measure(task: str, job: Row) -> Row:
    """What a task finds in a fresh process."""
    run = subprocess.run(
        [sys.executable, "-m", "eval.bench.tools.worker", task, "/dev/stdin"],
        input=json.dumps(job),
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise InputError(f"measuring {task} failed: {' '.join(run.stderr.splitlines()[-1:])}")
    found: Row = json.loads(run.stdout.splitlines()[-1])
    return found


def _wait(run: "subprocess.Popen[str]", port: int) -> None:
    end = time.monotonic() + _START
    while time.monotonic() < end:
        if run.poll() is not None:
            last = run.stderr.read().strip().splitlines()[-1:] if run.stderr else []
            raise InputError(f"the server did not start: {' '.join(last)}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise InputError(f"the server was not ready within {_START:.0f} s")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
