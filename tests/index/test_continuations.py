import json
from dataclasses import replace
from pathlib import Path

import pytest

from index.__main__ import main
from index.article import Article, Span
from index.build import add, build, remove
from index.check import check
from index.continuations import MARGIN, matches, titles_of
from index.generation import Generation
from index.notices import fits, groups
from index.store import Store
from tests.conftest import HashEmbedder

BRIDGE = "江城新桥昨日通车,桥长五百米,石料来自青山。工匠石磊说,桥墩一共十二座。"
BRIDGE_ON = "工匠石磊还说,青山的石料够造十二座桥墩。江城新桥最深的桥墩立在水下二十米。"
TEA = "云岭的茶园昨日开采,茶农林叶家采了四十斤。春茶比去年早了五天。"
TEA_ON = "林叶打算把春茶卖到云岭以外,茶农们都盼着好价钱。"
SPORT = "龙舟赛在南湖举行,划手们奋力争先,白队得了冠军。"


def notice(key: str, **facts: object) -> Article:
    return Article(key, f"{key}.txt", key, "", Span(0, 0), **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("first", "second", "fit"),
    [
        ({}, {}, True),
        ({"page": 1}, {"page": 4}, True),
        ({"page": 2}, {}, False),  # （上接第一版） is not from page 2
        ({}, {"page": 3}, False),  # （下转第四版） is not on page 3
        ({"continued_on": 1}, {}, False),  # both notices name one page
        ({"continued_on": None}, {}, False),
        ({"date": "2030-04-08"}, {}, True),
        ({"date": "2030-04-08"}, {"date": "2030-04-08"}, True),
        ({"date": "2030-04-08"}, {"date": "2030-04-09"}, False),
        ({"date": "2030-04-08"}, {"date": "XXXX-04-08"}, True),
        ({"date": "XXXX-04-08"}, {"date": "XXXX-04-09"}, False),
        ({"date": "XXXX-02-29"}, {"date": "2031-02-28"}, False),
        # the paper's own day, and that of the report in it
        ({"date": "2030-04-08"}, {"date": "2030-04-09", "date_precision": "issue"}, True),
        ({"date": "2030-04-09", "date_precision": "issue"}, {"date": "2030-04-08"}, True),
        ({"date": "2030-04-10"}, {"date": "2030-04-09", "date_precision": "issue"}, False),
        ({"date": "2030-04-05"}, {"date": "2030-04-09", "date_precision": "issue"}, False),
    ],
)
def test_what_is_printed_must_not_contradict(
    first: dict[str, object], second: dict[str, object], fit: bool
) -> None:
    one = notice("one", **{"continued_on": 4, **first})
    assert fits(one, notice("other", **{"continued_from": 1, **second})) is fit


def test_papers_of_two_days_do_not_mix() -> None:
    def dated(day: str, **facts: object) -> Article:
        return replace(notice("x", **facts), source=f"{day}/p.txt")  # type: ignore[arg-type]

    first = dated("2030-04-09", continued_on=4, date="2030-04-08")
    second = dated("2030-04-09", continued_from=1, date="2030-04-08")
    other = dated("2030-04-10", continued_from=1, date="2030-04-08")
    assert (fits(first, second), fits(first, other)) == (True, False)


def test_groups_are_those_that_may_belong_together(caplog: pytest.LogCaptureFixture) -> None:
    def pair(number: int, day: str | None) -> list[Article]:
        return [
            notice(f"{number} one", continued_on=4, date=day),
            notice(f"{number} rest", continued_from=1, date=day),
        ]

    days = ["2030-02-28", "2030-03-01", "2032-02-29", "2030-12-31", "2031-01-01", "XXXX-07-07"]
    notices = [article for i, day in enumerate(days) for article in pair(i, day)]
    assert [[a.id for a in group] for group in groups(notices)] == [
        [f"{i} one", f"{i} rest"] for i in range(len(days))
    ]
    alone = notice("alone", continued_on=4, date="2030-05-05")
    assert groups([*notices[:2], alone]) == [notices[:2]]
    report, paper = replace(alone, date="2031-02-27"), notice("paper", continued_from=1)
    paper = replace(paper, date="2031-03-01", date_precision="issue")
    assert groups([report, paper]) == [[report, paper]]
    assert groups([replace(report, date="2030-12-31"), replace(paper, date="2031-01-01")])
    undated = [article for i in range(2) for article in pair(10 + i, None)]
    assert len(groups([*notices, *undated])) == 1
    assert caplog.text == ""
    crowd = [article for i in range(160) for article in pair(100 + i, None)]
    assert groups([*notices[:2], *crowd]) == [notices[:2]]
    assert "name files or folders by the day of the paper" in caplog.text


def test_the_words_decide() -> None:
    notices = [
        notice("bridge", continued_on=4),
        notice("tea", continued_on=4),
        notice("more bridge", continued_from=1),
        notice("more tea", continued_from=1),
    ]
    texts = dict(zip((a.id for a in notices), (BRIDGE, TEA, BRIDGE_ON, TEA_ON), strict=True))
    assert matches(notices, texts) == {"more bridge": "bridge", "more tea": "tea"}
    assert matches(notices, texts | {"bridge": SPORT}) == {"more tea": "tea"}
    assert matches([*notices[:2], notices[2]], texts) == {"more bridge": "bridge"}


def test_of_two_equally_good_ones_neither_is_taken() -> None:
    first, twin = notice("one", continued_on=4), notice("twin", continued_on=4)
    second, double = notice("rest", continued_from=1), notice("double", continued_from=1)
    texts = {"one": BRIDGE, "twin": BRIDGE, "rest": BRIDGE_ON, "double": BRIDGE_ON, "x": SPORT}
    assert matches([first, twin, second], texts) == {}
    assert matches([first, second, double], texts) == {}
    assert matches([first, second], texts) == {"rest": "one"}


def test_the_margin_is_that_over_the_next_best() -> None:
    notices = [notice(key, continued_on=4) for key in ("one", "two")]
    notices.append(notice("rest", continued_from=1))
    words = [f"word{letter}" for letter in "abcdefgh"]  # each held by "rest" and one other

    def found(first: int, second: int) -> dict[str, str]:
        one, two = words[:first], words[first : first + second]
        held = {"one": " ".join(one), "two": " ".join(two), "rest": " ".join(words)}
        return matches(notices, held | {"x": "other matter", "y": "nothing alike"})

    assert MARGIN == 2.0
    assert found(4, 2) == {"rest": "one"}
    assert found(5, 3) == {}


def test_parts_that_go_round_in_a_circle_are_not_tied() -> None:
    one = notice("one", continued_on=4, continued_from=3)
    other = notice("other", continued_on=5, continued_from=2)
    texts = {"one": BRIDGE, "other": BRIDGE + BRIDGE_ON, "x": SPORT}
    assert fits(one, other) and fits(other, one)
    assert matches([one, other], texts) == {}


FIRST_PAGE = (
    "第1版\n\n江 城 新 桥 通 车\n\n江城新桥昨日通车,桥长五百米。石料来自青山,工匠石磊说,"
    "桥墩一共十二座。\n\n(下转第4版)\n"
)
FOURTH_PAGE = (
    "第4版\n\n(上接第1版)工匠石磊还说,青山的石料够造十二座桥墩。江城新桥最深的桥墩立在水下二十米。\n\n"
    "茶 园 开 采\n\n本报4月8日讯(记者林叶)云岭的茶园昨日开采。今年的春茶比去年早了五天。\n"
)


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    folder = tmp_path / "2030-04-09"
    folder.mkdir()
    (folder / "p1.txt").write_text(FIRST_PAGE, "utf-8")
    (folder / "p4.txt").write_text(FOURTH_PAGE, "utf-8")
    return folder


def vectors(generation: Generation) -> bytes:
    return (generation.folder / "vectors.faiss").read_bytes()


def titles(store: Path) -> list[str]:
    return [article.title for article in Store(store).current().articles()]


def test_parts_on_two_pages_are_tied(paper: Path, tmp_path: Path, embedder: HashEmbedder) -> None:
    store = tmp_path / "store"
    assert build([paper], store, embedder).embedded == 4  # one under both titles
    first, second, tea = Store(store).current().articles()
    assert [first.title, second.title, tea.title] == [
        "江城新桥通车", "江城新桥通车（续）", "茶园开采",
    ]  # fmt: skip
    assert (first.continued_by, second.continues) == (second.id, first.id)
    assert (first.continues, second.continued_by, tea.continues) == (None, None, None)
    again = build([paper], store, embedder)
    assert (again.embedded, again.generation, titles(store)) == (
        0, 1, [first.title, second.title, tea.title],
    )  # fmt: skip
    assert check(store) == []


def test_a_first_part_that_is_gone_leaves_no_trace(
    paper: Path, tmp_path: Path, embedder: HashEmbedder
) -> None:
    store, other = tmp_path / "store", tmp_path / "other"
    build([paper], store, embedder)
    (paper / "p1.txt").unlink()
    assert build([paper], store, embedder).embedded == 0
    found = Store(store).current()
    assert found.articles()[0].title == "工匠石磊还说,青山的石料够造十二座桥墩…"
    assert [a.continues for a in found.articles()] == [None, None]
    build([paper], other, embedder)
    fresh = Store(other).current()
    assert found.articles() == fresh.articles()
    assert vectors(found) == vectors(fresh)


def test_removing_a_first_part_needs_no_embedder(
    paper: Path, tmp_path: Path, embedder: HashEmbedder
) -> None:
    store, other = tmp_path / "store", tmp_path / "other"
    build([paper], store, embedder)
    remove(["p1.txt"], store)
    build([paper / "p4.txt"], other, embedder)
    found, fresh = Store(store).current(), Store(other).current()
    assert found.articles() == fresh.articles()
    assert vectors(found) == vectors(fresh)
    assert (
        add([paper / "p1.txt"], store, embedder).embedded == 1
    )  # its own text; no vector outlives that
    assert "江城新桥通车（续）" in titles(store)


def test_removing_a_middle_part(paper: Path, tmp_path: Path, embedder: HashEmbedder) -> None:
    store = tmp_path / "store"
    middle = FOURTH_PAGE.partition("茶")[0] + "(下转第6版)\n"
    (paper / "p4.txt").write_text(middle, "utf-8")
    end = "第6版\n\n(上接第4版)最深的桥墩立在水下二十米,石磊潜水看过。青山的石料够造新桥三座。\n"
    (paper / "p6.txt").write_text(end, "utf-8")
    build([paper], store, embedder, pages="always")
    assert titles(store) == ["江城新桥通车", "江城新桥通车（续）", "江城新桥通车（续）"]
    remove(["p1.txt"], store)
    assert all(title.endswith("…") for title in titles(store))
    build([paper / "p4.txt", paper / "p6.txt"], store, embedder, pages="always")
    assert titles(store)[1] == titles(store)[0] + "（续）"
    assert check(store) == []


def test_a_latin_title_is_continued_in_english() -> None:
    first = notice("The mill opens", continued_on=4)
    second = notice("rest", continued_from=1, untitled=True)
    headed = notice("Own head", continued_from=1)
    assert titles_of([first, second], {"rest": first.id}) == {"rest": "The mill opens (continued)"}
    assert titles_of([first, headed], {"Own head": first.id}) == {}


def test_the_list_names_both_parts(
    paper: Path,
    tmp_path: Path,
    static_model: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("RAG_EMBEDDER", str(static_model))
    store = str(tmp_path / "store")
    assert main(["build", str(paper), "--store", store]) == 0
    capsys.readouterr()
    assert main(["list", "--json", "--store", store]) == 0
    first, second, tea = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (first["continued_by"], second["continues"]) == (second["article"], first["article"])
    assert (first["continued_on"], second["continued_from"], second["page"]) == (4, 1, 4)
    assert not {"continues", "continued_by", "continued_on", "continued_from"} & set(tea)
