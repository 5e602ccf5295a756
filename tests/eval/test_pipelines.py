"""The comparison with other libraries: the job, reading what they say, the table.

The libraries themselves are no dependencies. Where one is importable its script is run; the
contract of a script is tested by a small stand-in in any case.
"""

import argparse
import json
import sys
from dataclasses import asdict, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from eval.bench.pipelines import libraries, ours
from eval.bench.pipelines.archive import Archive
from eval.bench.pipelines.bench import Comparison, Plan, compare, measured_rows
from eval.bench.pipelines.command import register
from eval.bench.pipelines.job import Document, Job
from eval.bench.pipelines.libraries import PEERS, answers
from eval.bench.pipelines.rows import row_of
from eval.bench.pipelines.table import compact, figures, markdown, write
from eval.sets import Evidence, Question, QuestionSet, canonical
from index.embedder import BUNDLED
from index.store import Store
from rag import Assistant, Retriever
from rag.errors import InputError
from tests.conftest import HashEmbedder, ScriptedLLM

# Finds the paragraphs that share most characters with the question, and quotes the best.
STAND_IN = """
from eval.bench.pipelines.job import Reply, run

def load(job):
    def ask(question):
        if "fail" in question:
            raise ValueError("no such thing")
        order = sorted(job.documents, key=lambda d: (-len(set(d.content) & set(question)), d.id))
        ids = [document.id for document in order[: job.k]]
        return Reply(order[0].content + " [1]" if job.llm else "", ids, ids)
    print("loaded")
    return ask

run(load)
"""
# What each library's script imports first, with the module that runs its language model.
MODULES = {
    "langchain": ("langchain_classic", "langchain_community", "langchain_huggingface"),
    "llamaindex": ("llama_index.core", "llama_index.llms.llama_cpp", "llama_index.retrievers.bm25"),
    "haystack": ("haystack", "haystack_integrations.components.generators.llama_cpp"),
}


def job_of(documents: tuple[Document, ...] = (), **changes: Any) -> Job:
    job = Job(
        str(BUNDLED), documents, (("a", "桥 长"), ("b", "湖 深")), 2, 5, None, 0, 9, 1, True, ""
    )
    return replace(job, **changes)


DOCUMENTS = (
    Document("p1", "新桥\n新桥长五百米。", "2030-05-01", "bridge.md"),
    Document("p2", "湖\n湖水深三十米。", "2030-05-02", "lake.md"),
    Document("p3", "医院\n医院有床位八十张。", "no date", "clinic.md"),
)


def written(job: Job, path: Path) -> Path:
    path.write_text(json.dumps(asdict(job), ensure_ascii=False), "utf-8")
    return path


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    script = tmp_path / "stand_in.py"
    script.write_text(STAND_IN, "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(libraries.ROOT))
    return [sys.executable, str(script)]


@pytest.fixture
def archive(sample_store: Path) -> Archive:
    return Archive.of(Store(sample_store).current(), [QUESTION, AGAIN])


@pytest.fixture
def tea(archive: Archive) -> list[str]:
    """Ids of the paragraphs of the article on tea, in reading order."""
    return [p.id for p, a in archive.paragraphs.values() if a.source == "tea-prices-wuling.md"]


QUESTION = Question(
    "t1",
    "霧嶺的高山烏龍平均每斤多少錢？",
    "zh-Hant",
    "numeric",
    True,
    (("3,150元",),),
    (Evidence("tea-prices-wuling.md", "高山烏龍平均每斤3,150元"),),
    "zh",
)


# The same, with the evidence in an article that does not have it.
AGAIN = replace(
    QUESTION, id="t2", evidence=(Evidence("flood-qingtan.md", "高山烏龍平均每斤3,150元"),)
)


def test_a_job_is_read_as_it_was_written(tmp_path: Path) -> None:
    job = job_of(DOCUMENTS, llm="model.gguf")
    assert Job.read(written(job, tmp_path / "job.json")) == job


def test_a_script_answers_a_line_a_question(tmp_path: Path, stand_in: list[str]) -> None:
    questions = (("a", "桥 长"), ("b", "fail"), ("c", "湖 深"))
    job = written(job_of(DOCUMENTS, questions=questions), tmp_path / "job.json")
    lines = answers("standin", stand_in, job, tmp_path / "out.jsonl", 3)
    assert all(line.pop("seconds") >= 0 for line in lines)
    assert lines == [
        {"id": "a", "text": "", "hits": ["p1", "p2"], "shown": ["p1", "p2"]},
        {"id": "b", "error": "ValueError: no such thing"},
        {"id": "c", "text": "", "hits": ["p2", "p1"], "shown": ["p2", "p1"]},
    ]


def test_a_script_goes_on_where_it_was_stopped(tmp_path: Path, stand_in: list[str]) -> None:
    job, out = written(job_of(DOCUMENTS), tmp_path / "job.json"), tmp_path / "out.jsonl"
    kept = {"id": "a", "text": "kept", "hits": [], "shown": [], "seconds": 7.0}
    out.write_text(json.dumps(kept) + '\n{"id": "b", "te', "utf-8")
    lines = answers("standin", stand_in, job, out, 2)
    assert lines[0] == kept
    assert [line["id"] for line in lines] == ["a", "b"]
    log = out.with_suffix(".log")
    assert log.read_text("utf-8") == "loaded\n"
    assert answers("standin", stand_in, job, out, 2) == lines  # nothing left: nothing loaded
    assert log.read_text("utf-8") == "loaded\n"


def test_a_script_that_fails_is_told(tmp_path: Path, stand_in: list[str]) -> None:
    job, out = written(job_of(DOCUMENTS), tmp_path / "job.json"), tmp_path / "out.jsonl"
    Path(stand_in[1]).write_text("raise SystemExit('the library is broken')", "utf-8")
    with pytest.raises(InputError, match=r"standin failed; see .*out\.log: the library is broken"):
        answers("standin", stand_in, job, out, 2)


def test_a_library_that_answers_nothing_is_no_result(tmp_path: Path, stand_in: list[str]) -> None:
    job = job_of(DOCUMENTS, questions=(("a", "fail 1"), ("b", "fail 2")))
    with pytest.raises(InputError, match="none of 2 questions; the first: ValueError: no such"):
        answers("x", stand_in, written(job, tmp_path / "job.json"), tmp_path / "out.jsonl", 2)


def test_documents_are_the_paragraphs_under_their_titles(archive: Archive, tea: list[str]) -> None:
    found = {document.id: document for document in archive.documents()}
    assert len(found) == len(archive.paragraphs)
    auction = found[tea[1]]
    assert auction.content == (
        "霧嶺春茶減產四成 高山烏龍每斤漲破三千\n霧嶺農會9日公布首場拍賣結果，海拔1,400公尺以上的"
        "高山烏龍平均每斤3,150元，較去年同期的2,240元上漲約四成。最高價一批由茶農詹木生提供，"
        "每斤18,500元成交。"
    )
    assert (auction.date, auction.source) == ("2032-04-10", "tea-prices-wuling.md")
    assert "便宜茶反而沒漲\n" in found[tea[3]].content  # its heading


def test_gold_are_the_paragraphs_that_hold_the_evidence(archive: Archive, tea: list[str]) -> None:
    assert archive.gold == {"t1": [[tea[1]]], "t2": [[]]}


def line_of(text: str, hits: list[str], shown: list[str] | None = None) -> dict[str, Any]:
    return {"id": "t1", "text": text, "hits": hits, "shown": shown or hits, "seconds": 1.0}


def test_a_reply_becomes_sentences_with_citations(archive: Archive, tea: list[str]) -> None:
    text = "高山烏龍平均每斤3,150元。[2] 平地紅茶每斤賣999元 [1]。茶很香。[7]"
    row = row_of(QUESTION, line_of(text, [tea[3], tea[1]]), archive, "peer")
    assert (row["id"], row["llm"], row["abstained"]) == ("t1", "peer", False)
    assert "timings" not in row and all("score" not in hit for hit in row["hits"])
    assert row["gold"] == [[tea[1]]]
    told = [
        (s["text"], s["support"], [(c["number"], c["paragraph"]) for c in s["citations"]])
        for s in row["sentences"]
    ]
    assert told == [
        ("高山烏龍平均每斤3,150元。", "supported", [(2, tea[1])]),
        ("平地紅茶每斤賣999元。", "unsupported", [(1, tea[3])]),
        ("茶很香。", "unsupported", []),  # there is no seventh
    ]
    quote = row["sentences"][0]["citations"][0]["quote"]
    assert quote["text"] == row["hits"][1]["text"][quote["start"] : quote["end"]]
    assert "3,150元" in quote["text"]


def test_a_number_means_what_was_shown_under_it(archive: Archive, tea: list[str]) -> None:
    """Cut in two, the first paragraph is shown as 1 and 2, and the second as 3."""
    line = line_of("高山烏龍平均每斤3,150元。[3]", [tea[3], tea[1]], [tea[3], tea[3], tea[1]])
    (sentence,) = row_of(QUESTION, line, archive, "peer")["sentences"]
    assert [(c["number"], c["paragraph"]) for c in sentence["citations"]] == [(2, tea[1])]


@pytest.mark.parametrize(
    "marker", ["[Source 2]", "(source 2)", "（来源2）", "【文档 2】", "[Document #2]", "[doc: 2]"]
)
def test_named_sources_are_markers(archive: Archive, tea: list[str], marker: str) -> None:
    line = line_of(f"高山烏龍平均每斤3,150元{marker}。", [tea[3], tea[1]])
    (sentence,) = row_of(QUESTION, line, archive, "peer")["sentences"]
    assert sentence["text"] == "高山烏龍平均每斤3,150元。"
    assert [c["number"] for c in sentence["citations"]] == [2]


@pytest.mark.parametrize(
    "text",
    [
        "北岸的来源没有帮助船只靠岸。[1]",
        "没有一个来源提到市长，但三个文件提到大桥长五百米。[1]",
        "None of the sources of the river are useful for ships, the mayor said [1]. It is deep.",
        "None.[1] It was cancelled [1].",
    ],
)
def test_an_answer_is_not_taken_for_silence(archive: Archive, tea: list[str], text: str) -> None:
    row = row_of(QUESTION, line_of(text, [tea[1]]), archive, "peer")
    assert row["abstained"] is False and row["sentences"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Empty Response",
        "I don't know.",
        "The documents do not contain the answer.",
        "None of the provided sources are helpful in answering this question [1][2].",
        "Answer: None of the sources are helpful.",
        "None of the sources mention the mayor [Source 1].",
        "Ninguna de las fuentes es útil.",
        "文档中没有包含答案。",
        "没有一个来源提到市长。",
        "提供的来源都没有帮助。",
        "根據提供的來源，沒有關於市長的資訊。",
        "根据提供的资料，无法回答这个问题。",
        "<think>Nothing here [1].</think>I don't know.",
    ],
)
def test_a_library_may_say_that_there_is_no_answer(archive: Archive, text: str) -> None:
    row = row_of(QUESTION, line_of(text, []), archive, "peer")
    assert row["abstained"] is True and row["sentences"] == []


def test_an_error_is_a_failed_row(archive: Archive, tea: list[str]) -> None:
    line = {"id": "t1", "error": "ValueError: too long", "seconds": 1.0}
    row = row_of(QUESTION, line, archive, "peer")
    assert row == {
        "id": "t1",
        "question": QUESTION.text,
        "error": "ValueError: too long",
        "gold": [[tea[1]]],
    }
    values = measured_rows([QUESTION], [row], [1.0], 8)["t1"]
    assert (values["failed"], values["answer_correct"], values["seconds"]) == (1.0, 0.0, 1.0)


def test_peers_are_measured_as_we_are(archive: Archive, tea: list[str]) -> None:
    right = row_of(QUESTION, line_of("平均每斤3,150元。[2]", [tea[3], tea[1]]), archive, "peer")
    wrong = row_of(QUESTION, line_of("每斤3,150元。[1]", [tea[3], tea[1]]), archive, "peer")
    values = [measured_rows([QUESTION], [row], [2.0], 8)["t1"] for row in (right, wrong)]
    names = ("answer_correct", "gold_citation_recall", "citation_recall", "recall@1", "recall@8")
    assert [[v[name] for name in names] for v in values] == [
        [1.0, 1.0, 1.0, 0.0, 1.0],
        [1.0, 0.0, 0.0, 0.0, 1.0],
    ]


def made_comparison(llm: str | None = "tiny.gguf") -> Comparison:
    """Four questions on two articles; the library is right on one where ours is right on two."""
    ids = ["a1", "a2", "b1", "b2"]
    values = {"ours": [1.0, 1.0, 0.0, None], "haystack": [1.0, 0.0, 0.0, 1.0]}
    measured = {
        name: {i: {"answer_correct": v, "recall@1": v} for i, v in zip(ids, column, strict=True)}
        for name, column in values.items()
    }
    about = {"set": "made", "llm": llm, "libraries": {"haystack": ["haystack-ai==3.4.0"]}}
    clusters = dict(zip(ids, ["a", "a", "b", "b"], strict=True))
    rows = {name: [{"id": i} for i in ids] for name in values}
    return Comparison(about, clusters, rows, measured)


def test_figures_are_means_and_paired_differences() -> None:
    rows = figures(made_comparison())
    ours, theirs = rows[:2]
    assert (ours["metric"], ours["library"], ours["n"]) == ("answer_correct", "ours", 3)
    assert ours["mean"] == pytest.approx(2 / 3)
    # Whole articles are drawn: twice a (all right), twice b (all wrong), or both.
    assert (ours["low"], ours["high"]) == (0.0, 1.0)
    assert "difference_mean" not in ours
    assert (theirs["n"], theirs["mean"], theirs["difference_n"]) == (4, 0.5, 3)
    assert theirs["difference_mean"] == pytest.approx(-1 / 3)
    assert (theirs["difference_low"], theirs["difference_high"]) == (-0.5, 0.0)


def test_the_table_has_a_line_a_metric() -> None:
    assert compact(figures(made_comparison())) == [
        {
            "metric": "answer_correct",
            "ours": "0.667 [0.000, 1.000]",
            "haystack": "0.500 [0.500, 0.500]",
            "haystack − ours": "-0.333 [-0.500, +0.000]",
        }
    ]


def test_without_a_model_the_search_is_compared() -> None:
    rows = figures(made_comparison(llm=None))
    assert [row["metric"] for row in rows if row["n"]] == ["recall@1", "recall@1"]


def test_what_is_written_can_be_read_again(tmp_path: Path) -> None:
    comparison = made_comparison()
    rows = figures(comparison)
    write(comparison, rows, tmp_path)
    kept = json.loads((tmp_path / "pipelines.json").read_text("utf-8"))
    assert kept["figures"] == rows and kept["libraries"] == comparison.about["libraries"]
    page = (tmp_path / "pipelines.md").read_text("utf-8")
    assert page == markdown(comparison.about, rows)
    assert "| answer_correct | 0.667 [0.000, 1.000] | 0.500 [0.500, 0.500] |" in page
    assert "- libraries: haystack (haystack-ai==3.4.0)" in page
    line = json.loads((tmp_path / "rows-ours.jsonl").read_text("utf-8").splitlines()[0])
    assert line == {"id": "a1", "metrics": {"answer_correct": 1.0, "recall@1": 1.0}}


def test_ours_goes_on_where_it_was_stopped(
    sample_store: Path, archive: Archive, tea: list[str], tmp_path: Path
) -> None:
    retriever = Retriever(sample_store, embedder=HashEmbedder())
    reply = "高山烏龍平均每斤3,150元。[1]"
    first = ScriptedLLM(reply, reply)  # the one before those timed, and the first
    out = tmp_path / "ours.jsonl"
    rows = ours.rows(Assistant(retriever, first), [QUESTION], archive, out, 4)
    row = rows[0]["row"]
    assert row["gold"] == [[tea[1]]] and "timings" not in row and row["id"] == "t1"
    assert row["hits"][0]["paragraph"] == tea[1]
    second = ScriptedLLM(reply, reply)
    both = ours.rows(Assistant(retriever, second), [QUESTION, AGAIN], archive, out, 4)
    assert both[0] == rows[0] and both[1]["row"]["id"] == "t2"
    assert len(second.asked) == 2


def plan_of(tmp_path: Path, questions: tuple[Question, ...], **changes: Any) -> Plan:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "bridge.md").write_text("# 新桥\n\n新桥长五百米，三月通车。\n", "utf-8")
    (folder / "lake.md").write_text("# 湖\n\n湖水深三十米，湖里有鱼。\n", "utf-8")
    made = QuestionSet("made", questions, canonical(questions))
    return replace(Plan(made, [folder], None, tmp_path / "work", ("haystack",)), **changes)


def asked_of(name: str, source: str, quote: str, text: str) -> Question:
    return Question(name, text, "zh", "single", True, ((quote,),), (Evidence(source, quote),), "zh")


BRIDGE = asked_of("q1", "bridge.md", "五百米", "新桥有多长？")
LAKE = asked_of("q2", "lake.md", "三十米", "湖水有多深？")


def test_the_whole_comparison_with_a_stand_in(
    tmp_path: Path, stand_in: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from eval.bench.pipelines import bench

    monkeypatch.setattr(bench, "python_of", lambda name, work, llm: Path(sys.executable))
    monkeypatch.setattr(bench, "command", lambda name, python: stand_in)
    talk = replace(BRIDGE, id="q3", history=(("湖水有多深？", "三十米。"),))
    nothing = Question("q4", "谁是市长？", "zh", "unanswerable", False)
    comparison = compare(plan_of(tmp_path, (BRIDGE, LAKE, talk, nothing)))
    assert {name: list(rows) for name, rows in comparison.measured.items()} == {
        "ours": ["q1", "q2"],
        "haystack": ["q1", "q2"],
    }
    assert comparison.about["questions"] == 2
    assert comparison.about["conversations_left_out"] == 1
    assert comparison.clusters["q1"] == "bridge.md"
    for library in ("ours", "haystack"):
        assert [comparison.measured[library][q]["recall@1"] for q in ("q1", "q2")] == [1.0, 1.0]


def test_articles_without_any_evidence_are_told_before_anything_is_installed(
    tmp_path: Path,
) -> None:
    with pytest.raises(InputError, match="none of the 1 evidences of made; give --articles"):
        compare(plan_of(tmp_path, (QUESTION,)))


def test_a_set_of_conversations_alone_has_nothing_to_compare(tmp_path: Path) -> None:
    talk = replace(BRIDGE, history=(("湖水有多深？", "三十米。"),))
    with pytest.raises(InputError, match="made has no question to compare by"):
        compare(plan_of(tmp_path, (talk,)))


def test_answers_are_kept_for_what_made_them(tmp_path: Path) -> None:
    job = written(job_of(DOCUMENTS), tmp_path / "job.json")
    keys = {libraries.key(name, job, llm=llm) for name in PEERS for llm in (False, True)}
    assert len(keys) == 6
    before = (libraries.key("haystack", job, llm=True), ours.key(job))
    written(job_of(DOCUMENTS, models="another file"), job)
    assert not {libraries.key("haystack", job, llm=True), ours.key(job)} & set(before)


def test_an_unknown_library_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers(), lambda rows, as_json: None)
    line = ["pipelines", "set.jsonl", "--work", str(tmp_path), "--peers", "langchian", "haystack"]
    options = parser.parse_args(line)
    with pytest.raises(SystemExit) as ended:
        options.command(options)
    assert ended.value.code == 2
    assert "there is no library langchian; there are langchain" in capsys.readouterr().err


def there(name: str) -> bool:
    """Whether this interpreter has a library, with what its script needs."""
    try:
        return all(find_spec(module) for module in MODULES[name])
    except ModuleNotFoundError:  # a parent package is missing
        return False


@pytest.mark.parametrize("name", [name for name in PEERS if there(name)])
def test_a_library_that_is_there_answers(name: str, tmp_path: Path) -> None:
    """Collected only where the library is importable; elsewhere the stand-in stands for it."""
    job = written(job_of(DOCUMENTS), tmp_path / "job.json")
    start = libraries.command(name, Path(sys.executable))
    lines = answers(name, start, job, tmp_path / "out.jsonl", 2)
    assert [line["hits"][0] for line in lines] == ["p1", "p2"]
    assert all(len(line["hits"]) == 2 and line["text"] == "" for line in lines)
