"""Corruptions: sentences of our own, and what may become of them."""

from random import Random

import pytest

from eval.bench.fidelity import dates, figures, polarity, quotations, swaps
from eval.bench.fidelity.changes import Change, Corruption
from eval.bench.fidelity.corruptions import CORRUPTIONS, corrupted
from eval.bench.fidelity.names import Name, may_replace, names_in, names_of_questions
from eval.bench.fidelity.pairs import Pair
from eval.bench.squad import Asked


def pair(
    sentence: str, language: str, paragraph: str = "", here: tuple[Name, ...] = (), told: str = ""
) -> Pair:
    return Pair(
        "test/1", language, language, told or language, sentence, paragraph or sentence, here=here
    )


def sentences(corruption: Corruption, one: Pair, seeds: int = 12) -> set[str]:
    """Everything that a corruption makes of a pair, with some seeds."""
    return {c.sentence for seed in range(seeds) for c in corruption(one, Random(seed))}


def changes(corruption: Corruption, one: Pair) -> list[Change]:
    return list(corruption(one, Random(1)))


@pytest.mark.parametrize(
    ("language", "sentence", "expected"),
    [
        ("zh", "全年新增12.5万人。", {"全年新增12.5亿人。"}),
        ("zh", "出口額為3億元。", {"出口額為3萬元。"}),
        ("ja", "予算は40億円である。", {"予算は40万円である。"}),
        (
            "en",
            "It cost 3 million euros.",
            {"It cost 3 billion euros.", "It cost 3 thousand euros."},
        ),
        ("es", "Costó 3 millones de euros.", {"Costó 3 miles de millones de euros."}),
        ("ru", "Мост стоил 3 миллиона рублей.", {"Мост стоил 3 миллиарда рублей."}),
    ],
)
def test_scale_words(language: str, sentence: str, expected: set[str]) -> None:
    assert sentences(figures.scale_word, pair(sentence, language)) == expected


@pytest.mark.parametrize(
    ("language", "sentence", "expected"),
    [
        ("zh", "合格率为94%。", "合格率为94。"),
        ("ja", "合格率は94パーセントだった。", "合格率は94だった。"),
        ("en", "About 94 percent passed.", "About 94 passed."),
        ("es", "Aprobó el 94 por ciento.", "Aprobó el 94."),
        ("ru", "Сдали 94 процента учеников.", "Сдали 94 учеников."),
    ],
)
def test_percent_to_plain(language: str, sentence: str, expected: str) -> None:
    assert sentences(figures.percent, pair(sentence, language)) == {expected}


@pytest.mark.parametrize(
    ("language", "sentence", "expected"),
    [
        ("zh", "桥长350米。", {"桥长3500米。", "桥长35米。"}),
        ("zh", "有２３人参加。", {"有２３０人参加。"}),
        ("en", "It sold 12,500 copies.", {"It sold 125,000 copies.", "It sold 1,250 copies."}),
        ("en", "It grew 2.5 times.", {"It grew 25 times."}),
        ("es", "Vendió 12.500 copias.", {"Vendió 125.000 copias.", "Vendió 1.250 copias."}),
        ("ru", "Продано 12 500 книг.", {"Продано 125 000 книг.", "Продано 1 250 книг."}),
        ("ja", "長さは35mである。", {"長さは350mである。"}),
        ("en", "It opened on May 14, 1993.", set()),  # a date is no figure
    ],
)
def test_tenfold(language: str, sentence: str, expected: set[str]) -> None:
    assert sentences(figures.tenfold, pair(sentence, language)) == expected


@pytest.mark.parametrize(
    ("language", "sentence", "figure"),
    [
        ("zh", "参加者有4,821人。", "4,821"),
        ("ja", "参加者は４８２１人。", "４８２１"),
        ("en", "There were 4,821 runners in the race.", "4,821"),
        ("es", "Hubo 4.821 corredores.", "4.821"),
        ("ru", "Всего 4 821 участник.", "4 821"),
    ],
)
def test_one_digit_is_another(language: str, sentence: str, figure: str) -> None:
    made = sentences(figures.digit, pair(sentence, language), seeds=30)
    assert len(made) > 5
    for text in made:
        differ = [(a, b) for a, b in zip(sentence, text, strict=True) if a != b]
        assert len(differ) == 1 and differ[0][1].isdecimal()
        assert (differ[0][0] >= "０") == (differ[0][1] >= "０")  # as wide as before
        assert text.index(sentence[: sentence.index(figure)]) == 0


def test_names_of_things_have_no_figures() -> None:
    assert not changes(figures.digit, pair("COVID-19 and the B12 vitamin.", "en"))
    text = "The 19th bridge is new."
    assert {t[4] for t in sentences(figures.digit, pair(text, "en"))} <= set("23456789")


def test_a_figure_that_the_paragraph_has_as_well_is_marked() -> None:
    one = pair("来了35人。", "zh", "来了35人，其中350人不是；又有三点五和3.5。")
    assert all(c.true for c in changes(figures.tenfold, one))
    across = pair("It sold 5 million copies.", "en", "共售出500万册，下载50亿次。", told="zh")
    found = {c.sentence: c.true for c in changes(figures.scale_word, across)}
    assert found == {"It sold 5 billion copies.": True, "It sold 5 thousand copies.": False}


@pytest.mark.parametrize(
    ("language", "sentence", "old"),
    [("en", "It has seven gates.", "seven"), ("es", "Tiene siete puertas.", "siete"),
     ("ru", "Здесь семь ворот.", "семь"), ("zh", "全长二十三公里。", "二十三")],
)  # fmt: skip
def test_numerals(language: str, sentence: str, old: str) -> None:
    made = sentences(figures.numeral, pair(sentence, language))
    assert made
    head, tail = sentence.split(old)
    assert all(t.startswith(head) and t.endswith(tail) and t != sentence for t in made)


def test_a_guess_is_no_figure() -> None:
    assert not changes(figures.numeral, pair("来了三四个人。", "zh"))


@pytest.mark.parametrize(
    ("language", "sentence", "pattern"),
    [
        ("zh", "大桥于1993年5月14日通车。", "大桥于{y}年{m}月{d}日通车。"),
        ("ja", "橋は1993年5月14日に開通した。", "橋は{y}年{m}月{d}日に開通した。"),
        ("en", "It opened on May 14, 1993.", "It opened on {m} {d}, {y}."),
        ("es", "Se abrió el 14 de mayo de 1993.", "Se abrió el {d} de {m} de {y}."),
        ("ru", "Он открылся 14 мая 1993 года.", "Он открылся {d} {m} {y} года."),
    ],
)
def test_parts_of_a_date(language: str, sentence: str, pattern: str) -> None:
    one = pair(sentence, language)
    month = {"zh": "5", "ja": "5", "en": "May", "es": "mayo", "ru": "мая"}[language]
    for part, values in (
        ("y", {str(y) for y in range(1984, 2004)} - {"1993"}),
        ("d", {str(d) for d in range(1, 29)} - {"14"}),
    ):
        corruption = dates.year if part == "y" else dates.day
        known = {"y": "1993", "m": month, "d": "14"}
        allowed = {pattern.format(**(known | {part: value})) for value in values}
        assert sentences(corruption, one) <= allowed
    made = sentences(dates.month, one)
    assert made and sentence not in made
    assert all("1993" in text and "14" in text for text in made)


def test_a_date_that_the_paragraph_has_is_marked() -> None:
    years = "、".join(f"{y}年" for y in range(1980, 2010))
    assert all(c.true for c in changes(dates.year, pair("建于1993年。", "zh", years)))
    assert not any(c.true for c in changes(dates.month, pair("5月14日开幕。", "zh")))


@pytest.mark.parametrize(
    ("language", "sentence", "expected"),
    [
        ("zh", "这座桥是全市最长的桥。", {"这座桥不是全市最长的桥。"}),
        ("zh", "但是他参加了比赛。", {"但是他没有参加了比赛。"}),
        ("zh", "這座橋屬於北區。", {"這座橋不屬於北區。"}),
        ("ja", "これは古い橋である。", {"これは古い橋ではない。"}),
        ("ja", "橋は再建された。", {"橋は再建されなかった。"}),
        ("ja", "今も使われている。", {"今も使われていない。"}),
        ("en", "The bridge was rebuilt.", {"The bridge was not rebuilt."}),
        ("en", "It has been open since May.", {"It has not been open since May."}),
        ("es", "El puente es antiguo.", {"El puente no es antiguo."}),
        ("es", "Allí se encuentra el museo.", {"Allí no se encuentra el museo."}),
        ("ru", "Мост был закрыт.", {"Мост не был закрыт."}),
    ],
)
def test_negation_added(language: str, sentence: str, expected: set[str]) -> None:
    assert sentences(polarity.negated, pair(sentence, language)) == expected


@pytest.mark.parametrize(
    ("language", "sentence", "expected"),
    [
        ("zh", "他没有参加比赛。", {"他参加比赛。", "他有参加比赛。"}),
        ("zh", "這座橋不屬於北區。", {"這座橋屬於北區。"}),
        ("ja", "これは古い橋ではない。", {"これは古い橋である。"}),
        ("en", "The bridge was not rebuilt.", {"The bridge was rebuilt."}),
        ("en", "It no longer runs.", {"It still runs."}),
        ("es", "El puente no es antiguo.", {"El puente es antiguo."}),
        ("es", "No se puede cruzar.", {"Se puede cruzar."}),
        ("ru", "Мост не имеет перил.", {"Мост имеет перил."}),
        ("en", "It is not only old but ugly.", set()),
    ],
)
def test_negation_removed(language: str, sentence: str, expected: set[str]) -> None:
    assert sentences(polarity.affirmed, pair(sentence, language)) == expected


@pytest.mark.parametrize(
    ("language", "sentence", "expected"),
    [
        ("zh", "所有学校都已开学。", "部分学校都已开学。"),
        ("zh", "至少来了五人。", "至多来了五人。"),
        ("zh", "超過三百人到場。", "不足三百人到場。"),
        ("ja", "すべての学校が休みだ。", "一部の学校が休みだ。"),
        ("ja", "参加者は300人以上だ。", "参加者は300人以下だ。"),
        ("en", "All schools are closed.", "Some schools are closed."),
        ("en", "More than ten came.", "Less than ten came."),
        ("es", "Todos los colegios cerraron.", "Algunos colegios cerraron."),
        ("es", "Vinieron más de diez.", "Vinieron menos de diez."),
        ("ru", "Пришло не менее десяти.", "Пришло не более десяти."),
        ("ru", "Все школы закрыты.", "Некоторые школы закрыты."),
    ],
)
def test_quantifiers(language: str, sentence: str, expected: str) -> None:
    assert sentences(polarity.quantifier, pair(sentence, language)) == {expected}


@pytest.mark.parametrize(
    ("language", "sentence", "expected"),
    [
        ("zh", "产量上升了。", "产量下降了。"),
        ("zh", "產量增加了。", "產量減少了。"),
        ("ja", "人口が増加した。", "人口が減少した。"),
        ("en", "Prices rose in May.", "Prices fell in May."),
        ("es", "El precio aumentó.", "El precio disminuyó."),
        ("ru", "Это самый высокий мост.", "Это самый низкий мост."),
    ],
)
def test_directions(language: str, sentence: str, expected: str) -> None:
    assert sentences(polarity.direction, pair(sentence, language)) == {expected}


PEOPLE = (Name("Anna Berg", "who"), Name("Tom Frost", "who"), Name("Kiel", "where"))


def test_a_name_is_replaced_by_one_of_its_kind() -> None:
    one = pair("Anna Berg built it.", "en", "Anna Berg built it. Tom Frost paid in Kiel.", PEOPLE)
    assert sentences(swaps.name_here, one) == {"Tom Frost built it."}


def test_a_name_from_elsewhere_is_not_in_the_paragraph() -> None:
    here = (Name("王大山", "who"),)
    away = (Name("李小河", "who"), Name("赵一", "who"), Name("北岭", "where"))
    one = Pair("k", "zh", "zh", "zh", "王大山建了桥。", "王大山建了桥，赵一出资。", "", here, away)
    assert sentences(swaps.name_elsewhere, one) == {"李小河建了桥。"}


@pytest.mark.parametrize(
    ("old", "new", "paragraph"),
    [
        ("Denver Broncos", "Broncos", ""),  # a short form
        ("王大山", "大山", ""),
        ("Kiel", "Germany", "It lies in Kiel, Germany."),  # a place within the other
        ("广东省", "广州市", "在广东省广州市开幕"),
    ],
)
def test_names_that_may_be_true_are_left_alone(old: str, new: str, paragraph: str) -> None:
    assert not may_replace(old, new, f"in {old} then", paragraph)


def test_names_are_found() -> None:
    assert set(names_in("小说《北方的河》在德国出版。", "zh")) == {
        Name("北方的河", "title"),
        Name("德国", "country"),
    }
    assert list(names_in("Then the Old Stone Bridge fell.", "en")) == [
        Name("Old Stone Bridge", "capitals")
    ]
    asked = [
        Asked("Who built it?", 3, ("Anna Berg",)),
        Asked("Where is it?", 4, ("Kiel",)),
        Asked("When?", 5, ("1993",)),
        Asked("Who came?", 6, ("a crowd of people, all told",)),
    ]
    assert list(names_of_questions(asked, "en")) == [
        (3, Name("Anna Berg", "who")),
        (4, Name("Kiel", "where")),
    ]


def test_facts_change_places() -> None:
    one = pair("36人受伤，120人获救。", "zh")
    assert sentences(swaps.swapped_figures, one) == {"120人受伤，36人获救。"}
    two = pair("It opened in 1993 and closed in 2004.", "en")
    assert sentences(swaps.swapped_dates, two) == {"It opened in 2004 and closed in 1993."}
    three = pair("Anna Berg hired Tom Frost in Kiel.", "en", here=PEOPLE)
    assert sentences(swaps.swapped_names, three) == {"Tom Frost hired Anna Berg in Kiel."}


def test_an_exchange_within_a_list_is_marked() -> None:
    assert [c.true for c in changes(swaps.swapped_figures, pair("设有3、5班。", "zh"))] == [True]
    runs = pair("Races of 800 m, 1500 m and 5000 m.", "en")
    assert {c.true for c in changes(swaps.swapped_figures, runs)} == {True}
    one = pair("Anna Berg and Tom Frost came.", "en", here=PEOPLE)
    assert [c.true for c in changes(swaps.swapped_names, one)] == [True]


def test_quotations() -> None:
    one = pair("他说“我们一定按时修好这座桥”。", "zh", "他说“我们一定按时修好这座桥”，众人鼓掌。")
    for text in sentences(quotations.quotation, one):
        assert sum(a != b for a, b in zip(one.sentence, text, strict=True)) == 1
    two = pair(
        'She said "nobody will ever forget".', "en", 'She said "nobody will ever forget". Fine.'
    )
    made = sentences(quotations.quotation, two)
    assert made and all(text.startswith('She said "') and text.endswith('".') for text in made)
    assert not changes(quotations.quotation, pair("人称“铁人”。", "zh"))  # a word, not a quotation


def test_the_same_seed_makes_the_same() -> None:
    one = pair("It opened on May 14, 1993 with 36 rooms and 120 beds.", "en")
    first, again, other = (list(corrupted(one, seed, 0)) for seed in (1, 1, 2))
    assert first == again != other
    assert {found.name for found in first} >= {"digit changed", "year shifted", "figures swapped"}
    assert all(found.name in CORRUPTIONS for found in first)


def test_across_languages_only_figures_and_dates_are_corrupted() -> None:
    one = pair("The bridge was opened in 1993.", "en", "大桥于1993年通车。", told="zh")
    assert [found.name for found in corrupted(one, 1, 0)] == ["year shifted"]
