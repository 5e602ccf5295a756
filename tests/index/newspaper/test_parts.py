"""Parts: the text of joined lines, and where each run of it is printed."""

import pytest

from index.article import Piece
from index.newspaper.lines import printed_lines
from index.newspaper.page import Join, Part, Role
from index.newspaper.parts import page_of, part


def joined(raw: str, role: Role = Role.BODY) -> tuple[Part, list[Part]]:
    lines = printed_lines(raw)
    hyphens: list[Part] = []
    return part(role, lines, [0.5] * (len(lines) - 1), hyphens), hyphens


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("石匠们用了\n三年时间", "石匠们用了三年时间"),
        ("the old bridge\nwas mended", "the old bridge was mended"),
        ("the old bridge,\nthe new", "the old bridge, the new"),
        ("石桥 bridge\n开放", "石桥 bridge开放"),
        ("开放\nbridge 石桥", "开放bridge 石桥"),
        ("长68.\n4米", "长68.4米"),
        ("共12\n34人", "共1234人"),
        ("共12\nmetres", "共12 metres"),
        ("l'été\nà Lyon", "l'été à Lyon"),
    ],
)
def test_the_seam_of_two_lines(raw: str, text: str) -> None:
    found, hyphens = joined(raw)
    assert found.text == text
    assert hyphens == []


def test_a_hyphen_that_broke_a_word() -> None:
    raw = "the old bri-\ndge was"
    found, hyphens = joined(raw)
    assert found.text == "the old bridge was"
    assert found.pieces == (Piece(0, 0, 11), Piece(11, 13, 7))
    assert found.joins == (Join(11, 0.5),)
    assert hyphens == [Part(Role.HYPHEN, "-", (Piece(0, 11, 1),))]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("the old Anglo-\nFrench bridge", "the old Anglo- French bridge"),
        ("from 1961 -\nthe bridge", "from 1961 - the bridge"),
        ("1961-\nbridge", "1961- bridge"),
    ],
)
def test_a_hyphen_of_the_text_stays(raw: str, text: str) -> None:
    found, hyphens = joined(raw)
    assert (found.text, hyphens) == (text, [])


def test_one_character_before_a_hyphen() -> None:
    found, hyphens = joined("e-\nmail")
    assert found.text == "email"
    assert found.pieces == (Piece(0, 0, 1), Piece(1, 3, 4))
    assert len(hyphens) == 1


def test_places_of_three_lines() -> None:
    raw = "  石匠们 用了\n\n三年\n时间"
    found, _ = joined(raw)
    assert found.text == "石匠们用了三年时间"
    assert found.pieces == (Piece(0, 2, 3), Piece(3, 6, 2), Piece(5, 10, 2), Piece(7, 13, 2))
    assert found.joins == (Join(5, 0.5), Join(7, 0.5))


def test_a_join_with_other_text_between() -> None:
    lines = printed_lines("石匠们用了\n茶园\n球队\n夜市\n三年时间")
    forth = part(Role.BODY, [lines[0], lines[4]], [0.9], [])
    assert forth.joins == (Join(5, 0.9, moved=True),)
    back = part(Role.BODY, [lines[4], lines[0]], [0.9], [])
    assert back.joins == (Join(4, 0.9, moved=True),)
    assert back.pieces == (Piece(0, lines[4].start, 4), Piece(4, 0, 5))
    near = part(Role.BODY, lines[:2], [0.9], [])
    assert near.joins == (Join(5, 0.9, moved=False),)


def test_a_headline_keeps_its_space_and_a_paragraph_does_not() -> None:
    raw = "双月桥开放 全镇欢喜"
    assert joined(raw, Role.TITLE)[0].text == raw
    assert joined(raw, Role.BODY)[0].text == "双月桥开放全镇欢喜"
    assert joined("双 月 桥 开 放", Role.TITLE)[0].text == "双月桥开放"


def test_a_page_without_text_keeps_its_furniture_in_order() -> None:
    raw = "第4版\n图为石匠在河里\n找石头。\n责编：柳溪\n2031年5月18日 星期日"
    first, second, third, fourth, fifth = printed_lines(raw)
    others = [
        (fifth, Role.MASTHEAD), (second, Role.CAPTION), (third, Role.CAPTION),
        (first, Role.MASTHEAD), (fourth, Role.CONTACT),
    ]  # fmt: skip
    page = page_of(raw, [], [], others, None)
    assert page.articles == ()
    assert [(p.role, p.text) for p in page.left_out] == [
        (Role.MASTHEAD, "第4版"),
        (Role.CAPTION, "图为石匠在河里找石头。"),
        (Role.CONTACT, "责编：柳溪"),
        (Role.MASTHEAD, "2031年5月18日 星期日"),
    ]


def test_a_finished_caption_does_not_run_on() -> None:
    raw = "图为石匠。\n图为茶园。"
    others = [(line, Role.CAPTION) for line in printed_lines(raw)]
    page = page_of(raw, [], [], others, None)
    assert [p.text for p in page.left_out] == ["图为石匠。", "图为茶园。"]


def test_a_hyphen_in_a_caption_is_kept() -> None:
    raw = "▲the old bri-\ndge was mended"
    others = [(line, Role.CAPTION) for line in printed_lines(raw)]
    page = page_of(raw, [], [], others, None)
    printed = sorted(
        o
        for p in page.parts()
        for x in p.pieces
        for o in range(x.raw_start, x.raw_start + x.length)
    )
    assert [o for o in printed if not raw[o].isspace()] == [
        i for i, char in enumerate(raw) if not char.isspace()
    ]
