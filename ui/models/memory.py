"""How much memory this computer has, and how much of it a model may take."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_MEMINFO = Path("/proc/meminfo")


def available_memory() -> int | None:
    """Bytes that a new process can have without others being moved out; None if unknown."""
    try:
        found = re.search(r"^MemAvailable:\s+([0-9]+) kB", _MEMINFO.read_text("ascii"), re.M)
    except (OSError, ValueError):  # another system
        found = None
    return int(found[1]) * 1024 if found else _pages("SC_AVPHYS_PAGES")


def all_memory() -> int | None:
    """Bytes of memory that this computer has; None if unknown."""
    return _pages("SC_PHYS_PAGES")


@dataclass(frozen=True)
class Memory:
    """What tells how many bytes there are; both give None where this is unknown."""

    available: Callable[[], int | None] = available_memory
    whole: Callable[[], int | None] = all_memory


def _pages(name: str) -> int | None:
    try:
        return os.sysconf(name) * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None
