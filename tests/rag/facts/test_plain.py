import pytest

from rag.facts import Date, facts


def numbers(text: str) -> set[str]:
    return {str(n) for n in facts(text).numbers}


def dates(text: str) -> set[str]:
    return {str(d) for d in facts(text).dates}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("床位23,095张，共22处", {"23095", "22"}),
        ("床位２３０９５張", {"23095"}),
        ("2.3万人", {"23000"}),
        ("23 thousand people", {"23000"}),
        ("三万五千人", {"35000"}),
        ("1.2万亿元和3亿", {"1200000000000", "300000000"}),
        ("占94%，即百分之九十四点五", {"94%", "94.5%"}),
        ("94 percent, 5 por ciento", {"94%", "5%"}),
        ("9万余斤", {"90000"}),
        ("一些人，第一次，十几个", set()),
        ("2.30 and 2.3", {"2.3"}),
        ("5 million; 2,5", {"5000000", "2", "5"}),
        ("十二类人员", {"12"}),
    ],
)
def test_numbers(text: str, found: set[str]) -> None:
    assert numbers(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2022年4月14日", {"2022-04-14"}),
        ("4月12日24时", {"?-04-12"}),
        ("April 14, 2022", {"2022-04-14"}),
        ("on 14 April", {"?-04-14"}),
        ("el 14 de abril de 2022", {"2022-04-14"}),
        ("14 апреля 2022", {"2022-04-14"}),
        ("二〇三一年五月", {"2031-05-?"}),
        ("2031-05-18", {"2031-05-18"}),
        ("3月", {"?-03-?"}),
        ("13月45日", set()),
        ("May 2031", {"2031-05-?"}),
    ],
)
def test_dates(text: str, found: set[str]) -> None:
    assert dates(text) == found


def test_digits_of_dates_are_no_figures() -> None:
    assert numbers("4月12日24时，22处") == {"24", "22"}


def test_partial_dates_agree_with_fuller_ones() -> None:
    full = Date(2022, 4, 14)
    assert Date(None, 4, 14).agrees(full, year=None)
    assert Date(2022, None, None).agrees(full, year=None)
    assert full.agrees(Date(None, 4, 14), year=2022)
    assert not full.agrees(Date(None, 4, 14), year=2021)
    assert not full.agrees(Date(None, 4, 15), year=2022)
    assert not Date(None, 4, 14).agrees(Date(None, 4, None), year=None)


def test_quotations() -> None:
    assert facts("他说“宁可床等人，不要人等床”，又说“好”。").quotations == (
        "宁可床等人，不要人等床",
    )
