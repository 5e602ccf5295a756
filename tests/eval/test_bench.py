import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eval.__main__ import main
from eval.bench import abstain, pages_questions
from eval.bench.abstain import auroc
from eval.bench.squad import read_sets
from eval.sets import canonical, read_set
from rag.errors import InputError

PARAGRAPHS = {
    "江上有新桥。新桥长五百米，二〇三〇年五月通车。": [("新桥有多长？", "五百米")],
    "湖水很清。湖水深三十米，湖里有鱼。": [("湖水有多深？", "三十米")],
    "医院有床位23095张。院长姓沈。": [("医院有多少床位？", "23095张")],
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "sets"
    folder.mkdir()
    blocks = [
        {"context": text, "qas": [{"question": q, "answers": [{"text": a}]} for q, a in qas]}
        for text, qas in PARAGRAPHS.items()
    ]
    for name in ("toy_zh", "toy_xx"):
        with gzip.open(folder / f"{name}.json.gz", "wt", encoding="utf-8") as file:
            json.dump({"data": [{"paragraphs": blocks}]}, file)
    for number, block in enumerate(blocks):  # the same in parts
        (folder / f"parts_000{number}.json").write_text(
            json.dumps({"data": [{"paragraphs": [block]}]}), "utf-8"
        )
    return folder


def test_sets_are_read_whole_and_in_parts(data: Path) -> None:
    sets = {s.name: s for s in read_sets(data)}
    assert sorted(sets) == ["parts", "toy_xx", "toy_zh"]
    assert sets["parts"].paragraphs == sets["toy_zh"].paragraphs == tuple(PARAGRAPHS)
    assert [(q.paragraph, q.answers) for q in sets["parts"].questions] == [
        (0, ("五百米",)),
        (1, ("三十米",)),
        (2, ("23095张",)),
    ]


def test_a_folder_without_sets(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="check --data"):
        read_sets(tmp_path)
    (tmp_path / "x.json").write_text("{broken")
    with pytest.raises(InputError, match="cannot be read as JSON"):
        read_sets(tmp_path)


def test_auroc() -> None:
    assert auroc(np.array([0.9, 0.4, 0.4, 0.1]), np.array([1, 1, 0, 0])) == 0.875


@pytest.mark.parametrize("what", ["retrieval", "quote", "abstain"])
def test_the_benches_run(
    data: Path,
    static_model: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    what: str,
) -> None:
    questions, articles = abstain.SAMPLE
    few = read_set(questions).questions[::20]
    (data.parent / "few.jsonl").write_bytes(canonical([replace(q, twin=None) for q in few]))
    monkeypatch.setattr(abstain, "SAMPLE", (data.parent / "few.jsonl", articles))
    arguments = ["bench", what, "--data", str(data), "--embedder", str(static_model)]
    assert main([*arguments, "--json"]) == 0
    rows = {row["set"]: row for row in map(json.loads, capsys.readouterr().out.splitlines())}
    assert {"toy_zh", "parts"} <= set(rows)
    if what == "retrieval":
        assert rows["toy_zh"]["BM25 nDCG@10"] == rows["toy_zh"]["hybrid R@1"] == 1.0
        assert rows["toy_xx → toy_zh"]["paragraphs"] == 3
    if what == "abstain":
        splits = [q.split for q in few if q.answerable and not q.history]
        assert rows["sample, unseen"]["answerable"] == splits.count("unseen") > 5
        assert rows["sample, tuned"]["answerable"] == splits.count("tuned") > 4
    if what == "quote":
        assert rows["parts"]["best two"] == 1.0
        assert rows["toy_xx → toy_zh"]["questions"] == 3
    monkeypatch.setattr(abstain, "_own", lambda *_: [])  # the slow half of it: once is enough
    assert main(arguments) == 0
    assert "toy_zh" in capsys.readouterr().out


def test_quotation_is_learnt(
    data: Path, static_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = data / "toy_zh.json.gz"
    arguments = ["bench", "fit-quote", "--train", str(file), "--embedder", str(static_model)]
    assert main(arguments) == 0
    assert '"telling_coverage":' in capsys.readouterr().out


def test_the_effect_on_questions_is_shown_without_and_with_repair(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        pages_questions,
        "questions_effect",
        lambda folder, pages: [{"questions": folder.name, "answer holds gold": len(pages) / 8}],
    )
    arguments = ["bench", "pages", "--articles", str(tmp_path / "real"), "--questions"]
    assert main([*arguments, "--json"]) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"pages": "never", "questions": "real", "answer holds gold": 0.625},
        {"pages": "auto", "questions": "real", "answer holds gold": 0.5},
    ]
    for wrong in (["bench", "pages", "--questions"], ["bench", "pages"]):
        with pytest.raises(SystemExit) as stopped:
            main(wrong)
        assert stopped.value.code == 2
        assert "--articles" in capsys.readouterr().err
