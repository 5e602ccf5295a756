"""What figures a sentence asserts, and which sources say the same."""

from decimal import Decimal

import pytest

from rag.facts import facts, missing
from rag.facts.fact import Figure


def lacking(sentence: str, source: str) -> list[str]:
    return [m.fact.text for m in missing(facts(sentence), [facts(source)]) if m.hard]


def asserted(text: str) -> list[str]:
    return [fact.text for fact in facts(text).asserted if fact.kind == "figure"]


def form(text: str) -> Figure:
    (fact,) = facts(text).asserted
    found = fact.forms[0]
    assert isinstance(found, Figure)
    return found


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("床位２３，０９５张", 23095, "count"),
        ("2.3万人", 23000, "count"),
        ("1亿2500万日元", 125_000_000, "JPY"),
        ("1億2,500万円", 125_000_000, "JPY"),
        ("4个亿元", 400_000_000, "CNY"),
        ("五点二亿吨", 520_000_000, "weight"),
        ("£2.8bn", 2_800_000_000, "GBP"),
        ("RMB1 trillion", 10**12, "CNY"),
        ("2 млн 300 тыс. рублей", 2_300_000, "RUB"),
        ("tres mil millones de euros", 3 * 10**9, "EUR"),
        ("300 square metres", 300, "area"),
        ("40 per cent", 40, "percent"),
        ("三成居民", 3, "percent"),
        ("twenty-two boats", 22, ""),
        ("two dozen boats", 24, ""),
        ("двадцать две лодки", 22, ""),
        ("treinta y un barcos", 31, ""),
        ("half a million people", 500_000, "count"),
        ("2:3 3:4", None, ""),
    ],
)
def test_values(text: str, value: int | None, unit: str) -> None:
    if value is None:
        assert len(facts(text).asserted) == 4
        return
    assert (form(text).value, form(text).unit) == (Decimal(value), unit)


@pytest.mark.parametrize(
    "text",
    [
        "一些人十分高兴，千万不要去",
        "四川、三亚、九江和万科",
        "一方面，站在十字路口，万一下雨",
        "第一时间，百姓都来了",
        "十几个人，几十条船，数百人",
        "三五个人，七八十人",
        "第二天",
        "hundreds of people, one of them",
        "A380, COVID-19, G20, 5G",
        "No. 1",
        "open 24/7",
    ],
)
def test_what_asserts_no_figure(text: str) -> None:
    assert asserted(text) == []


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("２３０９５张床", "床位23,095张"),
        ("床位2.3万张", "床位23095张"),
        ("23,000 beds", "床位2.3万张"),
        ("About 23,000 beds", "床位23095张"),
        ("1.2万亿元", "1.2 trillion yuan"),
        ("3 million people", "三百万人"),
        ("3億元", "3亿元"),
        ("dos mil personas", "2000人"),
        ("2,5 millones", "250万"),
        ("1,5 млн рублей", "150万卢布"),
        ("3 Mio. Euro", "300万欧元"),
        ("2 Mrd. Euro", "20亿欧元"),
        ("2,5 % de los casos", "2.5%的病例"),
        ("Hay 23.095 camas", "床位23095张"),
        ("23 095 мест", "床位23095张"),
        ("2 300 дел", "2,300份"),
        ("二万三千人", "23,000人"),
        ("两万五千人", "25000人"),
        ("两万五", "25000"),
        ("廿三人", "23人"),
        ("百分之九十四点五", "94.5%"),
        ("5‰", "千分之五"),
        ("三成居民", "30% of residents"),
        ("三分之二的人", "two thirds of them"),
        ("two-thirds of them", "2/3"),
        ("三分の二", "三分之二"),
        ("2/3的人", "三分之二的人"),
        ("2/3", "2/3"),
        ("9/11", "9月11日"),
        ("五分之一的孩子", "One in five children"),
        ("One in five children", "5 分之 1 的孩子"),
        ("One in five children", "子供の5人に1人"),
        ("One in five children", "каждый пятый ребёнок"),
        ("medio millón", "half a million"),
        ("百分之 72", "72%"),
        ("9 out of 10 people", "九成居民"),
        ("up 2 percentage points", "上升2个百分点"),
        ("第三次", "the third time"),
        ("the 3rd race", "第3场"),
        ("fifteenth and 20th", "第十五、第二十"),
        ("From 10 to 15 boats", "十至十五艘船"),
        ("10到15万元", "100,000 to 150,000 yuan"),
        ("3 to 5 million people", "300万至500万人"),
        ("30,000 to 100,000 yuan", "三到十万元"),
        ("in the first three quarters", "前三季度"),
        ("超过两万人", "21000人"),
        ("nearly 3,000 people", "2,960人"),
        ("more than 100 boats", "135艘船"),
        ("90000斤", "9万余斤"),
        ("30分钟", "half an hour"),
        ("30 minutes", "半小时"),
        ("2 hours", "120分钟"),
        ("2 km", "2000米"),
        ("5公斤", "5 kg"),
        ("两年半", "2.5 years"),
        ("two and a half years", "两年半"),
        ("十年", "a decade"),
        ("5 miles", "8公里"),
        ("100万人", "a million people"),
        ("more than a hundred", "逾百人"),
        ("two people", "二人"),
        ("четырёхдневный", "4"),
        ("24 times", "24 раза"),
        ("25,000 people", "25-тысячная толпа"),
    ],
)
def test_the_same_figure(sentence: str, source: str) -> None:
    assert lacking(sentence, source) == []


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("床位23096张", "床位23095张"),
        ("床位23095张", "床位2.3万张"),  # more precise than its source
        ("23,095 beds", "about 23,000 beds"),
        ("2.4万张", "23095张"),
        ("about 20,000", "25,100"),
        ("nearly 3,000", "2,400"),
        ("more than 100 boats", "95艘船"),
        ("5元", "5人"),
        ("5美元", "5欧元"),
        ("5 km", "5公斤"),
        ("5%", "5人"),
        ("30 minutes", "30 hours"),
        ("三人", "四人"),
        ("2 million", "200万亿"),
        ("2.5 %", "25%"),
        ("2,5 % de los casos", "25%的病例"),
        ("three quarters of them", "2/3"),
        ("22艘", "twenty-three boats"),
        ("过去75年", "the past 70 years"),
        ("6小时", "a few hours"),
    ],
)
def test_another_figure(sentence: str, source: str) -> None:
    assert len(lacking(sentence, source)) == 1


def test_a_fact_may_stand_in_any_source() -> None:
    sources = [facts("桥长500米。"), facts("湖深30米。")]
    assert missing(facts("桥长500米，湖深30米。"), sources) == ()
    assert len(missing(facts("桥长500米，湖深30米。"), sources[:1])) == 1


def test_reasons_and_spans() -> None:
    text = "共\u200b有 ２３，０９６ 张床，耗资30亿元。"
    first, second = missing(facts(text), [facts("床位23095张")])
    assert first.reason == "number not in the source: 23096"
    assert second.reason == "number not in the source: 30亿元"
    assert [m.fact.span.cut(text) for m in (first, second)] == ["２３，０９６ 张", "30亿元"]
    assert first.hard and second.hard
