import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from eval.__main__ import main
from eval.report import render, report, write
from eval.runner import Run, default_folder, read_run, run
from eval.sets import QuestionSet, read_set
from index.build import build
from index.store import Store
from rag import Answer, Assistant, Retriever, Turn
from rag.errors import InputError, ModelError
from tests.conftest import HashEmbedder, ScriptedLLM

ROOT = Path(__file__).parents[2]
SAMPLE_SET = ROOT / "eval" / "sets" / "sample.jsonl"


class Watched(Assistant):
    """Remembers what it is asked; interrupted, or failing, at some questions."""

    def __init__(self, store: Path, *, interrupt_at: int = -1, fail_at: Sequence[int] = ()) -> None:
        super().__init__(Retriever(Store(store), embedder=HashEmbedder()))
        self.interrupt_at, self.fail_at = interrupt_at, fail_at
        self.asked: list[str] = []
        self.histories: list[Sequence[Turn]] = []

    def ask(self, question: str, **options: Any) -> Answer:
        if len(self.asked) == self.interrupt_at:
            raise KeyboardInterrupt
        self.asked.append(question)
        self.histories.append(options["history"])
        if len(self.asked) - 1 in self.fail_at:
            raise ModelError("the model stopped; start it again")
        return super().ask(question, **options)


@pytest.fixture
def few(tmp_path: Path) -> QuestionSet:
    """Ten answerable and five unanswerable questions of the sample set, one with a history."""
    lines = SAMPLE_SET.read_text("utf-8").splitlines()
    kept = [*lines[:10], *[line for line in lines if '"unanswerable"' in line][:5]]
    kept[0] = json.dumps({**json.loads(kept[0]), "history": [["前一个问题？", "回答。"]]})
    path = tmp_path / "few.jsonl"
    path.write_text("\n".join(kept) + "\n", "utf-8")
    return read_set(path)


def figures(run: Run) -> str:
    made = report(run)
    return json.dumps({**made, "latency": None}, ensure_ascii=False)


def test_the_sample_set_runs_and_cites_validly(sample_store: Path, tmp_path: Path) -> None:
    questions = read_set(SAMPLE_SET)
    done = run(questions, Watched(sample_store), tmp_path / "run")
    assert len(done.rows) == len(questions.questions)
    assert done.failed == []
    made = write(done)
    answered = sum(not row["abstained"] for row in done.rows.values())
    assert made["metrics"]["citation_validity"]["n"] == answered > 0
    assert made["metrics"]["citation_validity"]["mean"] == 1.0
    assert made["metrics"]["false_answer"]["n"] == made["groups"]["type"]["unanswerable"]["n"]
    assert made["questions"]["evidence_missing"] == []
    size = done.header["paragraphs"]
    assert made["floor"]["recall@5, random paragraphs"]["mean"] == 5 / size
    assert sum(group["n"] for group in made["groups"]["language"].values()) == len(done.rows)
    assert json.loads((done.folder / "report.json").read_text("utf-8")) == made
    assert (done.folder / "report.md").read_text("utf-8") == render(made)
    assert "| citation_validity " in render(made)


def test_a_run_goes_on_and_asks_nothing_twice(
    sample_store: Path, tmp_path: Path, few: QuestionSet
) -> None:
    folder = tmp_path / "run"
    first = Watched(sample_store, interrupt_at=4)
    with pytest.raises(KeyboardInterrupt):
        run(few, first, folder)
    assert len(read_run(folder).asked) == 4
    with (folder / "rows.jsonl").open("a") as file:
        file.write('{"id": "s0')  # a crash in the middle of a row
    assert len(read_run(folder).asked) == 4
    second = Watched(sample_store)
    done = run(few, second, folder)
    assert [*first.asked, *second.asked] == [question.text for question in few.questions]
    third = Watched(sample_store)
    run(few, third, folder)
    assert third.asked == []
    whole = run(few, Watched(sample_store), tmp_path / "whole")
    assert figures(done) == figures(whole)


def test_rows_hold_the_answer_its_id_and_its_metrics(
    sample_store: Path, tmp_path: Path, few: QuestionSet
) -> None:
    assistant = Watched(sample_store)
    done = run(few, assistant, tmp_path / "run", k=3)
    question = few.questions[0]
    row = done.rows[question.id]
    answer = assistant.ask(question.text, history=[], k=3).to_json()
    assert row.keys() == {*answer, "metrics"}
    assert row["id"] == question.id
    assert {key: row[key] for key in ("answer", "hits", "sentences")} == {
        key: json.loads(json.dumps(answer[key])) for key in ("answer", "hits", "sentences")
    }
    assert row["metrics"] == done.measured()[question.id]
    assert row["metrics"]["recall@5"] is None  # three paragraphs were asked for
    assert assistant.histories[0] == [Turn("前一个问题？", "回答。")]
    assert list(assistant.histories[1]) == []


def test_a_failed_question_stays_and_counts(
    sample_store: Path, tmp_path: Path, few: QuestionSet
) -> None:
    done = run(few, Watched(sample_store, fail_at=[1, 12]), tmp_path / "run")
    failed = [few.questions[1].id, few.questions[12].id]
    assert done.failed == failed
    assert done.rows[failed[0]]["error"] == "the model stopped; start it again"
    made = report(done)
    assert made["metrics"]["failed"]["mean"] == pytest.approx(2 / 15)
    assert made["metrics"]["answer_contains_gold"]["n"] == 10
    assert made["metrics"]["over_refusal"]["n"] == 9
    assert made["metrics"]["false_answer"]["n"] == 4
    assert made["latency"]["total_ms"]["n"] == 13
    assert "2 failed" in render(made)


def test_a_folder_takes_only_the_same_run(
    sample_store: Path, tmp_path: Path, few: QuestionSet
) -> None:
    folder = tmp_path / "run"
    run(few, Watched(sample_store), folder)
    with pytest.raises(InputError, match="run with another k; choose another folder with --out"):
        run(few, Watched(sample_store), folder, k=5)
    other = QuestionSet("few", few.questions, few.data + b"\n")
    with pytest.raises(InputError, match="another set_sha256"):
        run(other, Watched(sample_store), folder)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="holds something else"):
        run(few, Watched(sample_store), tmp_path / "file")


def test_a_store_without_the_evidence_is_refused(tmp_path: Path, few: QuestionSet) -> None:
    (tmp_path / "a.txt").write_text("别的文章。\n", "utf-8")
    build([tmp_path / "a.txt"], tmp_path / "store", HashEmbedder())
    assistant = Watched(tmp_path / "store")
    with pytest.raises(
        InputError, match=r"none of the \d+ evidences of few; it is the wrong store"
    ):
        run(few, assistant, tmp_path / "run")
    assert assistant.asked == []
    assert not (tmp_path / "run").exists()


def test_missing_evidence_is_told(
    tmp_path: Path, few: QuestionSet, caplog: pytest.LogCaptureFixture
) -> None:
    question = few.questions[0]
    source = question.evidence[0].source
    (tmp_path / source).write_text(f"前言。{question.evidence[0].quote}。\n", "utf-8")
    build([tmp_path / source], tmp_path / "store", HashEmbedder())
    done = run(few, Watched(tmp_path / "store"), tmp_path / "run")
    told = [r.getMessage() for r in caplog.records if r.name == "eval.runner"]
    missing = done.header["evidence_missing"]
    assert len(told) == len(missing) == sum(len(q.evidence) for q in few.questions) - 1
    first = few.questions[1]
    assert told[0] == (
        f"evidence missing in this store: {first.id}: {first.evidence[0].source}: "
        f"{first.evidence[0].quote}"
    )
    shown = render(report(done))
    assert f"Evidence missing in this store (counted as not found): {first.id}, " in shown


def test_a_store_that_changes_ends_the_run(tmp_path: Path, few: QuestionSet) -> None:
    folder, extra = tmp_path / "store", tmp_path / "extra.txt"
    extra.write_text("另一篇。\n", "utf-8")
    sample = ROOT / "index" / "sample"
    build([sample], folder, HashEmbedder())

    class Meanwhile(Watched):
        def ask(self, question: str, **options: Any) -> Answer:
            if len(self.asked) == 1:
                build([sample, extra], folder, HashEmbedder())
            return super().ask(question, **options)

    with pytest.raises(InputError, match="the store changed during the run"):
        run(few, Meanwhile(folder), tmp_path / "run")
    assert len(read_run(tmp_path / "run").rows) == 1


def test_damaged_run_folders_are_refused(
    sample_store: Path, tmp_path: Path, few: QuestionSet
) -> None:
    with pytest.raises(InputError, match="holds no run"):
        read_run(tmp_path)
    folder = run(few, Watched(sample_store), tmp_path / "run").folder
    rows = (folder / "rows.jsonl").read_bytes()
    for damage, message in (
        (b"{}\n", "line 16: not a row"),
        (b"null\n", "line 16: not a row"),
        (rows, f"line 16: {few.questions[0].id} stands there twice"),
        (b'{"id": "x"}\n', "answers x, which is not in its set"),
    ):
        (folder / "rows.jsonl").write_bytes(rows + damage)
        with pytest.raises(InputError, match=message):
            read_run(folder)
    (folder / "rows.jsonl").write_bytes(rows)
    with (folder / "set.jsonl").open("a") as file:
        file.write("\n")
    with pytest.raises(InputError, match="was changed after the run"):
        read_run(folder)


def test_default_folders_are_named_after_set_and_model(few: QuestionSet) -> None:
    assert default_folder(few, "a b/c").parent == Path("runs")
    assert default_folder(few, "a b/c").name.startswith("few-a_b_c-20")


def test_the_commands(
    sample_store: Path,
    tmp_path: Path,
    few: QuestionSet,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("rag.assistant.load_embedder", lambda name: HashEmbedder())
    folder = str(tmp_path / "run")
    arguments = ["run", str(tmp_path / "few.jsonl"), "--store", str(sample_store)]
    assert main([*arguments, "--llm", "quote", "--out", folder, "--json"]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["questions"]["asked"] == 15
    assert f"run folder: {folder}" in shown.err
    assert read_run(Path(folder)).header["answer_style"] == "quote"
    assert main(["report", folder]) == 0
    assert capsys.readouterr().out.startswith("# few, answered by quote\n")
    assert main(["compare", folder, folder, "--gate", "recall@5>=0", "--gate", "failed<=0"]) == 0
    assert "+0.000" in capsys.readouterr().out
    assert main(["compare", folder, folder, "--gate", "recall@5>=0.1"]) == 1
    assert capsys.readouterr().err == "gate broken: recall@5>=0.1\n"
    assert main(["report", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("error: ")
    for wrong in (["compare", folder, folder, "--gate", "x>=1"], [*arguments, "-k", "0"], []):
        with pytest.raises(SystemExit, match="2"):
            main(wrong)


def test_the_answer_style_makes_another_run(
    sample_store: Path,
    tmp_path: Path,
    few: QuestionSet,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    llm = ScriptedLLM(*["[1]"] * 15)
    monkeypatch.setattr("rag.assistant.load_embedder", lambda name: HashEmbedder())
    monkeypatch.setattr("rag.assistant.load", lambda name, **_: llm)
    folder = tmp_path / "run"
    arguments = ["run", str(tmp_path / "few.jsonl"), "--store", str(sample_store)]
    arguments += ["--llm", "quote", "--out", str(folder), "--answer-style"]
    assert main([*arguments, "quote"]) == 0
    done = read_run(folder)
    assert done.header["answer_style"] == "quote"
    assert any(request.pointers for request in llm.asked)
    assert all(s["support"] == "supported" for r in done.rows.values() for s in r["sentences"])
    assert main([*arguments, "prose"]) == 1
    assert "another answer_style" in capsys.readouterr().err


def test_follow_ups_are_asked_as_understood_or_as_typed(
    sample_store: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("rag.assistant.load_embedder", lambda name: HashEmbedder())
    lines = (ROOT / "eval" / "sets" / "follow_ups.jsonl").read_text("utf-8").splitlines()
    (tmp_path / "one.jsonl").write_text(lines[0] + "\n", "utf-8")
    arguments = ["run", str(tmp_path / "one.jsonl"), "--store", str(sample_store), "--llm", "quote"]
    assert main([*arguments, "--out", str(tmp_path / "a")]) == 0
    assert main([*arguments, "--out", str(tmp_path / "b"), "--verbatim"]) == 0
    understood, typed = read_run(tmp_path / "a"), read_run(tmp_path / "b")
    assert understood.rows["f001"]["question"] == "它全长多少公里？"
    assert understood.rows["f001"]["asked"] == "岚浦地铁二号线全长多少公里？"
    assert "asked" not in typed.rows["f001"]
    assert (understood.header["verbatim"], typed.header["verbatim"]) == (False, True)
    capsys.readouterr()
    assert main([*arguments, "--out", str(tmp_path / "b")]) == 1
    assert "another verbatim" in capsys.readouterr().err


def test_the_policy_and_the_judge_make_another_run(
    sample_store: Path,
    tmp_path: Path,
    few: QuestionSet,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    llm = ScriptedLLM(*["市长来自外地，喜欢音乐。"] * 15)
    monkeypatch.setattr("rag.assistant.load_embedder", lambda name: HashEmbedder())
    monkeypatch.setattr("rag.assistant.load", lambda name, **_: llm)
    folder = tmp_path / "run"
    arguments = ["run", str(tmp_path / "few.jsonl"), "--store", str(sample_store)]
    arguments += ["--out", str(folder), "--answer-style", "prose"]
    assert main([*arguments, "--unsupported", "drop"]) == 0
    done = read_run(folder)
    assert (done.header["unsupported"], done.header["judge"]) == ("drop", "none")
    assert all(row["abstained"] for row in done.rows.values())
    assert any("withdrawn" in row for row in done.rows.values())
    capsys.readouterr()
    assert main([*arguments, "--judge", "llm"]) == 1
    assert "another judge, unsupported;" in capsys.readouterr().err


def test_an_interrupted_command_says_how_to_go_on(
    sample_store: Path,
    tmp_path: Path,
    few: QuestionSet,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assistant = Watched(sample_store, interrupt_at=2)
    monkeypatch.setattr("rag.assistant.open_assistant", lambda *_, **__: assistant)
    folder = tmp_path / "run"
    assert main(["run", str(tmp_path / "few.jsonl"), "--out", str(folder)]) == 130
    assert f"give the same command with --out {folder}" in capsys.readouterr().err
    assistant.interrupt_at, assistant.fail_at = -1, [3]
    assert main(["run", str(tmp_path / "few.jsonl"), "--out", str(folder)]) == 1  # one failed
    assert len(assistant.asked) == 15


def test_help_loads_nothing_heavy() -> None:
    code = "import sys, eval.__main__ as m; m._parser(); print('numpy' in sys.modules)"
    made = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert made.stdout == "False\n", made.stderr
