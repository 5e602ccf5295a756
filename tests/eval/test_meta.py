import argparse
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eval.commands.meta import ARTICLES, SET, register
from eval.meta import checking
from eval.meta.catalogue import HARMLESS
from eval.meta.checking import KINDS, check, check_written, pairs
from eval.meta.defects import Defect, Pair
from eval.meta.made import HITS, Papers, good_answer, row_of
from eval.meta.written import Written, read_written
from eval.metrics import METRICS, measure
from eval.sets import Question, read_set
from rag.errors import InputError

Values = dict[str, float | None]


@pytest.fixture(scope="module")
def papers() -> Papers:
    return Papers(ARTICLES)


@pytest.fixture(scope="module")
def questions() -> dict[str, Question]:
    return {question.id: question for question in read_set(SET).questions}


@pytest.fixture(scope="module")
def made(questions: dict[str, Question], papers: Papers) -> list[tuple[Defect, list[Pair]]]:
    return [(kind, pairs(kind, list(questions.values()), papers)) for kind in KINDS]


@pytest.fixture(scope="module")
def written(questions: dict[str, Question], papers: Papers) -> list[Written]:
    return read_written(list(questions.values()), papers)


@pytest.fixture(scope="module")
def true_values(made: list[tuple[Defect, list[Pair]]], written: list[Written]) -> dict[int, Values]:
    """What the metrics say of every row, by the row's identity."""
    asked = [(p.question, p.good) for _, ps in made for p in ps]
    asked += [(p.asked, p.bad) for _, ps in made for p in ps]
    asked += [(one.question, one.row) for one in written]
    return {id(row): measure(question, row, k=HITS) for question, row in asked}


def test_every_metric_says_what_is_known_of_the_made_answers(
    made: list[tuple[Defect, list[Pair]]],
) -> None:
    faults = [str(fault) for kind, found in made for fault in check(kind, found).faults]
    assert faults == []


def test_every_metric_says_what_stands_beside_the_answers_written_by_hand(
    written: list[Written],
) -> None:
    assert [str(fault) for fault in check_written(written).faults] == []


def test_there_are_answers_enough_of_every_kind_and_every_metric_moves(
    made: list[tuple[Defect, list[Pair]]], written: list[Written]
) -> None:
    assert {kind.name for kind, found in made if len(found) < 4} == set()
    assert sum(len(found) for _, found in made) >= 200
    assert len(written) >= 64
    outcomes = [*(check(*each) for each in made), check_written(written)]
    assert {name for outcome in outcomes for name in outcome.moved} == METRICS.keys()


def test_the_made_answers_are_of_several_languages_and_kinds_of_questions(
    made: list[tuple[Defect, list[Pair]]],
) -> None:
    asked = [pair.question for _, found in made for pair in found]
    assert {"zh", "zh-Hant", "en", "ja", "es"} <= {question.language for question in asked}
    assert {"numeric", "person", "conflict", "injected"} <= {question.type for question in asked}


def test_of_twenty_metrics_and_more_by_hand_there_are_three_values_and_two_different_ones(
    written: list[Written],
) -> None:
    values: dict[str, list[float | None]] = {}
    for one in written:
        for name, value in one.expect.items():
            values.setdefault(name, []).append(value)
    enough = [name for name, found in values.items() if len(found) > 2 and len(set(found)) > 1]
    assert len(enough) >= 32
    assert set(METRICS) - set(enough) == {"failed"}  # no answer by hand is an error


def test_no_metric_is_meant_to_move_both_ways() -> None:
    for kind in KINDS:
        named = (*kind.falls, *kind.rises, *kind.may)
        assert set(named) <= METRICS.keys()
        assert set(kind.falls).isdisjoint(kind.rises), kind.name
    assert all(not kind.falls and not kind.rises for kind in HARMLESS)
    assert len({kind.name for kind in KINDS}) == len(KINDS)


Broken = Callable[[float | None], float | None]
_BREAKS: dict[str, Broken] = {
    "always 0": lambda value: 0.0,
    "always 1": lambda value: 1.0,
    "never defined": lambda value: None,
    "the wrong way round": lambda value: None if value is None else 1.0 - value,
    "a little too low": lambda value: None if value is None else value * 0.97 - 0.01,
}


# No answer by hand is an error, so that `failed` has no exact value there.
_BROKEN = [
    (n, way) for n in METRICS for way in _BREAKS if (n, way) != ("failed", "a little too low")
]


@pytest.mark.parametrize(("name", "way"), _BROKEN)
def test_a_broken_metric_is_found(
    name: str,
    way: str,
    made: list[tuple[Defect, list[Pair]]],
    written: list[Written],
    true_values: dict[int, Values],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(question: Question, row: Mapping[str, Any], *, k: int) -> Values:
        values = true_values[id(row)]
        return values | {name: _BREAKS[way](values[name])}

    monkeypatch.setattr(checking, "measure", broken)
    outcomes = [*(check(*each) for each in made), check_written(written)]
    faults = [fault for outcome in outcomes for fault in outcome.faults]
    assert name in {fault.metric for fault in faults}


@pytest.mark.parametrize("name", ["number_fidelity", "citation_recall", "over_refusal"])
def test_a_metric_broken_in_the_list_of_metrics_is_found(
    name: str, made: list[tuple[Defect, list[Pair]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(METRICS, name, replace(METRICS[name], measure=lambda q, row, k: 0.5))
    kinds = [each for each in made if name in (*each[0].falls, *each[0].rises)]
    faults = [fault for each in kinds for fault in check(*each).faults]
    assert {fault.metric for fault in faults} >= {name}
    assert f"{name} must" in str(next(fault for fault in faults if fault.metric == name))


def test_a_good_answer_is_the_sentence_of_the_evidence_with_its_paragraph(
    questions: dict[str, Question], papers: Papers
) -> None:
    question = questions["s001"]
    good = good_answer(question, papers)
    assert good is not None
    assert [one.text for one in good.said] == [
        "岚浦轨道交通集团客运部经理方以宁说，纪念票共印制30,000张，截至当天18时已售出23,095张，全线同期进站客流为14.7万人次。"
    ]
    row = row_of(good, papers.gold(question))
    assert row["gold"] == [[good.hits[0].paragraph.id]]
    assert [c["number"] for c in row["sentences"][0]["citations"]] == [1]
    assert len({hit.paragraph.id for hit in good.hits}) == HITS
    assert good_answer(questions["s005"], papers) is None  # asks in English about a Chinese page


def test_a_line_by_hand_is_read_as_it_is_written(
    questions: dict[str, Question], papers: Papers, tmp_path: Path
) -> None:
    file = tmp_path / "hand.jsonl"
    cites = [{"source": "metro-line-opens.md", "quote": "全长27.5公里"}]
    line = {"question": "s001", "said": [{"text": "27.5公里。", "cites": cites}]}
    file.write_text(json.dumps(line | {"found": False, "expect": {"recall@8": 0}}), "utf-8")
    (one,) = read_written([questions["s001"]], papers, file)
    assert (one.line, one.question.id, one.expect) == (1, "s001", {"recall@8": 0})
    assert "全长27.5公里" in one.row["hits"][0]["text"]
    assert all("23,095张" not in hit["text"] for hit in one.row["hits"])
    assert check_written([one]).faults == ()
    file.write_text(json.dumps(line | {"expect": {"recall@8": 0}}), "utf-8")
    (one,) = read_written([questions["s001"]], papers, file)
    assert "23,095张" in one.row["hits"][1]["text"]
    assert [str(fault) for fault in check_written([one]).faults] == [
        "by hand (s001, line 1): recall@8 must be 0, but is 1.0"
    ]


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '{"question": "s999", "said": [], "expect": {"failed": 0}}',
        '{"question": "s001", "said": [], "expect": {}}',
        '{"question": "s001", "said": [], "expect": {"recal@8": 0}}',
        '{"question": "s001", "said": [{"text": "x"}], "expect": {"failed": 0}}',
        '{"question": "s001", "said": [{"text": "x", "cites": [{"source": "n", "quote": "无"}]}]}',
    ],
)
def test_a_line_by_hand_that_is_none_is_refused(
    line: str, questions: dict[str, Question], papers: Papers, tmp_path: Path
) -> None:
    file = tmp_path / "hand.jsonl"
    file.write_text(line + "\n", "utf-8")
    with pytest.raises(InputError, match=r"hand\.jsonl, line 1: no answer by hand"):
        read_written([questions["s001"]], papers, file)


def _command(*words: str) -> int:
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers())
    options = parser.parse_args(["meta", *words])
    return int(options.command(options))


@pytest.fixture
def small_set(tmp_path: Path) -> Path:
    wanted = ("s001", "s009", "s214")
    lines = [
        line for line in SET.read_text("utf-8").splitlines() if json.loads(line).get("id") in wanted
    ]
    file = tmp_path / "small.jsonl"
    file.write_text("\n".join(lines).replace('"twin": "s207", ', ""), "utf-8")
    return file


def test_the_command_prints_what_it_found_and_ends_well(
    small_set: Path, capsys: pytest.CaptureFixture[str], written: list[Written]
) -> None:
    assert _command("--set", str(small_set), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    kinds = {kind["kind"]: kind for kind in found["kinds"]}
    assert list(kinds) == [*(kind.name for kind in KINDS), "written by hand"]
    assert kinds["fails"]["answers"] == 2
    assert kinds["answers what it cannot know"]["answers"] == 1
    assert kinds["mixes up who said what"] == {
        "kind": "mixes up who said what",
        "answers": 1,
        "moved": ["citation_recall", "citation_precision", "number_fidelity", "supported",
                  "unsupported", "conflict_handled"],
        "faults": [],
    }  # fmt: skip
    assert kinds["written by hand"]["answers"] == len(written)
    assert found["answers"] == sum(kind["answers"] for kind in found["kinds"])
    assert found["faults"] == 0


def test_the_command_names_every_fault_and_fails(
    small_set: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    blind = replace(METRICS["forbidden_said"], measure=lambda question, row, k: 0.0)
    monkeypatch.setitem(METRICS, "forbidden_said", blind)
    assert _command("--set", str(small_set)) == 1
    out = capsys.readouterr().out
    assert re.search(r"\| says a forbidden value +\| +1 \| +1 \| +\d+ \|", out)
    assert "- says a forbidden value (s009): forbidden_said must rise, but is 0.0 before" in out
    assert "- by hand (s012, line " in out
    assert out.rstrip().endswith(" faults")
    assert not out.rstrip().endswith(" 0 faults")


def test_the_command_refuses_articles_that_prove_nothing(small_set: Path, tmp_path: Path) -> None:
    other = tmp_path / "articles"
    other.mkdir()
    (other / "a.md").write_text(
        "---\ntitle: 别的\ndate: 2030-01-01\n---\n\n这里什么也没有。\n", "utf-8"
    )
    with pytest.raises(InputError, match="check --articles"):
        _command("--set", str(small_set), "--articles", str(other))
