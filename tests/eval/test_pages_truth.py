import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eval.bench.pages_truth import Score, Tally, score_page, score_real, violations
from eval.bench.real_pages import TRUTH, Lines, TruePage, load_truth, real_pages
from index.article import Piece
from index.newspaper.page import Page, PageArticle, Part, Role
from rag.errors import InputError

LINES = (
    "小城早报",  # 1 the paper's name
    "大桥今天通车",  # 2 headline
    "大桥今天上午通车，长三",  # 3
    "百米。",  # 4 continues 3
    "百米。",  # 5 printed twice
    "桥边 有花。",  # 6
    "（小城社3月2日电）",  # 7
    "湖水变清",  # 8 headline
    "湖水变清了，鱼也回",  # 9
    "来了。",  # 10 continues 9
)
RAW = "\n".join(LINES)
AT = [RAW.index(line) if i != 4 else RAW.rindex(line) for i, line in enumerate(LINES)]
WITHOUT_SPACE = {1: "大桥今天上午通车，长三百米。桥边有花。", 2: "湖水变清了，鱼也回来了。"}


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def record() -> dict[str, Any]:
    return {
        "name": "town",
        "sha256": sha256(RAW),
        "lines": 10,
        "follows": [[3, 4], [9, 10]],
        "unsure": [],
        "articles": [
            {
                "start": 3,
                "lines": [[3, 4], [6, 6]],
                "title": [[2]],
                "date": "XXXX-03-02",
                "sha256": sha256(WITHOUT_SPACE[1]),
            },
            {
                "start": 9,
                "lines": [[9, 10]],
                "title": [[8]],
                "date": None,
                "sha256": sha256(WITHOUT_SPACE[2]),
            },
        ],
        "roles": [
            {"role": ["masthead"], "line": 1},
            {"role": ["repeat"], "line": 5},
            {"role": ["byline"], "line": 7},
        ],
        "unsure_roles": [],
    }


def truth(tmp_path: Path, **changed: Any) -> TruePage:
    path = tmp_path / "truth.json"
    path.write_text(json.dumps({"pages": [record() | changed]}), "utf-8")
    return load_truth(path)[0]


def part(role: Role, *numbers: int) -> Part:
    """A part made of whole lines of the page."""
    text, pieces = "", []
    for number in numbers:
        line = LINES[number - 1]
        pieces.append(Piece(len(text), AT[number - 1], len(line)))
        text += line
    return Part(role, text, tuple(pieces))


ORACLE = Page(
    RAW,
    (
        PageArticle(
            (
                part(Role.TITLE, 2),
                part(Role.BODY, 3, 4),
                part(Role.BODY, 6),
                part(Role.BYLINE, 7),
            ),
            date="XXXX-03-02",
        ),
        PageArticle((part(Role.TITLE, 8), part(Role.BODY, 9, 10))),
    ),
    (part(Role.MASTHEAD, 1), part(Role.REPEAT, 5)),
)


def changed(first: Sequence[Part], second: Sequence[Part], **left: tuple[Part, ...]) -> Page:
    a, b = ORACLE.articles
    return replace(
        ORACLE, articles=(replace(a, parts=tuple(first)), replace(b, parts=tuple(second))), **left
    )


def score(page: Page, true: TruePage) -> Score:
    return score_page(true, Lines(RAW), page)


def test_a_page_understood_like_the_truth_scores_one_everywhere(tmp_path: Path) -> None:
    (tmp_path / "town.txt").write_text(RAW, "utf-8", newline="")
    rows = score_real(tmp_path, lambda raw: replace(ORACLE, raw=raw), [truth(tmp_path)])
    assert [row.pop("page") for row in rows] == ["town", "all"]
    assert all(row.pop("violations") == 0 for row in rows)
    assert [set(row.values()) for row in rows] == [{1.0}, {1.0}]


def test_faults_are_counted_as_by_hand(tmp_path: Path) -> None:
    """The repeat is joined on, one headline is missed, one article cut in two, one date made up."""
    first, second = ORACLE.articles
    page = Page(
        RAW,
        (
            replace(
                first,
                parts=(
                    part(Role.TITLE, 2),
                    part(Role.BODY, 3, 4, 5),
                    part(Role.BODY, 6),
                    part(Role.BYLINE, 7),
                ),
            ),
            replace(second, parts=(part(Role.BODY, 9),), date="XXXX-03-02"),
            PageArticle((part(Role.HEADING, 8), part(Role.BODY, 10))),
        ),
        (part(Role.MASTHEAD, 1),),
    )
    found = score(page, truth(tmp_path))
    assert found.joins == Tally(hits=1, found=2, truth=2)  # (3, 4) and, wrongly, (4, 5)
    assert found.borders == Tally(hits=2, found=3, truth=2)  # 3, 9 and, wrongly, 10
    assert found.titles == Tally(1, 2, 2)
    assert found.dates == Tally(1, 2, 2)
    assert found.left_out == Tally(hits=14, found=14, truth=17)  # the 3 of the repeat are missing
    assert found.violations == 0
    row = found.row("town")
    assert (row["joins P"], row["joins R"], row["joins F1"]) == (0.5, 0.5, 0.5)
    assert (row["borders P"], row["borders R"], row["borders F1"]) == (2 / 3, 1.0, 0.8)
    assert row["left out F1"] == 28 / 31


def test_lines_joined_in_the_wrong_order_are_wrong(tmp_path: Path) -> None:
    page = changed(ORACLE.articles[0].parts, [part(Role.TITLE, 8), part(Role.BODY, 10, 9)])
    found = score(page, truth(tmp_path))
    assert found.joins == Tally(hits=1, found=2, truth=2)
    assert found.borders == Tally(hits=1, found=2, truth=2)  # starts at 10


def test_runs_of_one_line_are_no_join(tmp_path: Path) -> None:
    start = AT[5]  # the space of line 6 taken out
    repaired = Part(Role.BODY, "桥边有花。", (Piece(0, start, 2), Piece(2, start + 3, 3)))
    parts = [repaired if p.text.startswith("桥边") else p for p in ORACLE.articles[0].parts]
    found = score(changed(parts, ORACLE.articles[1].parts), truth(tmp_path))
    assert found == score(ORACLE, truth(tmp_path))


def test_a_piece_that_runs_over_a_line_feed_joins_its_lines(tmp_path: Path) -> None:
    text = RAW[AT[8] :]
    whole = Part(Role.BODY, text, (Piece(0, AT[8], len(text)),))
    page = changed(ORACLE.articles[0].parts, [part(Role.TITLE, 8), whole])
    assert score(page, truth(tmp_path)) == score(ORACLE, truth(tmp_path))


def test_unsure_pairs_and_ranges_are_scored_neither_way(tmp_path: Path) -> None:
    name = AT[5]
    true = truth(
        tmp_path, unsure=[[4, 6]], unsure_roles=[{"line": 6, "start": name, "end": name + 2}]
    )
    first = [
        part(Role.TITLE, 2),
        Part(
            Role.BODY,
            LINES[2] + LINES[3] + "有花。",
            (Piece(0, AT[2], 11), Piece(11, AT[3], 3), Piece(14, name + 3, 3)),
        ),
        Part(Role.BYLINE, "桥边", (Piece(0, name, 2),)),
        part(Role.BYLINE, 7),
    ]
    page = changed(first, ORACLE.articles[1].parts)
    assert score(page, true) == score(ORACLE, true)
    assert score(page, truth(tmp_path)).joins == Tally(2, 3, 2)
    assert score(page, truth(tmp_path)).left_out == Tally(17, 19, 17)


def test_a_character_left_out_in_another_role_is_wrong(tmp_path: Path) -> None:
    page = replace(ORACLE, left_out=(part(Role.CONTACT, 1), part(Role.REPEAT, 5)))
    assert score(page, truth(tmp_path)).left_out == Tally(hits=13, found=17, truth=17)
    either = [{"role": ["masthead", "contact"], "line": 1}, *record()["roles"][1:]]
    assert score(page, truth(tmp_path, roles=either)).left_out == Tally(17, 17, 17)


def test_two_articles_run_together_are_one_found(tmp_path: Path) -> None:
    first, second = ORACLE.articles
    page = replace(ORACLE, articles=(replace(first, parts=first.parts + second.parts[1:]),))
    articles = record()["articles"]
    articles[1] |= {"date": "XXXX-03-02", "title": [[2]]}  # right, were the one taken for both
    found = score(page, truth(tmp_path, articles=articles))
    assert found.borders == Tally(hits=1, found=1, truth=2)
    assert (found.titles, found.dates) == (Tally(1, 2, 2), Tally(1, 2, 2))


def test_an_article_without_headline_must_have_none(tmp_path: Path) -> None:
    articles = record()["articles"]
    articles[1]["title"] = [[]]
    true = truth(tmp_path, articles=articles)
    assert score(ORACLE, true).titles == Tally(1, 2, 2)
    bare = changed(ORACLE.articles[0].parts, [part(Role.KICKER, 8), part(Role.BODY, 9, 10)])
    assert score(bare, true).titles == Tally(2, 2, 2)
    assert score(bare, truth(tmp_path)).titles == Tally(1, 2, 2)


def test_any_of_the_acceptable_headlines_will_do(tmp_path: Path) -> None:
    articles = record()["articles"]
    articles[1]["title"] = [[1, 8], [8]]
    assert score(ORACLE, truth(tmp_path, articles=articles)).titles == Tally(2, 2, 2)
    articles[1]["title"] = [[1, 8]]
    assert score(ORACLE, truth(tmp_path, articles=articles)).titles == Tally(1, 2, 2)


def test_characters_lost_doubled_or_changed_are_violations() -> None:
    assert violations(ORACLE, RAW) == 0
    lost = replace(ORACLE, left_out=ORACLE.left_out[:1])
    assert violations(lost, RAW) == 3  # the three characters of line 5
    doubled = replace(ORACLE, left_out=(*ORACLE.left_out, part(Role.REPEAT, 4)))
    assert violations(doubled, RAW) == 3
    other = Part(Role.REPEAT, "百里。", (Piece(0, AT[4], 3),))
    assert violations(replace(ORACLE, left_out=(ORACLE.left_out[0], other)), RAW) == 2
    outside = Part(Role.REPEAT, "。", (Piece(0, len(RAW), 1),))
    assert violations(replace(ORACLE, left_out=(*ORACLE.left_out, outside)), RAW) == 1


def test_sums_and_empty_tallies() -> None:
    assert Tally(1, 2, 3) + Tally(4, 5, 6) == Tally(5, 7, 9)
    assert Tally(5, 7, 9).f1 == 10 / 16
    nothing = Tally()
    assert (nothing.precision, nothing.recall, nothing.f1) == (1.0, 1.0, 1.0)
    assert Tally(0, 0, 4).f1 == 0.0


def test_pages_are_known_by_their_content(tmp_path: Path) -> None:
    true = truth(tmp_path)
    other = replace(true, name="village", sha256="f" * 64)
    folder = tmp_path / "pages"
    folder.mkdir()
    assert score_real(folder, lambda raw: ORACLE, [true, other]) == []
    (folder / "any name.txt").write_text(RAW, "utf-8", newline="")
    with pytest.raises(InputError, match=r"lacks page village \(SHA-256 f{16}…\)"):
        list(real_pages(folder, [true, other]))
    [(page, path, lines)] = real_pages(folder, [true])
    assert (page, path.name, lines.raw) == (true, "any name.txt", RAW)


def test_a_truth_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    articles = record()["articles"]
    articles[1]["lines"] = [[9, 9]]
    with pytest.raises(InputError, match="article 2 of page town does not fit"):
        truth(tmp_path, articles=articles).check(Lines(RAW))
    with pytest.raises(InputError, match="should have 11 lines, not 10"):
        truth(tmp_path, lines=11).check(Lines(RAW))


def test_lines_and_offsets_belong_together() -> None:
    lines = Lines("ab\n\n c d\n")
    assert len(lines) == 4
    assert [lines.number(offset) for offset in (0, 2, 3, 4, 7)] == [1, 1, 2, 3, 3]
    assert [lines.printed(n) for n in (1, 2, 3, 4)] == [[0, 1], [], [5, 7], []]


@pytest.mark.parametrize("page", load_truth(), ids=lambda page: page.name)
def test_the_truth_does_not_contradict_itself(page: TruePage) -> None:
    place = {n: (i, k) for i, a in enumerate(page.articles) for k, n in enumerate(a.lines)}
    assert sum(len(a.lines) for a in page.articles) == len(place)  # no line in two articles
    assert all(1 <= n <= page.lines for n in place)
    firsts, seconds = zip(*page.follows, strict=True)
    assert len(set(firsts)) == len(firsts) and len(set(seconds)) == len(seconds)
    for first, second in page.follows:  # inside one article, in its reading order
        assert place[first][0] == place[second][0] and place[first][1] < place[second][1]
    assert not page.follows & page.unsure
    assert all(a.start == a.lines[0] for a in page.articles)
    assert not {line for _, line, part in page.roles if part is None} & set(place)
    assert not {n for a in page.articles for title in a.titles for n in title} & set(place)
    assert {role for roles, _, _ in page.roles for role in roles} <= {str(role) for role in Role}


def test_the_truth_holds_no_text_of_the_pages() -> None:
    assert TRUTH.read_text("utf-8").isascii()
    assert len({page.sha256 for page in load_truth()}) == 5
