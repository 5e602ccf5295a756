"""How fast a store is built, opened and searched, how much memory it takes, and how that grows."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from tqdm import tqdm

from eval.bench.grow import asked_of, grown, seed_texts
from rag.errors import InputError

SIZES = (1_000, 10_000, 100_000)
LARGEST = 1_000_000
TARGET = 1.3  # build time over the floor
_SEEDS = 20_000  # paragraphs to grow from, at most
_QUESTIONS = 201  # the first one opens the store
_TOGETHER = 5  # paragraphs of an article
_IN_A_FILE = 10_000  # paragraphs
_ROOT = Path(__file__).parents[2]
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1"}

Row = dict[str, Any]


@dataclass(frozen=True)
class SpeedJob:
    """What is measured: texts to grow from, numbers of paragraphs, and how often each."""

    articles: Path
    news: Sequence[Path] = ()
    sizes: Sequence[int] = SIZES
    runs: int = 3
    embedder: str | None = None


def bench(job: SpeedJob) -> list[Row]:
    """One row a size: the medians of its runs. Each run takes the floor and the build in turn.

    Raises:
        InputError: nothing to read, or a measuring process failed.
    """
    seeds = seed_texts(job.articles, job.news, min(_SEEDS, max(job.sizes)))
    rows = []
    for size in job.sizes:
        with tempfile.TemporaryDirectory(prefix="bench-") as work:
            write_articles(Path(work) / "articles", grown(seeds, size))
            asked = asked_of(seeds[:size], _QUESTIONS)
            questions = [question for question, _ in asked]
            turns = [
                _turn(Path(work), job.embedder, questions, number)
                for number in tqdm(range(job.runs), desc=f"{size:,} paragraphs", leave=False)
            ]
        rows.append(medians(turns))
    return rows


def write_articles(folder: Path, texts: Any) -> None:
    """Articles of five paragraphs, in .jsonl files of ten thousand paragraphs."""
    folder.mkdir()
    texts, number = iter(texts), 0
    while paragraphs := list(islice(texts, _TOGETHER)):
        name = f"part-{number * _TOGETHER // _IN_A_FILE:04}.jsonl"
        lines = "\n".join(" ".join(text.splitlines()) for text in paragraphs)
        article = {"id": str(number), "title": "-", "date": "2031-01-01", "text": lines}
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write(json.dumps(article, ensure_ascii=False) + "\n")
        number += 1


def medians(turns: Sequence[Row]) -> Row:
    """The median of every figure of some runs, and of the ratio of build to floor in each."""
    row: Row = {}
    for key, value in turns[0].items():
        if isinstance(value, dict):
            row[key] = medians([turn[key] for turn in turns])
        else:
            row[key] = statistics.median(turn[key] for turn in turns)
    if "floor s" in row:
        row["build ÷ floor"] = statistics.median(
            turn["build s"] / turn["floor s"] for turn in turns
        )
        row["runs"] = len(turns)
    return row


def _turn(work: Path, embedder: str | None, questions: Sequence[str], number: int) -> Row:
    job = {
        "folder": str(work / "articles"),
        "store": str(work / f"store-{number}"),
        "embedder": embedder,
        "questions": questions,
    }
    built = _measure("build", work, job)
    return built | _measure("floor", work, job) | _measure("search", work, job)


def _measure(task: str, work: Path, job: Row) -> Row:
    """What a task takes in a fresh process on one thread."""
    file = work / f"{task}.json"
    file.write_text(json.dumps(job | {"started": time.time()}), "utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "eval.bench.speed_worker", task, str(file)],
        env=os.environ | _ONE_THREAD,
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise InputError(f"measuring {task} failed: {_reason(run)}")
    found: Row = json.loads(run.stdout.splitlines()[-1])
    return found


def _reason(run: "subprocess.CompletedProcess[str]") -> str:
    """Why a measuring process failed: its last words, or who ended it."""
    if run.returncode < 0:
        return f"it was killed (signal {-run.returncode}); is there memory for so many paragraphs?"
    return " ".join(run.stderr.strip().splitlines()[-1:])
