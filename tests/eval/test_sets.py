import json
from pathlib import Path
from typing import Any

import pytest

from eval.sets import Evidence, Question, missing_evidence, read_set
from index.store import Store
from rag.errors import InputError

SETS = Path(__file__).parents[2] / "eval" / "sets"
SAMPLE_SET = SETS / "sample.jsonl"
GOOD: dict[str, Any] = {
    "id": "q1",
    "question": "How long is the bridge?",
    "language": "en",
    "type": "numeric",
    "answerable": True,
    "answers": [["500 m", "500米"], ["two lanes"]],
    "evidence": [{"source": "a.txt", "quote": "桥长500米"}],
    "evidence_language": "zh",
    "history": [["What is new?", "A bridge."]],
}


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def test_a_set_is_read(tmp_path: Path) -> None:
    bare = {"id": "q2", "question": "Why?", "language": "zh-Hant", "type": "x", "answerable": False}
    questions = read_set(write(tmp_path / "mine.jsonl", GOOD, bare))
    assert questions.name == "mine"
    assert questions.questions == (
        Question(
            id="q1",
            text="How long is the bridge?",
            language="en",
            type="numeric",
            answerable=True,
            answers=(("500 m", "500米"), ("two lanes",)),
            evidence=(Evidence("a.txt", "桥长500米"),),
            evidence_language="zh",
            history=(("What is new?", "A bridge."),),
        ),
        Question(id="q2", text="Why?", language="zh-Hant", type="x", answerable=False),
    )
    assert [question.cross_lingual for question in questions.questions] == [True, None]


def test_another_script_is_not_another_language() -> None:
    question = Question("q", "?", "zh-Hant", "x", True, evidence_language="zh")
    assert question.cross_lingual is False


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": ""}, '"id": give some text'),
        ({"question": 7}, '"question": give some text'),
        ({"language": None}, '"language": give some text'),
        ({"answerable": "yes"}, '"answerable": write true or false'),
        ({"answers": []}, '"answers": an answerable question needs it'),
        ({"answers": ["500 m"]}, '"answers": write groups of alternatives'),
        ({"answers": [[]]}, '"answers": write groups of alternatives'),
        ({"evidence": []}, '"evidence": an answerable question needs it'),
        ({"evidence": "桥长"}, '"evidence": write a list'),
        ({"evidence": [{"source": "a.txt"}]}, '"evidence": write objects'),
        ({"evidence_language": None}, '"evidence_language": an answerable question needs it'),
        ({"answerable": False}, '"answers": an unanswerable question has none'),
        ({"history": [["only a question"]]}, '"history": write [question, answer] pairs'),
        ({"evidences": []}, '"evidences": no such field'),
    ],
)
def test_faults_name_file_line_and_field(
    tmp_path: Path, change: dict[str, object], message: str
) -> None:
    path = write(tmp_path / "s.jsonl", GOOD, {**GOOD, "id": "q2", **change})
    with pytest.raises(InputError) as caught:
        read_set(path)
    assert str(caught.value).startswith(f"{path}, line 2, {message}")


def test_every_faulty_line_is_told(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    path.write_text(f'{json.dumps(GOOD)}\n{{"id"\n\n[1]\n{json.dumps(GOOD)}\n', "utf-8")
    with pytest.raises(InputError) as caught:
        read_set(path)
    lines = str(caught.value).split("\n")
    assert lines[0].startswith(f"{path}, line 2, not a JSON object (")
    assert lines[1] == f"{path}, line 4, not a JSON object"
    assert lines[2] == f"{path}, line 5, \"id\": 'q1' is on line 1 too"


def test_missing_empty_and_binary_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_set(tmp_path / "none.jsonl")
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(InputError, match="holds no question"):
        read_set(tmp_path / "empty.jsonl")
    (tmp_path / "binary.jsonl").write_bytes(b"\x00\x01")
    with pytest.raises(InputError, match="binary"):
        read_set(tmp_path / "binary.jsonl")


def test_the_sample_set_fits_the_sample_articles(sample_store: Path) -> None:
    questions = read_set(SAMPLE_SET).questions
    assert missing_evidence(questions, Store(sample_store).current()) == []


def test_the_follow_ups_fit_the_sample_articles(sample_store: Path) -> None:
    questions = read_set(SETS / "follow_ups.jsonl").questions
    assert missing_evidence(questions, Store(sample_store).current()) == []
    assert len(questions) == 47
    assert all(question.history for question in questions)
    assert {question.language for question in questions} == {"zh", "zh-Hant", "en", "ja", "es"}


def test_evidence_needs_its_own_source(sample_store: Path) -> None:
    generation = Store(sample_store).current()
    (article,) = [a for a in generation.articles() if a.source == "tea-prices-wuling.md"]
    words = generation.article_paragraphs(article.id)[0].text[:12]
    right, wrong = Evidence(article.source, f" {words} "), Evidence("flood-qingtan.md", words)
    strange = Evidence("none.md", words)
    question = Question("q", "?", "zh", "x", True, evidence=(right, wrong, strange))
    missing = missing_evidence([question], generation)
    assert [item["source"] for item in missing] == ["flood-qingtan.md", "none.md"]
