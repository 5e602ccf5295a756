import hashlib
from pathlib import Path

import pytest

from eval.bench import pages_questions
from eval.bench.pages_questions import (
    QUESTIONS,
    Outcome,
    PageQuestion,
    covers,
    load_questions,
    outcomes,
    questions_effect,
    rows,
)
from eval.bench.real_pages import Lines, load_truth
from index.article import Paragraph, Piece, Span
from index.build import build
from rag.assistant import Assistant
from rag.errors import InputError
from rag.retriever import Retriever
from tests.conftest import HashEmbedder

RAW = "江上的新桥长五百米。\n\n湖里的水深三十米。\n"
PAGE = hashlib.sha256(RAW.encode()).hexdigest()


def spans(*answers: str) -> tuple[Span, ...]:
    return tuple(Span(RAW.index(a), RAW.index(a) + len(a)) for a in answers)


def asked(name: str, question: str, *answers: str, broken: bool = False) -> PageQuestion:
    return PageQuestion(name, question, "zh", PAGE, spans(*answers), broken)


BRIDGE = asked("1", "江上的新桥有多长？", "五百米")
LAKE = asked("2", "湖里的水有多深？", "三十米")
BOTH = asked("3", "新桥有多长，湖里的水有多深？", "五百米", "三十米", broken=True)
WEATHER = asked("4", "谁赢得了足球世界杯决赛？", "五百米")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "page.txt").write_text(RAW, "utf-8", newline="")
    (folder / "other.txt").write_text("城北的塔高九十米。\n", "utf-8")
    return folder


def assistant(folder: Path, store: Path) -> Assistant:
    embedder = HashEmbedder()
    build([folder], store, embedder)
    return Assistant(Retriever(store, embedder=embedder))


def test_questions_are_asked_and_their_answers_found(folder: Path, tmp_path: Path) -> None:
    found = outcomes(
        assistant(folder, tmp_path / "store"), [BRIDGE, LAKE, BOTH, WEATHER], {PAGE: RAW}
    )
    assert [(o.rank, o.answered, o.abstained) for o in found[:2]] == [(1, True, False)] * 2
    assert (found[2].rank, found[2].answered) == (None, False)  # no paragraph holds both
    assert (found[3].answered, found[3].abstained) == (False, True)


def test_an_answer_in_another_file_at_the_same_place_does_not_count(
    folder: Path, tmp_path: Path
) -> None:
    ready = assistant(folder, tmp_path / "store")
    tower = PageQuestion("5", "城北的塔有多高？", "zh", PAGE, (Span(5, 8),), False)
    [outcome] = outcomes(ready, [tower], {PAGE: RAW})
    assert (outcome.rank == 1, outcome.answered, outcome.abstained) == (False, False, False)
    [outcome] = outcomes(ready, [tower], {PAGE: "城北的塔高九十米。\n"})
    assert (outcome.rank, outcome.answered) == (1, True)


def test_gold_is_covered_by_what_the_quoted_characters_are_printed_at() -> None:
    raw = "cd e\nxxx\nab"
    moved = Paragraph(
        "p", "a", 0, "abcde", Span(0, 11), (Piece(0, 9, 2), Piece(2, 0, 2), Piece(4, 3, 1))
    )
    gold = (Span(10, 11), Span(0, 4))  # "b", "cd e"; the space was taken out
    assert covers(moved, Span(0, 5), gold, raw)
    assert covers(moved, Span(1, 5), gold, raw)
    assert not covers(moved, Span(2, 5), gold, raw)
    assert not covers(moved, Span(0, 4), gold, raw)
    assert not covers(moved, Span(0, 5), (Span(5, 6),), raw)  # stands between, but is not shown


def test_rows_are_shares_of_all_broken_and_whole() -> None:
    found = [
        Outcome(BRIDGE, 1, True, False),
        Outcome(LAKE, 4, False, True),
        Outcome(WEATHER, None, False, True),
        Outcome(BOTH, 1, False, False),
    ]
    every, broken, whole = rows(found)
    assert every == {
        "questions": "all",
        "number": 4,
        "recall@1": 0.5,
        "recall@5": 0.75,
        "answer holds gold": 0.25,
        "abstained": 0.5,
    }
    assert list(broken.values()) == ["broken", 1, 1.0, 1.0, 0.0, 0.0]
    assert list(whole.values()) == ["whole", 3, 1 / 3, 2 / 3, 1 / 3, 2 / 3]
    assert [row["questions"] for row in rows(found[:3])] == ["all", "whole"]


def test_the_effect_is_measured_over_a_fresh_store(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (load_truth()[0], folder / "page.txt", Lines(RAW))
    question = PageQuestion("1", BRIDGE.question, "zh", page[0].sha256, BRIDGE.gold, False)
    monkeypatch.setattr(pages_questions, "real_pages", lambda folder: iter([page]))
    monkeypatch.setattr(pages_questions, "load_questions", lambda: [question])
    monkeypatch.setattr(pages_questions, "load_embedder", HashEmbedder)
    every, whole = questions_effect(folder, "never")
    assert list(every.values()) == ["all", 1, 1.0, 1.0, 1.0, 0.0]
    assert whole["number"] == 1


def test_a_folder_without_the_pages_is_refused(folder: Path) -> None:
    with pytest.raises(InputError, match="holds none of the pages"):
        questions_effect(folder, "never")


def test_the_questions_are_many_and_well_formed() -> None:
    questions = load_questions(QUESTIONS)
    assert len({q.id for q in questions}) == len({q.question for q in questions}) == len(questions)
    assert len(questions) >= 40
    assert sum(q.language == "zh" for q in questions) >= 28
    assert {q.language for q in questions} == {"zh", "en", "es", "ru", "ja"}
    assert {q.file for q in questions} == {page.sha256 for page in load_truth()}
    assert all(q.gold and all(len(span) for span in q.gold) for q in questions)
    assert all(q.broken for q in questions if len(q.gold) > 1)
    assert sum(not q.broken for q in questions) >= 20  # what is whole must not get worse
