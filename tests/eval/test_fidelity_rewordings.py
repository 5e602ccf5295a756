"""Rewordings: true before and after."""

from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.bench.fidelity.names import Name
from eval.bench.fidelity.numerals import chinese, chinese_digits, read_chinese
from eval.bench.fidelity.pairs import Pair
from eval.bench.fidelity.rewordings import REWORDINGS, reworded
from eval.bench.fidelity.spots import dates_in, figures_in, values_in


def made(name: str, sentence: str, language: str, following: str = "", label: str = "") -> set[str]:
    pair = Pair("k", label or language, language, language, sentence, sentence, following)
    found = (reworded(pair, name, Random(seed)) for seed in range(20))
    return {one.sentence for one in found if one}


@pytest.mark.parametrize(
    ("name", "language", "sentence", "expected"),
    [
        ("figure", "zh", "有23,095人来。", {"有2.3095万人来。", "有二万三千零九十五人来。",
                                        "有23095人来。"}),
        ("figure", "zh", "合格率为94%。", {"合格率为百分之九十四。"}),
        ("figure", "ja", "客は23,095人だった。", {"客は2万3095人だった。", "客は23095人だった。"}),
        ("figure", "en", "Some 94% of the 23,095 came.", {"Some 94 percent of the 23,095 came.",
                                                         "Some 94% of the 23095 came."}),
        ("figure", "en", "It has seven gates.", {"It has 7 gates."}),
        ("figure", "es", "Costó 2.500.000 euros.", {"Costó 2500000 euros.",
                                                   "Costó 2,5 millones euros."}),
        ("figure", "ru", "Пришло 94% учеников.", {"Пришло 94 процентов учеников."}),
        ("figure", "zh", "1998赛季降级了。", set()),  # a year
        ("date", "zh", "5月14日通车了。", {"五月十四日通车了。"}),
        ("date", "zh", "1993年通车以来。", {"一九九三年通车以来。"}),
        ("date", "en", "It opened on May 14, 1993.", {"It opened on 14 May 1993."}),
        ("date", "en", "It opened on 14 May.", {"It opened on May 14."}),
        ("date", "es", "Se abrió el 14 de mayo de 1993.", {"Se abrió el 14/05/1993."}),
        ("date", "ru", "Он открылся 14 мая 1993 года.", {"Он открылся 14.05.1993 года."}),
        ("date", "zh", "1月2日至4日开会了。", set()),  # a range
        ("script", "zh", "这座桥长三百米。", {"這座橋長三百米。"}),
        ("width", "zh", "桥长300米（全长）。", {"桥长３００米（全长）。"}),
        ("width", "ja", "長さは３５ｍです。", {"長さは35ｍです。"}),
        ("shorter", "zh", "大桥全长三百五十米（不含引桥）。", {"大桥全长三百五十米。"}),
        ("shorter", "zh", "桥已建成，长三百米，宽二十米。", {"桥已建成，长三百米。"}),
        ("shorter", "zh", "如果下雨，就不开，改在周日。", set()),  # not without its condition
        ("shorter", "en", "He built the bridge, which is old.", {"He built the bridge."}),
        ("moved", "zh", "1993年，大桥在北城建成通车。", {"大桥1993年在北城建成通车。"}),
        ("moved", "zh", "1993年，大桥建成通车。", set()),  # who knows where its subject ends?
        ("figure", "zh", "他说“合格率94%”。", set()),  # a quotation stays as it is
        ("moved", "ja", "1993年、橋は開通した。", {"橋は1993年、開通した。"}),
        ("moved", "en", "In May 1993, the bridge opened.", {"The bridge opened in May 1993."}),
        ("moved", "es", "En 1993, se abrió el puente.", {"Se abrió el puente en 1993."}),
        ("moved", "ru", "В 1993 году открылся мост.", {"Открылся мост в 1993 году."}),
        ("punctuation", "zh", "他说“好；走”；走了。", {"他说「好；走」，走了"}),
        ("figure", "en", "It won two thirds of it.", set()),
        ("figure", "zh", "在409号路上。", set()),
        ("punctuation", "en", "He said “fine”.", {'He said "fine"'}),
        ("trimmed", "zh", "此外，大桥已经通车。", {"大桥已经通车。"}),
        ("trimmed", "en", "However, the bridge is open.", {"The bridge is open."}),
        ("synonym", "zh", "目前大桥不开。", {"现在大桥不开。"}),
        ("synonym", "ja", "しかし橋は古い。", {"だが橋は古い。"}),
        ("synonym", "en", "The bridge is often closed.", {"The bridge is frequently closed."}),
        ("synonym", "es", "A veces comenzó tarde.", {"A veces empezó tarde."}),
        ("synonym", "ru", "Мост очень старый.", {"Мост весьма старый."}),
        ("synonym", "en", "He said “often closed”.", set()),
        ("attributed", "ja", "橋は開通した。", {"記事によると、橋は開通した。",
                                          "報道によれば、橋は開通した。"}),
    ],
)  # fmt: skip
def test_rewordings(name: str, language: str, sentence: str, expected: set[str]) -> None:
    assert made(name, sentence, language) == expected


def test_our_words_are_in_the_script_of_the_sentence() -> None:
    told = made("attributed", "大橋已經通車。", "zh", label="zh-Hant")
    assert told == {
        "據報道，大橋已經通車。",
        "文章指出，大橋已經通車。",
        "根據該報道，大橋已經通車。",
    }
    assert made("synonym", "目前大橋不開。", "zh", label="zh-Hant") == {"現在大橋不開。"}
    assert made("script", "大橋已經通車。", "zh", label="zh-Hant") == {"大桥已经通车。"}


@pytest.mark.parametrize(
    ("language", "first", "second", "expected"),
    [
        ("zh", "大桥已通车。", "全长三百米。", "大桥已通车，全长三百米。"),
        ("ja", "橋は開通した。", "長さは300mだ。", "橋は開通した、また長さは300mだ。"),
        ("en", "The bridge is open.", "It is long.", "The bridge is open, and it is long."),
        ("en", "The bridge is open.", "Kiel paid.", "The bridge is open, and Kiel paid."),
        ("es", "El puente abrió.", "Es largo.", "El puente abrió, y es largo."),
        ("ru", "Мост открыт.", "Он длинный.", "Мост открыт, и он длинный."),
    ],
)
def test_neighbours_are_joined(language: str, first: str, second: str, expected: str) -> None:
    assert made("joined", first, language, second) == {expected}


def test_neighbours_with_a_quotation_over_both_stay_apart() -> None:
    assert made("joined", "他说：“桥已通车。", "zh", "全长三百米”。") == set()


def test_names_change_their_script_with_the_sentence() -> None:
    names = (Name("赵龙", "who"),)
    pair = Pair("k", "zh", "zh", "zh", "赵龙建了这座桥。", "赵龙建了这座桥。", here=names)
    found = reworded(pair, "script", Random(1))
    assert found and found.sentence == "趙龍建了這座橋。" and found.here == (Name("趙龍", "who"),)


def test_every_rewording_has_a_test() -> None:
    tested = {case[0] for case in test_rewordings.pytestmark[0].args[1]}
    assert tested | {"joined"} == set(REWORDINGS)


@given(st.integers(0, 10**12 - 1))
def test_numerals_are_read_as_written(number: int) -> None:
    assert read_chinese(chinese(number)) == number


def test_numerals() -> None:
    assert chinese(23095) == "二万三千零九十五"
    assert chinese(10) == "十" and chinese(110) == "一百一十" and chinese(100_000_005) == "一亿零五"
    assert chinese_digits("1905") == "一九〇五"
    assert read_chinese("二〇二四") == 2024 and read_chinese("千里") is None
    with pytest.raises(ValueError, match="no numeral"):
        chinese(-1)


@pytest.mark.parametrize(
    ("language", "text", "values"),
    [
        ("zh", "有2.3万人和１２％。", ["23000", "12"]),
        ("en", "It cost $1,250.50 or 3 million.", ["1250.50", "3000000"]),
        ("es", "Costó 1.250,50 o 3 millones.", ["1250.50", "3000000"]),
        ("ru", "Это 1 250,5 или 3 млн рублей.", ["1250.5", "3000000"]),
        ("ja", "5億円で30%増えた。", ["500000000", "30"]),
    ],
)
def test_figures_are_found(language: str, text: str, values: list[str]) -> None:
    assert [f.value for f in figures_in(text, language)] == [Decimal(value) for value in values]


def test_values_of_words() -> None:
    assert {7, 94} <= {int(v) for v in values_in("seven of 94% went", "en")}
    assert values_in("seven of 94% went", "en", percent=False) == {7}
    assert 23 in values_in("二十三人", "zh") and 5 in values_in("五人", "zh")


@pytest.mark.parametrize(
    ("language", "text", "says"),
    [
        ("zh", "1993 年 5 月和6月7日", [(1993, 5, None), (None, 6, 7)]),
        ("zh", "90年代的17号线，15日间", []),
        ("en", "May 14, 1993; 3 June; in 2004", [(1993, 5, 14), (None, 6, 3), (2004, None, None)]),
        ("en", "He may 2 times; in 1990s", []),
        ("es", "14 de mayo de 1993; en 2004", [(1993, 5, 14), (2004, None, None)]),
        ("ru", "14 мая 1993 года; 2004 год", [(1993, 5, 14), (2004, None, None)]),
    ],
)
def test_dates_are_found(language: str, text: str, says: list[tuple[int | None, ...]]) -> None:
    assert [spot.says() for spot in dates_in(text, language)] == says
