import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from eval.__main__ import main
from eval.runner import read_run
from eval.sets import canonical, read_set
from rag import Answer, Assistant, Retriever
from rag.errors import ModelError
from tests.conftest import HashEmbedder, ScriptedLLM

ROOT = Path(__file__).parents[2]
SETS = ROOT / "eval" / "sets"


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """Three answerable questions and two unanswerable ones."""
    questions = read_set(SETS / "sample.jsonl").questions
    kept = [q for q in questions if q.answerable][:3]
    kept += [q for q in questions if not q.answerable and q.twin is None][:2]
    path = tmp_path / "few.jsonl"
    path.write_bytes(canonical(kept))
    return path


@pytest.fixture(autouse=True)
def _hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.assistant.load_embedder", lambda name: HashEmbedder())


def command(few: Path, store: Path, folder: Path, *more: str) -> list[str]:
    return ["run", str(few), "--store", str(store), "--out", str(folder), *more]


def test_run_and_report(
    sample_store: Path, tmp_path: Path, few: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    assert main(command(few, sample_store, folder, "--llm", "quote", "--json")) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["questions"]["asked"] == 5
    assert f"run folder: {folder}\n" in shown.err
    assert json.loads((folder / "report.json").read_text("utf-8")) == json.loads(shown.out)
    assert main(command(few, sample_store, folder, "--llm", "quote", "--jobs", "2")) == 0
    told = capsys.readouterr().out
    assert told.startswith("# few")
    assert main(["report", str(folder)]) == 0
    assert capsys.readouterr().out.strip() == told.strip()


def test_filters_and_limit_choose_the_questions(
    sample_store: Path, tmp_path: Path, few: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    ids = [question.id for question in read_set(few).questions]
    chosen = ["--filter", f"id={ids[2]}", "--filter", f"id={ids[0]}", "--filter", f"id={ids[1]}"]
    assert main(command(few, sample_store, folder, *chosen, "--limit", "2")) == 0
    done = read_run(folder)
    assert [question.id for question in done.questions] == ids[:2]
    assert done.header["filters"] == [f"id={ids[2]}", f"id={ids[0]}", f"id={ids[1]}"]
    assert done.header["limit"] == 2
    assert main(command(few, sample_store, tmp_path / "b", "--filter", "language=xx")) == 1
    told = capsys.readouterr().err
    assert "language is never xx (there are: " in told
    assert main(command(few, sample_store, tmp_path / "b", "--filter", "colour=red")) == 1
    assert "no filter by 'colour'; use one of type, language" in capsys.readouterr().err
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    "wrong",
    [["-k", "0"], ["--jobs", "0"], ["--limit", "0"], ["--filter", "type"], ["--filter", "=x"]],
)
def test_wrong_usage(sample_store: Path, tmp_path: Path, few: Path, wrong: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(command(few, sample_store, tmp_path / "run", *wrong))


def test_several_sets_are_asked_as_one(sample_store: Path, tmp_path: Path, few: Path) -> None:
    follow_ups = read_set(SETS / "follow_ups.jsonl")
    other = tmp_path / "other.jsonl"
    other.write_bytes(canonical(follow_ups.questions[:1]))
    folder = tmp_path / "run"
    arguments = ["run", str(few), str(other), "--store", str(sample_store), "--out", str(folder)]
    assert main(arguments) == 0
    done = read_run(folder)
    assert done.header["set"] == done.set.name == "few+other"
    assert [file["questions"] for file in done.header["sets"]] == [5, 1]
    assert [file.name for file in done.set.files] == ["few", "other"]


def test_follow_ups_are_asked_as_understood_or_as_typed(
    sample_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (one,) = [q for q in read_set(SETS / "follow_ups.jsonl").questions if q.id == "f001"]
    path = tmp_path / "one.jsonl"
    path.write_bytes(canonical([one]))
    assert main(command(path, sample_store, tmp_path / "a", "--llm", "quote")) == 0
    assert main(command(path, sample_store, tmp_path / "b", "--llm", "quote", "--verbatim")) == 0
    understood, typed = read_run(tmp_path / "a"), read_run(tmp_path / "b")
    assert understood.rows["f001"]["question"] == "它全长多少公里？"
    assert understood.rows["f001"]["asked"] == "岚浦地铁二号线全长多少公里？"
    assert "asked" not in typed.rows["f001"]
    assert (understood.header["verbatim"], typed.header["verbatim"]) == (False, True)
    capsys.readouterr()
    assert main(command(path, sample_store, tmp_path / "b", "--llm", "quote")) == 1
    assert "another verbatim" in capsys.readouterr().err


def test_style_policy_and_judge_make_another_run(
    sample_store: Path,
    tmp_path: Path,
    few: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    llm = ScriptedLLM(*["市长来自外地，喜欢音乐。"] * 5)
    monkeypatch.setattr("rag.assistant.load", lambda name, **_: llm)
    folder = tmp_path / "run"
    arguments = command(few, sample_store, folder)
    assert main([*arguments, "--answer-style", "prose", "--unsupported", "drop"]) == 0
    done = read_run(folder)
    assert (done.header["unsupported"], done.header["judge"]) == ("drop", "none")
    assert all(row["abstained"] for row in done.rows.values())
    assert any("withdrawn" in row for row in done.rows.values())
    # A token is a character to this model.
    wrote = [row["tokens"] for row in done.rows.values() if "tokens" in row]
    assert len(wrote) == len(llm.asked) > 0
    assert {tokens["reply"] for tokens in wrote} == {len("市长来自外地，喜欢音乐。")}
    capsys.readouterr()
    assert main([*arguments, "--answer-style", "quote", "--judge", "llm"]) == 1
    assert "another answer_style, judge, unsupported;" in capsys.readouterr().err


def test_an_interrupted_or_failed_command(
    sample_store: Path,
    tmp_path: Path,
    few: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Failing(Assistant):
        error: BaseException = KeyboardInterrupt()
        asked = 0

        def ask(self, question: str, **options: Any) -> Answer:
            self.asked += 1
            if self.asked == 3:
                raise self.error
            return super().ask(question, **options)

    assistant = Failing(Retriever(str(sample_store), embedder=HashEmbedder()))
    monkeypatch.setattr("rag.open_assistant", lambda *_, **__: assistant)
    folder = tmp_path / "run"
    assert main(command(few, sample_store, folder)) == 130
    told = capsys.readouterr().err
    assert f"interrupted; to go on, give the same command with --out {folder}\n" in told
    assistant.error, assistant.asked = ModelError("the model stopped; start it again"), 0
    assert main(command(few, sample_store, folder)) == 1  # one failed
    assert assistant.asked == 3
    assert len(read_run(folder).failed) == 1


def test_help_loads_nothing_heavy() -> None:
    code = "import sys, eval.__main__ as m; m.parser(); print('numpy' in sys.modules)"
    made = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert made.stdout == "False\n", made.stderr
