"""What `python -m eval check` finds in sets, and in the store that they are about."""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from eval.sets.check import Checked, check, register, render
from index.build import build
from index.generation import Generation
from index.store import Store
from rag.errors import StoreMissing
from tests.conftest import HashEmbedder

ROOT = Path(__file__).parents[2]
SETS = ROOT / "eval" / "sets"
BRIDGE = "# 桥\n\n石桥长五百米，2031年重建。\n\n重建花了1,200万元，木栏改成铁栏。\n"
OTHER = "# 桥的更正\n\n更正：石桥长480米。\n"
LONG: dict[str, Any] = {
    "id": "long",
    "question": "桥多长？",
    "language": "zh",
    "type": "numeric",
    "answerable": True,
    "answers": [["500米"]],
    "evidence": [{"source": "bridge.md", "quote": "石桥长五百米"}],
    "evidence_language": "zh",
}
NONE: dict[str, Any] = {
    "id": "none",
    "question": "桥多宽？",
    "language": "zh",
    "type": "unanswerable",
    "answerable": False,
    "about": "bridge.md",
    "twin": "long",
    "split": "unseen",
}


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    folder = tmp_path_factory.mktemp("check")
    (folder / "articles").mkdir()
    (folder / "articles" / "bridge.md").write_text(BRIDGE, "utf-8")
    (folder / "articles" / "other.md").write_text(OTHER, "utf-8")
    build([folder / "articles"], folder / "store", HashEmbedder())
    return Store(folder / "store").current()


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers(required=True))
    options = parser.parse_args(["check", *arguments])
    code: int = options.command(options)
    return code


def test_a_sound_set_is_counted(tmp_path: Path, generation: Generation) -> None:
    path = write(tmp_path / "s.jsonl", LONG, {**LONG, "id": "two", "question": "多少米？"}, NONE)
    checked = check([path], generation)
    assert (checked.faults, checked.warnings) == ((), ())
    (counts,) = checked.sets
    assert counts | {"sha256": ""} == {
        "file": str(path), "name": "s", "sha256": "", "questions": 3, "answerable": 2,
        "unanswerable": 1, "twins": 1, "type": {"numeric": 2, "unanswerable": 1},
        "language": {"zh": 3}, "split": {"not said": 2, "unseen": 1},
    }  # fmt: skip


def test_quotes_that_stand_nowhere_are_faults(tmp_path: Path, generation: Generation) -> None:
    path = write(
        tmp_path / "s.jsonl",
        {**LONG, "evidence": [{"source": "other.md", "quote": "石桥长五百米"}]},
        {**LONG, "id": "gone", "question": "？", "evidence": [{"source": "x.md", "quote": "石桥"}]},
        {
            "id": "false", "question": "木桥？", "language": "zh", "type": "false_premise",
            "answerable": False,
            "corrections": [{"answers": ["石桥"], "source": "bridge.md", "quote": "木桥长"}],
        },
    )  # fmt: skip
    assert check([path], generation).faults == (
        f"{path}, long, \"evidence\": no paragraph of other.md has '石桥长五百米'",
        f"{path}, gone, \"evidence\": the store has no source 'x.md'",
        f"{path}, false, \"corrections\": no paragraph of bridge.md has '木桥长'",
    )
    assert check([path]).faults == ()


@pytest.mark.parametrize(
    ("change", "doubtful"),
    [
        ({"answers": [["500米"]]}, []),  # the same figure in another writing
        ({"answers": [["五百米"]]}, []),
        ({"answers": [["2031年"]]}, []),  # of the paragraph, beyond the quote
        ({"answers": [["480米"]]}, ["480米"]),
        ({"answers": [["铁栏"]]}, ["铁栏"]),  # another paragraph
        ({"answers": [["铁栏", "五百米"]]}, ["铁栏"]),
        ({"answers": [["铁栏"]], "language": "en"}, []),
        ({"answers": [["鐵欄"]], "language": "zh-Hant"}, ["鐵欄"]),
    ],
)
def test_answers_that_their_evidence_does_not_say_are_warned_of(
    tmp_path: Path, generation: Generation, change: dict[str, Any], doubtful: list[str]
) -> None:
    path = write(tmp_path / "s.jsonl", {**LONG, **change})
    checked = check([path], generation)
    assert checked.faults == ()
    assert list(checked.warnings) == [
        f'{path}, long, "answers": no paragraph quoted says {answer!r}' for answer in doubtful
    ]


def test_each_side_of_a_conflict_has_its_own_evidence(
    tmp_path: Path, generation: Generation
) -> None:
    sides = [
        {"source": "bridge.md", "quote": "石桥长五百米"},
        {"source": "other.md", "quote": "480米"},
    ]
    conflict = {**LONG, "type": "conflict", "evidence": sides}
    right = write(tmp_path / "r.jsonl", {**conflict, "answers": [["五百米"], ["480米"]]})
    crossed = write(tmp_path / "c.jsonl", {**conflict, "answers": [["480米"], ["五百米"]]})
    assert check([right], generation).warnings == ()
    assert len(check([crossed], generation).warnings) == 2


def test_what_is_asked_twice_and_about_nothing_is_warned_of(
    tmp_path: Path, generation: Generation
) -> None:
    again = {**LONG, "id": "again", "question": "橋多長？"}
    later = {**LONG, "id": "later", "history": [["石桥在哪？", "在河上。"]]}
    path = write(tmp_path / "s.jsonl", LONG, again, later, {**NONE, "about": "x.md"})
    assert check([path], generation).warnings == (
        f"{path}, again: asks the same as long",
        f"{path}, none, \"about\": the store has no source 'x.md'",
    )


def test_all_faults_of_all_files_are_told(tmp_path: Path) -> None:
    one = write(tmp_path / "one.jsonl", *[{**LONG, "id": str(n), "split": 7} for n in range(12)])
    two = write(tmp_path / "two.jsonl", LONG)
    three = write(tmp_path / "three.jsonl", LONG)
    checked = check([one, two, three, two, tmp_path / "none.jsonl"])
    assert [counts["file"] for counts in checked.sets] == [str(two), str(three)]
    assert len(checked.faults) == 14
    assert checked.faults[11] == f'{one}, line 12, "split": write "tuned" or "unseen"'
    assert "none.jsonl cannot be read" in checked.faults[12]
    assert checked.faults[13] == f"{three}, \"id\": 'long' is in {two} too"


def test_the_command_says_what_it_found(
    tmp_path: Path, generation: Generation, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "s.jsonl", {**LONG, "answers": [["铁栏"]]}, NONE)
    store = str(generation.folder.parent)
    assert run(str(path), "--store", store) == 0  # a warning is no fault
    out = capsys.readouterr().out
    assert out.startswith(f"{path}: 2 questions (s)\n  sha256: ")
    assert out.endswith("no faults, 1 warning\n")
    assert run(str(path), "--store", store, "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert made["faults"] == []
    assert made["sets"][0]["twins"] == 1
    assert len(made["warnings"]) == 1
    write(path, {**LONG, "evidence": [{"source": "bridge.md", "quote": "木桥"}]})
    assert run(str(path)) == 0
    capsys.readouterr()
    assert run(str(path), "--store", store) == 1
    assert "fault: " in capsys.readouterr().out
    with pytest.raises(StoreMissing):
        run(str(path), "--store", str(tmp_path / "nothing"))


def test_unanswerable_questions_without_a_twin_are_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", LONG, NONE, {**NONE, "id": "n2", "twin": None})
    assert "  unanswerable: 2, 1 of them without a twin\n" in render(check([path]))
    assert render(Checked((), ("f",), ())) == "fault: f\n1 fault, no warnings\n"


def test_the_sets_here_are_sound(sample_store: Path) -> None:
    paths = sorted(SETS.glob("*.jsonl"))
    checked = check(paths, Store(sample_store).current())
    assert [Path(counts["file"]).stem for counts in checked.sets] == ["follow_ups", "sample"]
    assert (checked.faults, checked.warnings) == ((), ())
    assert all("not said" not in counts["split"] for counts in checked.sets)


def test_registering_loads_nothing_heavy() -> None:
    code = (
        "import argparse, sys, eval.convert, eval.sets.check as check\n"
        "commands = argparse.ArgumentParser().add_subparsers()\n"
        "check.register(commands), eval.convert.register(commands)\n"
        "print('numpy' in sys.modules)"
    )
    made = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert made.stdout == "False\n", made.stderr
