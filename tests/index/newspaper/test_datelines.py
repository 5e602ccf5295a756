"""Datelines, by-lines and dates: what is read, and what merely looks like them."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.newspaper.datelines import (
    Dateline,
    authors_of,
    end_mark,
    full_date,
    opening,
    resolve,
)


@pytest.mark.parametrize(
    ("text", "dateline"),
    [
        ("本报讯", Dateline()),
        ("本报讯 石桥开放。", Dateline()),
        ("【本报讯】石桥开放。", Dateline()),
        ("（本报讯）石桥开放。", Dateline()),
        ("据本报讯 石桥开放。", Dateline()),
        ("本报消息 石桥开放。", Dateline()),
        ("本报4月8日讯(记者于望山)石桥", Dateline(None, None, 4, 8, ("于望山",))),
        ("本报青潭讯（记者 卫溪）石桥", Dateline("青潭", authors=("卫溪",))),
        ("中新社青潭电 石桥", Dateline("青潭")),
        ("法新社青潭4月1日电 石桥", Dateline("青潭", None, 4, 1)),
        ("青潭日报4月1日讯 石桥", Dateline(None, None, 4, 1)),
        ("新华社青潭4月14日电（记者 庄望山）", Dateline("青潭", None, 4, 14, ("庄望山",))),
        ("新华社青潭 4 月 14 日电 石桥", Dateline("青潭", None, 4, 14)),
        ("新华社青潭4月14日专电 石桥", Dateline("青潭", None, 4, 14)),
        ("据新华社青潭4月14日电 石桥", Dateline("青潭", None, 4, 14)),
        ("新华社4月14日电 石桥", Dateline(None, None, 4, 14)),
        ("新华社青潭·白卤滩4月14日电 石桥", Dateline("青潭·白卤滩", None, 4, 14)),
        ("新华社青潭2031年4月14日电 石桥", Dateline("青潭", 2031, 4, 14)),
        ("新华社青潭四月二十日电 石桥", Dateline("青潭", None, 4, 20)),
        ("新华社青潭十二月三十一日电 石桥", Dateline("青潭", None, 12, 31)),
        ("新华社青潭二〇三一年四月十四日电", Dateline("青潭", 2031, 4, 14)),
        ("新华社一九六一年十月一日电 石桥", Dateline(None, 1961, 10, 1)),
    ],
)
def test_opening(text: str, dateline: Dateline) -> None:
    assert opening(text) == dateline


@pytest.mark.parametrize(
    ("names", "authors"),
    [
        ("记者 庄望山 柳溪", ("庄望山", "柳溪")),
        ("记者庄望山、柳溪、于之", ("庄望山", "柳溪", "于之")),
        ("记者 庄望山 通讯员 柳溪", ("庄望山", "柳溪")),
        ("记者 庄望山 通讯员 柳溪 摄影报道", ("庄望山", "柳溪")),
        ("记者 阿米娜·哈比", ("阿米娜·哈比",)),
        ("见习记者 庄望山", ("庄望山",)),
    ],
)
def test_several_reporters_of_an_opening(names: str, authors: tuple[str, ...]) -> None:
    for marks in ("（{}）", "({})"):
        dateline = opening(f"本报青潭讯{marks.format(names)}石桥开放。")
        assert dateline == Dateline("青潭", authors=authors)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "本报的读者都来了",
        "本报记者庄望山",
        "本报4月8日",
        "石桥开放。本报讯",
        "他读到本报讯",
        "网络消息传得很快",
        "本报电话改号",
        "本报电脑坏了",
        "本报消息灵通",
        "信用社电费涨了",
        "供销社电视机坏了",
        "村合作社电话打不通",
        "新华社的电讯他每天都读",
        "新华社青潭4月14日电影节开幕",
    ],
)
def test_no_opening(text: str) -> None:
    assert opening(text) is None


def test_no_place_but_a_manner() -> None:
    assert opening("本报综合消息 石桥开放。") == Dateline()


@pytest.mark.parametrize(
    ("text", "dateline"),
    [
        ("（新华社青潭4月14日电）", Dateline("青潭", None, 4, 14)),
        ("石桥开放。（新华社青潭4月14日电）", Dateline("青潭", None, 4, 14)),
        ("石桥开放。(新华社青潭4月14日专电)", Dateline("青潭", None, 4, 14)),
        ("（新华社青潭四月十四日电）", Dateline("青潭", None, 4, 14)),
        ("（新华社2031年4月14日电）", Dateline(None, 2031, 4, 14)),
        ("（据中新社电）", Dateline()),
        ("（本报讯）", Dateline()),
    ],
)
def test_end_mark(text: str, dateline: Dateline) -> None:
    assert end_mark(text) == dateline


@pytest.mark.parametrize(
    "text",
    [
        "",
        "新华社青潭4月14日电",
        "（新华社青潭4月14日电）石桥开放。",
        "（本报记者）",
        "（记者 庄望山）",
        "（他说，新华社发了电）",
    ],
)
def test_no_end_mark(text: str) -> None:
    assert end_mark(text) is None


@pytest.mark.parametrize(
    ("byline", "authors"),
    [
        ("本报记者 庄望山", ("庄望山",)),
        ("本报记者庄望山", ("庄望山",)),
        ("（本报记者 庄望山）", ("庄望山",)),
        ("□ 庄望山", ("庄望山",)),
        ("记者：庄望山", ("庄望山",)),
        ("撰稿/庄望山", ("庄望山",)),
        ("庄望山 摄", ("庄望山",)),
        ("柳 溪", ("柳溪",)),
        ("柳 溪  于 之", ("柳溪", "于之")),
        ("记者 庄望山 柳 溪", ("庄望山", "柳溪")),
        ("新华社记者 庄望山 柳溪", ("庄望山", "柳溪")),
        ("本报记者 庄望山、柳溪", ("庄望山", "柳溪")),
        ("本报记者 庄望山 通讯员 柳溪", ("庄望山", "柳溪")),
        ("本报见习记者 柳溪 实习生 于之", ("柳溪", "于之")),
        ("本报驻青潭记者 庄望山", ("庄望山",)),
        ("本报记者 庄望山 庄望山", ("庄望山",)),
        ("本报记者 庄望山等", ("庄望山",)),
        ("记者 阿米娜·哈比", ("阿米娜·哈比",)),
        ("本报记者 庄望山 文/图", ("庄望山",)),
        ("本报记者 庄望山 （新华社青潭4月14日电）", ("庄望山",)),
        ("By Idris Calloway", ("Idris Calloway",)),
        ("By Idris Calloway and Nell Pashley", ("Idris Calloway", "Nell Pashley")),
        ("Por Ana Beltrán y Luis Sol", ("Ana Beltrán", "Luis Sol")),
        ("Par Émile Roux, Anne Pic et Jo Li", ("Émile Roux", "Anne Pic", "Jo Li")),
        ("Von Jörg Ahlers und Ina Beck", ("Jörg Ahlers", "Ina Beck")),
        ("（新华社青潭4月14日电）", ()),
        ("本报评论员", ()),
        ("石匠们在河里找石头", ()),
        ("", ()),
    ],
)
def test_authors(byline: str, authors: tuple[str, ...]) -> None:
    assert authors_of(byline) == authors


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2031年5月18日 星期日", "2031-05-18"),
        ("青潭日报 2031 年 5 月 18 日", "2031-05-18"),
        ("1899年12月31日", "1899-12-31"),
        ("二〇三一年五月十八日", "2031-05-18"),
        ("二○三一年一月一日", "2031-01-01"),
        ("二零三一年一月一日", "2031-01-01"),
        ("一九六一年十二月三十一日", "1961-12-31"),
        ("二〇三一年十一月三十日", "2031-11-30"),
        ("2031-05-08", "2031-05-08"),
        ("2031-5-8", "2031-05-08"),
        ("2032年2月29日", "2032-02-29"),
        ("二〇三二年二月二十九日", "2032-02-29"),
        ("2031年2月29日，2032年2月28日", "2032-02-28"),
        ("2031年5月18日，2032年1月1日", "2031-05-18"),
        ("2031年2月29日", None),
        ("1900年2月29日", None),
        ("2031年13月1日", None),
        ("2031年4月31日", None),
        ("2031-13-40", None),
        ("二〇三一年十三月四十日", None),
        ("二〇三一年十十月十日", None),
        ("2031年5月", None),
        ("5月18日", None),
        ("12031年5月18日", None),
        ("", None),
    ],
)
def test_full_date(text: str, day: str | None) -> None:
    assert full_date(text) == day


DAYS = st.dates(date(1801, 1, 1), date(2098, 12, 31))
FIGURES = "〇一二三四五六七八九"


def chinese(number: int) -> str:
    """A number below 100 in Chinese figures."""
    tens, ones = divmod(number, 10)
    return ("" if tens < 2 else FIGURES[tens]) + "十" * (tens > 0) + (FIGURES[ones] if ones else "")


@settings(derandomize=True, max_examples=300, deadline=None)
@given(DAYS)
def test_every_day_is_read_in_every_form(day: date) -> None:
    year = "".join(FIGURES[int(figure)] for figure in str(day.year))
    assert full_date(f"青潭 {day.year}年{day.month}月{day.day}日") == day.isoformat()
    assert full_date(f"{day.year}-{day.month}-{day.day} 青潭") == day.isoformat()
    if day.year >= 1900:
        words = f"{year}年{chinese(day.month)}月{chinese(day.day)}日"
        assert full_date(words) == day.isoformat()
        found = Dateline("青潭", day.year, day.month, day.day)
        assert opening(f"新华社青潭{words}电 石桥") == found
        assert end_mark(f"（新华社青潭{words}电）") == found


@settings(derandomize=True, max_examples=500, deadline=None)
@given(DAYS, st.integers(-357, 7))
def test_a_day_without_a_year_is_the_last_up_to_a_week_after_the_issue(
    issue: date, distance: int
) -> None:
    day = issue + timedelta(days=distance)
    dateline = Dateline("青潭", None, day.month, day.day)
    assert resolve(dateline, issue.isoformat()) == (day.isoformat(), "year of issue")


@pytest.mark.parametrize(
    ("dateline", "issue", "found"),
    [
        (None, "2031-05-18", ("2031-05-18", "issue")),
        (None, None, (None, None)),
        (Dateline("青潭"), "2031-05-18", ("2031-05-18", "issue")),
        (Dateline("青潭", 2030, 5, 1), "2031-05-18", ("2030-05-01", "day")),
        (Dateline("青潭", 2030, 5, 1), None, ("2030-05-01", "day")),
        (Dateline("青潭", 2031, 2, 29), "2031-05-18", ("2031-05-18", "issue")),
        (Dateline("青潭", 2031, 2, 29), None, (None, None)),
        (Dateline(None, None, 12, 31), "2032-01-02", ("2031-12-31", "year of issue")),
        (Dateline(None, None, 1, 1), "2031-12-31", ("2032-01-01", "year of issue")),
        (Dateline(None, None, 5, 25), "2031-05-18", ("2031-05-25", "year of issue")),
        (Dateline(None, None, 5, 26), "2031-05-18", ("2030-05-26", "year of issue")),
        (Dateline(None, None, 2, 29), "2032-03-01", ("2032-02-29", "year of issue")),
        (Dateline(None, None, 2, 29), "2031-03-01", ("2031-03-01", "issue")),
        (Dateline(None, None, 2, 29), None, ("XXXX-02-29", "no year")),
        (Dateline(None, None, 4, 8), None, ("XXXX-04-08", "no year")),
        (Dateline(None, None, 2, 30), None, (None, None)),
        (Dateline(None, None, 2, 30), "2031-03-01", ("2031-03-01", "issue")),
        (Dateline(None, None, 13, 45), "2031-03-01", ("2031-03-01", "issue")),
        (Dateline(None, None, 13, 45), None, (None, None)),
    ],
)
def test_resolve(
    dateline: Dateline | None, issue: str | None, found: tuple[str | None, str | None]
) -> None:
    assert resolve(dateline, issue) == found


@settings(derandomize=True, max_examples=400, deadline=None)
@given(
    st.text(
        st.sampled_from("新华社本报电讯0123年月日〇一二十百（()）记者摄、 ·王By") | st.characters(),
        max_size=40,
    )
)
def test_no_text_breaks_the_rules(text: str) -> None:
    for dateline in (opening(text), end_mark(text)):
        for issue in (None, "2031-05-18"):
            day, precision = resolve(dateline, issue)
            assert (day is None) == (precision is None)
    day = full_date(text)
    assert day is None or date.fromisoformat(day).isoformat() == day
    assert all(name.strip() for name in authors_of(text))


@pytest.mark.parametrize("figures", ["十十", "一一一", "十一十", "百", "四十五", "〇"])
def test_impossible_figures_are_no_date(figures: str) -> None:
    dateline = opening(f"新华社青潭{figures}月{figures}日电 石桥")
    assert resolve(dateline, None) == (None, None)
    assert full_date(f"二〇三一年{figures}月{figures}日") is None
