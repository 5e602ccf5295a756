"""Every call of the system that changes the disk failing, one at a time; SQLite's and FAISS's, too.

`failing.c` is compiled and loaded before the C library into a process of its own, which forks for
each case. Needs a C compiler and Linux.
"""

import argparse
import ctypes
import errno
import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from unittest import mock

from eval.bench.reliability.archive import Texts, copied, held, scratch, text_of, write
from index.build import build, update
from index.check import check, repair
from index.embedder import Embedder, load_embedder
from index.errors import YinzhengError
from index.store import Store

ERRORS = ("ENOSPC", "EIO", "EINTR")
KINDS = ("first", "whole", "changes")
_SOURCE = Path(__file__).with_name("failing.c")
_BEFORE: Texts = {f"{number}.txt": text_of(number) for number in range(8)}
_AFTER: Texts = {**_BEFORE, "3.txt": text_of(3, 1), "9.txt": text_of(9)}
_FINE, _TOLD, _OTHER = 0, 1, 2  # how a child ends


def bench(stride: int = 1) -> list[dict[str, object]]:
    """Of the calls of each kind of change, every `stride`-th failing in each way.

    Raises:
        OSError: there is no C compiler.
    """
    folder = Path(mkdtemp(prefix="reliability-"))
    try:
        library = folder / "failing.so"
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            raise OSError("failing calls of the system need a C compiler (cc); install gcc")
        subprocess.run(
            [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(_SOURCE), "-ldl"],
            check=True,
        )
        done = subprocess.run(
            [sys.executable, "-m", __name__, str(library), str(stride)],
            env={**os.environ, "LD_PRELOAD": str(library)},
            stdout=subprocess.PIPE,
            check=True,
        )
        rows: list[dict[str, object]] = json.loads(done.stdout)
        return rows
    finally:
        shutil.rmtree(folder)


def _rows(library: Path, stride: int) -> list[dict[str, object]]:
    """What `bench` returns, in the process where the library is loaded."""
    embedder = load_embedder()
    calls = ctypes.CDLL(str(library)).failing_calls
    calls.restype = ctypes.c_long
    return [_row(kind, calls, embedder, stride) for kind in KINDS]


def _row(kind: str, calls: Callable[[], int], embedder: Embedder, stride: int) -> dict[str, object]:
    with (
        scratch() as folder,
        mock.patch("index.draft.WHOLE_BELOW", 0 if kind == "changes" else 9999),
    ):
        articles, store = folder / "articles", folder / "store"
        for texts in ({"1.txt": text_of(1)}, _BEFORE) if kind != "first" else ():
            write(articles, texts)
            build([articles], store, embedder)
        write(articles, _AFTER)
        store.mkdir(mode=0o700, exist_ok=True)
        _, count = _child(copied(store, folder / "count"), articles, embedder, calls)
        bad = []
        steps = range(1, count + 1, stride)
        for step in steps:
            for name in ERRORS:
                copy = copied(store, folder / f"{name}-{step}")
                found = _after_failure(copy, articles, embedder, calls, step, name, kind)
                bad += [f"call {step}, {name}: {found}"] if found else []
                shutil.rmtree(copy)
    return {
        "test": f"system call fails, {kind}",
        "cases": len(steps) * len(ERRORS),
        "bad": len(bad),
        "detail": f"{count} calls, {', '.join(ERRORS)} {'; '.join(bad[:3])}".strip(),
    }


def _child(
    store: Path, articles: Path, embedder: Embedder, calls: Callable[[], int], step: int = 0,
    code: int = 0,
) -> tuple[int, int]:  # fmt: skip
    """Update a store in a child whose n-th call fails: how it ended, how many calls it made."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.environ.update(FAIL_UNDER=str(store), FAIL_AT=str(step), FAIL_WITH=str(code))
        end = _OTHER
        try:
            (update if (store / "CURRENT").exists() else build)([articles], store, embedder)
            end = _FINE
        except YinzhengError as error:
            end = _TOLD if "; " in str(error) or ": python -m" in str(error) else _OTHER
        finally:
            os.write(writer, str(calls()).encode())
            os._exit(end)
    os.close(writer)
    with os.fdopen(reader) as told:
        count = int(told.read() or 0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), count


def _after_failure(
    store: Path,
    articles: Path,
    embedder: Embedder,
    calls: Callable[[], int],
    step: int,
    name: str,
    kind: str,
) -> str:
    """What is wrong after a failure; an empty string if nothing is."""
    end, _ = _child(store, articles, embedder, calls, step, getattr(errno, name))
    if end not in (_FINE, _TOLD):
        return f"no clear error (exit {end})"
    try:
        if kind != "first" or end == _FINE:
            found = held(Store(store).current())
            if found not in ([_AFTER] if end == _FINE else [_BEFORE, _AFTER]):
                return "neither the old state nor the new one"
            if check(store):
                repair(store)
            if left := check(store):
                return f"not mended: {left[0]}"
        build([articles], store, embedder)
        return "" if held(Store(store).current()) == _AFTER else "cannot be gone on with"
    except YinzhengError as error:
        return str(error)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("library", type=Path)
    parser.add_argument("stride", type=int)
    options = parser.parse_args()
    logging.getLogger("index").setLevel(logging.ERROR)  # warns of every failure that is made here
    sys.stdout.write(json.dumps(_rows(options.library, options.stride)))
