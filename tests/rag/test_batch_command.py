"""`python -m rag --batch`: order, the file of answers, what it goes on from, what it refuses."""

import json
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index.build import build
from rag import Answer, Assistant, Retriever
from rag.__main__ import main
from rag.batch.asking import Limits
from rag.batch.command import _to_stdout
from rag.batch.header import header_of
from rag.batch.reading import read_batch
from rag.batch.row import Row
from rag.errors import ModelBusy
from tests.conftest import SAMPLE, HashEmbedder

QUESTIONS = ["新桥有多长？", "How long is the new bridge?", "市场几点开门？", "谁设计了图书馆？"]


class Told(Assistant):
    """Does what it is told before it answers; remembers what it was asked."""

    def __init__(self, store: Path, before: Callable[[str], None] = lambda _: None) -> None:
        super().__init__(Retriever(store, embedder=HashEmbedder()))
        self.before = before
        self.asked: list[str] = []

    def ask(self, question: str, **options: Any) -> Answer:
        self.before(question)
        self.asked.append(question)
        return super().ask(question, **options)


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    rows = [{"id": n, "question": question} for n, question in enumerate(QUESTIONS)]
    rows.insert(2, {"id": "bad", "question": "长" * 2001})
    path = tmp_path / "q.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


@pytest.fixture
def answers(
    sample_store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    """Runs the command: its exit code, stdout and stderr."""

    def run(*words: object, assistant: Assistant | None = None) -> tuple[int, str, str]:
        asked = assistant or Told(sample_store)
        monkeypatch.setattr("rag.opening.open_assistant", lambda *_, **__: asked)
        monkeypatch.setattr("rag.opening.load_embedder", lambda _: HashEmbedder())
        monkeypatch.setenv("RAG_STORE", str(sample_store))
        capsys.readouterr()
        code = main([str(word) for word in ("--batch", *words)])
        return code, *capsys.readouterr()

    return run


Run = Callable[..., tuple[int, str, str]]


def untimed(text: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in text.splitlines()]
    for fields in found:
        fields.pop("timings", None)
    return found


def test_answers_are_the_same_in_the_same_order_with_any_number_of_jobs(
    sample_store: Path, batch: Path, tmp_path: Path, answers: Run
) -> None:
    code, alone, told = answers(batch)
    assert code == 1
    assert told == (
        f"{batch}, line 3: the question has 2,001 characters, more than 2,000; shorten it\n"
        '1 of 5 questions failed: see their "error"\n'
    )
    expected = untimed(alone)
    assert [fields["id"] for fields in expected] == [0, 1, "bad", 2, 3]
    assert [*expected[2]] == ["id", "question", "error"]
    assistant = Assistant(Retriever(sample_store, embedder=HashEmbedder()))
    for fields, question in zip([*expected[:2], *expected[3:]], QUESTIONS, strict=True):
        answer = assistant.ask(question).to_json()
        answer.pop("timings")
        assert fields == json.loads(json.dumps({**answer, "id": fields["id"]}))

    # The first answer waits for the last one, and that for the others.
    there = {question: threading.Event() for question in QUESTIONS}
    first, second, third, last = QUESTIONS
    waits_for = {first: last, last: third, third: second}

    def before(question: str) -> None:
        if question in waits_for:
            assert there[waits_for[question]].wait(60)
        if question in there:
            there[question].set()

    code, printed, _ = answers(batch, "--jobs", 4, assistant=Told(sample_store, before))
    assert (code, untimed(printed)) == (1, expected)
    for event in there.values():
        event.clear()
    out = tmp_path / "a.jsonl"
    jobs = ("--jobs", "4", "--out", out)
    code, printed, _ = answers(batch, *jobs, assistant=Told(sample_store, before))
    assert (code, printed, untimed(out.read_text("utf-8"))) == (1, "", expected)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jsonl", "q.jsonl"]


def test_a_busy_model_is_waited_out(sample_store: Path, batch: Path, answers: Run) -> None:
    busy = [QUESTIONS[1], QUESTIONS[1], QUESTIONS[3]]

    def before(question: str) -> None:
        if question in busy:
            busy.remove(question)
            raise ModelBusy("too many questions wait", 0)

    code, printed, _ = answers(batch, "--jobs", 2, assistant=Told(sample_store, before))
    assert (code, busy) == (1, [])
    assert ["error" in fields for fields in untimed(printed)] == [False, False, True, False, False]


def test_a_search_is_kept_too_and_a_table_tells_what_it_ignores(
    tmp_path: Path, answers: Run
) -> None:
    table, out = tmp_path / "q.csv", tmp_path / "a.jsonl"
    table.write_text(
        "id;question;remark;until\n7;新桥有多长？;!;\n8;新桥有多长？;;1900\n", "utf-8-sig"
    )
    code, printed, told = answers(table, "--search", "-k", 2, "--out", out)
    assert (code, printed, told) == (0, "", f"{table}: these columns are ignored: 'remark'\n")
    found, nothing = untimed(out.read_text("utf-8"))
    assert (found["id"], found["question"], len(found["hits"])) == ("7", "新桥有多长？", 2)
    assert nothing == {"id": "8", "question": "新桥有多长？", "hits": []}
    assert answers(table, "--search", "-k", 2)[1] == out.read_text("utf-8")


def test_a_defect_ends_the_batch_and_the_same_command_goes_on(
    sample_store: Path, batch: Path, tmp_path: Path, answers: Run
) -> None:
    out = tmp_path / "a.jsonl"

    def before(question: str) -> None:
        if question == QUESTIONS[2]:
            raise ZeroDivisionError("a defect")

    with pytest.raises(ZeroDivisionError, match="a defect"):
        answers(batch, "--out", out, assistant=Told(sample_store, before))
    assert not out.exists()
    assistant = Told(sample_store)
    code, _, told = answers(batch, "--out", out, assistant=assistant)
    assert (code, assistant.asked) == (1, QUESTIONS[2:])
    assert told == (
        f'going on with {out}.part: 3 of 5 are there\n1 of 5 questions failed: see their "error"\n'
    )
    assert untimed(out.read_text("utf-8")) == untimed(answers(batch)[1])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["-k", "3"], "another -k (then 8, now 3)"),
        (["--since", "2031"], 'another --since (then null, now "2031")'),
        (["--source", "a*"], 'another --source (then [], now ["a*"])'),
        (["--search"], "another choice between answers and --search; give"),
    ],
)
def test_another_command_does_not_go_on(
    sample_store: Path, batch: Path, tmp_path: Path, answers: Run, words: list[str], told: str
) -> None:
    out = tmp_path / "a.jsonl"

    def before(_: str) -> None:
        raise KeyboardInterrupt

    assert answers(batch, "--out", out, assistant=Told(sample_store, before))[0] == 130
    part = (tmp_path / "a.jsonl.part").read_bytes()
    assistant = Told(sample_store)
    code, printed, error = answers(batch, "--out", out, *words, assistant=assistant)
    assert (code, printed, assistant.asked) == (1, "", [])
    assert error.startswith(f"error: {out}.part was begun with {told}")
    assert error.endswith("give what it was begun with to go on, or delete it to begin anew\n")
    assert (tmp_path / "a.jsonl.part").read_bytes() == part


def test_a_changed_batch_does_not_go_on(
    sample_store: Path, batch: Path, tmp_path: Path, answers: Run
) -> None:
    out = tmp_path / "a.jsonl"

    def before(_: str) -> None:
        raise KeyboardInterrupt

    assert answers(batch, "--out", out, assistant=Told(sample_store, before))[0] == 130
    batch.write_text('{"question": "新桥有多长？"}', "utf-8")
    code, _, error = answers(batch, "--out", out)
    assert (code, out.exists()) == (1, False)
    assert "was begun with another content of the batch file; give" in error


def test_what_cannot_be_the_file_of_the_answers_is_told_before_anything_is_opened(
    batch: Path, tmp_path: Path, answers: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_nothing(*_: object, **__: object) -> Assistant:
        raise AssertionError

    monkeypatch.setattr("rag.batch.command.assistant_of", open_nothing)
    (tmp_path / "old.jsonl").write_text("old")
    (tmp_path / "b.jsonl.part").hardlink_to(batch)
    before = batch.read_bytes()
    for out, told in [
        (batch, "would write over the questions; choose another name"),
        (tmp_path / "b.jsonl", "would write over the questions; choose another name"),
        (tmp_path / "old.jsonl", "is there already; choose another name with --out, or delete it"),
        (tmp_path, "is there already; choose another name with --out, or delete it"),
        (tmp_path / "none" / "a.jsonl", f"there is no folder {tmp_path / 'none'}; make it, or"),
    ]:
        code, printed, error = answers(batch, "--out", out)
        assert (code, printed, error.count("\n")) == (1, "", 1)
        assert error.startswith("error: ") and told in error
    assert (batch.read_bytes(), (tmp_path / "old.jsonl").read_text()) == (before, "old")


def test_one_state_of_the_store_answers_a_whole_batch(
    tmp_path: Path, batch: Path, answers: Run
) -> None:
    store, extra, out = tmp_path / "s", tmp_path / "extra.txt", tmp_path / "a.jsonl"
    few = [*SAMPLE.glob("*bridge*")]
    build(few, store, HashEmbedder())
    expected = untimed(answers(batch, assistant=Told(store))[1])
    changed = False

    def before(question: str) -> None:
        nonlocal changed
        if question == QUESTIONS[1] and not changed:
            changed = True
            extra.write_text("市场几点开门？市场三点开门。谁设计了图书馆？没有人。\n", "utf-8")
            build([*few, extra], store, HashEmbedder())
        elif question == QUESTIONS[3]:
            raise KeyboardInterrupt

    code, _, told = answers(batch, "--out", out, assistant=Told(store, before))
    assert code == 130 and "4 of 5 questions are asked" in told
    lines = (tmp_path / "a.jsonl.part").read_text("utf-8").splitlines()[1:]
    assert untimed("\n".join(line.split(" ", 2)[2] for line in lines)) == expected[:4]
    code, _, told = answers(batch, "--out", out, assistant=Told(store))
    assert code == 1 and "was begun with another state of the store; give" in told
    (tmp_path / "a.jsonl.part").unlink()
    assert answers(batch, "--out", out, assistant=Told(store))[0] == 1
    assert "市场三点开门" in out.read_text("utf-8")


def test_answers_do_not_stay_in_memory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    live = most = 0

    class Words(str):
        """An answer that is counted while it is there."""

    def gone() -> None:
        nonlocal live
        live -= 1

    def ask(row: Row) -> dict[str, Any]:
        nonlocal live, most
        words = Words(row.question)
        live += 1
        most = max(most, live)
        weakref.finalize(words, gone)
        return {"answer": words}

    (tmp_path / "q.jsonl").write_text('{"question": "a"}\n' * 500)
    assert _to_stdout(read_batch(tmp_path / "q.jsonl"), ask, 1) == 0
    assert len(capsys.readouterr().out.splitlines()) == 500
    assert 1 <= most <= 3


def test_the_header_tells_models_apart(sample_store: Path, batch: Path, tmp_path: Path) -> None:
    assistant = Assistant(Retriever(sample_store, embedder=HashEmbedder()), unsupported="drop")
    model = tmp_path / "m-00001-of-00002.gguf"
    for number in (1, 2):
        (tmp_path / f"m-0000{number}-of-00002.gguf").write_bytes(b"GGUF" * number)

    def header() -> dict[str, Any]:
        return header_of(
            read_batch(batch),
            assistant.retriever,
            assistant,
            Limits(k=5, sources=("a",)),
            reranker=None,
            model_file=model,
        )

    first = header()
    names = [name for name, _, _ in first["llm_files"]]
    assert names == ["m-00001-of-00002.gguf", "m-00002-of-00002.gguf"]
    assert [size for _, size, _ in first["llm_files"]] == [4, 8]
    assert (first["k"], first["sources"], first["unsupported"]) == (5, ["a"], "drop")
    assert first["embedder"] == HashEmbedder().fingerprint
    assert header() == first
    (tmp_path / "m-00002-of-00002.gguf").write_bytes(b"GGUX" * 3)
    assert {name for name in first if header()[name] != first[name]} == {"llm_files"}


@pytest.mark.parametrize(
    "words",
    [["新桥", "--out", "a.jsonl"], ["新桥", "--jobs", "2"], ["--batch", "q.jsonl", "--jobs", "0"]],
)
def test_options_of_a_batch_without_one_are_wrong_usage(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2
    assert "--jobs" in capsys.readouterr().err
