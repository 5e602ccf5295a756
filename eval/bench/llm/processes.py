"""The processes that hold a model for this one, as the system sees them (Linux only)."""

import os
from pathlib import Path

_PROC = Path("/proc")


def workers(model: Path) -> list[int]:
    """The numbers of the living children of this process that hold this model."""
    found = []
    for folder in _PROC.iterdir():
        if folder.name.isdecimal() and _is_worker(folder, os.fsencode(model.absolute())):
            found.append(int(folder.name))
    return found


def resident(pid: int) -> int:
    """Bytes of a process that are in memory; 0 if it is gone."""
    return _status(pid).get("VmRSS", 0)


def peak(pid: int) -> int:
    """The most bytes of a process that ever were in memory; 0 if it is gone."""
    return _status(pid).get("VmHWM", 0)


def _is_worker(folder: Path, model: bytes) -> bool:
    try:
        parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        # Before it is another program, a child still has our own command line.
        arguments = (folder / "cmdline").read_bytes().split(b"\0")
    except (OSError, UnicodeDecodeError):  # it has just ended
        return False
    return parent == os.getpid() and b"rag.worker_process" in arguments and model in arguments


def _status(pid: int) -> dict[str, int]:
    try:
        text = (_PROC / str(pid) / "status").read_text()
    except OSError:
        return {}
    lines = [line.split() for line in text.splitlines() if line.endswith(" kB")]
    return {name.rstrip(":"): int(size) * 1024 for name, size, _ in lines}
