import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from eval.__main__ import main
from eval.bench import speed
from eval.bench.grow import asked_of, grown, paragraphs_of, seed_texts
from eval.bench.growth_plot import Panel, growth_svg
from eval.bench.peers import compare as peers
from eval.bench.peers.job import run
from eval.bench.peers.ours import Ours
from eval.bench.peers.texts import write_jobs
from eval.bench.speed import medians, write_articles
from eval.bench.speed_report import write_report
from eval.bench.speed_worker import TASKS, StageClock, build_task, floor_task, search_task
from rag.errors import InputError

SVG = "{http://www.w3.org/2000/svg}"
SAMPLE = Path(__file__).parents[2] / "index" / "sample"


def test_grown_paragraphs_differ_but_keep_their_shape_and_characters() -> None:
    texts = ["2031年，新桥长 500 米；the bridge is long." * 5, "湖水深三十米，湖里有鱼。" * 20]
    found = list(grown(texts, 7))
    assert found[:2] == texts
    assert len(set(found)) == 7
    assert found == list(grown(texts, 7)) != list(grown(texts, 7, seed=2))
    for number, text in enumerate(found[2:]):
        source = texts[number % 2]
        assert set(text) <= set("".join(texts))  # no unit is new
        assert [c for c in text if c in "，；。. "] == [c for c in source if c in "，；。. "]
    same = sum(a == b for a, b in zip(found[3], texts[1], strict=True)) / len(texts[1])
    assert 0.8 < same < 1.0  # one character in ten is drawn anew, some of them the same again


def test_seeds_are_news_where_given_else_articles(tmp_path: Path) -> None:
    file = tmp_path / "news.txt"
    file.write_text("正文：甲乙丙。\n正文：丁戊。\n", "utf-8")
    assert seed_texts(SAMPLE, [file], 1) == ["甲乙丙。"]
    sample = seed_texts(SAMPLE, [], 1)
    assert sample == paragraphs_of(SAMPLE)
    assert all(len(text) > 40 for text in sample)
    assert any("河床以下32米处" in text for text in sample)
    (tmp_path / "empty.txt").write_text("短。\n", "utf-8")
    with pytest.raises(InputError, match="check --articles"):
        paragraphs_of(tmp_path / "empty.txt")


def test_questions_are_beginnings_of_sentences() -> None:
    texts = ["甲乙丙。丁戊己。", "长" * 50 + "。"]
    asked = asked_of(texts, 40)
    assert {number for _, number in asked} == {0, 1}
    assert {question for question, _ in asked} == {"甲乙丙。", "丁戊己。", "长" * 30}
    assert all(question in texts[number] for question, number in asked)


def test_a_stage_lasts_until_the_next_one() -> None:
    ticks = iter([0.0, 1.0, 3.0, 7.0, 15.0])
    clock = StageClock(lambda: next(ticks))
    for stage in ("read", "read", "embed", "embed", "write"):
        clock(stage, 0, 1, articles=0)
    clock.stop()
    assert clock.seconds == {"start": 1.0, "read": 2.0, "embed": 4.0, "write": 8.0}


def test_medians_take_the_ratio_within_each_run() -> None:
    turns = [
        {"build s": build, "floor s": floor, "stages s": {"read": build / 2}}
        for build, floor in ((2.0, 1.0), (9.0, 3.0), (4.0, 4.0))
    ]
    assert medians(turns) == {
        "build s": 4.0,
        "floor s": 3.0,
        "stages s": {"read": 2.0},
        "build ÷ floor": 2.0,  # of 2, 3 and 1; the ratio of the medians would be 1.33
        "runs": 3,
    }


def test_the_plot_has_every_point_on_logarithmic_axes() -> None:
    lines = {"one": [(10, 1), (100, 10), (1000, 100)], "a < b": [(10, 5), (1000, 99)]}
    svg = growth_svg([Panel("Time & space", lines), Panel("Flat", {"x": [(10, 3)]})], "things")
    root = ElementTree.fromstring(svg)
    circles = list(root.iter(f"{SVG}circle"))
    assert len(circles) == 6
    first = [(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in circles[:3]]
    assert first[1][0] - first[0][0] == pytest.approx(first[2][0] - first[1][0], abs=0.11)
    assert first[0][1] - first[1][1] == pytest.approx(first[1][1] - first[2][1], abs=0.11)
    assert first[0][1] > first[2][1]  # larger values stand higher
    texts = {text.text: float(text.attrib["y"]) for text in root.iter(f"{SVG}text")}
    assert {"Time & space", "a < b", "things", "1k", "100"} <= set(texts)
    assert abs(texts["one"] - texts["a < b"]) >= 12  # the labels do not cover each other
    assert "prefers-color-scheme: dark" in svg


def test_articles_have_five_paragraphs_and_files_ten_thousand(tmp_path: Path) -> None:
    write_articles(tmp_path / "a", [f"第{n}段。" for n in range(10_012)])
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert files == ["part-0000.jsonl", "part-0001.jsonl"]
    rows = [json.loads(line) for line in (tmp_path / "a" / files[1]).read_text().splitlines()]
    assert [row["text"].count("\n") + 1 for row in rows] == [5, 5, 2]
    assert rows[0]["text"].startswith("第10000段。\n")


def test_the_tasks_of_a_run_and_its_report(tmp_path: Path, static_model: Path) -> None:
    texts = list(grown(paragraphs_of(SAMPLE), 60))
    write_articles(tmp_path / "articles", texts)
    questions = [question for question, _ in asked_of(texts, 6)]
    job = {
        "folder": str(tmp_path / "articles"),
        "store": str(tmp_path / "store"),
        "embedder": str(static_model),
        "questions": questions,
        "started": 0.0,
    }
    built, floor = build_task(job), floor_task(job)
    assert built["paragraphs"] == 60
    assert {"read", "embed", "write"} <= set(built["stages s"])
    assert sum(built["stages s"].values()) == pytest.approx(built["build s"], rel=0.05)
    assert floor["floor s"] == pytest.approx(sum(floor["floors s"].values()))
    assert floor["embedded a second"] == pytest.approx(60 / floor["floors s"]["embed"])
    searched = search_task(job)
    for side in ("dense", "BM25", "hybrid"):
        assert 0 < searched[f"{side} p50 ms"] <= searched[f"{side} p95 ms"]
    rows = [medians([built | floor | searched])]
    write_report([*rows, rows[0] | {"paragraphs": 600}], tmp_path / "out")
    assert json.loads((tmp_path / "out" / "speed.json").read_text())["rows"][0] == rows[0]
    root = ElementTree.parse(tmp_path / "out" / "speed.svg").getroot()
    assert len(list(root.iter(f"{SVG}circle"))) == 18  # 9 lines of 2 points
    page = (tmp_path / "out" / "speed.md").read_text("utf-8")
    assert "| 600 | " in page
    assert "![" in page


def test_the_speed_command(
    tmp_path: Path,
    static_model: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own_process = speed._measure

    def measure(task: str, work: Path, job: dict[str, object]) -> dict[str, object]:
        if task == "floor":
            return own_process(task, work, job)
        return TASKS[task](job | {"started": 0.0})  # saves the seconds of importing torch anew

    monkeypatch.setattr(speed, "_measure", measure)
    arguments = ["bench", "speed", "--articles", str(SAMPLE), "--sizes", "40", "--runs", "1"]
    arguments += ["--embedder", str(static_model), "--out", str(tmp_path)]
    assert main(arguments) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == ["paragraphs", "40"]
    assert ["runs", "1"] in lines
    assert (tmp_path / "speed.svg").exists()


def test_our_job_finds_what_is_asked(
    tmp_path: Path,
    static_model: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (job,) = write_jobs(SAMPLE, [], [50], static_model, tmp_path).values()
    monkeypatch.setattr(sys, "argv", ["ours", str(job)])
    run(Ours)
    times = json.loads(capsys.readouterr().out)
    assert times["hybrid found"] > 0.9
    assert 0 <= times["dense found"] <= 1
    assert min(times["build s"], times["dense ms"], times["hybrid ms"]) > 0


def test_libraries_take_turns_and_ratios_are_within_a_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    seconds = iter([1, 3, 2, 2, 4, 20])

    def times(python: Path, module: str, job: Path) -> dict[str, float]:
        order.append(module)
        value = float(next(seconds))
        return dict.fromkeys((*peers.MEASURES, "dense found", "hybrid found"), value)

    monkeypatch.setattr(peers, "times", times)
    monkeypatch.setattr(peers, "environment", lambda name, work: work / name)
    ours, other = peers.compare({9: tmp_path / "job"}, tmp_path, ["txtai"], 3)
    assert order == ["ours", "with_txtai"] * 3
    assert ours["build ×"] == 1.0
    assert (other["paragraphs"], other["library"], other["runs"]) == (9, "txtai", 3)
    assert (ours["build s"], other["build s"], other["build ×"]) == (2.0, 3.0, 3.0)


def test_a_failed_run_is_told(tmp_path: Path) -> None:
    job = tmp_path / "missing.json"
    with pytest.raises(InputError, match="job failed: .*No module named"):
        peers.times(Path(sys.executable), "no_job", job)
    with pytest.raises(InputError, match="measuring nothing failed: KeyError: 'nothing'"):
        speed._measure("nothing", tmp_path, {})
    killed = subprocess.CompletedProcess([], -9, "", "")
    assert "killed (signal 9); is there memory" in speed._reason(killed)


def test_every_library_has_a_script_and_pinned_requirements() -> None:
    folder = Path(peers.__file__).parent
    for name in peers.PEERS:
        assert (folder / f"with_{name}.py").exists()
        lines = (folder / f"requirements-{name}.txt").read_text().splitlines()
        assert "torch==2.13.0" in lines
        assert all("==" in line for line in lines)
