"""Runs in a process of their own that is killed in the middle, and go on."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from eval.sets import canonical, read_set

ROOT = Path(__file__).parents[2]
NAMES = ("header.json", "set.jsonl", "rows.jsonl", "baselines.jsonl")


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set of eight questions, each with words of its own."""
    questions = read_set(ROOT / "eval" / "sets" / "sample.jsonl").questions
    path = tmp_path_factory.mktemp("sets") / "few.jsonl"
    path.write_bytes(canonical([q for q in questions if q.answerable][:8]))
    return path


class Asking:
    """A process that runs the set, as far as it comes; `asked` is what it asked."""

    def __init__(self, store: Path, few: Path, folder: Path, *, seconds: float, jobs: int) -> None:
        self._log = folder.parent / f"{folder.name}-{time.monotonic_ns()}.log"
        self._log.touch()
        words = [str(store), str(self._log), str(seconds), str(few), "--out", str(folder)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.eval.interrupted_run", *words, "--jobs", str(jobs)],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def asked(self) -> list[str]:
        return self._log.read_text("utf-8").splitlines()

    def wait_until_asked(self, count: int) -> None:
        end = time.monotonic() + 120
        while len(self.asked) < count:
            assert self.process.poll() is None, self.process.communicate()[1]
            assert time.monotonic() < end
            time.sleep(0.01)

    def end(self) -> tuple[int, str]:
        _, told = self.process.communicate(timeout=180)
        return self.process.returncode, told


def kept(folder: Path) -> list[str]:
    """The questions whose answers the folder has."""
    lines = (folder / "rows.jsonl").read_bytes().split(b"\n")[:-1]
    return [json.loads(line)["question"] for line in lines]


@pytest.fixture(scope="module")
def whole(sample_store: Path, few: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that nothing interrupted, with one thread."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    asking = Asking(sample_store, few, folder, seconds=0, jobs=1)
    code, told = asking.end()
    assert code == 0, told
    assert len(asking.asked) == 8
    return folder


def test_a_killed_run_goes_on(sample_store: Path, few: Path, whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    first = Asking(sample_store, few, folder, seconds=0.05, jobs=2)
    first.wait_until_asked(5)
    os.kill(first.process.pid, signal.SIGKILL)
    assert first.end()[0] == -signal.SIGKILL
    before = kept(folder)
    # All that was asked is kept, but for what was under way.
    assert len(first.asked) - len(before) <= 2
    assert set(before) <= set(first.asked)
    second = Asking(sample_store, few, folder, seconds=0, jobs=2)
    code, told = second.end()
    assert code == 0, told
    assert not set(second.asked) & set(before)  # nothing is asked twice
    assert sorted(before + second.asked) == sorted(kept(whole))
    for name in NAMES:
        assert (folder / name).read_bytes() == (whole / name).read_bytes()


def test_ctrl_c_keeps_the_answers_under_way(
    sample_store: Path, few: Path, whole: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    first = Asking(sample_store, few, folder, seconds=0.3, jobs=2)
    first.wait_until_asked(4)
    os.kill(first.process.pid, signal.SIGINT)
    code, told = first.end()
    assert code == 130
    assert f"interrupted; to go on, give the same command with --out {folder}\n" in told
    assert sorted(kept(folder)) == sorted(first.asked)
    assert len(first.asked) < 8
    second = Asking(sample_store, few, folder, seconds=0, jobs=2)
    assert second.end()[0] == 0
    assert max(Counter(first.asked + second.asked).values()) == 1
    for name in NAMES:
        assert (folder / name).read_bytes() == (whole / name).read_bytes()


def test_a_second_ctrl_c_gives_up_the_answers_under_way(
    sample_store: Path, few: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    first = Asking(sample_store, few, folder, seconds=600, jobs=2)
    first.wait_until_asked(2)
    os.kill(first.process.pid, signal.SIGINT)
    assert first.process.stderr is not None
    lines = iter(first.process.stderr.readline, "")
    waiting = "waiting for the answers under way; interrupt again to give them up"
    assert any(waiting in line for line in lines)
    os.kill(first.process.pid, signal.SIGINT)
    code, told = first.end()
    assert code == 130
    assert "interrupted; to go on, give the same command with" in told
    assert kept(folder) == []


def test_half_a_row_is_cut_off(sample_store: Path, few: Path, whole: Path, tmp_path: Path) -> None:
    """However far a row was written when the process was killed."""
    folder = tmp_path / "run"
    folder.mkdir()
    for name in NAMES[:2]:
        (folder / name).write_bytes((whole / name).read_bytes())
    rows = (whole / "rows.jsonl").read_bytes()
    (folder / "rows.jsonl").write_bytes(rows[: rows.index(b"\n", len(rows) // 2) - 7])
    complete = len(kept(folder))
    asking = Asking(sample_store, few, folder, seconds=0, jobs=1)
    assert asking.end()[0] == 0
    assert len(asking.asked) == 8 - complete
    for name in NAMES:
        assert (folder / name).read_bytes() == (whole / name).read_bytes()
