from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.numbers import _NUMBER, _found, han_value, number_tokens, numbers
from index.text import fold
from index.tokens import tokens

DIGITS = "零一二三四五六七八九"


def spelled(number: int) -> str:
    """A Chinese numeral below 10¹², by the rules of school: the oracle."""
    words, left = "", number
    for scale, name in ((10**8, "亿"), (10**4, "万"), (1, "")):
        part, left = divmod(left, scale)
        if part == 0:
            continue
        if words and part < 1000:
            words += "零"
        words += below_ten_thousand(part) + name
    return words or "零"


def below_ten_thousand(number: int) -> str:
    words, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        gap = gap or (digit == 0 and bool(words))
        if digit:
            words += ("零" if gap and words else "") + DIGITS[digit] + name
            gap = False
    return words


def test_the_oracle_itself() -> None:
    assert spelled(23095) == "二万三千零九十五"
    assert spelled(1_0000_0005) == "一亿零五"
    assert spelled(20_0300) == "二十万零三百"


@given(st.integers(1, 10**12 - 1))
def test_chinese_numerals_have_their_value(number: int) -> None:
    assert han_value(spelled(number)) == number


@settings(deadline=None)  # the first example loads the text view
@given(st.integers(10, 10**12 - 1))
def test_one_figure_written_in_many_ways_is_one_token(number: int) -> None:
    wide = str(number).translate({ord("0") + i: chr(ord("０") + i) for i in range(10)})
    ways = (str(number), f"{number:,}", wide, spelled(number))
    for way in ways:
        assert str(number) in tokens(f"共{way}人")
        assert [n.value for n in numbers(fold(f"共{way}人"))] == [number]


@settings(deadline=None)
@given(st.integers(1, 99999), st.sampled_from([("万", 4), ("亿", 8), (" million", 6)]))
def test_scaled_figures(tenths: int, scale: tuple[str, int]) -> None:
    name, power = scale
    value = Decimal(tenths).scaleb(power - 1).normalize()
    assert f"{value:f}" in tokens(f"{Decimal(tenths) / 10}{name}")


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_figures_that_differ_share_no_token(one: int, other: int) -> None:
    forms = [{str(n), *number_tokens(spelled(n))} for n in (one, other)]
    assert (one == other) == bool(forms[0] & forms[1])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("百分之二十", ["20%"]),
        ("20%", []),
        ("20 percent of 3", ["20%"]),
        ("2.30 km", ["2.3"]),
        ("23,095 and 23095", []),
        ("2.3万", ["23000"]),
        ("一些人第一次", []),
    ],
)
def test_tokens_of_figures_not_in_normal_form(text: str, expected: list[str]) -> None:
    assert list(number_tokens(text)) == expected


@settings(derandomize=True, deadline=None)
@given(st.text(alphabet="0123456789,. 百分之三万五亿点余多%年au", max_size=30))
def test_looking_for_starts_finds_what_looking_everywhere_finds(text: str) -> None:
    assert [m.span() for m in _found(text)] == [m.span() for m in _NUMBER.finditer(text)]
