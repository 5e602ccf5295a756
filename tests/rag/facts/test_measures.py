"""Measures of more than one word, of energy and in Korean, decimals in Chinese words, years told.

A unit that is not read lets twelve watt-hours pass for twelve gigawatt-hours; one that is read
halfway turns cubic metres into a length.
"""

from decimal import Decimal

import pytest

from index.dates import Date
from rag.facts import facts, missing
from rag.facts.fact import Fact, Figure


def lacking(sentence: str, source: str) -> list[str]:
    return [m.fact.text for m in missing(facts(sentence), [facts(source)]) if m.hard]


def only(text: str) -> tuple[Fact, Figure]:
    """The one figure that a text asserts, and its likeliest reading."""
    (fact,) = (f for f in facts(text).asserted if f.kind == "figure")
    form = fact.forms[0]
    assert isinstance(form, Figure)
    return fact, form


@pytest.mark.parametrize(
    ("text", "litres"),
    [
        ("42 millones de metros cúbicos", 42 * 10**9),
        ("42 millions de mètres cubes", 42 * 10**9),
        ("42 milioni di metri cubi", 42 * 10**9),
        ("42 milhões de metros cúbicos", 42 * 10**9),
        ("42 Millionen Kubikmeter", 42 * 10**9),
        ("42 миллиона кубических метров", 42 * 10**9),
        ("42 млн куб. м", 42 * 10**9),
        ("42 млн кубометров", 42 * 10**9),
        ("42 million cubic metres", 42 * 10**9),
        ("42 million metres cubed", 42 * 10**9),
        ("4,200万立方米", 42 * 10**9),
        ("4,200万立方公尺", 42 * 10**9),
        ("3 cubic kilometres", 3 * 10**12),
        ("3立方公里", 3 * 10**12),
        ("5 centímetros cúbicos", Decimal("0.005")),
        ("5立方厘米", Decimal("0.005")),
        ("5立方センチ", Decimal("0.005")),
        ("1.2亿立方", 12 * 10**10),
        ("3세제곱미터", 3000),
    ],
)
def test_volumes(text: str, litres: Decimal) -> None:
    fact, form = only(text)
    assert fact.text == text
    assert (form.unit, form.value * form.factor) == ("volume", litres)


@pytest.mark.parametrize(
    ("text", "square_metres"),
    [
        ("300 metros cuadrados", 300),
        ("300 mètres carrés", 300),
        ("300 metri quadrati", 300),
        ("300 metros quadrados", 300),
        ("300 Quadratmeter", 300),
        ("300 Quadratkilometer", 300_000_000),
        ("300 km carrés", 300_000_000),
        ("300m²", 300),
        ("3 millions d'hectares", 3 * 10**10),
        ("300 км²", 300_000_000),
        ("300 кв. км", 300_000_000),
        ("300 квадратных километров", 300_000_000),
        ("3 million square kilometres", 3 * 10**12),
        ("300 metres squared", 300),
        ("300평방미터", 300),
        ("300제곱킬로미터", 300_000_000),
        ("3平方厘米", Decimal("0.0003")),
    ],
)
def test_areas(text: str, square_metres: Decimal) -> None:
    fact, form = only(text)
    assert fact.text == text
    assert (form.unit, form.value * form.factor) == ("area", square_metres)


@pytest.mark.parametrize(
    ("text", "unit", "amount"),
    [
        ("12吉瓦时", "energy", 12 * 10**9),
        ("12瓦時", "energy", 12),
        ("1.2亿千瓦时", "energy", 12 * 10**10),
        ("3万度电", "energy", 3 * 10**7),
        ("12 GWh", "energy", 12 * 10**9),
        ("12 gigawatt-hours", "energy", 12 * 10**9),
        ("12 megawatt hours", "energy", 12 * 10**6),
        ("12 kilovatios hora", "energy", 12_000),
        ("12 kilowattheures", "energy", 12_000),
        ("12 Kilowattstunden", "energy", 12_000),
        ("12 кВт·ч", "energy", 12_000),
        ("12 киловатт-часов", "energy", 12_000),
        ("12キロワット時", "energy", 12_000),
        ("12기가와트시", "energy", 12 * 10**9),
        ("600兆瓦", "power", 600 * 10**6),
        ("60万千瓦", "power", 600 * 10**6),
        ("六十万千瓦", "power", 600 * 10**6),
        ("五兆瓦", "power", 5 * 10**6),
        ("三百千米", "length", 300_000),
        ("五千克", "weight", 5),
        ("600 MW", "power", 600 * 10**6),
        ("600 мегаватт", "power", 600 * 10**6),
        ("600 megavatios", "power", 600 * 10**6),
        ("3.1밀리미터", "length", Decimal("0.0031")),
        ("3.4센티미터입니다", "length", Decimal("0.034")),
        ("5킬로그램", "weight", 5),
        ("5퍼센트", "percent", 5),
        ("2,5 chilometri", "length", 2500),
        ("5 quilómetros", "length", 5000),
    ],
)
def test_units(text: str, unit: str, amount: Decimal) -> None:
    _, form = only(text)
    assert (form.unit, form.value * form.factor) == (unit, amount)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("最高水位四十六点八二米", "46.82"),
        ("超过警戒水位二点三二米", "2.32"),
        ("三点二毫米", "3.2"),
        ("零点六米", "0.6"),
        ("长二十三点四五公里", "23.45"),
        ("百分之二点五六", "2.56"),
        ("一点五亿元", "150000000"),
        ("四十六点八二亿元", "4682000000"),
    ],
)
def test_decimals_in_chinese_words(text: str, value: str) -> None:
    assert only(text)[1].value == Decimal(value)


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("最高水位四十六点八二米。", "最高水位46.82米。"),
        ("最高水位46.82米。", "最高水位四十六点八二米。"),
        ("Liberó 42 millones de metros cúbicos.", "泄洪4,200万立方米。"),
        ("Il a lâché 42 millions de mètres cubes.", "泄洪4,200万立方米。"),
        ("年产能1,200兆瓦时。", "年产能1.2吉瓦时。"),
        ("It makes 12 GWh a year.", "年产能12吉瓦时。"),
        ("用电300度。", "用电300千瓦时。"),
        ("원고는 평균 3.1센티미터입니다.", "原告鱼丸直径平均3.1厘米。"),
        ("演了六十三年。", "前后演了63年。"),
        ("演了63年。", "前后演了六十三年。"),
        ("She played for 63 years.", "前后演了63年。"),
        ("她63年没有离开舞台。", "她六十三年没有离开舞台。"),
        ("他1993年出生。", "他93年出生。"),
        ("他生于93年。", "他1993年出生。"),
    ],
)
def test_said_as_well(sentence: str, source: str) -> None:
    assert lacking(sentence, source) == []


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("最高水位四十六点八三米。", "最高水位46.82米。"),
        ("Liberó 42 millones de metros.", "泄洪4,200万立方米。"),
        ("Liberó 42 millones de metros cuadrados.", "泄洪4,200万立方米。"),
        ("Il a lâché 42 millions de kilomètres cubes.", "泄洪4,200万立方米。"),
        ("年产能12瓦时。", "年产能12吉瓦时。"),
        ("It makes 12 MWh a year.", "年产能12吉瓦时。"),
        ("装机12吉瓦。", "年产能12吉瓦时。"),
        ("원고는 평균 3.1밀리미터입니다.", "原告鱼丸直径平均3.1厘米。"),
        ("演了六十三年。", "演了64年。"),
        ("她1963年出生。", "演了64年。"),
    ],
)
def test_something_else(sentence: str, source: str) -> None:
    assert len(lacking(sentence, source)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "63年", "63年。", "她8歲就上台，前後演了63年。", "历时63年完成", "她已经唱63年，还在唱",
        "共63年零两个月",
    ],
)  # fmt: skip
def test_years_that_last(text: str) -> None:
    first = next(f for f in facts(text).asserted if "63年" in f.text)
    assert (first.kind, first.forms[0]) == ("figure", Figure(Decimal(63), "month", Decimal(12)))
    assert Date(1963, None, None) in first.forms  # and may still be the year


@pytest.mark.parametrize(
    "text",
    [
        "93年出生", "他生于93年。", "他93年搬到台北", "93年，他搬到台北", "91、93年", "直到93年，",
        "'93年。", "自93年，",
        "他91年、93年两次得奖", "公元93年。", "結成したのは93年。", "他1990至93年。",
    ],
)  # fmt: skip
def test_years_of_the_calendar(text: str) -> None:
    found = [f for f in facts(text).asserted if "93年" in f.text]
    assert (found[0].kind, found[0].forms[0]) == ("date", Date(1993, None, None))


def test_stations_of_a_metro_are_no_length() -> None:
    source = "二号线设车站12座，全长27.5公里。"
    assert not missing(facts("Line 2 has 12 metro stations."), [facts(source)])
    (length,) = facts("El túnel mide 12 metros.").asserted
    assert length.forms[0].unit == "length"
