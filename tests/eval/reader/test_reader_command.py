import json
import signal
import sys
from pathlib import Path

import numpy as np
import pytest

from eval.__main__ import main
from eval.bench.ranker_cases import read_cases
from eval.bench.reader import command, measuring, training
from eval.bench.reader.measuring import Held, measured, read_held
from eval.bench.reader.net import Batch, Shape
from rag.reader.engine import Read
from rag.reader.inputs import width

SMALL = {"embedding": 64, "layers": 1, "heads": 2, "inner": 64}


@pytest.fixture
def arguments(
    files: list[Path], news: Path, tmp_path: Path, few: None, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """A command that trains a small network, uncompiled."""
    monkeypatch.setattr(
        training, "shape_for", lambda table: Shape(width(table.dimensions), **SMALL)
    )
    monkeypatch.setattr(command, "compiles", lambda: False)
    options = ["--news", str(news), "--checkpoint", str(tmp_path / "a.pt")]
    options += ["--out", str(tmp_path / "made" / "a.gguf"), "--layers", "1", "--steps", "3"]
    return ["bench", "fit-reader", "--train", *map(str, files), *options, "--json"]


def test_a_reader_is_trained_written_and_measured(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [json.loads(line) for line in lines if line.startswith("{")]
    assert [row["weights"] for row in rows] == ["F32", "F16", "Q8_0", "Q4_0"]
    sizes = [row["bytes"] for row in rows]
    assert sizes == sorted(sizes, reverse=True)
    out = tmp_path / "made" / "a.gguf"
    assert out.stat().st_size == sizes[2]
    assert out.with_suffix(".safetensors").stat().st_mode & 0o044 == 0o044  # others may read it
    assert measured(out, read_held([Path(a) for a in arguments[3:5]])) == {
        name: value for name, value in rows[2].items() if name not in ("weights", "bytes")
    }
    out.unlink()
    assert main([*arguments, "--steps", "0"]) == 0
    again = capsys.readouterr().out
    assert "a.pt has 3 steps\n" in again and "reading" not in again
    assert [json.loads(li) for li in again.splitlines() if li.startswith("{")] == rows
    assert out.exists()


def test_ctrl_c_keeps_what_is_learnt(
    arguments: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    learn = training.Run._learn

    def interrupted(run: training.Run, batch: Batch) -> float:
        if run.step == 1:
            signal.raise_signal(signal.SIGINT)
        return learn(run, batch)

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(training.Run, "_learn", interrupted)
    assert main(arguments) == 130
    said = capsys.readouterr().err
    assert "stopped at step 2, which" in said and "the same command goes on" in said
    assert signal.getsignal(signal.SIGINT) is before
    assert not (tmp_path / "made").exists()
    monkeypatch.setattr(training.Run, "_learn", learn)
    assert main(arguments) == 0
    assert "a.pt has 2 steps, going on\n" in capsys.readouterr().out


def test_nothing_to_write_out_and_other_layers_are_told(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--steps", "0"]) == 1
    assert "train with --steps N" in capsys.readouterr().err
    assert main(arguments) == 0
    assert main([*arguments, "--layers", "2"]) == 1
    assert "has 1 layers, not 2: give --layers 1" in capsys.readouterr().err


def test_the_compiler_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert not command.compiles()
    monkeypatch.setenv("CXX", sys.executable)
    assert command.compiles()


def test_the_held_out_questions_are_those_not_learnt_from(files: list[Path]) -> None:
    held = read_held(files)
    _, cases = read_cases(files, 100)
    assert sum(map(len, held.values())) == len(cases) > 0
    assert set(held) <= {"bridges", "lakes"}
    for questions in held.values():
        assert all(case.right.tolist() == [False, True, False] for case in questions)
    assert sum(map(len, read_held(files, 1).values())) == len(held)


class FakeEngine:
    def __init__(self, path: Path) -> None:
        pass

    def read(self, question: str, paragraphs: list[tuple[str, ...]]) -> Read:
        return Read(np.log([float(len(s)) for s in paragraphs[0]]), np.zeros(1))

    def close(self) -> None:
        pass


def test_the_shares_and_the_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "ReaderEngine", FakeEngine)
    first = Held("问", ("甲", "乙乙乙"), np.array([False, True]))  # probability 3/4
    second = Held("问", ("甲", "乙乙乙"), np.array([True, False]))  # 1/4
    third = Held("问", ("甲", "乙", "丙丙"), np.array([True, True, False]))  # 2/4
    row = measured(Path("x.gguf"), {"a": [first, second], "b": [third]})
    assert row["a right"] == 0.5 and row["b right"] == 0.0
    assert row["loss"] == pytest.approx(-np.log([3 / 4, 1 / 4, 1 / 2]).mean())
