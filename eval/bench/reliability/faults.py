"""Every step of the disk failing, one at a time: the old state stays, and the error is clear."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

from eval.bench.reliability.archive import Texts, copied, held, scratch, text_of, write
from index.build import build, update
from index.check import check, repair
from index.embedder import Embedder
from index.errors import StoreError, YinzhengError
from index.files import Disk
from index.store import Store

ERRORS = ("ENOSPC", "EIO", "EINTR")
_BEFORE: Texts = {f"{number}.txt": text_of(number) for number in range(8)}
_AFTER: Texts = {**_BEFORE, "3.txt": text_of(3, 1), "9.txt": text_of(9)}


class FailingDisk(Disk):
    """A disk of which one step fails; `count` are the steps that were asked for."""

    def __init__(self, step: int = 0, code: int = 0) -> None:
        self.count, self._step, self._code = 0, step, code

    def _pass(self, path: Path) -> None:
        self.count += 1
        if self.count == self._step:
            raise OSError(self._code, os.strerror(self._code), str(path))

    def make_folder(self, path: Path) -> None:
        """See `Disk`."""
        self._pass(path)
        super().make_folder(path)

    def write(self, path: Path, content: bytes) -> None:
        """See `Disk`; half of it was written when it fails."""
        if self.count + 1 == self._step:
            super().write(path, content[: len(content) // 2])
        self._pass(path)
        super().write(path, content)

    def sync(self, path: Path) -> None:
        """See `Disk`."""
        self._pass(path)
        super().sync(path)

    def link(self, source: Path, target: Path) -> None:
        """See `Disk`."""
        self._pass(target)
        super().link(source, target)

    def rename(self, source: Path, target: Path) -> None:
        """See `Disk`."""
        self._pass(target)
        super().rename(source, target)

    def remove(self, path: Path) -> None:
        """See `Disk`."""
        self._pass(path)
        super().remove(path)

    def remove_folder(self, path: Path) -> None:
        """See `Disk`."""
        self._pass(path)
        super().remove_folder(path)


def bench(embedder: Embedder) -> list[dict[str, object]]:
    """Each step of a whole publication, and of one of changes, failing in each way."""
    rows = []
    for kind in ("whole", "changes"):
        with scratch() as folder, _kind(kind):
            articles, store = folder / "articles", folder / "store"
            for texts in ({"1.txt": text_of(1)}, _BEFORE):
                write(articles, texts)
                build([articles], store, embedder)
            write(articles, _AFTER)
            counting = FailingDisk()
            update([articles], copied(store, folder / "counted"), embedder, disk=counting)
            found = [
                _after_failure(store, folder / f"{name}-{step}", articles, embedder, step, name)
                for name in ERRORS
                for step in range(1, counting.count + 1)
            ]
        bad = [line for line in found if line]
        rows.append(
            {
                "test": f"disk fails, {kind}",
                "cases": len(found),
                "bad": len(bad),
                "detail": f"{counting.count} steps, each with {', '.join(ERRORS)} "
                f"{'; '.join(bad[:3])}".strip(),
            }
        )
    return rows


def _kind(kind: str) -> Any:
    return mock.patch("index.draft.WHOLE_BELOW", 0 if kind == "changes" else 10_000)


def _after_failure(
    store: Path, copy: Path, articles: Path, embedder: Embedder, step: int, name: str
) -> str:
    """What is wrong after a failure; an empty string if nothing is."""
    copied(store, copy)
    disk = FailingDisk(step, getattr(errno, name))
    told = _error_of(lambda: update([articles], copy, embedder, disk=disk))
    if told is not None and "; " not in told:
        return f"step {step}, {name}: no remedy in {told!r}"
    found = held(Store(copy).current())
    if found != (_AFTER if told is None else found):
        return f"step {step}, {name}: nothing was told, and the change is not there"
    if found not in (_BEFORE, _AFTER):
        return f"step {step}, {name}: neither the old state nor the new one"
    if check(copy):
        repair(copy)
    left = check(copy)
    update([articles], copy, embedder)
    if left or held(Store(copy).current()) != _AFTER:
        return f"step {step}, {name}: cannot be gone on with ({left[:1]})"
    return ""


def _error_of(change: Callable[[], object]) -> str | None:
    """What the user is told; errors that are not meant for users are raised."""
    try:
        change()
    except StoreError as error:
        return str(error)
    except YinzhengError as error:
        raise AssertionError(f"another error: {error}") from error
    return None
