"""How fast llama.cpp computes here, by quantisation and option, in turns and fresh processes.

`python -m eval.bench.llm.kernels JOB` measures one configuration (JOB is JSON) and prints JSON.
A process of its own has its own memory, and a kernel that crashes (llama.cpp's for AMX do where
GCC 12 compiled them) costs one row of the table.
"""

import dataclasses
import itertools
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from eval.bench.llm.session import Options, Session, some_tokens

PROMPT = 1100  # tokens
ANSWER = 24  # tokens
_ROOT = Path(__file__).parents[3]
_TIMEOUT = 600  # seconds

Row = dict[str, object]


@dataclasses.dataclass(frozen=True)
class Grid:
    """All combinations of these are measured; see `Options`."""

    extra: Sequence[bool] = (True, False)
    flash: Sequence[str] = ("off", "on")
    ubatch: Sequence[int] = (64, 128, 256, 512)
    threads: Sequence[int] = (2,)

    def options(self) -> list[Options]:
        """The combinations."""
        return [
            Options(extra=extra, flash=flash, ubatch=ubatch, batch=ubatch, threads=threads)
            for extra, flash, ubatch, threads in itertools.product(
                self.extra, self.flash, self.ubatch, self.threads
            )
        ]


def bench(models: Sequence[Path], grid: Grid, runs: int = 3) -> list[Row]:
    """One row for each model and combination: medians of `runs` that take turns.

    `prefill t/s` is for a prompt of 1,100 tokens in batches of `ubatch`, `decode t/s` for what
    follows it, `load s` for a file that is in the page cache; `best` are the quickest runs, and
    `t/CPU s` counts the time of all cores: both say more where others use the machine, too.
    A combination that crashes has `failed` instead.
    """
    jobs = [(path, options) for path in models for options in grid.options()]
    found: list[list[Row]] = [[] for _ in jobs]
    turns = [number for _ in range(runs) for number in range(len(jobs))]
    for number in tqdm(turns, desc="kernels", unit=" runs", disable=None, leave=False):
        if not any("failed" in row for row in found[number]):
            found[number].append(_measured(*jobs[number]))
    return [_row(*job, rows) for job, rows in zip(jobs, found, strict=True)]


def measure(path: Path, options: Options) -> Row:
    """Load, prefill and decode once, in this process."""
    begun = time.perf_counter()
    with Session(path, options) as session:
        loaded = time.perf_counter()
        tokens = some_tokens(PROMPT, session.size)
        session.decode(tokens[:2], 0)  # memory is touched and threads are started
        session.keep(0)
        start, worked = time.perf_counter(), time.process_time()
        logits = session.decode(tokens, 0)
        read, worked = time.perf_counter(), time.process_time() - worked
        begun_answer = time.process_time()
        for number in range(ANSWER):
            logits = session.decode([int(logits[0].argmax())], PROMPT + number)
        end, answered = time.perf_counter(), time.process_time() - begun_answer
    return {
        "load s": loaded - begun,
        "prefill t/s": PROMPT / (read - start),
        "decode t/s": ANSWER / (end - read),
        "prefill t/CPU s": PROMPT / worked,
        "decode t/CPU s": ANSWER / answered,
    }


def _measured(path: Path, options: Options) -> Row:
    job = json.dumps({"path": str(path), **dataclasses.asdict(options)})
    run = subprocess.run(
        [sys.executable, "-m", "eval.bench.llm.kernels", job],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT,
        check=False,
    )
    if run.returncode:
        signal = f"signal {-run.returncode}" if run.returncode < 0 else ""
        return {"failed": signal or " ".join(run.stderr.splitlines()[-1:])}
    row: Row = json.loads(run.stdout)
    return row


def _row(path: Path, options: Options, rows: list[Row]) -> Row:
    """The medians of a combination."""
    row: Row = {
        "model": path.stem,
        "MB": round(path.stat().st_size / 1e6),
        "extra": "on" if options.extra else "off",
        "flash": options.flash,
        "ubatch": options.ubatch,
        "threads": options.threads,
    }
    if "failed" in rows[-1]:
        return row | rows[-1]
    runs = {key: [float(str(r[key])) for r in rows] for key in rows[0]}
    row |= {key: statistics.median(values) for key, values in runs.items()}
    return row | {f"best {key}": max(runs[key]) for key in ("prefill t/s", "decode t/s")}


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    model = Path(given.pop("path"))
    sys.stdout.write(json.dumps(measure(model, Options(**given))) + "\n")
