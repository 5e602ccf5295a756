import json
from pathlib import Path

import pytest

from index.build import build
from index.errors import StoreMismatch
from rag.errors import QuestionError
from rag.retriever import DEPTH, Retriever
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
    assert 1 >= hits[0].score > hits[1].score > 0
    assert (hits[0].dense_rank, hits[0].lexical_rank) == (1, 1)
    assert hits[0].article.title == "桥"


def test_traditional_and_simplified_meet(retriever: Retriever) -> None:
    assert found(retriever, "新橋長多少", k=1) == ["新桥长五百米。"]


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
        ({"sources": ["*.jsonl"], "articles": ["a", "c"], "since": "2022"}, {"a"}),
        ({"since": "2023", "until": "2022"}, set()),
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
        ("\0 \0", {}, "empty"),
        ("长" * 100_000, {}, "100,000 characters"),
        ("x", {"k": 0}, "k is 0 "),
        ("x", {"k": -1}, "at least one"),
        ("x", {"per_article": 0}, "at least one"),
        ("x", {"sources": [""]}, "source is empty"),
        ("x", {"since": "14 April"}, "YYYY-MM-DD"),
    ],
)
def test_unusable_questions(
    retriever: Retriever, question: str, how: dict[str, object], message: str
) -> None:
    with pytest.raises(QuestionError, match=message):
        retriever.search(question, **how)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "question", ["ꦱꦥ ?!", "新桥", "\0新桥\0", "\ud800", "a\udfff桥", "𠀀", "?", "长" * 400]
)
def test_odd_questions_have_defined_results(retriever: Retriever, question: str) -> None:
    hits = retriever.search(question, k=100)
    assert len(hits) == 4  # all, in some order
    assert sum(hit.score for hit in hits) == pytest.approx(1)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert [hit.paragraph.id for hit in hits] == [
        hit.paragraph.id for hit in retriever.search(question, k=100)
    ]


def test_halves_of_surrogate_pairs_do_not_hide_the_rest(retriever: Retriever) -> None:
    assert found(retriever, "新\ud800橋長多少", k=1) == ["新桥长五百米。"]


def store_of(rows: list[dict[str, object]], folder: Path, embedder: HashEmbedder) -> Retriever:
    file = folder / "rows.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    build([file], folder / "rows", embedder)
    return Retriever(folder / "rows", embedder=embedder)


def test_an_article_gives_five_paragraphs_while_there_are_others(
    tmp_path: Path, embedder: HashEmbedder
) -> None:
    long = "\n".join(f"新桥的第{n}座桥墩已经完工。" for n in "一二三四五六七八九")
    rows = [{"id": "long", "text": long}] + [
        {"id": f"other {n}", "text": f"有人路过{n}，看见了桥。"} for n in "甲乙丙丁"
    ]
    retriever = store_of(rows, tmp_path, embedder)
    question = "新桥的桥墩完工了吗？"

    def articles(**how: object) -> list[str]:
        hits = retriever.search(question, **how)  # type: ignore[arg-type]
        assert len({hit.paragraph.id for hit in hits}) == len(hits)
        return [hit.article.id for hit in hits]

    assert articles(k=3) == ["long"] * 3
    assert articles(k=7)[:3] == ["long"] * 3
    assert articles(k=7).count("long") == 3
    assert articles(k=8, per_article=5)[:5] == ["long"] * 5
    assert articles(k=8, per_article=5).count("long") == 5
    # where the others do not suffice, the article gives more, in the order of the scores
    assert articles(k=11)[:7] == ["long"] * 7
    assert len(articles(k=11)) == 11
    assert articles(k=8, articles=["long"]) == ["long"] * 8
    assert len(articles(k=100)) == 13


def test_an_article_may_fill_all_that_is_looked_at_again(
    tmp_path: Path, embedder: HashEmbedder
) -> None:
    long = "\n".join(f"新桥的桥墩完工，编号{n}。" for n in range(2 * DEPTH))
    rows = [{"id": "long", "text": long}, {"id": "short", "text": "桥在江上。"}]
    hits = store_of(rows, tmp_path, embedder).search("新桥的桥墩完工了吗？桥在江上吗？", k=8)
    assert [hit.article.id for hit in hits].count("short") == 1
    assert len(hits) == 8


def test_the_same_report_printed_twice_is_one_hit(tmp_path: Path, embedder: HashEmbedder) -> None:
    report = "江城新建的跨江大桥昨日正式通车，全长1500米，两岸居民往来只需十分钟。"
    rows = [
        {"id": "morning", "text": report},
        {"id": "evening", "text": report.replace("昨日正式通车", "昨日通车")},
        {"id": "changed", "text": report.replace("1500", "1600")},
        {"id": "lake", "text": "湖水很清。"},
    ]
    retriever = store_of(rows, tmp_path, embedder)
    hits = retriever.search("跨江大桥全长多少米？", k=3)
    first = next(hit for hit in hits if hit.also_in)
    assert {first.article.id, first.also_in[0].article.id} == {"morning", "evening"}
    assert len(hits) == 3 and len(first.also_in) == 1
    assert sum(len(hit.also_in) for hit in hits) == 1  # the other figure stands alone
    again = first.to_json()["also_in"][0]
    assert list(again) == ["paragraph", "article", "title", "source", "date", "span"]
    assert again["source"] == "rows.jsonl"
    assert "also_in" not in hits[-1].to_json()
    # a repetition beyond the k hits is told as well
    (hit,) = retriever.search("全长1500米的跨江大桥", k=1)
    assert len(hit.also_in) == 1


def test_another_embedder_is_refused(retriever: Retriever) -> None:
    with pytest.raises(StoreMismatch, match="python -m index build"):
        Retriever(retriever.store.folder, embedder=HashEmbedder(salt="x"))


def test_new_articles_are_found_without_opening_again(
    retriever: Retriever, embedder: HashEmbedder, tmp_path: Path
) -> None:
    (tmp_path / "news.jsonl").write_text(json.dumps({"text": "山高九百米。"}), "utf-8")
    build([tmp_path / "news.jsonl"], tmp_path / "store", embedder)
    assert found(retriever, "山有多高") == ["山高九百米。"]
