"""Headlines by their rank, and whether one fits a text."""

import pytest

from index.newspaper.borders import Group, Headline, heads_of, is_banner
from index.newspaper.lines import Line, printed_lines

TEXT = "石笋镇的双月桥经过二十二个月修复，四月二日重新开放步行，镇里的人都来了。"


def lines_of(*words: str) -> list[Line]:
    return printed_lines("\n".join(words))


def group_of(*words: str) -> Group:
    return Group(headlines=[Headline([line]) for line in lines_of(*words)])


def ranks(*words: str, first_on_page: bool = False) -> tuple[str | None, list[str], list[str]]:
    """Title, kickers and subtitles."""
    heads = heads_of(group_of(*words), TEXT, first_on_page=first_on_page)
    title = heads.title.text if heads.title else None
    return title, [h.text for h in heads.kickers], [h.text for h in heads.subtitles]


def test_the_text_of_a_headline() -> None:
    assert Headline(lines_of("## 双月桥重新开放")).text == "双月桥重新开放"
    assert Headline(lines_of("双月桥今日重新", "开放步行")).text == "双月桥今日重新开放步行"
    assert Headline(lines_of("双月桥开放 全镇欢喜")).text == "双月桥开放 全镇欢喜"
    assert Headline(lines_of("双 月 桥 开 放")).text == "双月桥开放"


def test_a_headline_set_wide_apart() -> None:
    assert Headline(lines_of("双月桥", "重 新 开 放 了")).spaced
    assert not Headline(lines_of("双月桥", "重新开放了")).spaced


def test_one_headline_is_the_title() -> None:
    assert ranks("双月桥重新开放") == ("双月桥重新开放", [], [])


def test_a_dash_makes_a_subtitle() -> None:
    assert ranks("双月桥重新开放", "——记石笋镇的七位石匠") == (
        "双月桥重新开放", [], ["——记石笋镇的七位石匠"],
    )  # fmt: skip


def test_a_dash_alone_is_the_title() -> None:
    assert ranks("——记石笋镇的七位石匠") == ("——记石笋镇的七位石匠", [], [])


def test_a_kicker_stands_before_the_title() -> None:
    assert ranks("县长在开放仪式上强调", "双月桥重新开放步行") == (
        "双月桥重新开放步行", ["县长在开放仪式上强调"], [],
    )  # fmt: skip


def test_a_lead_in_is_no_title_although_its_words_stand_in_the_text() -> None:
    assert ranks("双月桥修复在即", "老石头回去八成") == ("老石头回去八成", ["双月桥修复在即"], [])
    assert ranks("双月桥修复", "老石头回去八成") == ("双月桥修复", [], ["老石头回去八成"])


def test_what_stands_behind_the_title_is_a_subtitle() -> None:
    assert ranks("双月桥重新开放步行", "老石头回去八成") == (
        "双月桥重新开放步行", [], ["老石头回去八成"],
    )  # fmt: skip


def test_no_headline_gets_lost_among_the_ranks() -> None:
    words = [
        "县长强调",
        "双月桥重新开放步行",
        "老石头回去八成",
        "——记七位石匠",
        "茶香四溢 秋意正浓",
    ]
    for first in (False, True):
        heads = heads_of(group_of(*words), TEXT, first_on_page=first)
        found = [heads.title, *heads.kickers, *heads.subtitles, *heads.banners]
        assert sorted(h.text for h in found if h) == sorted(words)


@pytest.mark.parametrize(
    ("words", "banner"),
    [
        ("茶香四溢 秋意正浓", True),
        ("茶香四溢秋意正浓", True),
        ("双月桥重新开放", False),
        ("茶香四溢，秋意正浓", False),
        ("双月桥经过二十二个月修复", False),
    ],
)
def test_a_banner_is_twice_four_characters(words: str, banner: bool) -> None:
    assert is_banner(Headline(lines_of(words))) is banner


def test_a_group_without_headlines() -> None:
    heads = heads_of(Group(), TEXT, first_on_page=True)
    assert heads.title is None
    assert heads.kickers == heads.subtitles == heads.banners == ()
