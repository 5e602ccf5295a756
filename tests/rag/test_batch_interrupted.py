"""Batches in a process of their own that is interrupted, and go on to the same answers."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from rag import Answer, Assistant, Retriever
from rag.__main__ import main
from tests.conftest import HashEmbedder

ROOT = Path(__file__).parents[2]
QUESTIONS = [
    "新桥有多长？", "How long is the new bridge?", "市场几点开门？", "谁设计了图书馆？",
    "新开通的那条地铁一共几站？", "When does the market open?", "桥什么时候重新开放？",
    "Who designed the library?",
]  # fmt: skip


def wait_until(there: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not there():
        assert time.monotonic() < end
        time.sleep(0.01)


class Asking:
    """A process that answers the batch beside `out`; `asked` is what it was asked."""

    def __init__(
        self,
        store: Path,
        out: Path,
        *,
        free: int,
        jobs: int = 1,
        largest: int = 0,
        kept: bool = True,
    ) -> None:
        self._log = out.parent / f"asked-{time.monotonic_ns()}.log"
        self._log.touch()
        words = [store, self._log, free, largest, "--batch", out.parent / "q.jsonl", "--jobs", jobs]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.rag.interrupted_batch", *map(str, words)]
            + (["--out", str(out)] if kept else []),
            cwd=ROOT,
            env={k: value for k, value in os.environ.items() if k != "PYTHONUNBUFFERED"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._late = threading.Timer(120, self.process.kill)  # or a test would wait for ever
        self._late.start()

    @property
    def asked(self) -> list[str]:
        return self._log.read_text("utf-8").splitlines()

    def wait_until_asked(self, count: int) -> None:
        wait_until(lambda: len(self.asked) >= count or self.process.poll() is not None)
        assert self.process.poll() is None, self.process.communicate()[1]

    def interrupt_and_wait_until_told(self) -> None:
        os.kill(self.process.pid, signal.SIGINT)
        assert self.process.stderr is not None
        waiting = "waiting for the answers under way; interrupt again to give them up"
        assert any(waiting in line for line in iter(self.process.stderr.readline, ""))

    def end(self) -> tuple[int, str, str]:
        out, told = self.process.communicate()
        self._late.cancel()
        return self.process.returncode, out, told


@pytest.fixture
def out(tmp_path: Path) -> Path:
    rows = [{"id": n, "question": question} for n, question in enumerate(QUESTIONS)]
    rows[2]["since"] = 2031  # the third fails without being asked
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (tmp_path / "q.jsonl").write_text("".join(lines), "utf-8")
    return tmp_path / "a.jsonl"


class Counting(Assistant):
    """Remembers what it is asked, also by other tests' batches: they are all the same."""

    known: dict[str, Answer] = {}

    def __init__(self, store: Path) -> None:
        super().__init__(Retriever(store, embedder=HashEmbedder()))
        self.asked: list[str] = []

    def ask(self, question: str, **options: Any) -> Answer:
        self.asked.append(question)
        if question not in self.known:
            self.known[question] = super().ask(question, **options)
        return self.known[question]


def finished(store: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the same command again, in this process; what it asks."""
    assistant = Counting(store)
    monkeypatch.setattr("rag.opening.open_assistant", lambda *_, **__: assistant)
    assert main(["--batch", str(out.parent / "q.jsonl"), "--out", str(out)]) == 1
    return assistant.asked


def untimed(lines: Sequence[str]) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in lines]
    for fields in found:
        fields.pop("timings", None)
    return found


def whole(store: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What a batch gives that nothing interrupts."""
    other = out.with_name("whole.jsonl")
    finished(store, other, monkeypatch)
    return untimed(other.read_text("utf-8").splitlines())


def in_part(out: Path) -> list[str]:
    """The questions that the part has something of."""
    lines = out.with_name("a.jsonl.part").read_bytes().split(b"\n")[1:-1]
    return [json.loads(line.split(b" ", 2)[2])["question"] for line in lines]


@pytest.mark.parametrize(("free", "jobs"), [(0, 1), (4, 3)])
def test_a_killed_batch_goes_on(
    sample_store: Path, out: Path, monkeypatch: pytest.MonkeyPatch, free: int, jobs: int
) -> None:
    first = Asking(sample_store, out, free=free, jobs=jobs)
    first.wait_until_asked(free + jobs)
    wait_until(lambda: len(in_part(out)) == free + (free > 2))  # … and the third row
    os.kill(first.process.pid, signal.SIGKILL)
    assert first.end()[0] == -signal.SIGKILL
    before = in_part(out)
    # All that was answered is kept: only what was under way is asked again.
    assert len(first.asked) - len([q for q in before if q != QUESTIONS[2]]) == jobs
    asked = finished(sample_store, out, monkeypatch)
    assert not set(asked) & set(before)
    assert sorted({*before, *asked, QUESTIONS[2]}) == sorted(QUESTIONS)
    found = untimed(out.read_text("utf-8").splitlines())
    assert found == whole(sample_store, out, monkeypatch)
    assert [fields["id"] for fields in found] == list(range(8))
    assert found[2]["error"] == '"since" or "until" is not a date'
    assert {path.name for path in out.parent.glob(".*")} == set()


def test_ctrl_c_keeps_the_answers_under_way_and_begins_none(
    sample_store: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Asking(sample_store, out, free=1, jobs=2)
    first.wait_until_asked(3)
    first.interrupt_and_wait_until_told()
    (out.parent / "GO").touch()
    code, printed, told = first.end()
    assert (code, printed) == (130, "")
    assert told.endswith(
        "interrupted; 4 of 8 questions are asked. To go on, give the same command again\n"
    )
    assert sorted(in_part(out)) == sorted([*first.asked, QUESTIONS[2]])
    assert sorted(first.asked) == sorted([*QUESTIONS[:2], QUESTIONS[3]])
    assert finished(sample_store, out, monkeypatch) == QUESTIONS[4:]
    found = untimed(out.read_text("utf-8").splitlines())
    assert found == whole(sample_store, out, monkeypatch)


def test_a_second_ctrl_c_gives_up_the_answers_under_way(sample_store: Path, out: Path) -> None:
    first = Asking(sample_store, out, free=2, jobs=2)
    first.wait_until_asked(4)
    first.interrupt_and_wait_until_told()
    os.kill(first.process.pid, signal.SIGINT)
    code, _, told = first.end()
    assert code == 130
    assert "interrupted; 3 of 8 questions are asked. To go on" in told
    assert len(in_part(out)) == 3


def test_a_full_disk_is_told_and_loses_nothing(
    sample_store: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Asking(sample_store, out, free=99, jobs=1, largest=20_000)
    code, printed, told = full.end()
    assert (code, printed) == (1, "")
    assert told.splitlines()[-1] == (
        f"error: {out}.part cannot be written (File too large); nothing that was answered is "
        "lost: free some space or mend the folder, then give the same command again"
    )
    before = in_part(out)
    assert 0 < len(before) < 8
    assert finished(sample_store, out, monkeypatch) == [q for q in QUESTIONS if q not in before]
    found = untimed(out.read_text("utf-8").splitlines())
    assert found == whole(sample_store, out, monkeypatch)


def test_on_stdout_whole_lines_in_order_have_come_before_ctrl_c(
    sample_store: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Asking(sample_store, out, free=2, jobs=2, kept=False)
    assert first.process.stdout is not None
    lines = [first.process.stdout.readline() for _ in range(3)]  # flushed while others are asked
    first.wait_until_asked(4)
    first.interrupt_and_wait_until_told()
    (out.parent / "GO").touch()
    code, printed, told = first.end()
    assert code == 130 and told.endswith("interrupted\n")
    found = untimed([*lines, *printed.splitlines()])
    assert len(found) == 5  # the third row failed
    assert found == whole(sample_store, out, monkeypatch)[:5]
