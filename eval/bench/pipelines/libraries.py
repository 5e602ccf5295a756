"""Running a library's script: its environment, its process, its file of answers."""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from eval.bench.peers import compare
from eval.bench.peers.compare import ENVIRONMENT, ROOT, environment
from rag.errors import InputError

PEERS = ("langchain", "llamaindex", "haystack")

_HERE = Path(__file__).parent
_POLL = 0.2  # seconds
_LAST_WORDS = 3  # lines of a failed process that are told


def python_of(name: str, work: Path, *, llm: bool) -> Path:
    """The Python of a library's environment below `work`: that of `bench peers`.

    With `llm` it has llama-cpp-python, too, which compiles for about ten minutes unless pip has
    it already.

    Raises:
        InputError: something cannot be installed.
    """
    python = environment(name, work)
    done = work / name / "installed-llm"
    if llm and not done.exists():
        wanted = _HERE / f"requirements-{name}.txt"
        sys.stderr.write(f"installing the language model's engine for {name} …\n")
        install = [str(python), "-m", "pip", "install", "--quiet", "-r", str(wanted)]
        if subprocess.run(install, check=False).returncode:
            raise InputError(
                f"{wanted} cannot be installed (see above); check the network and the C++ compiler"
            )
        done.touch()
    return python


def pins(name: str, *, llm: bool) -> list[str]:
    """The versions that a library's environment is made of."""
    files = [Path(compare.__file__).with_name(f"requirements-{name}.txt")]
    files += [_HERE / f"requirements-{name}.txt"] if llm else []
    return [line for path in files for line in path.read_text("utf-8").split()]


def key(name: str, job: Path, *, llm: bool) -> str:
    """What the answers of a library depend on: the job, its script, its versions."""
    parts = [job, *(_HERE / file for file in (f"with_{name}.py", "job.py", "engine.py"))]
    data = b"\0".join(
        [*(part.read_bytes() for part in parts), *map(str.encode, pins(name, llm=llm))]
    )
    return hashlib.sha256(data).hexdigest()[:12]


def command(name: str, python: Path) -> list[str]:
    """How a library's script is started."""
    return [str(python), "-m", f"eval.bench.pipelines.with_{name}"]


def answers(
    name: str, start: Sequence[str], job: Path, out: Path, total: int
) -> list[dict[str, Any]]:
    """The lines of a library's answers (see `job`); what `out` has already is not asked again.

    Args:
        name: the library's, for messages.
        start: the command that starts its script.
        job: the job file.
        out: the file of answers; the process's own words lie beside it, `.log`.
        total: questions in the job.

    Raises:
        InputError: the process failed, or no question was answered; its last words are told.
    """
    log = out.with_suffix(".log")
    with log.open("ab") as words:
        process = subprocess.Popen(
            [*start, str(job.resolve()), str(out.resolve())],
            env=os.environ | ENVIRONMENT,
            cwd=ROOT,
            stdout=words,
            stderr=words,
        )
        try:
            _watch(process, name, out, total)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    if process.returncode:
        last = log.read_text("utf-8", "replace").strip().splitlines()[-_LAST_WORDS:]
        raise InputError(f"{name} failed; see {log}: {' '.join(last)}")
    return _read(name, out)


def _watch(process: "subprocess.Popen[bytes]", name: str, out: Path, total: int) -> None:
    bar = tqdm(total=total, desc=name, unit=" questions", disable=None, leave=False)
    with bar:
        while process.poll() is None:
            time.sleep(_POLL)
            if out.exists():
                bar.update(out.read_bytes().count(b"\n") - bar.n)


def _read(name: str, out: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    if lines and all("error" in line for line in lines):
        raise InputError(
            f"{name} answered none of {len(lines)} questions; the first: {lines[0]['error']}"
        )
    return lines
