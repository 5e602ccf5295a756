import sys
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index.article import Span
from index.text import _JOINERS, fold, fold_with_map

ODD = " \t\n\u3000\u00a0aA中國臺，。e\u0301ﬁｶﾞ가ᄀ\u1161\u11a8\u200d\ufeffİΣς㍿🧑\u200d🌾é①\u0345ͅ"
texts = st.text(st.one_of(st.characters(exclude_categories=("Cs",)), st.sampled_from(ODD)))


@pytest.mark.parametrize(
    ("raw", "folded"),
    [
        ("長春市 ２３０９５張", "长春市23095张"),
        ("Ｈello   World", "hello world"),
        ("众 志 成 城", "众志成城"),
        ("吉林 市，  然后", "吉林市,然后"),
        ("3 月 25 日", "3 月 25 日"),  # a digit is no CJK character
        ("在 Apple 公司", "在 apple 公司"),
        ("ﬁle e\u0301", "file é"),
        ("ｶﾞ", "ガ"),
        ("a\u200bb\ufeffc\u00ad", "abc"),
        ("한국 사람", "한국 사람"),  # Korean writes spaces between words
        ("  \n", ""),
    ],
)
def test_fold(raw: str, folded: str) -> None:
    assert fold(raw) == folded
    assert fold_with_map(raw).text == folded


def test_traditional_characters_can_be_kept() -> None:
    assert fold("漢語 ABC", simplify=False) == "漢語 abc"


@settings(max_examples=1500, deadline=None)
@given(texts)
@example("ΑΣ ΑΣ")
@example("\u1100\u1161\u11a8")
@example("中 \u0301 文")
def test_map_agrees_with_fold_and_folding_twice_changes_nothing(text: str) -> None:
    folded = fold_with_map(text)
    assert folded.text == fold(text)
    assert fold(folded.text) == folded.text
    assert len(folded.starts) == len(folded.ends) == len(folded.text)


@settings(max_examples=1500, deadline=None)
@given(texts)
def test_every_folded_position_maps_back(text: str) -> None:
    folded = fold_with_map(text)
    for i, (start, end) in enumerate(zip(folded.starts, folded.ends, strict=True)):
        assert 0 <= start < end <= len(text)
        if not folded.text[i].isspace():
            # the raw characters alone fold to something that holds this character
            assert folded.text[i] in fold(text[start:end])
    assert list(folded.starts) == sorted(folded.starts)


def test_a_span_maps_to_the_words_printed() -> None:
    raw = "共建成　方 艙 醫 院ﬁ２２處。"
    folded = fold_with_map(raw)
    start = folded.text.index("方舱医院")
    assert folded.raw_span(Span(start, start + 4)).cut(raw) == "方 艙 醫 院"
    fi = folded.text.index("fi")
    assert folded.raw_span(Span(fi, fi + 1)).cut(raw) == "ﬁ"  # half a ligature is all of it
    with pytest.raises(ValueError, match="no part"):
        folded.raw_span(Span(3, 3))


def test_the_joiners_are_all_characters_that_compose_without_being_marks() -> None:
    composing = {chr(c) for c in [*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)]}  # Hangul
    for code in range(sys.maxunicode + 1):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            second = chr(int(parts[1], 16))
            again = unicodedata.normalize("NFC", unicodedata.normalize("NFD", chr(code)))
            if unicodedata.combining(second) == 0 and again == chr(code):
                composing.add(second)
    assert {hex(ord(c)) for c in composing if not _JOINERS.match(c)} == set()
