"""Looking through what a store holds."""

import pytest

from index.store import Store
from rag.filters import Filters
from ui.articles.holdings import Holding, Holdings, Wanted, holdings_of


def titles(holdings: Holdings, **limits: object) -> list[str]:
    words = str(limits.pop("words", ""))
    order = limits.pop("order", "newest")
    page = holdings.page(Wanted(words, Filters(**limits), order))  # type: ignore[arg-type]
    return [one.title for one in page.holdings]


@pytest.fixture
def held(store: Store) -> Holdings:
    return holdings_of(store.current())


def test_the_newest_come_first_and_those_without_a_date_last(held: Holdings) -> None:
    assert titles(held) == ["大桥通车", "Ferry fares rise", "茶价", "夜市"]


def test_by_title(held: Holdings) -> None:
    assert titles(held, order="title") == ["Ferry fares rise", "夜市", "大桥通车", "茶价"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("大橋", ["大桥通车"]),  # written in the other way
        ("FERRY  rise", ["Ferry fares rise"]),
        ("ferry bridge", []),
        ("林舟", ["大桥通车"]),
        ("2031", ["大桥通车", "Ferry fares rise"]),  # the folder in the source's name
        ("千四百米", []),  # of the text, not of the title
    ],
)
def test_all_words_stand_in_title_source_or_authors(
    held: Holdings, words: str, found: list[str]
) -> None:
    assert titles(held, words=words) == found


def test_a_word_does_not_reach_from_one_author_into_the_next(held: Holdings) -> None:
    assert titles(held, words="林舟高远") == []


@pytest.mark.parametrize(
    "limits",
    [
        {"since": "2031"},
        {"until": "2031-04"},
        {"since": "2030-11-01", "until": "2031-04-02"},
        {"sources": ("2031",)},
        {"sources": ("2031/",)},
        {"sources": ("*.jsonl",)},
        {"sources": ("gone.md",)},
        {"articles": ("n1", "n2")},
        {"since": "2030", "sources": ("list.jsonl",)},
    ],
)
def test_limits_mean_what_they_mean_for_questions(
    store: Store, held: Holdings, limits: dict[str, object]
) -> None:
    generation, filters = store.current(), Filters(**limits)  # type: ignore[arg-type]
    allowed = filters.allowed(generation)
    assert allowed is not None
    asked = {paragraph.article_id for paragraph in generation.paragraphs(allowed)}
    listed = {one.id for one in held.page(Wanted("", filters)).holdings}
    assert listed == asked


def test_pages_follow_one_another_without_gap_or_repetition() -> None:
    held = Holdings(Holding(f"a{n}", f"t{n}", "s", "s") for n in range(7))
    pages = [held.page(Wanted(), after=after, size=3) for after in (0, 3, 6)]
    assert [[one.id for one in page.holdings] for page in pages] == [
        ["a0", "a1", "a2"],
        ["a3", "a4", "a5"],
        ["a6"],
    ]
    assert [page.after for page in pages] == [3, 6, None]
    assert [page.total for page in pages] == [7, 7, 7]


def test_what_there_is_to_narrow_by(held: Holdings) -> None:
    assert held.years == (("2031", 2), ("2030", 1))
    assert held.months == (("2031-05", 1), ("2031-04", 1), ("2030-11", 1))
    assert held.sources == (("2031/bridge.md", 1), ("2031/ferry.md", 1), ("list.jsonl", 2))
    assert held.folders == (("2031", 2),)
    assert held.in_file("list.jsonl") == 2
    assert held.file_of("n2") == "list.jsonl"
    assert held.file_of("n9") is None


def test_a_date_without_a_year_counts_as_none() -> None:
    held = Holdings([Holding("a1", "t", "s", "s", date="XXXX-04-14")])
    assert held.years == ()
    assert held.months == ()
    assert titles(held, since="1000") == []


def test_a_generation_is_listed_once(store: Store) -> None:
    assert holdings_of(store.current()) is holdings_of(store.current())
