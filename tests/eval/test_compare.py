import json
from pathlib import Path
from typing import Any

import pytest

from eval.__main__ import main
from eval.compare import HEADLINE, changed, compare
from eval.compare.gates import parse_gate
from eval.compare.rendering import render
from eval.metrics import METRICS
from eval.runner import Run
from eval.sets import Evidence, Question, QuestionSet
from rag.errors import InputError

TEXT = "新桥长500米。"


def answered(id: str, *, right: bool) -> dict[str, Any]:
    hit = {"paragraph": "p1", "article": "a1", "source": "a.txt", "title": "桥", "date": None,
           "score": 0.9, "text": TEXT, "span": {"start": 0, "end": len(TEXT)}}  # fmt: skip
    quote = {"start": 0, "end": len(TEXT), "text": TEXT}
    citation = {"number": 1, "paragraph": "p1", "article": "a1", "title": "桥", "source": "a.txt",
                "date": None, "quote": quote, "raw": {"start": 0, "end": len(TEXT)}}  # fmt: skip
    sentence = {"text": TEXT, "support": "supported", "reasons": [], "citations": [citation]}
    return {
        "id": id, "question": "桥多长？", "answer": TEXT + "[1]", "llm": "made", "language": "zh",
        "hits": [hit], "abstained": not right, "sentences": [sentence] if right else [],
        "gold": [["p1"]], "confidence": 0.9,
    }  # fmt: skip


def made_run(
    folder: Path, *right: bool, questions: int = 4, articles: int = 4, **header: Any
) -> Run:
    """A run whose answers are right or abstentions, as given; question n is about article n."""
    asked = tuple(
        Question(
            f"q{n}", f"桥{n}多长？", "zh", "numeric", True, (("500米",),),
            (Evidence("a.txt" if articles == 1 else f"{n % articles}.txt", TEXT),), "zh",
        )
        for n in range(questions)
    )  # fmt: skip
    rows = {f"q{n}": answered(f"q{n}", right=value) for n, value in enumerate(right)}
    facts = {"set": "made", "set_sha256": f"{questions}", "llm": folder.name, "k": 8, **header}
    return Run(folder, facts, QuestionSet("made", asked, b""), rows, {}, {})


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Run, Run]:
    """q0 and q1 become right, q2 becomes wrong, q3 stays right."""
    old = made_run(tmp_path / "old", False, False, True, True)
    return old, made_run(tmp_path / "new", True, True, False, True)


def test_differences_and_flips(runs: tuple[Run, Run]) -> None:
    found = compare(*runs)
    assert [d.metric for d in found] == list(METRICS)
    by_name = {d.metric: d for d in found}
    gold = by_name["answer_contains_gold"]
    assert (gold.old, gold.new) == (0.5, 0.75)
    assert (gold.difference.n, gold.difference.mean) == (4, 0.25)
    assert (gold.rose, gold.fell) == (("q0", "q1"), ("q2",))
    # of resamples of (1, 1, -1, 0), 2.5 % have a mean of at most -1/2, and as many of 1
    assert (gold.difference.low, gold.difference.high) == (-0.5, 1.0)
    # two rose and one fell: 2 · (C(3,0) + C(3,1)) / 2³ = 1
    assert gold.p == 1.0
    assert by_name["over_refusal"].fell == ("q0", "q1")
    # validity is defined by both only where both answer
    assert by_name["citation_validity"].difference.n == 1
    assert by_name["false_answer"].difference.mean is None
    assert by_name["false_answer"].p is None
    assert compare(*runs) == found


def test_small_p_is_corrected_for_the_metrics_that_are_asked_about(tmp_path: Path) -> None:
    old = made_run(tmp_path / "old", *[False] * 10, questions=10, articles=10)
    new = made_run(tmp_path / "new", *[True] * 10, questions=10, articles=10)
    by_name = {d.metric: d for d in compare(old, new, ("answer_correct", "over_refusal"))}
    # all ten rose: 2 / 2¹⁰; Holm doubles the smaller of two, and the other may not be less
    assert by_name["answer_correct"].p == 2 / 2**10
    assert by_name["answer_correct"].adjusted == 4 / 2**10
    assert by_name["over_refusal"].adjusted == 4 / 2**10
    assert by_name["faithfulness"].adjusted is None
    whole = {d.metric: d for d in compare(old, new)}
    tested = [name for name in HEADLINE if whole[name].p is not None]
    assert [name for name in METRICS if whole[name].adjusted is not None] == sorted(
        tested, key=list(METRICS).index
    )


def test_questions_about_one_article_rise_together(tmp_path: Path) -> None:
    """Six questions over two articles are two draws, not six: the interval says so."""
    shape = {"questions": 6, "articles": 2}
    old = made_run(tmp_path / "old", *[False] * 6, **shape)  # type: ignore[arg-type]
    new = made_run(tmp_path / "new", *[True, False] * 3, **shape)  # type: ignore[arg-type]
    (gold,) = [d for d in compare(old, new) if d.metric == "answer_correct"]
    assert gold.difference.mean == 0.5
    assert (gold.difference.low, gold.difference.high) == (0.0, 1.0)


def test_the_rendering_names_what_flipped_and_what_differs(runs: tuple[Run, Run]) -> None:
    gates = [parse_gate("answer_correct>=0"), parse_gate("over_refusal<=-0.5")]
    text = render(*runs, compare(*runs), gates)
    assert "+0.250" in text
    assert "- answer_contains_gold rose: q0, q1\n- answer_contains_gold fell: q2\n" in text
    assert "- q0 became right: 桥0多长？\n" in text
    assert "- q2 became wrong: 桥2多长？" in text
    assert "- llm: old → new" in text
    assert "- answer_correct>=0: holds\n- over_refusal<=-0.5: BROKEN" in text
    assert str(runs[0].folder) in text


def test_the_machine_is_no_difference(tmp_path: Path) -> None:
    old = made_run(tmp_path / "old", True, machine={"cpu": 1}, k=8)
    new = made_run(tmp_path / "new", True, machine={"cpu": 2}, k=5)
    assert changed(old, new) == [("llm", "old", "new"), ("k", "8", "5")]


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


def test_the_command_fails_where_a_gate_is_broken(
    runs: tuple[Run, Run], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    by_folder = dict(zip(("old", "new"), runs, strict=True))
    monkeypatch.setattr("eval.runner.read_run", lambda folder: by_folder[folder.name])
    command = ["compare", "old", "new", "--json", "--gate", "answer_correct>=0.2"]
    assert main(command) == 0
    assert json.loads(capsys.readouterr().out)["gates_broken"] == []
    assert main([*command, "--gate", "faithfulness>=0.1"]) == 1
    said = capsys.readouterr()
    facts = json.loads(said.out)
    assert facts["gates_broken"] == ["faithfulness>=0.1"]
    assert said.err == "gate broken: faithfulness>=0.1\n"
    by_name = {one["metric"]: one for one in facts["metrics"]}
    assert by_name["answer_correct"]["rose"] == ["q0", "q1"]
    assert by_name["answer_correct"]["adjusted"] is not None
    assert by_name["over_refusal"]["adjusted"] is None  # no gate asks about it
    with pytest.raises(SystemExit) as usage:
        main(["compare", "old", "new", "--gate", "beauty>=0"])
    assert usage.value.code == 2
