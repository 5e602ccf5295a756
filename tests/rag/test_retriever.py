import json
from pathlib import Path

import numpy as np
import pytest

from index.build import build
from index.errors import StoreMismatch
from rag.errors import QuestionError
from rag.retriever import Retriever, at_home, fuse
from tests.conftest import HashEmbedder

ROWS = [
    {"id": "a", "title": "桥", "date": "2022-04-14", "text": "新桥长五百米。\n桥下有船。"},
    {"id": "b", "title": "湖", "date": "2023-01-02", "text": "湖水深三十米。"},
    {"id": "c", "title": "无日期", "text": "新桥没有日期。"},
]


@pytest.fixture
def retriever(tmp_path: Path, embedder: HashEmbedder) -> Retriever:
    file = tmp_path / "news.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in ROWS), "utf-8")
    build([file], tmp_path / "store", embedder)
    return Retriever(tmp_path / "store", embedder=embedder)


def found(retriever: Retriever, question: str, **how: object) -> list[str]:
    return [hit.paragraph.text for hit in retriever.search(question, **how)]  # type: ignore[arg-type]


def test_the_best_paragraph_comes_first(retriever: Retriever) -> None:
    hits = retriever.search("新桥有多长？五百米？", k=2)
    assert [hit.paragraph.text for hit in hits] == ["新桥长五百米。", "新桥没有日期。"]
    assert hits[0].score == pytest.approx(1.0)
    assert (hits[0].dense_rank, hits[0].lexical_rank) == (1, 1)
    assert hits[0].article.title == "桥"


def test_traditional_and_simplified_meet(retriever: Retriever) -> None:
    assert found(retriever, "新橋長多少", k=1) == ["新桥长五百米。"]


def test_fuse_divides_by_the_best_and_adds() -> None:
    dense = np.array([0.8, 0.4, -0.1], np.float32)
    lexical = np.array([0.0, 10.0, 5.0], np.float32)
    assert fuse(dense, lexical, home=1.0).tolist() == pytest.approx([0.3, 0.85, 0.35])
    # a question in another language: the lexical side counts for nothing
    assert fuse(dense, lexical, home=0.0).tolist() == pytest.approx([1.0, 0.5, 0.0])
    assert fuse(np.zeros(2, np.float32), np.zeros(2, np.float32), home=1).tolist() == [0, 0]


def test_words_are_trusted_as_far_as_they_are_found() -> None:
    assert [at_home(c) for c in (0.0, 0.15, 0.275, 0.4, 1.0)] == pytest.approx([0, 0, 0.5, 1, 1])


def test_a_date_without_a_year_is_none_to_a_filter(tmp_path: Path, embedder: HashEmbedder) -> None:
    page = "江 城 新 桥 通 车\n\n本报4月8日讯(记者石磊)江城新桥昨日通车。\n\n(下转第4版)\n"
    (tmp_path / "page.txt").write_text(page, "utf-8")
    build([tmp_path / "page.txt"], tmp_path / "store", embedder)
    retriever = Retriever(tmp_path / "store", embedder=embedder)
    (hit,) = retriever.search("江城新桥")
    assert hit.article.date == "XXXX-04-08"
    assert retriever.search("江城新桥", since="2022") == []
    assert retriever.search("江城新桥", until="2022") == []


@pytest.mark.parametrize(
    ("limits", "articles"),
    [
        ({"since": "2022"}, {"a", "b"}),
        ({"until": "2022"}, {"a"}),
        ({"since": "2022-04-14", "until": "2022-04-14"}, {"a"}),
        ({"since": "2022-05"}, {"b"}),
        ({"since": "2024"}, set()),
        ({"articles": ["c"]}, {"c"}),
        ({"sources": ["news.jsonl"]}, {"a", "b", "c"}),
        ({"sources": ["other"]}, set()),
    ],
)
def test_filters(retriever: Retriever, limits: dict[str, object], articles: set[str]) -> None:
    hits = retriever.search("新桥 湖水", k=10, **limits)  # type: ignore[arg-type]
    assert {hit.article.id for hit in hits} == articles


@pytest.mark.parametrize(
    ("question", "how", "message"),
    [
        ("  ", {}, "empty"),
        ("长" * 2001, {}, "2,001 characters"),
        ("x", {"k": 0}, "at least one"),
        ("x", {"since": "14 April"}, "YYYY-MM-DD"),
    ],
)
def test_unusable_questions(
    retriever: Retriever, question: str, how: dict[str, object], message: str
) -> None:
    with pytest.raises(QuestionError, match=message):
        retriever.search(question, **how)  # type: ignore[arg-type]


def test_odd_questions_have_defined_results(retriever: Retriever) -> None:
    assert len(found(retriever, "ꦱꦥ ?!", k=100)) == 4  # an unknown script: all, in some order
    assert len(found(retriever, "新桥", k=100)) == 4


def test_another_embedder_is_refused(retriever: Retriever) -> None:
    with pytest.raises(StoreMismatch, match="python -m index build"):
        Retriever(retriever.store.folder, embedder=HashEmbedder(salt="x"))


def test_new_articles_are_found_without_opening_again(
    retriever: Retriever, embedder: HashEmbedder, tmp_path: Path
) -> None:
    (tmp_path / "news.jsonl").write_text(json.dumps({"text": "山高九百米。"}), "utf-8")
    build([tmp_path / "news.jsonl"], tmp_path / "store", embedder)
    assert found(retriever, "山有多高") == ["山高九百米。"]
