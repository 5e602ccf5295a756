"""Limits for work that hostile files can make endless: laying out a prompt by their template.

They hold for the whole process, so that they are in force only where a process was made for the
work (`rag.worker_process`), which may then also end: that is what being late does.
"""

import contextlib
import resource
import signal
from collections.abc import Iterator
from pathlib import Path

SECONDS = 10.0
MEMORY = 2**30  # bytes more than the process takes already

_in_force = False


def put_in_force() -> None:
    """From now on this process may be ended by `bounded`."""
    global _in_force  # noqa: PLW0603 - it is the process that this is about
    _in_force = True


@contextlib.contextmanager
def bounded() -> Iterator[None]:
    """End the process if this takes longer than `SECONDS`; raise MemoryError beyond `MEMORY`."""
    if not _in_force:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_taken() + MEMORY, hard))
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _taken() -> int:
    """Bytes of address space that this process has."""
    try:
        pages = Path("/proc/self/statm").read_text("ascii").split()[0]
    except OSError:  # no Linux: what it has is counted as nothing, and so is the limit
        return 2**60
    return int(pages) * resource.getpagesize()
