import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.build import build
from index.columns import Columns, day_number
from index.generation import Generation
from index.store import Store
from tests.conftest import HashEmbedder

_DATES = (None, "XXXX-04-08", "2021-12-31", "2022-04-08", "2022-04-30", "2022-05-01", "2023-01-01")


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generation]:
    """Articles of all dates under three sources, one to three paragraphs each."""
    folder = tmp_path_factory.mktemp("dated")
    with (folder / "all.jsonl").open("w", encoding="utf-8") as file:
        for number in range(28):
            row = {
                "id": f"n{number}",
                "title": f"第{number}篇",
                "text": "\n".join(f"第{number}篇第{i}段。" for i in range(number % 3 + 1)),
                "source": ("甲报", "乙报", "丙报")[number % 5 % 3],
            }
            date = _DATES[number % len(_DATES)]
            if date and not date.startswith("X"):
                row["date"] = date
            file.write(json.dumps(row) + "\n")
    # Only a printed page can have a date without a year.
    (folder / "page.txt").write_text(
        "第1版\n\n江 城 新 桥 通 车\n\n本报4月8日讯(记者石磊)江城新桥昨日通车,桥长五百米。"
        "市民王大妈说,过江再也不用等渡船了。\n",
        "utf-8",
    )
    build([folder / "all.jsonl", folder / "page.txt"], folder / "store", HashEmbedder(8))
    yield Store(folder / "store").current()


def passes(date: str | None, since: str | None, until: str | None) -> bool:
    if date is None or date.startswith("XXXX"):
        return False
    return (since is None or date[: len(since)] >= since) and (
        until is None or date[: len(until)] <= until
    )


LIMITS = st.none() | st.sampled_from(
    ["2021", "2022", "2022-04", "2022-05", "2022-04-08", "2022-04-09", "2023-01-01", "1999-01"]
)


@given(
    since=LIMITS,
    until=LIMITS,
    sources=st.lists(st.sampled_from(["甲报", "乙报", "page.txt", "无"]), max_size=2),
    articles=st.lists(st.integers(0, 30).map("n{}".format), max_size=6),
)
def test_filters_agree_with_a_walk_over_all_articles(
    generation: Generation,
    since: str | None,
    until: str | None,
    sources: list[str],
    articles: list[str],
) -> None:
    found = generation.among(since, until, sources, articles)
    if not (since or until or sources or articles):
        assert found is None
        return
    expected = []
    position = 0
    for article in generation.articles():
        kept = (
            (not sources or article.source in sources)
            and (not articles or article.id in articles)
            and (not (since or until) or passes(article.date, since, until))
        )
        for _ in generation.article_paragraphs(article.id):
            if kept:
                expected.append(position)
            position += 1
    assert position == generation.size
    assert found is not None
    assert found.tolist() == expected


def test_the_year_of_a_page_may_be_missing(generation: Generation) -> None:
    (article,) = [a for a in generation.articles() if a.source == "page.txt"]
    assert article.date == "XXXX-04-08"


DATE = st.dates().map(str)


@given(DATE, DATE, st.sampled_from([4, 7, 10]), st.sampled_from([4, 7, 10]))
def test_days_are_compared_as_their_prefixes(date: str, limit: str, own: int, its: int) -> None:
    date, limit = date[:own], limit[:its]
    columns = Columns(np.ones(1, np.int32), np.array([day_number(date)], np.int32))
    assert columns.dated(limit, None).tolist() == [date[:its] >= limit]
    assert columns.dated(None, limit).tolist() == [date[:its] <= limit]


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans())))
def test_positions_of_articles(rows: list[tuple[int, bool]]) -> None:
    counts = np.array([count for count, _ in rows], np.int32)
    columns = Columns(counts, np.zeros(len(rows), np.int32))
    expected = np.arange(counts.sum())[[kept for count, kept in rows for _ in range(count)]]
    mask = np.array([kept for _, kept in rows], np.bool_)
    assert columns.positions(mask).tolist() == expected.tolist()
    assert columns.paragraphs == counts.sum()


def test_saved_and_loaded(tmp_path: Path) -> None:
    columns = Columns(np.array([2, 0, 1], np.int32), np.array([20220408, 0, 20230000], np.int32))
    columns.save(tmp_path / "c.npy")
    again = Columns.load(tmp_path / "c.npy")
    assert again.dated("2022-04", "2022").tolist() == [True, False, False]
    assert again.positions(again.dated("2023", None)).tolist() == [2]
