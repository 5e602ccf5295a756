import fcntl
import hashlib
import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from eval.baselines import BASELINES
from eval.metrics import METRICS
from eval.runner import default_folder, read_run, run
from eval.runner.folder import line
from eval.runner.gold import gold_paragraphs
from eval.runner.header import model_sha256
from eval.sets import QuestionSet, canonical, chosen, read_set
from index.build import build
from index.store import Store
from index.text import fold
from rag import Answer, Assistant, Retriever, Turn
from rag.errors import InputError, ModelBusy, ModelError
from tests.conftest import SAMPLE, HashEmbedder

SAMPLE_SET = Path(__file__).parents[2] / "eval" / "sets" / "sample.jsonl"


_ANSWERS: dict[tuple[object, ...], Answer] = {}  # of the assistant, asked by many tests


class Watched(Assistant):
    """Remembers what it is asked; fails at some questions, or is busy with some the first time."""

    def __init__(
        self,
        store: Path,
        *,
        fail_at: Sequence[int] = (),
        error: BaseException | None = None,
        busy: Sequence[str] = (),
    ) -> None:
        super().__init__(Retriever(Store(store), embedder=HashEmbedder()))
        self.fail_at, self.error, self.busy = fail_at, error, list(busy)
        self.asked: list[str] = []
        self.histories: list[Sequence[Turn]] = []
        self.threads: set[int] = set()

    def ask(self, question: str, **options: Any) -> Answer:
        if question in self.busy:
            self.busy.remove(question)
            raise ModelBusy("the model is busy", 0)
        self.asked.append(question)
        self.threads.add(threading.get_ident())
        self.histories.append(options["history"])
        if len(self.asked) - 1 in self.fail_at:
            raise self.error or ModelError("the model stopped; start it again")
        state = self.retriever.store.current().folder
        key = (state, question, options["k"], tuple(options["history"]))
        if key not in _ANSWERS:
            _ANSWERS[key] = super().ask(question, **options)
        return _ANSWERS[key]


@pytest.fixture
def few() -> QuestionSet:
    """Six answerable and three unanswerable questions of the sample set, one with a history."""
    questions = read_set(SAMPLE_SET).questions
    kept = [
        *[q for q in questions if q.answerable and not q.history][:6],
        *[q for q in questions if q.type == "unanswerable"][:3],
    ]
    lines = [json.loads(part) for part in canonical(kept).splitlines()]
    for fields in lines:
        fields.pop("twin", None)
    lines[0]["history"] = [["前一个问题？", "回答。"]]
    return _set(lines)


def _set(lines: list[dict[str, Any]]) -> QuestionSet:
    from eval.sets.fields import question_of

    made = [question_of(fields)[0] for fields in lines]
    questions = tuple(question for question in made if question is not None)
    assert len(questions) == len(lines)
    return QuestionSet("few", questions, canonical(questions))


def kept_bytes(folder: Path) -> dict[str, bytes]:
    """What is the same on every rerun."""
    names = ("header.json", "set.jsonl", "rows.jsonl", "baselines.jsonl")
    return {name: (folder / name).read_bytes() for name in names}


def test_a_run_keeps_answers_gold_and_metrics(
    sample_store: Path, tmp_path: Path, few: QuestionSet
) -> None:
    assistant = Watched(sample_store)
    done = run(few, assistant, tmp_path / "run", k=3)
    question = few.questions[0]
    row = done.rows[question.id]
    answer = assistant.ask(question.text, history=[], k=3)
    expected = {**answer.to_json(), "id": question.id}
    timings = expected.pop("timings")
    assert list(row) == [*expected, "gold", "confidence", "metrics"]
    assert {name: row[name] for name in expected} == json.loads(json.dumps(expected))
    assert row["confidence"] == round(answer.confidence, 4) > 0
    assert done.timings[question.id].keys() == timings.keys()
    assert row["metrics"] == done.measured()[question.id]
    assert row["metrics"].keys() == METRICS.keys()
    assert row["metrics"]["recall@5"] is None  # three paragraphs were asked for
    assert assistant.histories[0] == [Turn("前一个问题？", "回答。")]
    assert list(assistant.histories[1]) == []
    assert done.set.clusters == few.clusters
    assert (done.set.name, len(done.asked), done.failed) == ("few", 9, [])
    assert done.baselines.keys() == BASELINES.keys()
    assert (
        done.measured_baseline("bm25")[question.id]
        == (done.baselines["bm25"][question.id]["metrics"])
    )


def test_gold_are_the_paragraphs_that_contain_the_evidence(
    sample_store: Path, few: QuestionSet
) -> None:
    generation = Store(sample_store).current()
    gold = gold_paragraphs(few.questions, generation)
    answerable = [question for question in few.questions if question.evidence]
    for question in answerable:
        for evidence, names in zip(question.evidence, gold[question.id], strict=True):
            expected = [
                paragraph.id
                for article in generation.articles()
                if article.source == evidence.source
                for paragraph in generation.article_paragraphs(article.id)
                if fold(evidence.quote) in fold(paragraph.text)
            ]
            assert names == expected != []
    assert all(gold[q.id] == [] for q in few.questions if not q.evidence)


def test_gold_of_words_that_stand_in_several_paragraphs(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("桥长５００米。\n\n桥长500米，宽20米。\n\n桥很长。\n", "utf-8")
    (tmp_path / "b.txt").write_text("桥长500米。\n", "utf-8")
    build([tmp_path / "a.txt", tmp_path / "b.txt"], tmp_path / "store", HashEmbedder())
    generation = Store(tmp_path / "store").current()
    fields = {"id": "q", "question": "桥多长？", "language": "zh", "type": "numeric",
              "answerable": True, "answers": [["500米"]], "evidence_language": "zh",
              "evidence": [{"source": "a.txt", "quote": "橋長500米"},
                           {"source": "b.txt", "quote": "宽20米"}]}  # fmt: skip
    gold = gold_paragraphs(_set([fields]).questions, generation)
    (article,) = (a for a in generation.articles() if a.source == "a.txt")
    first, second, _ = generation.article_paragraphs(article.id)
    assert gold == {"q": [[first.id, second.id], []]}


@pytest.mark.parametrize("jobs", [1, 3])
def test_reruns_give_the_same_bytes(
    sample_store: Path, tmp_path: Path, few: QuestionSet, jobs: int
) -> None:
    first = run(few, Watched(sample_store, fail_at=[8]), tmp_path / "first")
    assistant = Watched(sample_store)
    # The question that fails is the last one, whichever thread asks it.
    last = few.questions[-1].text
    original = assistant.ask
    all_there = threading.Barrier(jobs)  # no thread is done before another has begun

    def ask(question: str, **options: Any) -> Answer:
        if threading.get_ident() not in assistant.threads:
            all_there.wait(60)
        answer = original(question, **options)
        if question == last:
            raise ModelError("the model stopped; start it again")
        return answer

    assistant.ask = ask  # type: ignore[method-assign]
    second = run(few, assistant, tmp_path / "second", jobs=jobs)
    assert len(assistant.threads) == jobs
    assert kept_bytes(second.folder) == kept_bytes(first.folder)
    assert list(second.rows) == [question.id for question in few.questions]
    assert list(second.timings) == [question.id for question in few.questions[:-1]]


def test_a_question_asked_while_the_model_is_busy_is_asked_again(
    sample_store: Path, tmp_path: Path, few: QuestionSet
) -> None:
    busy = [few.questions[1].text, few.questions[1].text, few.questions[4].text]
    assistant = Watched(sample_store, busy=busy)
    done = run(few, assistant, tmp_path / "run", jobs=2)
    assert done.failed == []
    assert sorted(assistant.asked) == sorted(question.text for question in few.questions)


def test_a_failed_question_stays_and_counts(
    sample_store: Path, tmp_path: Path, few: QuestionSet
) -> None:
    done = run(few, Watched(sample_store, fail_at=[1, 7]), tmp_path / "run")
    failed = [few.questions[1].id, few.questions[7].id]
    assert done.failed == failed
    row = done.rows[failed[0]]
    assert row == {
        "id": failed[0],
        "question": few.questions[1].text,
        "error": "the model stopped; start it again",
        "gold": done.baselines["random"][failed[0]]["gold"],
        "metrics": row["metrics"],
    }
    assert row["metrics"]["failed"] == 1.0
    assert row["metrics"]["answer_correct"] == 0.0
    assert failed[0] not in done.timings
    assert sum(values["failed"] or 0 for values in done.measured().values()) == 2


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_of_the_program_ends_the_run_and_loses_nothing(
    sample_store: Path, tmp_path: Path, few: QuestionSet, jobs: int
) -> None:
    folder = tmp_path / "run"
    first = Watched(sample_store, fail_at=[4], error=ZeroDivisionError("a defect"))
    with pytest.raises(ZeroDivisionError, match="a defect"):
        run(few, first, folder, jobs=jobs)
    kept = set(read_run(folder).rows)
    assert len(kept) == len(first.asked) - 1 >= 4  # all but the one with the defect
    second = Watched(sample_store)
    run(few, second, folder, jobs=jobs)
    assert sorted(second.asked) == sorted(q.text for q in few.questions if q.id not in kept)
    run(few, Watched(sample_store), tmp_path / "whole")
    assert kept_bytes(folder) == kept_bytes(tmp_path / "whole")


def test_a_run_goes_on_and_asks_nothing_twice(
    sample_store: Path, tmp_path: Path, few: QuestionSet
) -> None:
    folder = tmp_path / "run"
    first = Watched(sample_store, fail_at=[4], error=KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        run(few, first, folder)
    assert len(read_run(folder).asked) == 4
    assert read_run(folder).baselines == {}
    with (folder / "rows.jsonl").open("a") as file:
        file.write('{"id": "s0')  # a crash in the middle of a row
    with (folder / "timings.jsonl").open("a") as file:
        # … and one before the row was written: this question is asked again.
        file.write(f'{{"id": "{few.questions[4].id}", "total_ms": -1}}\n{{"id')
    assert len(read_run(folder).asked) == len(read_run(folder).timings) == 4
    second = Watched(sample_store)
    done = run(few, second, folder)
    texts = [question.text for question in few.questions]
    assert first.asked == texts[:5]  # the fifth was interrupted
    assert second.asked == texts[4:]
    assert done.timings[few.questions[4].id]["total_ms"] > 0
    assert (folder / "timings.jsonl").read_bytes().count(b"\n") == 9
    third = Watched(sample_store)
    before = (folder / "rows.jsonl").stat()
    run(few, third, folder)
    assert third.asked == []
    assert (folder / "rows.jsonl").stat().st_ino == before.st_ino  # nor written again
    run(few, Watched(sample_store), tmp_path / "whole")
    assert kept_bytes(folder) == kept_bytes(tmp_path / "whole")


def test_metrics_of_rows_kept_by_other_code_are_made_anew(
    sample_store: Path, tmp_path: Path, few: QuestionSet
) -> None:
    folder = tmp_path / "run"
    run(few, Watched(sample_store), folder)
    right = kept_bytes(folder)
    old = (folder / "rows.jsonl").read_bytes().replace(b'"mrr": 1.0', b'"mrr": 0.25')
    (folder / "rows.jsonl").write_bytes(old)
    assert kept_bytes(folder) != right
    assistant = Watched(sample_store)
    run(few, assistant, folder)
    assert kept_bytes(folder) == right
    assert assistant.asked == []


def test_a_full_disk_loses_no_row_and_leaves_no_half_one(
    sample_store: Path, tmp_path: Path, few: QuestionSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    synced = 0

    def fdatasync(handle: int) -> None:
        nonlocal synced
        synced += 1
        if synced > 5:  # two for each answer, the timings first: the row of the third fails
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fdatasync", fdatasync)
    with pytest.raises(InputError, match=r"run cannot be written \(No space left on device\)"):
        run(few, Watched(sample_store), folder)
    assert (folder / "rows.jsonl").read_bytes().count(b"\n") == 2
    assert (folder / "rows.jsonl").read_bytes().endswith(b"}\n")
    monkeypatch.undo()
    run(few, Watched(sample_store), folder)
    run(few, Watched(sample_store), tmp_path / "whole")
    assert kept_bytes(folder) == kept_bytes(tmp_path / "whole")


def test_a_folder_takes_only_the_same_run(
    sample_store: Path, tmp_path: Path, few: QuestionSet
) -> None:
    folder = tmp_path / "run"
    run(few, Watched(sample_store), folder)
    with pytest.raises(InputError, match="run with another k; choose another folder with --out"):
        run(few, Watched(sample_store), folder, k=5)
    other = chosen(few, [("language", "zh")], 3)
    with pytest.raises(InputError, match="another filters, limit, questions, set_sha256;"):
        run(other, Watched(sample_store), folder, filters=[("language", "zh")], limit=3)
    (tmp_path / "file").write_text("")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("")
    for name in ("file", "other"):
        with pytest.raises(InputError, match="holds something else"):
            run(few, Watched(sample_store), tmp_path / name)
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["notes.txt"]
    with pytest.raises(InputError, match="0 jobs ask nothing"):
        run(few, Watched(sample_store), tmp_path / "new", jobs=0)


def test_a_run_may_go_on_on_another_machine_only(
    sample_store: Path, tmp_path: Path, few: QuestionSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    run(few, Watched(sample_store), folder)
    header = json.loads((folder / "header.json").read_text("utf-8"))
    assert header["machine"].keys() == {"platform", "processor", "cpus"}
    header["machine"]["cpus"] = 1024
    (folder / "header.json").write_text(json.dumps(header), "utf-8")
    assert run(few, Watched(sample_store), folder).header["machine"]["cpus"] == 1024
    monkeypatch.setenv("RAG_LLAMA", "batch=64")
    with pytest.raises(InputError, match="with another llama_settings;"):
        run(few, Watched(sample_store), folder)
    monkeypatch.delenv("RAG_LLAMA")
    header["packages"]["numpy"] = "1.0"
    (folder / "header.json").write_text(json.dumps(header), "utf-8")
    with pytest.raises(InputError, match="with another packages;"):
        run(few, Watched(sample_store), folder)


def test_two_processes_do_not_write_to_one_folder(
    sample_store: Path, tmp_path: Path, few: QuestionSet
) -> None:
    folder = tmp_path / "run"
    run(few, Watched(sample_store), folder)
    with (folder / ".lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(InputError, match="another run is writing to"):
            run(few, Watched(sample_store), folder)


def test_the_header_says_what_made_the_answers(
    sample_store: Path, tmp_path: Path, few: QuestionSet
) -> None:
    model = tmp_path / "model.gguf"
    model.write_bytes(b"weights")
    questions = chosen(few, [("type", "unanswerable"), ("language", "zh")], 2)
    done = run(
        questions,
        Watched(sample_store),
        tmp_path / "run",
        filters=[("type", "unanswerable"), ("language", "zh")],
        limit=2,
        model_file=model,
    )
    generation = Store(sample_store).current()
    expected = {
        "schema": 2,
        "set": "few",
        "set_sha256": hashlib.sha256((tmp_path / "run" / "set.jsonl").read_bytes()).hexdigest(),
        "questions": 2,
        "filters": ["type=unanswerable", "language=zh"],
        "limit": 2,
        "paragraphs": generation.size,
        "articles": len(generation.articles()),
        "evidence_missing": [],
        "llm": "quote",
        "llm_sha256": hashlib.sha256(b"weights").hexdigest(),
        "embedder": HashEmbedder().fingerprint,
        "reranker": None,
        "judge": "none",
        "verbatim": False,
    }
    assert {key: done.header[key] for key in expected} == expected
    assert done.header["packages"]["numpy"] is not None


def test_the_hash_of_a_model_in_parts_is_that_of_all_in_turn(tmp_path: Path) -> None:
    names = ["m-00001-of-00002.gguf", "m-00002-of-00002.gguf"]
    for name, content in zip(names, (b"one", b"two"), strict=True):
        (tmp_path / name).write_bytes(content)
    assert model_sha256(tmp_path / names[0]) == hashlib.sha256(b"onetwo").hexdigest()


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
    told = [r.getMessage() for r in caplog.records if r.name.startswith("eval.runner")]
    missing = done.header["evidence_missing"]
    assert len(told) == len(missing) == sum(len(q.evidence) for q in few.questions) - 1
    first = few.questions[1]
    assert told[0] == (
        f"evidence missing in this store: {first.id}: {first.evidence[0].source}: "
        f"{first.evidence[0].quote}"
    )
    assert missing[0]["id"] == first.id
    assert done.rows[first.id]["gold"][0] == []


def test_a_store_that_changes_ends_the_run(tmp_path: Path, few: QuestionSet) -> None:
    folder, extra = tmp_path / "store", tmp_path / "extra.txt"
    extra.write_text("另一篇。\n", "utf-8")
    build([SAMPLE], folder, HashEmbedder())

    class Meanwhile(Watched):
        def ask(self, question: str, **options: Any) -> Answer:
            if len(self.asked) == 1:
                build([SAMPLE, extra], folder, HashEmbedder())
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
        (b"{}\n", "line 10: not a row"),
        (b"null\n", "line 10: not a row"),
        (b'{"id": [1]}\n', "line 10: not a row"),
        (b'{"id": "\xff"}\n', "line 10: not a row"),
        (rows, f"line 10: {few.questions[0].id} stands there twice"),
        (b'{"id": "x"}\n', "answers x, which is not in its set"),
    ):
        (folder / "rows.jsonl").write_bytes(rows + damage)
        with pytest.raises(InputError, match=message):
            read_run(folder)
    (folder / "rows.jsonl").write_bytes(rows)
    (folder / "baselines.jsonl").write_bytes(b'{"id": "s001"}\n')
    with pytest.raises(InputError, match='baselines.jsonl, line 1: no "baseline"'):
        read_run(folder)
    (folder / "baselines.jsonl").unlink()
    with (folder / "set.jsonl").open("a") as file:
        file.write("\n")
    with pytest.raises(InputError, match="was changed after the run"):
        read_run(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": None}, "holds no run"),
        ({"schema": 1}, "was made by an earlier version; run the set again"),
        ({"schema": 3}, "was made by a newer version; update Yinzheng"),
        ({"sets": [{"name": "x"}]}, "holds no run"),
        ({"sets": 1}, "holds no run"),
    ],
)
def test_headers_of_other_versions_are_refused(
    sample_store: Path, tmp_path: Path, few: QuestionSet, change: dict[str, Any], message: str
) -> None:
    folder = run(few, Watched(sample_store), tmp_path / "run").folder
    header = json.loads((folder / "header.json").read_text("utf-8"))
    (folder / "header.json").write_text(json.dumps({**header, **change}), "utf-8")
    with pytest.raises(InputError, match=message):
        read_run(folder)


def test_a_run_without_a_schema_is_of_an_earlier_version(tmp_path: Path) -> None:
    (tmp_path / "header.json").write_text('{"set": "s", "set_sha256": "0", "k": 8}', "utf-8")
    with pytest.raises(InputError, match="made by an earlier version; run the set again"):
        read_run(tmp_path)


def test_lines_are_utf_8_but_for_halves_of_surrogate_pairs() -> None:
    assert line({"answer": "“桥”长", "n": 1}) == '{"answer": "“桥”长", "n": 1}\n'.encode()
    assert line({"answer": "桥\ud800"}) == b'{"answer": "\\u6865\\ud800"}\n'
    with pytest.raises(ValueError, match="not JSON compliant"):
        line({"metric": float("nan")})


def test_default_folders_are_named_after_set_and_model(few: QuestionSet) -> None:
    assert default_folder(few, "a b/c").parent == Path("runs")
    assert default_folder(few, "a b/c").name.startswith("few-a_b_c-20")
