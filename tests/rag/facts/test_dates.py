"""Dates, times, weekdays and words like yesterday, with and without the article's date."""

import pytest

from rag.facts import facts, missing


def lacking(sentence: str, source: str, date: str | None = None) -> list[str]:
    return [m.fact.text for m in missing(facts(sentence), [facts(source, date=date)]) if m.hard]


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("2022-04-14", "2022年4月14日"),
        ("April 14, 2022", "二〇二二年四月十四日"),
        ("on 14 April", "4月14日"),
        ("on the 5th of May 2017", "2017年5月5日"),
        ("el 14 de abril de 2022", "2022年4月14日"),
        ("el uno de octubre", "10月1日"),
        ("14 апреля 2022 года", "2022-04-14"),
        ("le 14 avril 2022", "14.04.2022"),
        ("am 1. März 2018", "2018年3月1日"),
        ("2022年", "令和4年4月"),
        ("2022年5月", "民国111年5月"),
        ("in March", "3月"),
        ("в марте", "in March"),
        ("июньское падение", "6月下跌"),
        ("from April 1 to 15", "4月1日至15日"),
        ("1–3 March", "3月1日至3日"),
        ("March 3 and 5", "3月3日和5日"),
        ("in July 2020", "2020年7月或8月"),
        ("2020年7月", "July or August 2020"),
        ("今年前四个月", "1—4月份"),
        ("in the 1930s", "上世纪三十年代"),
        ("20世纪30年代", "1930s"),
        ("in the 1930s", "in 1935"),
        ("los años 90", "90年代"),
        ("in the 1960s and 1970s", "上世纪六七十年代"),
        ("in the 1970s and 1980s", "上世纪70、80年代"),
        ("in the 1700s", "18世纪"),
        ("2015–2016年", "2015/16"),
        ("98年", "1998年"),
        ("Act 2017", "2017年法案"),
        ("the 18th century", "18世纪"),
        ("on Friday", "周五"),
        ("el viernes", "星期五"),
        ("в пятницу", "金曜日に"),
        ("пятничный матч", "礼拜五的比赛"),
        ("昨天", "yesterday"),
        ("Am Freitagabend", "on Friday"),
        ("fin mars", "in late March"),
        ("26 de marzo, 1700 millones", "3月26日，17亿"),
        ("last year", "去年"),
        ("вчера", "昨日"),
        ("3 books on 3 May", "5月3日读三本书"),
    ],
)
def test_the_same_date(sentence: str, source: str) -> None:
    assert lacking(sentence, source) == []


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("4月13日", "4月12日"),
        ("2021年4月12日", "2022年4月12日"),
        ("2022-04-13", "4月13日"),  # says more
        ("September 27", "27日"),
        ("May 3", "5月4日"),
        ("3月", "4月"),
        ("in the 1930s", "in 1945"),
        ("in the 1930s", "上世纪四十年代"),
        ("in 2017", "2018年"),
        ("on Friday", "周四"),
        ("昨天", "前天"),
        ("last year", "明年"),
    ],
)
def test_another_date(sentence: str, source: str) -> None:
    assert len(lacking(sentence, source)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "It may rain; they march on.",
        "COVID-19 may spread.",
        "一周一次，三周年",
        "近两月",
        "两号线",
        "в рабочей среде",
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert [f.text for f in facts(text).asserted if f.kind == "date"] == []


@pytest.mark.parametrize(
    ("sentence", "source", "date", "agrees"),
    [
        ("2022-04-13", "4月13日", "2022-04-15", True),
        ("2021-04-13", "4月13日", "2022-04-15", False),
        ("2022年4月12日", "4月12日", "XXXX-04-15", False),
        ("in 2022", "桥已建成", "2022-04-15", True),
        ("in 2022", "桥建于2019年", "2022-04-15", False),
        ("in 2021", "去年建成", "2022-04-15", True),
        ("2021年5月", "去年5月", "2022-04-15", True),
        ("April 14", "昨天建成", "2022-04-15", True),
        ("April 13, 2022", "周三开放", "2022-04-15", True),
        ("yesterday", "4月14日", "2022-04-15", True),
        ("yesterday", "4月13日", "2022-04-15", False),
        ("April 12", "本月12日", "2022-04-15", True),
        ("March 12", "上月12日", "2022-04-15", True),
        ("September 27", "27日", "2022-09-28", True),
        ("4月12日", "12日", "XXXX-04-15", True),
        ("December 30, 2021", "12月30日", "2022-01-02", True),
        ("on Friday", "今天开放", "2022-04-15", True),
    ],
)
def test_dates_are_resolved_by_the_articles_own(
    sentence: str, source: str, date: str, agrees: bool
) -> None:
    assert (lacking(sentence, source, date) == []) is agrees


@pytest.mark.parametrize(
    ("sentence", "source", "agrees"),
    [
        ("5:30 p.m.", "17时30分", True),
        ("7.55am", "上午7时55分", True),
        ("下午3点", "3 p.m.", True),
        ("午後3時半", "15:30", True),
        ("19点55分", "7:55 in the evening", True),
        ("a las 7 de la mañana", "早上7点", True),
        ("a las dos de la tarde", "14:00", True),
        ("в 7 часов утра", "7 a.m.", True),
        ("at noon, 12:00", "中午", True),
        ("7:55", "19:55", True),  # no half of the day is told
        ("in 3:35", "3分35秒", True),
        ("7:55 a.m.", "19:55", False),
        ("3 p.m.", "下午4点", False),
        ("7:55", "7:45", False),
        ("3 дня", "3 days", True),
    ],
)
def test_times(sentence: str, source: str, agrees: bool) -> None:
    assert (lacking(sentence, source) == []) is agrees


def test_reasons() -> None:
    (lost,) = missing(facts("截至4月13日"), [facts("4月12日")])
    assert (lost.reason, lost.fact.kind) == ("date not in the source: ?-04-13", "date")
    (lost,) = missing(facts("at 7:55 p.m."), [facts("7:45 p.m.")])
    assert (lost.reason, lost.fact.kind) == ("time not in the source: 7:55 p.m.", "time")


def test_both_ends_of_a_range_have_its_characters() -> None:
    found = facts("从\u200b4月1日至3日，1\u200b月").asserted
    assert [f.text for f in found] == ["4月1日至3日", "4月1日至3日", "1\u200b月"]
    assert [str(f.forms[0]) for f in found] == ["?-04-03", "?-04-01", "?-01-?"]
