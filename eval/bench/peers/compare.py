"""Runs the job by every library, in turns, and sets their times against ours of the same turn."""

import json
import os
import statistics
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from rag.errors import InputError

PEERS = ("langchain", "llamaindex", "haystack", "txtai")
OURS = "ours"
MEASURES = ("build s", "dense ms", "hybrid ms")
ROOT = Path(__file__).parents[3]
# One thread each, nothing from the network, nothing reported to anyone.
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "RAYON_NUM_THREADS": "1",
    "HF_HUB_OFFLINE": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "PYTHONWARNINGS": "ignore",
}

Row = dict[str, Any]


def environment(name: str, work: Path) -> Path:
    """The Python of a library's own environment below `work`, made where it is missing.

    Raises:
        InputError: its packages cannot be installed.
    """
    folder = work / name
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    done = folder / "installed"
    if not done.exists():
        sys.stderr.write(f"installing {name} into {folder} …\n")
        venv.create(folder, with_pip=True)
        wanted = Path(__file__).with_name(f"requirements-{name}.txt")
        install = [str(python), "-m", "pip", "install", "--quiet", "-r", str(wanted)]
        if subprocess.run(install, check=False).returncode:
            raise InputError(f"{wanted} cannot be installed (see above); check the network")
        done.touch()
    return python


def times(python: Path, module: str, job: Path) -> Row:
    """What one run of the job took, in a process of its own.

    Raises:
        InputError: the process failed; its last words are told.
    """
    run = subprocess.run(
        [str(python), "-m", f"eval.bench.peers.{module}", str(job)],
        env=os.environ | ENVIRONMENT,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        last = run.stderr.strip().splitlines()[-3:]
        raise InputError(f"{module} failed: {' '.join(last)}")
    found: Row = json.loads(run.stdout.splitlines()[-1])
    return found


def compare(jobs: dict[int, Path], work: Path, peers: Sequence[str], runs: int) -> list[Row]:
    """One row for each size and library: medians, and medians of the ratios to ours.

    Each turn runs every library once, so that what else the computer does falls on all of them.

    Raises:
        InputError: an environment cannot be made, or a run fails.
    """
    pythons = {name: environment(name, work) for name in peers}
    rows = []
    for size, job in jobs.items():
        turns = []
        for _ in tqdm(range(runs), desc=f"{size:,} paragraphs", unit="turn", leave=False):
            turn = {OURS: times(Path(sys.executable), OURS, job)}
            turn |= {name: times(pythons[name], f"with_{name}", job) for name in peers}
            turns.append(turn)
        rows += [{"paragraphs": size, **row} for row in summary(turns)]
    return rows


def summary(turns: Sequence[dict[str, Row]]) -> list[Row]:
    """Medians over the turns; a ratio is taken within its turn, above 1 where ours is faster."""
    rows = []
    for name in turns[0]:
        row: Row = {"library": name, "runs": len(turns)}
        for measure in MEASURES:
            row[measure] = statistics.median(turn[name][measure] for turn in turns)
        for measure in MEASURES:
            ratios = [turn[name][measure] / turn[OURS][measure] for turn in turns]
            row[f"{measure.split()[0]} ×"] = statistics.median(ratios)
        row["dense found"] = turns[0][name]["dense found"]
        row["hybrid found"] = turns[0][name]["hybrid found"]
        rows.append(row)
    return rows
