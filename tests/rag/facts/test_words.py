"""Quotations and names: characters that must stand in a source as they are."""

import pytest

from rag.facts import facts, missing


def lost(sentence: str, *sources: str) -> list[tuple[str, bool]]:
    found = missing(facts(sentence), [facts(source) for source in sources])
    return [(m.fact.text, m.hard) for m in found]


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("他说：“宁可床等人，不要人等床。”", "“宁可床等人，不要人等床”，他说。"),
        ("他說：「寧可床等人，不要人等床」", "宁可床等人，不要人等床"),
        ("他说：“宁可床等人……医院有床”", "宁可床等人，不要人等床，医院有床。"),
        ('She said "the river is quite safe".', "The  River is quite safe, she said."),
        ("Er sagte: „das Wasser ist sauber“.", "das Wasser ist sauber"),
    ],
)
def test_quotations_that_stand_in_the_source(sentence: str, source: str) -> None:
    assert [m for m in lost(sentence, source) if m[1]] == []


def test_changed_quotations() -> None:
    assert lost("“宁可人等床，不要床等人。”", "“宁可床等人，不要人等床。”") == [
        ("宁可人等床，不要床等人。", True)
    ]
    assert lost("“宁可床等人……船等人”", "宁可床等人，不要人等床")[0][1]


def test_a_translated_quotation_is_a_warning() -> None:
    (found,) = missing(
        facts('He said "better beds that wait than people".'), [facts("宁可床等人，不要人等床")]
    )
    assert not found.hard
    assert found.reason == "quotation is a translation: not checked"


def test_short_words_in_marks_are_no_quotation() -> None:
    assert facts("“加速度”和‘好’, it’s the people’s park").quotations == ()


@pytest.mark.parametrize(
    ("sentence", "source", "names"),
    [
        ("The mayor Anna Petrova spoke.", "Mayor Anna Petrova spoke in the hall.", []),
        (
            "The mayor Anna Petrova spoke.",
            "Mayor Boris Ivanov spoke in the hall.",
            ["Anna Petrova"],
        ),
        ("Вчера выступила мэр Анна Петрова.", "Слово дали Анне Петровой вчера.", []),
        ("Habló la alcaldesa Ana Ruiz.", "La alcaldesa Eva Paz habló.", ["Ana Ruiz"]),
        ("馆长王小云说，馆已开放。", "馆长王小云说，图书馆已开放。", []),
        ("馆长王小云说，馆已开放。", "馆长李大海说，图书馆已开放。", ["王小云"]),
        ("《春风》一书出版。", "《秋雨》一书出版。", ["春风"]),
        ("病毒名为COVID-19。", "病毒名为H1N1。", ["COVID-19"]),
        ("记者在江城大学采访。", "记者在湖州大学采访。", ["江城大学"]),
        ("On Monday the Chinese team won.", "The team won on Monday.", []),
        ("The mayor Anna Petrova spoke.", "市长发表讲话。", []),  # other letters: nobody can tell
    ],
)
def test_names(sentence: str, source: str, names: list[str]) -> None:
    assert lost(sentence, source) == [(name, False) for name in names]


def test_the_reason_of_a_name() -> None:
    (found,) = missing(facts("馆长王小云说。"), [facts("馆长李大海说。")])
    assert found.reason == "name not in the source: 王小云"
