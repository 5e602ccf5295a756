import argparse
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from eval.commands.judge import register
from eval.judges import (
    Claim,
    Opinion,
    claims_of_labels,
    claims_of_rows,
    judge_called,
    judge_claims,
    read_labels,
)
from eval.judges.claims import some
from eval.judges.judging import IN_A_ROW
from eval.judges.labels import LabelFile, Labelled
from eval.judges.ledger import ledger_name, open_ledger
from eval.judges.local import GgufJudge, NliJudge, said
from eval.judges.rendering import render
from eval.judges.session import judge_folder
from eval.runner import read_run, run
from eval.sets import Evidence, Question, QuestionSet, canonical
from index.store import Store
from rag import Assistant, Retriever
from rag.errors import InputError, ModelError
from rag.judge import Judgement
from rag.support import Source, support
from tests.conftest import HashEmbedder
from tests.eval.test_judges_remote import Server, refuses, says, server
from tests.rag.test_judge import named, saying
from tests.rag.test_reranker import save_cross_encoder
from tests.tiny_gguf import write_tiny_gguf

__all__ = ["server"]  # a fixture

ROOT = Path(__file__).parents[2]


class Told:
    """Says what it is told; keeps what it was asked, and stops where it should."""

    def __init__(self, *opinions: Opinion, stop_at: int = -1, name: str = "told") -> None:
        self.name = name
        self.identity: dict[str, Any] = {"kind": "told", "version": 1}
        self.asked: list[str] = []
        self._opinions = list(opinions)
        self._stop_at = stop_at

    def opinion(self, sentence: str, sources: Sequence[Source]) -> Opinion:
        if len(self.asked) == self._stop_at:
            raise KeyboardInterrupt
        self.asked.append(sentence)
        if self._opinions:
            return self._opinions.pop(0)
        return Opinion(support(sentence, sources).verdict, prompt_tokens=10, reply_tokens=2)


def labelled(n: int) -> LabelFile:
    """`n` labelled sentences about bridges; every third is false."""
    found = []
    for number in range(n):
        true = f"第{number + 2}号桥长{number + 5}百米。"
        sentence = true.replace("百米", "千米") if number % 3 == 2 else true
        label: Any = "unsupported" if number % 3 == 2 else "supported"
        source = Source(f"记者说，{true}", None, f"桥{number // 2}")
        found.append(Labelled(f"l{number}", "zh", sentence, (source,), label, "made"))
    return LabelFile("made.jsonl", "0" * 64, tuple(found))


def no_wait(_: float) -> None:
    raise AssertionError("nothing to wait for")


# --- what rag.judge means here ---


def test_a_silent_source_does_not_support() -> None:
    silent = "the source neither says nor denies it, according to nli"
    assert said(Judgement("unknown", silent)) == Opinion("unsupported")
    assert said(Judgement("supported", "follows from the source")) == Opinion("supported")
    assert said(Judgement("unsupported", "contradicts")) == Opinion("unsupported")
    for reason in ("too long for nli to check", "the language model m gave no verdict"):
        assert said(Judgement("unknown", reason)) == Opinion("unknown", reason)
    off = "not checked by the language model m: it is off"
    assert said(Judgement("unknown", off)) == Opinion("unknown", off, failed=True, again=0.0)


@pytest.fixture(scope="module")
def inference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = save_cross_encoder(tmp_path_factory.mktemp("models") / "nli", labels=3)
    return named(folder, "contradiction", "entailment", "neutral")


@pytest.mark.parametrize(
    ("logits", "verdict"),
    [((9, 0, 0), "unsupported"), ((0, 9, 0), "supported"), ((0, 0, 9), "unsupported")],
)
def test_an_inference_model(
    inference: Path, tmp_path: Path, logits: tuple[float, ...], verdict: str
) -> None:
    folder = saying(shutil.copytree(inference, tmp_path / "nli"), *logits)
    judge = judge_called(f"nli:{folder}")
    assert isinstance(judge, NliJudge) and judge.name == "nli:nli"
    assert judge.opinion("桥长五百米。", [Source("新桥长五百米。")]).verdict == verdict
    long = judge.opinion("桥" * 70, [Source("新桥长五百米。")])
    assert long == Opinion("unknown", "too long for nli to check")
    again = judge_called(f"nli:{inference}").identity
    assert again["sha256"] != judge.identity["sha256"]  # other weights are another judge


@pytest.mark.parametrize("seed", [0, 1])
def test_a_gguf_model(tmp_path: Path, seed: int) -> None:
    if "CI" not in os.environ:
        pytest.importorskip("llama_cpp", reason="llama-cpp-python is not built: make gguf")
    follows = [("[", "2"), ("[", "7"), ("7", "]"), ("2", "]"), ("<0x0A>", "我")]
    path = write_tiny_gguf(tmp_path / "tiny.gguf", seed=seed, follows=follows)
    judge = judge_called(f"gguf:{path}")
    assert isinstance(judge, GgufJudge)
    try:
        found = judge.opinion("桥长五百米。", [Source("新桥长五百米。"), Source("湖深九米。")])
        assert found.verdict in ("supported", "unsupported") and not found.failed
        assert found.calls == 1
        assert found.prompt_tokens is not None and found.prompt_tokens > 100
        assert found.reply_tokens in (3, 4)  # [, a figure and ]; some count a space before
        again = judge.opinion("桥长五百米。", [Source("新桥长五百米。"), Source("湖深九米。")])
        assert again == found
        assert judge.identity["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    finally:
        judge._llm._llm.close()  # type: ignore[attr-defined]


def test_gguf_needs_a_model() -> None:
    with pytest.raises(ModelError, match=r"gguf:quote is no model"):
        judge_called("gguf:quote")


# --- claims ---


def row(*sentences: dict[str, Any]) -> dict[str, Any]:
    hits = [
        {"paragraph": f"p{n}", "text": f"第{n}段。", "date": None, "title": f"题{n}"}
        for n in (1, 2)
    ]
    return {"sentences": list(sentences), "hits": hits}


def sentence(text: str, *cited: str) -> dict[str, Any]:
    return {"text": text, "citations": [{"paragraph": paragraph} for paragraph in cited]}


def test_claims_of_a_run() -> None:
    rows = {
        "q1": row(sentence("甲。", "p2", "p1", "p2"), sentence("乙。"), sentence("丙。", "p9")),
        "q2": {"error": "failed"},
        "q3": row(),
    }
    found = claims_of_rows(rows, {"q1": "桥.md", "q2": "桥.md", "q3": "湖.md"})
    first, second = Source("第1段。", None, "题1"), Source("第2段。", None, "题2")
    assert found == [
        Claim("run", "q1#0", "甲。", (second, first), "桥.md"),
        Claim("run", "q1#1", "乙。", (), "桥.md"),
        Claim("run", "q1#2", "丙。", (), "桥.md"),  # a marker without a passage
    ]
    assert found[1].tiers == "unsupported"
    for wrong in ({}, {"hits": [{}], "sentences": []}, {"hits": [], "sentences": [{}]}):
        with pytest.raises(InputError, match="the row of q1 is no answer"):
            claims_of_rows({"q1": wrong}, {"q1": "a"})


def test_a_limit_draws_the_same_ones_and_more_of_them() -> None:
    claims = claims_of_labels(labelled(40).sentences)
    few, more = some(claims, 5), some(claims, 20)
    assert len(few) == 5 and set(few) <= set(more) and some(claims, 5) == few
    assert [claim for claim in claims if claim in few] == few  # in their order
    assert few != claims[:5]
    assert some(claims, None) == some(claims, 99) == claims


# --- judging ---


def test_the_same_words_are_asked_once_and_nothing_without_a_source(tmp_path: Path) -> None:
    source = (Source("新桥长五百米。"),)
    claims = [
        Claim("run", "q1#0", "桥长五百米。", source, "a"),
        Claim("run", "q2#0", "桥长五百米。", source, "b"),
        Claim("run", "q3#0", "桥长五百米。", (), "c"),
    ]
    judge = Told()
    with open_ledger(tmp_path, judge) as ledger:
        found = judge_claims(judge, claims, ledger, sleep=no_wait)
    assert judge.asked == ["桥长五百米。"]
    assert [e.opinion.verdict for e in found] == ["supported", "supported", "unsupported"]
    assert [e.repeated for e in found] == [False, True, False]
    assert found[2].opinion.calls == 0


FAILED = Opinion("unknown", "not judged: status 429: no", failed=True, again=0.0)


def test_failures_are_tried_again_and_then_counted(tmp_path: Path) -> None:
    hopeless = Opinion("unknown", "not judged: too long", failed=True)
    patient = Opinion("unknown", "not judged: wait", failed=True, again=30.0)
    endless = Opinion("unknown", "not judged: wait", failed=True, again=9e9)
    good = Opinion("supported")
    judge = Told(FAILED, FAILED, good, hopeless, patient, endless, good, *[FAILED] * 5)
    waited: list[float] = []
    claims = claims_of_labels(labelled(4).sentences)
    with open_ledger(tmp_path, judge) as ledger:
        found = judge_claims(judge, claims, ledger, sleep=waited.append)
    assert [(e.opinion.verdict, e.opinion.failed, e.opinion.calls) for e in found] == [
        ("supported", False, 3),
        ("unknown", True, 1),
        ("supported", False, 3),
        ("unknown", True, 5),
    ]
    assert waited == [1.0, 2.0, 30.0, 120.0, 1.0, 2.0, 4.0, 8.0]
    # What failed is asked again the next time, and only that.
    judge = Told()
    with open_ledger(tmp_path, judge) as ledger:
        found = judge_claims(judge, claims, ledger, sleep=no_wait)
    assert judge.asked == [claims[1].sentence, claims[3].sentence]
    assert not any(e.opinion.failed for e in found)


def test_a_judge_that_is_off_ends_it(tmp_path: Path) -> None:
    judge = Told(*[FAILED] * 99)
    claims = claims_of_labels(labelled(20).sentences)
    with open_ledger(tmp_path, judge) as ledger, pytest.raises(ModelError) as error:
        judge_claims(judge, claims, ledger, sleep=lambda _: None)
    assert len(set(judge.asked)) == IN_A_ROW == 5
    assert str(error.value) == (
        "the judge told failed at 5 sentences in a row (not judged: status 429: no). "
        "What it has judged is kept: mend the cause, then give the same command again"
    )


# --- the file ---


def kept(folder: Path, judge: Told) -> str:
    text = (folder / f"{ledger_name(judge)}.jsonl").read_text("utf-8")
    return re.sub(r'"ms": [\d.]+', '"ms": 0', text)


def test_judging_goes_on_where_it_stopped(tmp_path: Path) -> None:
    labels = labelled(9)
    claims = claims_of_labels(labels.sentences)
    whole = Told()
    done = judge_folder(whole, tmp_path / "whole", labels, claims, [])
    stopped = Told(stop_at=4)
    with pytest.raises(KeyboardInterrupt):
        judge_folder(stopped, tmp_path / "run", labels, claims, [])
    path = tmp_path / "run" / "judged-told.jsonl"
    assert len(path.read_bytes().splitlines()) == 1 + 4
    assert not path.with_suffix(".json").exists()
    with path.open("a") as file:
        file.write('{"of": "labels", "id": "l4", "verd')  # a crash in the middle of a line
    rest = Told()
    again = judge_folder(rest, tmp_path / "run", labels, claims, [])
    assert stopped.asked + rest.asked == whole.asked
    assert kept(tmp_path / "run", rest) == kept(tmp_path / "whole", whole)
    assert again["agreement"] == done["agreement"]
    assert again["cost"]["calls"] == done["cost"]["calls"] == 9  # those of both sessions
    assert json.loads(path.with_suffix(".json").read_text("utf-8")) == again
    idle = Told()
    assert judge_folder(idle, tmp_path / "run", labels, claims, []) == again
    assert idle.asked == []


def test_changed_sentences_are_judged_anew(tmp_path: Path) -> None:
    labels = labelled(4)
    claims = claims_of_labels(labels.sentences)
    judge_folder(Told(), tmp_path, labels, claims, [])
    changed = [*claims[:3], Claim("labels", "l3", "别的。", claims[3].sources, "c", "unsupported")]
    judge = Told()
    judge_folder(judge, tmp_path, labels, changed, [])
    assert judge.asked == ["别的。"]
    assert len(kept(tmp_path, judge).splitlines()) == 1 + 4


def test_a_limit_loses_nothing_that_is_there(tmp_path: Path) -> None:
    labels = labelled(9)
    claims = claims_of_labels(labels.sentences)
    judge_folder(Told(), tmp_path, labels, claims, [])
    judge = Told()
    summary = judge_folder(judge, tmp_path, labels, claims, [], limit=3)
    assert summary["agreement"]["labels"]["n"] == 3
    assert summary["labels"]["sentences"] == 9
    assert judge.asked == [] and len(kept(tmp_path, judge).splitlines()) == 1 + 9


def test_another_judge_of_the_same_name_is_refused(tmp_path: Path) -> None:
    labels = labelled(2)
    claims = claims_of_labels(labels.sentences)
    judge_folder(Told(), tmp_path, labels, claims, [])
    other = Told()
    other.identity = {"kind": "told", "version": 2}
    before = kept(tmp_path, other)
    with pytest.raises(InputError, match="of another judge, or of other prompts or code; move it"):
        judge_folder(other, tmp_path, labels, claims, [])
    assert kept(tmp_path, other) == before


@pytest.mark.parametrize(
    "line",
    ["{}", "[]", "null", "x", '{"of": "labels", "id": "a", "digest": "", "verdict": "yes"}'],
)
def test_a_damaged_file_is_told(tmp_path: Path, line: str) -> None:
    judge = Told()
    with open_ledger(tmp_path, judge):
        pass
    with (tmp_path / "judged-told.jsonl").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(InputError, match="line 2: no verdict"), open_ledger(tmp_path, judge):
        pass


def test_one_process_at_a_time(tmp_path: Path) -> None:
    judge = Told()
    with (
        open_ledger(tmp_path, judge),
        pytest.raises(InputError, match="another process is writing"),
        open_ledger(tmp_path, judge),
    ):
        pass
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(InputError, match="cannot be written"),
        open_ledger(tmp_path / "file", judge),
    ):
        pass


def test_names_of_files() -> None:
    name = ledger_name(Told(name="openai:a/b@http://127.0.0.1:80/v1"))
    assert name == "judged-openai-a-b-http-127.0.0.1-80-v1"
    assert ledger_name(Told(name="nli:../../etc")) == "judged-nli-..-..-etc"


# --- the summary ---


def test_the_summary_by_hand(tmp_path: Path) -> None:
    labels = labelled(3)  # true, true, false
    opinions = [Opinion(v) for v in ("supported", "unknown", "partial")]  # type: ignore[arg-type]
    source = (Source("新桥长五百米。"),)
    answers = [
        Claim("run", "q1#0", "新桥长五百米。", source, "a"),  # the check says: supported
        Claim("run", "q1#1", "新桥长六百米。", source, "a"),  # … unsupported
        Claim("run", "q2#0", "The bridge is long.", source, "b"),  # … nothing
        Claim("run", "q3#0", "湖。", (), "c"),
    ]
    opinions += [Opinion("supported"), Opinion("supported"), Opinion("partial")]
    judge = Told(*opinions)
    claims = claims_of_labels(labels.sentences)
    made = judge_folder(judge, tmp_path, labels, claims, answers)
    people, tiers = made["agreement"]["labels"], made["agreement"]["tiers"]
    assert people["n"] == 3 and people["accuracy"] == 2 / 3 and people["unknown"] == 1 / 3
    assert people["balanced_accuracy"] == (1 / 2 + 1) / 2
    # p_e = (2·1 + 1·1)/9
    assert people["kappa"] == pytest.approx((2 / 3 - 1 / 3) / (2 / 3))
    assert people["kinds"] == {"made": {"n": 3, "right": 2}}
    assert tiers["over"] == "run" and tiers["n"] == 2 and tiers["undecided"] == 1
    assert tiers["accuracy"] == 0.5 and tiers["kappa"] == 0.0
    found = made["faithfulness"]
    assert found["supported"]["mean"] == 2 / 4 and found["upper"]["mean"] == 3 / 4
    assert found["verdicts"] == {"supported": 2, "partial": 1, "unsupported": 1, "unknown": 0}
    assert found["cite_nothing"] == 1 and made["run"] == {"sentences": 4, "judged": 4}
    assert made["cost"]["calls"] == 6 and made["cost"]["prompt_tokens"] is None
    assert made["poor"] is False
    text = render(made)
    assert text.index("1. Agreement with the labels") < text.index("2. Agreement with the determ")
    assert text.index("2. Agreement") < text.index("3. Judged faithfulness")
    assert "warning" not in text
    assert "3. Judged faithfulness of the run (4 sentences)" in text
    assert re.search(r"supported +0\.500  \[", text)
    assert "Cost: 6 calls, tokens unknown" in text


def test_a_poor_judge_is_warned_of_beside_its_score(tmp_path: Path) -> None:
    labels = labelled(6)
    claims = claims_of_labels(labels.sentences)
    answers = [Claim("run", "q1#0", "桥。", (Source("桥。"),), "a")]
    judge = Told(*[Opinion("unknown", "gave no verdict")] * 6, Opinion("supported"))
    made = judge_folder(judge, tmp_path, labels, claims, answers)
    assert made["poor"] is True
    lines = render(made).splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("3. Judged"))
    assert lines[at + 1] == (
        "  warning: this judge agrees poorly with the labels (kappa 0.000, below 0.4); "
        "its score says little"
    )
    json.dumps(made, allow_nan=False)


def test_without_answers_there_is_no_score(tmp_path: Path) -> None:
    labels = labelled(3)
    claims = claims_of_labels(labels.sentences)
    made = judge_folder(Told(), tmp_path, labels, claims, [])
    assert made["faithfulness"] is None and made["run"] is None
    assert made["agreement"]["tiers"]["over"] == "labels"
    assert "faithfulness" not in render(made)


# --- the command ---


@pytest.fixture(scope="module")
def done(sample_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of three questions, one of which no article answers."""
    questions = (
        Question(
            "a1",
            "岚浦地铁二号线全长多少公里，设多少座车站？",
            "zh",
            "single",
            True,
            (("27.5公里",),),
            (Evidence("metro-line-opens.md", "全长27.5公里"),),
            "zh",
        ),
        Question(
            "a2",
            "青潭水文站的水位涨到多少米？",
            "zh",
            "numeric",
            True,
            (("46.82米",),),
            (Evidence("flood-qingtan.md", "水位涨至46.82米"),),
            "zh",
        ),
        Question("a3", "月球上有多少家咖啡馆？", "zh", "unanswerable", False),
    )
    made = QuestionSet("three", questions, canonical(questions))
    assistant = Assistant(Retriever(Store(sample_store), embedder=HashEmbedder()))
    return run(made, assistant, tmp_path_factory.mktemp("runs") / "three").folder


@pytest.fixture
def folder(done: Path, tmp_path: Path) -> Path:
    return shutil.copytree(done, tmp_path / "three")


def judged(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers(required=True))
    options = parser.parse_args(["judge", *arguments])
    return int(options.command(options))


def test_the_check_is_judged_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert judged("--judge", "tiers", "--json") == 0
    made = json.loads(capsys.readouterr().out)
    found = [(x.label, support(x.sentence, x.sources).verdict) for x in read_labels().sentences]
    people = made["agreement"]["labels"]
    assert people["n"] == len(found)
    for label, counts in people["confusion"].items():
        for verdict, count in counts.items():
            assert count == found.count((label, verdict))  # type: ignore[arg-type]
    assert made["agreement"]["tiers"] is None and made["faithfulness"] is None
    assert made["cost"]["calls"] == 0
    assert (tmp_path / "runs" / "labels" / "judged-tiers.json").exists()


def test_a_run_is_judged(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert judged(str(folder), "--judge", "tiers") == 0
    out = capsys.readouterr().out
    assert out.index("1. Agreement with the labels") < out.index("Judged faithfulness")
    made = json.loads((folder / "judged-tiers.json").read_text("utf-8"))
    kept_run = read_run(folder)
    count = sum(len(row["sentences"]) for row in kept_run.rows.values())
    assert made["run"] == {"sentences": count, "judged": count} and count >= 2
    assert made["faithfulness"]["supported"]["mean"] == 1.0  # quoted as they stand


def test_wrong_usage(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no run"):
        judged(str(tmp_path / "nowhere"), "--judge", "tiers")
    with pytest.raises(InputError, match="there is no judge of that name"):
        judged(str(folder), "--judge", "gpt")
    with pytest.raises(InputError, match="cannot be read"):
        judged("--judge", "tiers", "--labels", str(tmp_path / "none.jsonl"))
    with pytest.raises(SystemExit):
        judged("--judge", "tiers", "--limit", "0")


@pytest.fixture
def few_labels(tmp_path: Path) -> Path:
    path = tmp_path / "few.jsonl"
    lines = (ROOT / "eval" / "labels" / "sentences.jsonl").read_text("utf-8").splitlines()
    path.write_text("\n".join(lines[::27]) + "\n", "utf-8")
    return path


def test_a_server_judges_a_run(
    folder: Path, few_labels: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = read_labels(few_labels).sentences
    good = [
        says("[1]" if each.label == "supported" else "[0]", prompt_tokens=100, completion_tokens=3)
        for each in labels
    ]
    server.replies = [*good, *[says("maybe")] * 9]
    command = (str(folder), "--judge", server.name, "--labels", str(few_labels))
    assert judged(*command, "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert made["agreement"]["labels"]["kappa"] == 1.0
    assert made["faithfulness"]["supported"]["mean"] == 0.0
    assert made["faithfulness"]["upper"]["mean"] == 1.0
    assert made["agreement"]["tiers"]["unknown"] == 1.0
    assert made["cost"]["prompt_tokens"] == 100 * len(labels)
    answers = len(server.asked) - len(labels)
    assert made["cost"]["calls"] == len(labels) + answers
    server.replies = []
    assert judged(*command, "--json") == 0  # nothing is asked again
    assert json.loads(capsys.readouterr().out) == made


def test_what_failed_is_told_and_asked_again(
    few_labels: Path,
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    n = len(read_labels(few_labels).sentences)
    server.replies = [refuses(400, "too long"), *[says("[1]")] * (n - 1)]
    command = ("--judge", server.name, "--labels", str(few_labels))
    assert judged(*command) == 1
    told = capsys.readouterr()
    assert "1 sentences failed; the same command asks them again" in told.err
    assert f"Cost: {n} calls, 1 sentences failed" in told.out
    server.replies = [says("[1]")]
    assert judged(*command) == 0
    assert "failed" not in capsys.readouterr().out


_MAIN = """
import argparse
from eval.commands.judge import register
parser = argparse.ArgumentParser()
register(parser.add_subparsers(required=True))
options = parser.parse_args()
raise SystemExit(options.command(options))
"""


def child(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _MAIN, "judge", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_a_process_that_is_killed_loses_at_most_one_verdict(
    few_labels: Path, server: Server, tmp_path: Path, sent: signal.Signals
) -> None:
    n = len(read_labels(few_labels).sentences)

    def held() -> dict[str, Any]:
        time.sleep(3)
        return says("[1]")

    server.replies = [*[says("[1]")] * 4, held]
    command = ("--judge", server.name, "--labels", str(few_labels))
    for process in closing(child(tmp_path, *command)):
        wait_until(lambda: len(server.asked) == 5)
        process.send_signal(sent)
        _, err = process.communicate(timeout=30)
    if sent == signal.SIGINT:
        assert process.returncode == 130 and "the same command goes on" in err
    server.replies = [says("[1]")] * n
    for process in closing(child(tmp_path, *command, "--json")):
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert json.loads(out)["agreement"]["labels"]["n"] == n
    asked = [body["messages"][1]["content"] for body in server.asked]
    assert len(asked) == n + 1 and asked[4] == asked[5]  # only the one that was under way


def wait_until(true: Any) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def closing(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
