import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from eval.compare import compare, parse_gate, render
from eval.runner import Run, read_run
from rag.errors import InputError

TEXT = "新桥长500米。"


def answered(id: str, *, right: bool) -> dict[str, Any]:
    hit = {"paragraph": "p1", "source": "a.txt", "text": TEXT}
    quote = {"start": 0, "end": len(TEXT), "text": TEXT}
    citation = {"number": 1, "paragraph": "p1", "quote": quote}
    sentence = {"text": TEXT, "support": "supported", "citations": [citation]}
    timings = {"first_token_ms": 1.0, "total_ms": 2.0}
    row = {"id": id, "hits": [hit], "abstained": not right, "timings": timings}
    return {**row, "sentences": [sentence] if right else []}


def question(id: str) -> dict[str, Any]:
    return {
        "id": id,
        "question": "桥多长？",
        "language": "zh",
        "type": "numeric",
        "answerable": True,
        "answers": [["500米"]],
        "evidence": [{"source": "a.txt", "quote": TEXT}],
        "evidence_language": "zh",
    }


def made_run(folder: Path, *right: bool, questions: int = 4) -> Run:
    """A run whose answers are right or abstentions, as given."""
    folder.mkdir()
    lines = "".join(json.dumps(question(f"q{n}")) + "\n" for n in range(questions))
    (folder / "set.jsonl").write_text(lines, "utf-8")
    rows = [json.dumps(answered(f"q{n}", right=value)) + "\n" for n, value in enumerate(right)]
    (folder / "rows.jsonl").write_text("".join(rows), "utf-8")
    digest = hashlib.sha256(lines.encode()).hexdigest()
    header = {"set": "made", "set_sha256": digest, "llm": folder.name, "k": 8, "paragraphs": 9}
    (folder / "header.json").write_text(json.dumps(header), "utf-8")
    return read_run(folder)


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Run, Run]:
    """q0 and q1 become right, q2 becomes wrong, q3 stays right."""
    old = made_run(tmp_path / "old", False, False, True, True)
    return old, made_run(tmp_path / "new", True, True, False, True)


def test_differences_and_flips(runs: tuple[Run, Run]) -> None:
    by_name = {d.metric: d for d in compare(*runs)}
    gold = by_name["answer_contains_gold"]
    assert (gold.old, gold.new) == (0.5, 0.75)
    assert (gold.difference.n, gold.difference.mean) == (4, 0.25)
    assert (gold.rose, gold.fell) == (("q0", "q1"), ("q2",))
    # of resamples of (1, 1, -1, 0), 2.5 % have a mean of at most -1/2, and as many of 1
    assert (gold.difference.low, gold.difference.high) == (-0.5, 1.0)
    assert by_name["over_refusal"].fell == ("q0", "q1")
    assert by_name["recall@1"].difference.mean == 0.0
    # validity is defined by both only where both answer
    assert by_name["citation_validity"].difference.n == 1
    assert by_name["false_answer"].difference.mean is None
    assert compare(*runs) == compare(*runs)


def test_the_rendering_names_what_flipped(runs: tuple[Run, Run]) -> None:
    text = render(*runs, compare(*runs))
    assert "+0.250" in text
    assert "- answer_contains_gold rose: q0, q1\n- answer_contains_gold fell: q2\n" in text
    assert str(runs[0].folder) in text


@pytest.mark.parametrize(
    ("gate", "passes"),
    [
        ("answer_contains_gold>=0.25", True),
        ("answer_contains_gold >= 0.26", False),
        ("over_refusal<=-0.25", True),
        ("over_refusal<=-.3", False),
        ("recall@1>=-0.01", True),
        ("false_answer<=0.5", False),  # undefined is no proof
    ],
)
def test_gates(runs: tuple[Run, Run], gate: str, passes: bool) -> None:
    assert parse_gate(gate).passes(compare(*runs)) is passes


@pytest.mark.parametrize("text", ["recall@5", "recall@5>0", "beauty>=0", "recall@5>=a", ""])
def test_other_gates_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no gate; write METRIC>=BOUND"):
        parse_gate(text)


def test_only_finished_runs_of_one_set_are_compared(tmp_path: Path) -> None:
    whole = made_run(tmp_path / "whole", True, True, True, True)
    half = made_run(tmp_path / "half", True, True)
    other = made_run(tmp_path / "other", True, questions=1)
    with pytest.raises(InputError, match="ran different sets"):
        compare(whole, other)
    with pytest.raises(InputError, match=r"has 2 of 4 questions; finish it: .* --out .*half"):
        compare(whole, half)
