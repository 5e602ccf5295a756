import dataclasses
import datetime
import re
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.bench.damage import DamagedPage, damaged_page, sentence_ends
from eval.bench.pages_clean import CleanArticle
from eval.bench.pages_desk import Odds
from eval.bench.pages_layout import Kind
from index.newspaper.page import Role

NEVER = Odds(**dict.fromkeys((field.name for field in dataclasses.fields(Odds)), 0.0))
ALWAYS = dataclasses.replace(
    Odds(**dict.fromkeys((field.name for field in dataclasses.fields(Odds)), 1.0)),
    no_headline=0.0,
    continuation=0.0,
    confusion=0.01,
)
_NOUNS = ["河边的老桥", "山里的果园", "镇上的集市", "村口的水井", "城南的夜校", "渡口的轮船"]
_VERBS = ["今年换了新样子", "来了不少外地客人", "修了整整三个冬天", "已开放200多天", "花了3.5个月"]
_WORDS = ["the", "old", "harbour", "committee", "decided", "yesterday", "that", "fishermen", "go"]


def article(seed: int, paragraphs: int = 6, *, latin: bool = False) -> CleanArticle:
    rng = Random(seed)
    blocks = []
    for _ in range(paragraphs):
        if latin:
            words = [" ".join(rng.sample(_WORDS, 8)).capitalize() for _ in range(4)]
            blocks.append((Role.BODY, ". ".join(words) + "."))
        else:
            parts = [f"{rng.choice(_NOUNS)}，{rng.choice(_VERBS)}。" for _ in range(4)]
            blocks.append((Role.BODY, "".join(parts)))
    title = f"A title of number {seed}" if latin else f"渡口来信{seed} 桥头又见新春"
    return CleanArticle(title, tuple(blocks), datetime.date(2031, 3, 4))


def printed(raw: str) -> list[int]:
    return [offset for offset, char in enumerate(raw) if not char.isspace()]


def body(page: DamagedPage, number: int) -> list[int]:
    return [o for unit in page.truth.of(number, Role.BODY) for o in unit.offsets]


def check(page: DamagedPage) -> None:
    """Every printed character belongs to one unit, and units spell their text."""
    covered = [offset for unit in page.truth.units for offset in unit.offsets]
    assert sorted(covered) == printed(page.raw)
    for unit in page.truth.units:
        read = "".join(page.truth.misread.get(o, page.raw[o]) for o in unit.offsets)
        assert read == "".join(unit.text.split())


@given(
    st.lists(
        st.tuples(st.integers(0, 99), st.integers(1, 9), st.booleans()), min_size=1, max_size=5
    ),
    st.integers(),
    st.sampled_from([None, *Kind]),
    st.sampled_from([None, NEVER, ALWAYS]),
)
@settings(max_examples=60, deadline=None)
def test_truth_covers_the_page_and_spells_the_articles(
    wanted: list[tuple[int, int, bool]], seed: int, kind: Kind | None, odds: Odds | None
) -> None:
    articles = [article(n, size, latin=latin) for n, size, latin in wanted]
    page = damaged_page(articles, seed, kind, odds)
    check(page)
    assert page == damaged_page(articles, seed, kind, odds)
    assert len(page.truth.dates) == len(articles)


def test_without_any_odds_only_lines_are_broken() -> None:
    for seed in range(20):
        articles = [article(seed), article(seed + 100)]
        page = damaged_page(articles, seed, Kind.NONE, NEVER)
        assert page.truth.kind is Kind.NONE and not page.truth.misread
        assert {unit.role for unit in page.truth.units} == {Role.TITLE, Role.BODY}
        wanted = "".join(a.title + "".join(text for _, text in a.blocks) for a in articles)
        assert "".join(page.raw.split()) == "".join(wanted.split())
        assert page.truth.dates == (None, None)


def test_no_line_begins_with_closing_punctuation_or_ends_with_an_opening_one() -> None:
    quoted = CleanArticle("桥", ((Role.BODY, "他说：“好，“再见”。”（笑）《夜》、《桥》。" * 20),))
    lines = set()
    for seed in range(30):
        lines |= set(damaged_page([quoted], seed, Kind.NONE, NEVER).raw.splitlines())
    assert len(lines) > 50
    assert not [line for line in lines if re.search(r"^\s*[，。、；：？！”』）》]|[“《（]$", line)]


def test_numbers_are_not_broken() -> None:
    text = "".join(f"第{n}年收了{n * 1234567}斤，" for n in range(1, 60)) + "完。"
    for seed in range(20):
        raw = damaged_page([CleanArticle("粮", ((Role.BODY, text),))], seed, Kind.NONE, NEVER).raw
        wanted = [str(n * factor) for n in range(1, 60) for factor in (1, 1234567)]
        assert re.findall(r"\d+", raw) == wanted


def test_hyphens_break_words_and_nothing_else() -> None:
    count = 0
    for seed in range(30):
        page = damaged_page([article(seed, latin=True)], seed, Kind.NONE, NEVER)
        for unit in page.truth.units:
            if unit.role is Role.HYPHEN:
                (at,) = unit.offsets
                assert re.match(r"-\s*\n\s*[a-z]{3}", page.raw[at:])
                assert page.raw[at - 2 : at].isalpha()
                count += 1
        words = [word for _, text in article(seed, latin=True).blocks for word in text.split()]
        joined = re.sub(r"-\s*\n\s*", "", page.raw).split()
        assert joined[-len(words) :] == words
    assert count > 20


def test_kinds_say_how_the_columns_are_read() -> None:
    articles = [article(n, 9) for n in range(3)]
    for seed in range(20):
        pages = {k: damaged_page(articles, seed, k, NEVER) for k in Kind}
        assert {kind: page.truth.kind for kind, page in pages.items()} == {k: k for k in Kind}
        bodies = [body(pages[Kind.NONE], n) for n in range(3)]
        assert all(offsets == sorted(offsets) for offsets in bodies)
        owner = {o: n for n in range(3) for o in body(pages[Kind.PIECES], n)}
        assert sum(owner[a] != owner[b] for a, b in pairwise(sorted(owner))) > 2
        rows = pages[Kind.ROWS]
        line = {o: rows.raw.count("\n", 0, o) for n in range(3) for o in body(rows, n)}
        pairs = [(line[a], line[b]) for n in range(3) for a, b in pairwise(body(rows, n))]
        breaks = [b - a - rows.raw.splitlines()[a:b].count("") for a, b in pairs if a != b]
        assert sum(step in (2, 3) for step in breaks) >= 2  # over the line of another column


def test_short_articles_cannot_be_out_of_order() -> None:
    tiny = CleanArticle("短讯", ((Role.BODY, "雨停了。"),))
    assert damaged_page([tiny], 1, Kind.PIECES, NEVER).truth.kind is Kind.NONE
    assert damaged_page([tiny], 1, Kind.ROWS, NEVER).truth.kind is Kind.NONE


def test_everything_at_once() -> None:
    roles = set()
    for seed in range(8):
        page = damaged_page([article(n, 9) for n in range(3)], seed, None, ALWAYS)
        check(page)
        roles |= {unit.role for unit in page.truth.units}
        assert set(page.truth.dates) <= {"2031-03-05", "2031-03-04"}
        assert re.search(r"2031年3月5日", page.raw)
    assert roles == set(Role) - {Role.HYPHEN, Role.CONTINUATION}


def test_dates_as_the_page_gives_them() -> None:
    dated = dataclasses.replace(NEVER, opening=1.0, opening_date=1.0)
    found = {damaged_page([article(1)], seed, None, dated).truth.dates[0] for seed in range(20)}
    assert found == {"XXXX-03-04", "XXXX-03-05"}
    found = {
        damaged_page(
            [article(1)], seed, None, dataclasses.replace(NEVER, masthead=1.0)
        ).truth.dates[0]
        for seed in range(5)
    }
    assert found == {"2031-03-05"}  # the day of issue stands in


def test_an_article_with_its_own_dateline_has_no_expected_date() -> None:
    own = CleanArticle("桥", ((Role.BODY, "本报渡口3月1日电（记者 丁一）" + "桥通了。" * 40),))
    odds = dataclasses.replace(NEVER, masthead=1.0, opening=1.0)
    assert damaged_page([own], 3, None, odds).truth.dates == (None,)


def test_headlines_break_at_their_space_and_never_in_a_word() -> None:
    odds = dataclasses.replace(NEVER, two_lines=1.0)
    for title, lines in {
        "老桥修好了APEC代表来了": {"老桥修好了", "APEC代表来了"},
        "渡口的新船 今天起航远行去": {"渡口的新船", "今天起航远行去"},
        "山里通路了": {"山里通路了"},
    }.items():
        page = damaged_page([CleanArticle(title, article(1).blocks)], 1, Kind.NONE, odds)
        (unit,) = page.truth.of(0, Role.TITLE)
        found = {line for line in page.raw.splitlines() if line and line in title}
        assert found == lines and len(unit.offsets) == len("".join(title.split()))


def test_spaced_headlines_keep_numbers_whole() -> None:
    odds = dataclasses.replace(NEVER, spaced_headline=1.0)
    page = damaged_page([CleanArticle("老桥 37年后新生", article(1).blocks)], 1, Kind.NONE, odds)
    assert "老 桥 37 年 后 新 生" in page.raw


def test_continuations_keep_an_article_whole_or_cut_it() -> None:
    odds = dataclasses.replace(NEVER, continuation=1.0)
    marks = set()
    for seed in range(30):
        clean = article(seed)
        page = damaged_page([clean], seed, Kind.NONE, odds)
        check(page)
        texts = [u.text for u in page.truth.of(0, Role.CONTINUATION)]
        marks.add(tuple(sorted(text[1:3] for text in texts)))
        whole = "".join(unit.text for unit in page.truth.of(0, Role.BODY))
        full = "".join(text for _, text in clean.blocks)
        assert whole == full if len(texts) == 2 else 0 < len(whole) < len(full) and whole in full
        tail_only = len(texts) == 1 and "上接" in texts[0]
        assert bool(page.truth.of(0, Role.TITLE)) is not tail_only
    assert marks == {("上接",), ("下转",), ("上接", "下转")}


def test_repeats_are_what_was_printed_before() -> None:
    odds = dataclasses.replace(NEVER, repeat_foot=1.0, repeat_paragraph=1.0)
    count = 0
    for seed in range(20):
        page = damaged_page([article(seed, 9)], seed, Kind.NONE, odds)
        whole = "".join("".join(u.text.split()) for u in page.truth.of(0, Role.BODY))
        for unit in page.truth.of(0, Role.REPEAT):
            assert "".join(unit.text.split()) in whole and len(unit.offsets) >= 4
            count += 1
    assert count > 30


def test_a_repeated_paragraph_is_a_whole_one() -> None:
    odds = dataclasses.replace(NEVER, repeat_paragraph=1.0, end_mark=1.0)
    count = 0
    for seed in range(30):
        page = damaged_page([article(seed, 5)], seed, Kind.NONE, odds)
        whole = {"".join(unit.text.split()) for unit in page.truth.of(0, Role.BODY)}
        repeats = page.truth.of(0, Role.REPEAT)
        assert {"".join(unit.text.split()) for unit in repeats} <= whole
        count += len(repeats)
    assert count > 15


def test_an_article_that_goes_on_elsewhere_has_no_end_mark() -> None:
    odds = dataclasses.replace(NEVER, continuation=1.0, end_mark=1.0)
    for seed in range(20):
        page = damaged_page([article(seed)], seed, Kind.NONE, odds)
        marks = [unit.text for unit in page.truth.of(0, Role.CONTINUATION)]
        ended = bool(page.truth.of(0, Role.BYLINE))
        assert ended is not (len(marks) == 1 and "下转" in marks[0])


def test_misread_characters_spare_what_gives_the_date() -> None:
    odds = dataclasses.replace(NEVER, opening=1.0, opening_date=1.0, confusion=1.0)
    for seed in range(10):
        page = damaged_page([article(seed)], seed, None, odds)
        assert page.truth.misread
        assert re.search(r"3月[45]日", "".join(page.raw.split()))


def test_sentence_ends_are_raw_offsets() -> None:
    page = damaged_page([article(5, 2)], 5, Kind.NONE, NEVER)
    for unit in page.truth.of(0, Role.BODY):
        ends = sentence_ends(unit)
        assert len(ends) == 4
        assert all(page.raw[last] == "。" for _, last in ends)
        assert ends[0][0] == unit.offsets[0] and ends[-1][1] == unit.offsets[-1]


def test_a_page_needs_an_article() -> None:
    with pytest.raises(ValueError, match="needs an article"):
        damaged_page([], 1)
